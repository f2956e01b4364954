package app

import (
	"encoding/json"
	"strings"
)

// Settings are the flags that applications depend on.
type Settings struct {
	Role           string
	DefaultNetwork string
	Bridge         string // what Mesos calls its bridge, --mesos_bridge_name
	Features       []string
}

// Canonical turns the JSON of a whole application into an App: older spellings translated, defaults filled
// in, rules checked. base is the group that a relative id belongs to.
func Canonical(raw map[string]any, base string, s Settings) (*App, error) {
	raw = clone(raw)
	if err := CheckShape(raw, false); err != nil {
		return nil, err
	}
	raw["id"] = Resolve(base, raw["id"].(string))
	if err := oldRules(raw); err != nil {
		return nil, err
	}
	if err := translate(raw, s); err != nil {
		return nil, err
	}
	a := &App{BackoffFactor: "1.15", BackoffSeconds: 1, CPUs: 1, Instances: 1, Labels: map[string]string{}, MaxLaunchDelaySeconds: 300,
		Mem: 128, UpgradeStrategy: UpgradeStrategy{1, 1}, KillSelection: "YOUNGEST_FIRST", Role: s.Role}
	delete(raw, "version")
	delete(raw, "versionInfo")
	body, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, a); err != nil {
		return nil, &Invalid{Message: "Invalid JSON", Details: []Detail{{Path: "/", Errors: []string{err.Error()}}}}
	}
	if a.Labels == nil {
		a.Labels = map[string]string{}
	}
	for i, d := range a.Dependencies {
		a.Dependencies[i] = Resolve(base, d)
	}
	a.portIndexes()
	a.strategies(raw)
	if err := a.validate(); err != nil {
		return a, err
	}
	return a, a.validateSettled(s)
}

// Merge lays the members of a partial update over an application, for Canonical to read as a whole.
func Merge(old *App, update map[string]any) map[string]any {
	body, _ := json.Marshal(old)
	out := map[string]any{}
	_ = json.Unmarshal(body, &out)
	for name, value := range update {
		switch name {
		case "ports":
			delete(out, "portDefinitions")
		case "uris":
			delete(out, "fetch")
		case "container":
			if c, ok := value.(map[string]any); ok && network(c) != "" {
				delete(out, "networks")
			}
		case "ipAddress", "networks":
			delete(out, "networks")
		case "id":
			continue
		}
		out[name] = value
	}
	if _, own := update["portDefinitions"]; !own && old.HostNetwork() && leavesHost(update) {
		delete(out, "portDefinitions")
	}
	return out
}

// leavesHost tells whether an update puts the tasks in a network that is not the host's, where port definitions mean
// nothing.
func leavesHost(update map[string]any) bool {
	container, _ := update["container"].(map[string]any)
	if old := network(container); old != "" {
		return old != "HOST"
	}
	if networks, _ := update["networks"].([]any); len(networks) > 0 {
		first, _ := networks[0].(map[string]any)
		return first["mode"] != "host"
	}
	return update["ipAddress"] != nil
}

// translate rewrites ports, uris, ipAddress, container.docker.network and container.docker.portMappings.
func translate(raw map[string]any, s Settings) error {
	container, _ := raw["container"].(map[string]any)
	if raw["ipAddress"] != nil && container == nil {
		container = map[string]any{"type": "MESOS"}
	}
	networks, err := networksOf(raw, container, s)
	if err != nil {
		return err
	}
	if uris, ok := raw["uris"].([]any); ok && len(uris) > 0 {
		fetch := []any{}
		for _, uri := range uris {
			text, _ := uri.(string)
			fetch = append(fetch, map[string]any{"uri": text, "extract": extracts(text), "executable": false, "cache": false})
		}
		raw["fetch"] = fetch
	}
	if ports, ok := raw["ports"].([]any); ok && raw["portDefinitions"] == nil {
		definitions := []any{}
		for _, p := range ports {
			definitions = append(definitions, map[string]any{"port": p, "protocol": "tcp"})
		}
		raw["portDefinitions"] = definitions
	}
	mode, _ := networks[0].(map[string]any)["mode"].(string)
	if container != nil {
		if err := containerPorts(raw, container, mode); err != nil {
			return err
		}
		raw["container"] = container
	}
	if mode == "host" {
		if raw["portDefinitions"] == nil {
			raw["portDefinitions"] = []any{map[string]any{"port": 0.0, "name": "default", "protocol": "tcp"}}
		}
	} else {
		if container == nil {
			raw["container"] = map[string]any{"type": "MESOS", "portMappings": defaultMappings(mode)}
		}
		delete(raw, "portDefinitions")
		raw["requirePorts"] = false
	}
	for _, old := range []string{"ports", "uris", "ipAddress"} {
		delete(raw, old)
	}
	raw["networks"] = networks
	return nil
}

func containerPorts(raw, container map[string]any, mode string) error {
	docker, _ := container["docker"].(map[string]any)
	if old, ok := docker["portMappings"].([]any); ok {
		if now, both := container["portMappings"].([]any); both && len(now) > 0 && len(old) > 0 {
			return Unprocessable("cannot specify both portMappings and docker.portMappings")
		} else if !both || len(now) == 0 {
			container["portMappings"] = old
		}
	}
	delete(docker, "portMappings")
	delete(docker, "network")
	if err := discovered(raw, container); err != nil {
		return err
	}
	if mode == "host" {
		delete(container, "portMappings")
		return nil
	}
	mappings, ok := container["portMappings"].([]any)
	if !ok {
		mappings = defaultMappings(mode)
	}
	// More ports than mappings: the others are mapped as they come.
	definitions, _ := raw["portDefinitions"].([]any)
	for len(mappings) < len(definitions) {
		mappings = append(mappings, map[string]any{"containerPort": 0.0})
	}
	container["portMappings"] = mappings
	for _, m := range mappings {
		if mapping, ok := m.(map[string]any); ok && mapping["hostPort"] == nil && mode == "container/bridge" {
			mapping["hostPort"] = 0.0
		}
	}
	return nil
}

func defaultMappings(mode string) []any {
	mapping := map[string]any{"containerPort": 0.0, "name": "default", "protocol": "tcp"}
	if mode == "container/bridge" {
		mapping["hostPort"] = 0.0
	}
	return []any{mapping}
}

// portIndexes lets a check without port mean the first one.
func (a *App) portIndexes() {
	if len(a.PortDefinitions) == 0 && len(a.Mappings()) == 0 {
		return
	}
	for i := range a.HealthChecks {
		h := &a.HealthChecks[i]
		if h.Command == nil && h.Protocol != "COMMAND" && h.Port == nil && h.PortIndex == nil {
			first := 0
			h.PortIndex = &first
		}
	}
}

func extracts(uri string) bool {
	for _, end := range []string{".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz", ".zip", ".tar"} {
		if strings.HasSuffix(uri, end) {
			return true
		}
	}
	return false
}

func clone(raw map[string]any) map[string]any {
	body, _ := json.Marshal(raw)
	out := map[string]any{}
	_ = json.Unmarshal(body, &out)
	return out
}
