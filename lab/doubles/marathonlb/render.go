package marathonlb

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"syscall"
)

var unclean = regexp.MustCompile(`[^a-zA-Z0-9\-]`)

func clean(text string) string { return unclean.ReplaceAllString(text, "_") }

// Name is the name of a service's frontend and backend: /dock/web with port 10080 is dock_web_10080.
func (s Service) Name() string {
	return strings.ReplaceAll(strings.TrimPrefix(s.App, "/"), "/", "_") + fmt.Sprintf("_%d", s.Port)
}

// Render writes the configuration of HAProxy and the map of virtual hosts to backends. Parts of it can be
// replaced by the environment variables HAPROXY_HEAD, HAPROXY_HTTP_FRONTEND_HEAD and so on.
func Render(services []Service, a *Args, env func(string) string) (config, vhosts string) {
	var users, front, back, http, https, appID, hosts strings.Builder
	seen := map[string]bool{}
	byWeight := append([]Service(nil), services...)
	sort.SliceStable(byWeight, func(i, j int) bool { return byWeight[i].weight() > byWeight[j].weight() })
	for _, s := range byWeight {
		if len(s.VHosts) > 0 && !a.NoHTTP {
			vhost(&http, &https, s)
			for _, host := range s.VHosts {
				fmt.Fprintf(&hosts, "%s %s\n", host, s.Name())
			}
		}
	}
	for _, s := range services {
		if s.AuthUser != "" {
			fmt.Fprintf(&users, "\nuserlist user_%s\n  user %s password %s\n", s.Name(), s.AuthUser, s.AuthPass)
		}
		frontend(&front, s)
		backend(&back, s)
		if s.Mode == "http" && !seen[s.App] {
			seen[s.App] = true
			fmt.Fprintf(&appID, "  acl app_%s hdr(x-marathon-app-id) -i %s\n  use_backend %s if app_%s\n", clean(s.App), s.App, s.Name(), clean(s.App))
		}
	}
	var out strings.Builder
	out.WriteString(part(env, "HEAD", head(a)))
	out.WriteString(users.String())
	if !a.NoHTTP {
		out.WriteString(part(env, "HTTP_FRONTEND_HEAD", "\nfrontend marathon_http_in\n  bind *:80\n  mode http\n"))
		out.WriteString(http.String())
	}
	out.WriteString(part(env, "HTTP_FRONTEND_APPID_HEAD", "\nfrontend marathon_http_appid_in\n  bind *:9091\n  mode http\n"))
	out.WriteString(appID.String())
	if !a.NoHTTP {
		certs := "crt " + strings.Join(a.Certs, " crt ")
		out.WriteString(strings.ReplaceAll(part(env, "HTTPS_FRONTEND_HEAD",
			"\nfrontend marathon_https_in\n  bind *:443 ssl {sslCerts}\n  mode http\n"), "{sslCerts}", certs))
		out.WriteString(https.String())
	}
	out.WriteString(front.String())
	out.WriteString(back.String())
	return out.String(), hosts.String()
}

func part(env func(string) string, name, otherwise string) string {
	if text := env("HAPROXY_" + name); text != "" {
		return strings.TrimRight(text, "\n") + "\n"
	}
	return otherwise
}

func (s Service) weight() int {
	if s.Weight == 0 && s.Path != "" {
		return 1 // a rule with a path goes before one without
	}
	return s.Weight
}

// head holds what does not depend on the applications; the Lua files lie beside the configuration.
func head(a *Args) string {
	lua := func(name string) string { return filepath.Join(a.Dir(), name) }
	syslog := ""
	if _, err := os.Stat("/dev/log"); err == nil {
		syslog = "  log /dev/log local0\n"
	}
	return "# datacentre lab double of marathon-lb\nglobal\n" + syslog + fmt.Sprintf("  maxconn %d\n", connections()) + "  spread-checks 5\n  max-spread-checks 15000\n  tune.ssl.default-dh-param 2048\n" +
		"  stats socket " + filepath.Join(a.Dir(), "socket") + " expose-fd listeners\n" +
		"  server-state-file global\n  server-state-base " + filepath.Join(a.Dir(), "state") + "/\n" +
		"  lua-load " + lua("getconfig.lua") + "\n" +
		"defaults\n  load-server-state-from-file global\n  log global\n  retries 3\n  backlog 10000\n  maxconn 10000\n" +
		"  timeout connect 3s\n  timeout client 30s\n  timeout server 30s\n  timeout tunnel 3600s\n  timeout http-keep-alive 1s\n" +
		"  timeout http-request 15s\n  timeout queue 30s\n  timeout tarpit 60s\n" +
		"  option dontlognull\n  option http-server-close\n  option redispatch\n" +
		"listen stats\n  bind 0.0.0.0:9090\n  mode http\n  http-after-response set-header X-Datacentre-Lab double\n  stats enable\n  http-request use-service prometheus-exporter if { path /metrics }\n" +
		"  monitor-uri /_haproxy_health_check\n" +
		"  http-request use-service lua.getconfig if { path /_haproxy_getconfig }\n" +
		"  http-request use-service lua.getvhostmap if { path /_haproxy_getvhostmap }\n" +
		"  http-request use-service lua.getpids if { path /_haproxy_getpids }\n"
}

