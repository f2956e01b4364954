package cni

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
)

// config is what the isolator itself reads of a network's description.
type config struct{ name, plugin, ipam string }

// parseConfig reads a description; name, type and the type of ipam are what it must have. The version is for the
// plugin to judge.
func parseConfig(text []byte) (config, error) {
	var raw struct {
		Name *string `json:"name"`
		Type *string `json:"type"`
		IPAM *struct {
			Type *string `json:"type"`
		} `json:"ipam"`
	}
	if !json.Valid(text) {
		return config{}, errors.New("JSON parse failed: syntax error")
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return config{}, fmt.Errorf("Protobuf parse failed: %w", err)
	}
	var missing []string
	for name, value := range map[string]*string{"name": raw.Name, "type": raw.Type} {
		if value == nil {
			missing = append(missing, name)
		}
	}
	if raw.IPAM != nil && raw.IPAM.Type == nil {
		missing = append(missing, "ipam.type")
	}
	if len(missing) > 0 {
		return config{}, fmt.Errorf("Protobuf parse failed: Missing required fields: %s", strings.Join(missing, ", "))
	}
	c := config{name: *raw.Name, plugin: *raw.Type}
	if raw.IPAM != nil {
		c.ipam = *raw.IPAM.Type
	}
	return c, nil
}

// result is what a plugin prints after ADD, in the form of CNI 0.1 and 0.2. The form of 0.3 and later, with `ips`, is
// no error: it only has no address here, as in the real one.
type result struct {
	IP4 *ipConfig `json:"ip4"`
	IP6 *ipConfig `json:"ip6"`
	DNS *resolver `json:"dns"`
}

type ipConfig struct {
	IP string `json:"ip"`
}

func parseResult(text []byte) (result, error) {
	var r result
	if !json.Valid(text) {
		return r, errors.New("JSON parse failed: syntax error")
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("Protobuf parse failed: %w", err)
	}
	if r.IP4 != nil && r.IP4.IP == "" || r.IP6 != nil && r.IP6.IP == "" {
		return r, errors.New("Protobuf parse failed: Missing required fields: ip")
	}
	return r, nil
}

// address gives the IPv4 address without its prefix, "" when there is none.
func (r result) address() (string, error) {
	if r.IP4 == nil {
		return "", nil
	}
	ip, _, err := net.ParseCIDR(r.IP4.IP)
	if err != nil || ip.To4() == nil {
		return "", fmt.Errorf("Unable to parse the IP address %s for the container: %v", r.IP4.IP, err)
	}
	return ip.String(), nil
}

// resolver says how names are resolved.
type resolver struct {
	Nameservers []string `json:"nameservers"`
	Domain      string   `json:"domain"`
	Search      []string `json:"search"`
	Options     []string `json:"options"`
}

// add takes in another network's: lists grow, the last domain counts.
func (r *resolver) add(other resolver) {
	r.Nameservers = append(r.Nameservers, other.Nameservers...)
	r.Search = append(r.Search, other.Search...)
	r.Options = append(r.Options, other.Options...)
	if other.Domain != "" {
		r.Domain = other.Domain
	}
}

// text is the resolv.conf.
func (r resolver) text() string {
	var out strings.Builder
	if r.Domain != "" {
		fmt.Fprintf(&out, "domain %s\n", r.Domain)
	}
	if len(r.Search) > 0 {
		fmt.Fprintf(&out, "search %s\n", strings.Join(r.Search, " "))
	}
	if len(r.Options) > 0 {
		fmt.Fprintf(&out, "options %s\n", strings.Join(r.Options, " "))
	}
	for _, server := range r.Nameservers {
		fmt.Fprintf(&out, "nameserver %s\n", server)
	}
	return out.String()
}

// defaultDNS is for networks whose plugin names no server: by the network's name, "" for all others.
type defaultDNS map[string]resolver

func parseDNS(text string) (defaultDNS, error) {
	if text == "" {
		return nil, nil
	}
	var raw struct {
		Mesos []struct {
			Mode string   `json:"network_mode"`
			Name string   `json:"network_name"`
			DNS  resolver `json:"dns"`
		} `json:"mesos"`
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, err
	}
	out := defaultDNS{}
	for _, one := range raw.Mesos {
		if one.Mode == "CNI" {
			out[one.Name] = one.DNS
		}
	}
	return out, nil
}

// resolverOf is the plugin's own, or the default for the network.
func (d defaultDNS) resolverOf(network string, r result) resolver {
	if r.DNS != nil && len(r.DNS.Nameservers) > 0 {
		return *r.DNS
	}
	if own, ok := d[network]; ok {
		return own
	}
	return d[""]
}
