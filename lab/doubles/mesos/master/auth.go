package master

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"datacentre/lab/doubles/mesos/web"
)

// credentials reads the JSON of --credentials: {"credentials": [{"principal": "...", "secret": "..."}]}.
func (m *Master) credentials() (map[string]string, error) {
	path := strings.TrimPrefix(m.flags.String("credentials"), "file://")
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("Failed to read credentials file '%s': %w (see --credentials flag)", path, err)
	}
	var file struct {
		Credentials []struct{ Principal, Secret string }
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("Invalid credential format, the file is not the JSON that is expected (see --credentials flag)")
	}
	if len(file.Credentials) == 0 {
		return nil, fmt.Errorf("Credentials file must contain at least one credential (see --credentials flag)")
	}
	known := map[string]string{}
	for _, c := range file.Credentials {
		known[c.Principal] = c.Secret
	}
	return known, nil
}

// Check says what is wrong with the flags' values, as the real master does at its start.
func (m *Master) Check() error {
	if m.flags.Duration("agent_reregister_timeout") < minReregister {
		return fmt.Errorf("Invalid value '%s' for --agent_reregister_timeout: Must be at least 10mins", m.flags.String("agent_reregister_timeout"))
	}
	if m.flags.Bool("authenticate_http_frameworks") && !m.flags.Given("http_framework_authenticators") {
		return fmt.Errorf("Missing `--http_framework_authenticators` flag. This must be used in conjunction with `--authenticate_http_frameworks`")
	}
	for _, token := range strings.Split(m.flags.String("weights"), ",") {
		if _, value, ok := strings.Cut(token, "="); token != "" {
			weight, err := strconv.ParseFloat(value, 64)
			if !ok || err != nil {
				return fmt.Errorf("Invalid weight: '%s'. --weights should be of the form 'role=weight,role=weight'", token)
			}
			if weight <= 0 {
				return fmt.Errorf("Invalid weight: '%s'. Weights must be positive", token)
			}
		}
	}
	if _, err := m.credentials(); err != nil {
		return err
	}
	return nil
}

// weight gives the weight of a role, 1 unless --weights says another.
func (m *Master) weight(role string) float64 {
	for _, token := range strings.Split(m.flags.String("weights"), ",") {
		if name, value, ok := strings.Cut(token, "="); ok && strings.TrimSpace(name) == role {
			if weight, err := strconv.ParseFloat(value, 64); err == nil {
				return weight
			}
		}
	}
	return 1
}

// guard asks for a name and password where the flags want them.
func (m *Master) guard(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/master"), "/")
	flag := "authenticate_http_readonly"
	switch {
	case name == "health" || name == "redirect":
		flag = ""
	case name == "api/v1/scheduler":
		flag = "authenticate_http_frameworks"
	case r.Method != http.MethodGet:
		flag = "authenticate_http_readwrite"
	}
	if flag != "" && m.flags.Bool(flag) {
		known, _ := m.credentials()
		user, password, ok := r.BasicAuth()
		secret, exists := known[user]
		if !ok || !exists || subtle.ConstantTimeCompare([]byte(secret), []byte(password)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="mesos-master-`+strings.TrimPrefix(flag, "authenticate_http_")+`"`)
			web.Empty(w, http.StatusUnauthorized)
			return
		}
	}
	next(w, r)
}