// connections is 50000, or as many as the limit of open files allows: two for each, and some for itself.
func connections() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil && limit.Max < 2*50000+1000 {
		return max(100, int(limit.Max)/2-1000)
	}
	return 50000
}

func vhost(http, https *strings.Builder, s Service) {
	acl := clean(s.VHosts[0]) + "_" + strings.ReplaceAll(strings.TrimPrefix(s.App, "/"), "/", "_")
	fmt.Fprintf(http, "  acl host_%s hdr(host),field(1,:) -i %s\n", acl, strings.Join(s.VHosts, " "))
	condition, secure := "host_"+acl, "{ ssl_fc_sni -i "+strings.Join(s.VHosts, " ")+" }"
	if s.Path != "" {
		fmt.Fprintf(http, "  acl path_%s path_beg %s\n", s.Name(), s.Path)
		fmt.Fprintf(https, "  acl path_%s path_beg %s\n", s.Name(), s.Path)
		condition += " path_" + s.Name()
		secure += " path_" + s.Name()
	}
	if s.AuthRealm != "" {
		for to, when := range map[*strings.Builder]string{http: condition, https: secure} {
			fmt.Fprintf(to, "  acl auth_%s http_auth(user_%s)\n  http-request auth realm \"%s\" if %s !auth_%s\n", acl, s.Name(), s.AuthRealm, when, acl)
		}
	}
	if s.Redirect {
		fmt.Fprintf(http, "  redirect scheme https code 301 if !{ ssl_fc } %s\n", condition)
	}
	fmt.Fprintf(http, "  use_backend %s if %s\n", s.Name(), condition)
	fmt.Fprintf(https, "  use_backend %s if %s\n", s.Name(), secure)
}

func frontend(out *strings.Builder, s Service) {
	bind := fmt.Sprintf("%s:%d", s.BindAddr, s.Port)
	if s.Cert != "" {
		bind += " ssl crt " + s.Cert
	}
	if s.BindOptions != "" {
		bind += " " + s.BindOptions
	}
	fmt.Fprintf(out, "\nfrontend %s\n  bind %s\n  mode %s\n  use_backend %s\n", s.Name(), bind, s.Mode, s.Name())
}

func backend(out *strings.Builder, s Service) {
	fmt.Fprintf(out, "\nbackend %s\n  balance %s\n  mode %s\n", s.Name(), s.Balance, s.Mode)
	if s.Mode == "http" {
		if s.HSTS {
			out.WriteString("  http-response set-header Strict-Transport-Security max-age=15768000\n")
		}
		out.WriteString("  option forwardfor\n  http-request set-header X-Forwarded-Port %[dst_port]\n" +
			"  http-request add-header X-Forwarded-Proto https if { ssl_fc }\n")
	}
	if s.Allowed != "" {
		fmt.Fprintf(out, "  acl network_allowed src %s\n", s.Allowed)
		if s.Mode == "http" {
			out.WriteString("  http-request allow if network_allowed\n  http-request deny\n")
		} else {
			out.WriteString("  tcp-request content accept if network_allowed\n  tcp-request content reject\n")
		}
	}
	if s.Sticky {
		out.WriteString("  cookie mesosphere_server_id insert indirect nocache\n")
	}
	check := ""
	if h := s.Health; h != nil {
		if s.Mode == "http" && strings.HasSuffix(h.Protocol, "HTTP") {
			path := h.Path
			if path == "" {
				path = "/"
			}
			fmt.Fprintf(out, "  option httpchk GET %s\n", path)
		}
		fmt.Fprintf(out, "  timeout check %ds\n", max(1, h.Timeout))
		check = fmt.Sprintf(" check inter %ds fall %d", max(1, h.Interval), h.Failures+1)
		if h.Port != nil && *h.Port > 0 {
			check += fmt.Sprintf(" port %d", *h.Port)
		}
		if strings.HasSuffix(h.Protocol, "HTTPS") {
			check += " check-ssl verify none"
		}
	}
	taken := map[int64]bool{}
	for _, b := range s.Backends {
		name := b.serverName()
		cookie := ""
		if s.Sticky {
			cookie = fmt.Sprintf(" check cookie %.10x", sha1.Sum([]byte(name)))
			cookie = cookie[:len(" check cookie ")+10]
		}
		fmt.Fprintf(out, "  server %s %s:%d id %d%s%s\n", name, b.IP, b.Port, serverID(name, taken), check, cookie)
	}
}

func (b Backend) serverName() string {
	if b.Host != b.IP {
		return clean(fmt.Sprintf("%s_%s_%d", b.Host, b.IP, b.Port))
	}
	return clean(fmt.Sprintf("%s_%d", b.IP, b.Port))
}

// serverID is the same for the same name at every reload, so that HAProxy knows its servers again.
func serverID(name string, taken map[int64]bool) int64 {
	for salt := name; ; salt += " again" {
		sum := sha256.Sum256([]byte(salt))
		id := new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(32767)).Int64()
		if id > 0 && !taken[id] {
			taken[id] = true
			return id
		}
	}
}
