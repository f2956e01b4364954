package marathonlb

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// Prepare makes the folders, the Lua file and, when none was given, a certificate signed by itself.
func Prepare(a *Args, env func(string) string) error {
	for _, dir := range []string{a.Dir(), filepath.Join(a.Dir(), "state")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(a.Dir(), "getconfig.lua"), []byte(luaServices(a)), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.Dir(), "state", "global"), []byte("1\n"), 0o644); err != nil {
		return err
	}
	own := filepath.Join(a.Dir(), "cert.pem")
	if text := env("HAPROXY_SSL_CERT"); text != "" {
		if err := os.WriteFile(own, []byte(text), 0o600); err != nil {
			return err
		}
		a.Certs = append(a.Certs, own)
		for i := 0; i <= 100; i++ {
			if more := env(fmt.Sprintf("HAPROXY_SSL_CERT%d", i)); more != "" {
				file := filepath.Join(a.Dir(), fmt.Sprintf("cert%d.pem", i))
				if err := os.WriteFile(file, []byte(more), 0o600); err != nil {
					return err
				}
				a.Certs = append(a.Certs, file)
			}
		}
	}
	if len(a.Certs) > 0 {
		return nil
	}
	a.Certs = []string{own}
	return selfSigned(own)
}

func selfSigned(file string) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "*"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().AddDate(10, 0, 0)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	body := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})...)
	return os.WriteFile(file, body, 0o600)
}

// luaServices answers with the configuration and the map as they were when HAProxy read its configuration.
func luaServices(a *Args) string {
	return fmt.Sprintf(`local function slurp(name)
  local file = io.open(name, "rb")
  if not file then return "" end
  local text = file:read("*all")
  file:close()
  return text
end

local function serve(name, text)
  core.register_service(name, "http", function(applet)
    applet:set_status(200)
    applet:add_header("content-type", "text/plain")
    applet:add_header("content-length", tostring(#text))
    applet:start_response()
    applet:send(text)
  end)
end

serve("getconfig", slurp(%q))
serve("getvhostmap", slurp(%q))
serve("getpids", (slurp("/proc/self/stat"):match("^%%d+") or "") .. "\n")
`, a.Config, filepath.Join(a.Dir(), "domain2backend.map"))
}

// replaceFile writes a file as a whole.
func replaceFile(name, text string) error {
	next := name + ".new"
	if err := os.WriteFile(next, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(next, name)
}
