package app

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

var networked = Settings{Role: "*", DefaultNetwork: "usual", Bridge: "mesos-bridge"}

func TestNetworkSpellings(t *testing.T) {
	const image = `"docker":{"image":"i"`
	for _, c := range []struct{ what, members, networks, mappings string }{
		{"present", `"networks":[{"mode":"container","name":"calico","labels":{"a":"b"}}],"container":{"type":"MESOS"}`,
			`[{"mode":"container","name":"calico","labels":{"a":"b"}}]`, `0-`},
		{"default name", `"networks":[{"mode":"container"}]`, `[{"mode":"container","name":"usual"}]`, `0-`},
		{"mode left out", `"networks":[{"name":"calico"}]`, `[{"mode":"container","name":"calico"}]`, `0-`},
		{"two networks", `"networks":[{"mode":"container","name":"x"},{"mode":"container","name":"y"}]`,
			`[{"mode":"container","name":"x"},{"mode":"container","name":"y"}]`, `0-`},
		{"ipAddress", `"ipAddress":{"networkName":"calico","labels":{"a":"b"}}`, `[{"mode":"container","name":"calico","labels":{"a":"b"}}]`, `0-`},
		{"ipAddress without name", `"ipAddress":{}`, `[{"mode":"container","name":"usual"}]`, `0-`},
		{"ipAddress of the bridge", `"ipAddress":{"networkName":"mesos-bridge","labels":{"a":"b"}}`,
			`[{"mode":"container/bridge","labels":{"a":"b"}}]`, `0-0`},
		{"ipAddress with ports", `"ipAddress":{"networkName":"calico","discovery":{"ports":[{"number":80,"name":"http","protocol":"tcp"}]}}`,
			`[{"mode":"container","name":"calico"}]`, `80-`},
		{"USER with ipAddress", `"container":{` + image + `,"network":"USER"}},"ipAddress":{"networkName":"calico","labels":{"a":"b"}}`,
			`[{"mode":"container","name":"calico","labels":{"a":"b"}}]`, `0-`},
		{"USER alone", `"container":{` + image + `,"network":"USER","portMappings":[{"containerPort":80},{"containerPort":81,"hostPort":0}]}}`,
			`[{"mode":"container","name":"usual"}]`, `80- 81-0`},
		{"BRIDGE with ipAddress", `"container":{` + image + `,"network":"BRIDGE"}},"ipAddress":{"networkName":"calico"}`, `[{"mode":"container/bridge"}]`, `0-0`},
		{"HOST with ipAddress", `"container":{` + image + `,"network":"HOST"}},"ipAddress":{"networkName":"calico","labels":{"a":"b"}}`, `[{"mode":"host"}]`, ``},
		{"more ports than mappings", `"container":{"type":"MESOS","portMappings":[{"containerPort":80}]},"networks":[{"mode":"container","name":"calico"}],
			"portDefinitions":[{"port":1},{"port":2}]`, `[{"mode":"container","name":"calico"}]`, `80- 0-`},
	} {
		a, err := Canonical(parse(t, `{"id":"/a","cmd":"x1",`+c.members+`}`), "/", networked)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		networks, _ := json.Marshal(a.Networks)
		var mappings []string
		for _, m := range a.Mappings() {
			number, _ := json.Marshal(m.ContainerPort)
			text := string(number) + "-"
			if m.HostPort != nil {
				host, _ := json.Marshal(*m.HostPort)
				text += string(host)
			}
			mappings = append(mappings, text)
		}
		if string(networks) != c.networks || strings.Join(mappings, " ") != c.mappings {
			t.Errorf("%s: %s, %v", c.what, networks, mappings)
		}
	}
}

func TestNetworksRefused(t *testing.T) {
	for _, c := range []struct{ members, path, text string }{
		{`"networks":[{"mode":"host","name":"x"}]`, "/networks", "Host networks may not have names or labels"},
		{`"networks":[{"mode":"container/bridge","name":"x"}]`, "/networks", "Bridge networks may not have names"},
		{`"networks":[{"mode":"container","name":"x"},{"mode":"container","name":"x"}]`, "/networks", "Duplicate networks are not allowed"},
		{`"networks":[{"mode":"container","name":"x"},{"mode":"host"}]`, "/networks", "May specify a single host network"},
		{`"networks":[{"mode":"container","name":"x"},{"mode":"container","name":"y"}],"container":{"docker":{"image":"i"}}`, "/",
			"may only specify a single container network when using the Docker"},
		{`"networks":[{"mode":"container","name":"x"},{"mode":"container","name":"y"}],"container":{"type":"MESOS","portMappings":[{"hostPort":0}]}`,
			"/container/portMappings(0)", "networkNames must be a single item list"},
		{`"ipAddress":{"networkName":"x"},"ports":[80]`, "/", "cannot specify both an IP address and port"},
		{`"ipAddress":{"networkName":"x"},"networks":[{"mode":"host"}]`, "/", "must not specify both networks and ipAddress"},
		{`"ipAddress":{"networkName":"x","discovery":{"ports":[]}},"container":{"docker":{"image":"i"}}`, "/ipAddress", "not allowed for Docker containers"},
	} {
		_, err := Canonical(parse(t, `{"id":"/a","cmd":"x1",`+c.members+`}`), "/", networked)
		var invalid *Invalid
		found := false
		if errors.As(err, &invalid) {
			for _, d := range invalid.Details {
				found = found || d.Path == c.path && strings.Contains(strings.Join(d.Errors, " "), c.text)
			}
		}
		if !found {
			t.Errorf("%s: %v", c.members, err)
		}
	}
	_, err := Canonical(parse(t, `{"id":"/a","cmd":"x1","networks":[{"mode":"container"}]}`), "/", Settings{Role: "*"})
	if err == nil || !strings.Contains(err.Error(), "/networks: Network name must be specified when container network is selected.") {
		t.Errorf("%v", err)
	}
}

// TestMergeIntoANetwork: port definitions of before do not become mappings of the network that an update names.
func TestMergeIntoANetwork(t *testing.T) {
	old := canonical(t, `{"id":"/a","cmd":"x1","portDefinitions":[{"port":1},{"port":2}]}`)
	update := parse(t, `{"networks":[{"mode":"container","name":"calico"}],"container":{"type":"MESOS","portMappings":[{"containerPort":80}]}}`)
	a, err := Canonical(Merge(old, update), "/", networked)
	if err != nil || len(a.Mappings()) != 1 || a.PortDefinitions != nil {
		t.Errorf("%v %+v", err, a.Mappings())
	}
	back, err := Canonical(Merge(a, parse(t, `{"networks":[{"mode":"host"}]}`)), "/", networked)
	if err != nil || !back.HostNetwork() || len(back.Mappings()) != 0 || len(back.PortDefinitions) != 1 {
		t.Errorf("%v %+v", err, back)
	}
}
