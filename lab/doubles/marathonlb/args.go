// Package marathonlb imitates marathon-lb 1.15: it turns the applications of Marathon into a configuration of
// HAProxy, and runs HAProxy with it.
package marathonlb

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Args is the command line after the mode.
type Args struct {
	Mode        string   // sse or poll
	Marathons   []string // base URLs, asked in turn
	Dropped     []string // given by an earlier -m, which the last one replaces
	Groups      []string
	Config      string
	Certs       []string
	Auth        string // user:password
	Command     string
	HealthCheck bool
	Strict      bool
	NoHTTP      bool
	Maps        bool
	Dry         bool
	SkipCheck   bool
	PollEvery   time.Duration
}

// Dir is where everything beside the configuration is kept.
func (a *Args) Dir() string { return filepath.Dir(a.Config) }

// UsageError is a mistake in the arguments.
type UsageError string

func (e UsageError) Error() string { return string(e) }

var switches = map[string]func(*Args){
	"--health-check": func(a *Args) { a.HealthCheck = true }, "-H": func(a *Args) { a.HealthCheck = true },
	"--strict-mode": func(a *Args) { a.Strict = true }, "--dont-bind-http-https": func(a *Args) { a.NoHTTP = true },
	"--haproxy-map": func(a *Args) { a.Maps = true }, "--dry": func(a *Args) { a.Dry = true }, "-d": func(a *Args) { a.Dry = true },
	"--skip-validation": func(a *Args) { a.SkipCheck = true }, "--sse": func(a *Args) { a.Mode = "sse" }, "-s": func(a *Args) { a.Mode = "sse" },
	"--skip-config-cleanup": func(*Args) {}, "--group-https-by-vhost": func(*Args) {}, "--disable-dynamic": func(*Args) {},
}

var valued = map[string]func(*Args, string){
	"--haproxy-config":   func(a *Args, v string) { a.Config = v },
	"--group":            func(a *Args, v string) { a.Groups = append(a.Groups, v) },
	"--ssl-certs":        func(a *Args, v string) { a.Certs = strings.Split(v, ",") },
	"--auth-credentials": func(a *Args, v string) { a.Auth = v },
	"--marathon-auth-credential-file": func(a *Args, v string) {
		text, err := os.ReadFile(v)
		if err != nil {
			log.Printf("cannot read the credentials: %v", err)
		}
		a.Auth = strings.TrimSpace(string(text))
	},
	"--command": func(a *Args, v string) { a.Command = v },
	"-c":        func(a *Args, v string) { a.Command = v },
}

// taken but without effect here.
var ignored = map[string]bool{"--log-format": true, "--log-level": true, "--syslog-socket": true, "--max-reload-retries": true,
	"--reload-interval": true, "--archive-versions": true, "--lru-cache-capacity": true, "--max-backoff": true,
	"--min-serv-port-ip-per-task": true, "--max-serv-port-ip-per-task": true, "--marathon-ca-cert": true,
	"--dcos-auth-credentials": true}

// ParseArgs takes what the image's run script takes: poll or sse, then options. PORTS must be set.
func ParseArgs(args []string, env func(string) string) (*Args, error) {
	if env("PORTS") == "" {
		return nil, UsageError("Define PORTS with a comma-separated list of ports to which HAProxy binds")
	}
	if len(args) == 0 || args[0] != "sse" && args[0] != "poll" {
		mode := ""
		if len(args) > 0 {
			mode = args[0]
		}
		return nil, UsageError(fmt.Sprintf("Unknown mode %s. Synopsis: marathon-lb poll|sse [marathon_lb.py args]", mode))
	}
	a := &Args{Mode: args[0], Config: "/marathon-lb/haproxy.cfg", PollEvery: 60 * time.Second}
	if user, password := env("MARATHON_USER"), env("MARATHON_PASSWORD"); user != "" && password != "" {
		a.Auth = user + ":" + password
	}
	if every, err := time.ParseDuration(env("POLL_INTERVAL") + "s"); err == nil {
		a.PollEvery = every
	}
	for i := 1; i < len(args); i++ {
		name, inline, has := strings.Cut(args[i], "=")
		if !strings.HasPrefix(name, "-") {
			return nil, UsageError("unrecognized arguments: " + args[i])
		}
		if set, ok := switches[name]; ok {
			set(a)
			continue
		}
		var values []string
		if has {
			values = []string{inline}
		} else {
			for i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") && (len(values) == 0 || name == "-m" || name == "--marathon") {
				i++
				values = append(values, args[i])
			}
		}
		if len(values) == 0 {
			return nil, UsageError(fmt.Sprintf("argument %s: expected one argument", name))
		}
		switch {
		case name == "-m" || name == "--marathon":
			a.Dropped = append(a.Dropped, a.Marathons...)
			a.Marathons = values
		case valued[name] != nil:
			valued[name](a, values[0])
		case !ignored[name]:
			return nil, UsageError("unrecognized arguments: " + name)
		}
	}
	if len(a.Groups) == 0 {
		return nil, UsageError("argument --group is required: please specify at least one group name")
	}
	if len(a.Marathons) == 0 {
		return nil, UsageError("argument --marathon/-m is required")
	}
	for i, m := range a.Marathons {
		a.Marathons[i] = strings.TrimSuffix(m, "/")
	}
	return a, nil
}
