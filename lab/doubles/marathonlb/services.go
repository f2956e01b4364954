package marathonlb

import (
	"net"
	"sort"
	"strconv"
	"strings"
)

// Backend is one task behind a service.
type Backend struct {
	Host, IP string
	Port     int
}

// Service is one service port of an application with its labels read.
type Service struct {
	App         string
	Port        int
	Groups      []string
	Enabled     bool
	VHosts      []string
	Path        string
	Mode        string
	Balance     string
	BindAddr    string
	BindOptions string
	Cert        string
	Sticky      bool
	Redirect    bool
	HSTS        bool
	AuthRealm   string
	AuthUser    string
	AuthPass    string
	Weight      int
	Allowed     string
	Health      *HealthCheck
	Backends    []Backend
}

// Resolve finds an agent's address; tests replace it.
var Resolve = func(host string) string {
	if net.ParseIP(host) != nil {
		return host
	}
	addresses, err := net.LookupHost(host)
	if err != nil {
		return ""
	}
	for _, a := range addresses {
		if ip := net.ParseIP(a); ip != nil && ip.To4() != nil {
			return a
		}
	}
	return ""
}

// Services are those of the wanted groups that have backends, in the order of their ids and ports.
func Services(apps []App, a *Args) []Service {
	var out []Service
	for _, one := range apps {
		ports := one.servicePorts()
		services := make([]*Service, len(ports))
		for i, port := range ports {
			services[i] = one.service(i, port, a.Strict)
		}
		for _, t := range one.Tasks {
			if t.Host == "" || !routable(t.State) || a.HealthCheck && len(one.HealthChecks) > 0 && !t.alive() {
				continue
			}
			ip, taskPorts := one.reach(t)
			if ip == "" {
				continue
			}
			for i, s := range services {
				if i < len(taskPorts) && taskPorts[i] > 0 {
					s.Backends = append(s.Backends, Backend{t.Host, ip, taskPorts[i]})
				}
			}
		}
		for _, s := range services {
			if len(s.Backends) > 0 && s.Enabled && s.Port > 0 && wanted(s.Groups, a.Groups) {
				out = append(out, *s)
			}
		}
	}
	for i := range out {
		list := out[i].Backends
		sort.Slice(list, func(x, y int) bool {
			one, other := list[x], list[y]
			if one.Host != other.Host {
				return one.Host < other.Host
			}
			return one.Port < other.Port || one.Port == other.Port && one.IP < other.IP
		})
	}
	sort.Slice(out, func(x, y int) bool {
		return out[x].App < out[y].App || out[x].App == out[y].App && out[x].Port < out[y].Port
	})
	return out
}

// routable: a lost or unreachable task may still be there, so only those that surely are not serve nobody.
func routable(state string) bool {
	return state == "" || state == "TASK_RUNNING" || state == "TASK_LOST" || state == "TASK_UNREACHABLE"
}

func (t Task) alive() bool {
	for _, h := range t.Health {
		if h.Alive {
			return true
		}
	}
	return false
}

func wanted(groups, asked []string) bool {
	for _, ask := range asked {
		if ask == "*" {
			return true
		}
		for _, g := range groups {
			if g == ask {
				return true
			}
		}
	}
	return false
}

func (a App) mode() string {
	if len(a.Networks) == 0 {
		return "host"
	}
	return a.Networks[0].Mode
}

func (a App) servicePorts() []int {
	var out []int
	if a.Container != nil && len(a.Container.PortMappings) > 0 {
		for _, m := range a.Container.PortMappings {
			out = append(out, m.ServicePort)
		}
		return out
	}
	for _, d := range a.PortDefinitions {
		out = append(out, d.Port)
	}
	return out
}

// reach gives where a task's ports are: on its agent, or in a container network at the task's own address and the
// container's ports, whatever is mapped. A task that has no address yet is nowhere.
func (a App) reach(t Task) (string, []int) {
	if a.mode() != "container" {
		return Resolve(t.Host), t.Ports
	}
	if a.Container == nil || len(t.Addresses) == 0 {
		return "", nil
	}
	var ports []int
	for _, m := range a.Container.PortMappings {
		ports = append(ports, m.ContainerPort)
	}
	return t.Addresses[0].IP, ports
}

func (a App) service(index, port int, strict bool) *Service {
	s := &Service{App: a.ID, Port: port, Enabled: !strict, Balance: "roundrobin", BindAddr: "*", Weight: 0, Health: a.healthCheck(index)}
	if s.Health != nil && s.Health.Protocol == "HTTP" {
		s.Mode = "http"
	}
	if group := a.Labels["HAPROXY_GROUP"]; group != "" {
		s.Groups = strings.Split(group, ",")
	}
	for name, set := range labels {
		if value, ok := a.Labels["HAPROXY_"+strconv.Itoa(index)+"_"+name]; ok {
			set(s, value)
		}
	}
	if s.Mode == "" {
		s.Mode = "tcp"
		if len(s.VHosts) > 0 {
			s.Mode = "http"
		}
	}
	return s
}

var labels = map[string]func(*Service, string){
	"VHOST": func(s *Service, v string) {
		for _, host := range strings.Split(v, ",") {
			if host = strings.TrimSpace(host); host != "" {
				s.VHosts = append(s.VHosts, host)
			}
		}
	},
	"GROUP":             func(s *Service, v string) { s.Groups = strings.Split(v, ",") },
	"MODE":              func(s *Service, v string) { s.Mode = v },
	"PORT":              func(s *Service, v string) { s.Port, _ = strconv.Atoi(v) },
	"PATH":              func(s *Service, v string) { s.Path = v },
	"BALANCE":           func(s *Service, v string) { s.Balance = v },
	"BIND_ADDR":         func(s *Service, v string) { s.BindAddr = v },
	"BIND_OPTIONS":      func(s *Service, v string) { s.BindOptions = v },
	"SSL_CERT":          func(s *Service, v string) { s.Cert = v },
	"ENABLED":           func(s *Service, v string) { s.Enabled = truth(v) },
	"STICKY":            func(s *Service, v string) { s.Sticky = truth(v) },
	"REDIRECT_TO_HTTPS": func(s *Service, v string) { s.Redirect = truth(v) },
	"USE_HSTS":          func(s *Service, v string) { s.HSTS = truth(v) },
	"BACKEND_WEIGHT":    func(s *Service, v string) { s.Weight, _ = strconv.Atoi(v) },
	"AUTH": func(s *Service, v string) {
		if parts := strings.SplitN(v, ":", 3); len(parts) == 3 {
			s.AuthRealm, s.AuthUser, s.AuthPass = parts[0], parts[1], parts[2]
		}
	},
	"BACKEND_NETWORK_ALLOWED_ACL": func(s *Service, v string) { s.Allowed = v },
}

func truth(text string) bool {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "1":
		return true
	}
	return false
}

// healthCheck is the one that is meant for the port of that index.
func (a App) healthCheck(index int) *HealthCheck {
	for i, h := range a.HealthChecks {
		if h.Protocol == "COMMAND" {
			continue
		}
		if h.Port != nil || h.PortIndex != nil && *h.PortIndex == index || h.PortIndex == nil && index == 0 {
			return &a.HealthChecks[i]
		}
	}
	return nil
}
