package app

import (
	"fmt"
	"slices"
)

// network gives the old spelling of a container's network, "" when there is none.
func network(container map[string]any) string {
	docker, _ := container["docker"].(map[string]any)
	name, _ := docker["network"].(string)
	return name
}

// networksOf gives the networks in the present spelling: those of ipAddress and container.docker.network translated,
// container networks without a name named by --default_network_name, the host's when there are none.
func networksOf(raw, container map[string]any, s Settings) ([]any, error) {
	networks, _ := raw["networks"].([]any)
	address, byAddress := raw["ipAddress"].(map[string]any)
	old := network(container)
	modes := map[string]string{"HOST": "host", "BRIDGE": "container/bridge", "USER": "container"}
	translated := map[string]any{"mode": "container"}
	switch {
	case old != "" && modes[old] == "":
		return nil, Unprocessable("unsupported docker network type " + old)
	case old != "":
		translated["mode"] = modes[old]
	case byAddress && s.Bridge != "" && address["networkName"] == s.Bridge:
		translated["mode"] = "container/bridge"
	}
	if byAddress && translated["mode"] != "host" {
		if labels, ok := address["labels"].(map[string]any); ok && len(labels) > 0 {
			translated["labels"] = labels
		}
		if translated["mode"] == "container" {
			translated["name"] = address["networkName"]
		}
	}
	if byAddress || old != "" {
		networks = []any{translated}
	}
	if len(networks) == 0 {
		networks = []any{map[string]any{"mode": "host"}}
	}
	for _, n := range networks {
		net, _ := n.(map[string]any)
		if net == nil {
			continue
		}
		if net["mode"] == nil {
			net["mode"] = "container"
		}
		if net["mode"] == "container" && (net["name"] == nil || net["name"] == "") {
			if s.DefaultNetwork == "" {
				var c complaints
				c.add("/networks", "Network name must be specified when container network is selected.")
				return nil, c.rules()
			}
			net["name"] = s.DefaultNetwork
		}
	}
	return networks, nil
}

// discovered gives the port mappings that ipAddress.discovery stands for.
func discovered(raw, container map[string]any) error {
	address, _ := raw["ipAddress"].(map[string]any)
	discovery, _ := address["discovery"].(map[string]any)
	ports, _ := discovery["ports"].([]any)
	if len(ports) == 0 {
		return nil
	}
	if mappings, _ := container["portMappings"].([]any); len(mappings) > 0 {
		return Unprocessable("container.portMappings and ipAddress.discovery.ports must not both be set")
	}
	mappings := []any{}
	for _, p := range ports {
		port, _ := p.(map[string]any)
		mapping := map[string]any{"containerPort": port["number"]}
		for _, member := range []string{"name", "protocol", "labels"} {
			if port[member] != nil {
				mapping[member] = port[member]
			}
		}
		mappings = append(mappings, mapping)
	}
	container["portMappings"] = mappings
	return nil
}

// validateNetworks tells which networks do not go together.
func (a *App) validateNetworks(c *complaints) {
	count, names := map[string]int{}, map[string]bool{}
	twice := false
	for _, n := range a.Networks {
		count[n.Mode]++
		if n.Mode == "host" && (n.Name != "" || len(n.Labels) > 0) {
			c.add("/networks", "Host networks may not have names or labels")
		}
		if n.Mode == "container/bridge" && n.Name != "" {
			c.add("/networks", "Bridge networks may not have names")
		}
		twice = twice || n.Name != "" && names[n.Name]
		names[n.Name] = true
	}
	if twice {
		c.add("/networks", "Duplicate networks are not allowed")
	}
	if len(count) > 1 || count["host"] > 1 || count["container/bridge"] > 1 {
		c.add("/networks", "May specify a single host network, single bridge network, or else 1-to-n container networks")
	}
	if a.Docker() && count["container"] > 1 {
		c.add("/", "may only specify a single container network when using the Docker container engine")
	}
	for i, m := range a.Mappings() {
		path := fmt.Sprintf("/container/portMappings(%d)", i)
		if count["container"] > 1 && m.HostPort != nil && len(m.NetworkNames) != 1 {
			c.add(path, "networkNames must be a single item list when hostPort is specified and more than 1 container network is defined")
		}
		if slices.ContainsFunc(m.NetworkNames, func(name string) bool { return !names[name] }) {
			c.add(path+"/networkNames", "is not one of the application's networks")
		}
	}
}
