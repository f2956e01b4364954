package agent

import (
	"encoding/json"
	"strings"
	"testing"

	"datacentre/lab/doubles/mesos/wire"
)

func TestContainerizerFlags(t *testing.T) {
	const images = "--isolation=filesystem/linux,docker/runtime --image_providers="
	for _, c := range []struct{ flags, want string }{
		{"--isolation=posix/cpu,posix/mem", ""},
		{"--isolation=cgroups/cpu,cgroups/mem,filesystem/linux,network/cni", ""},
		{"--isolation=network/ports,network/cni,volume/secret,docker/volume", ""},
		{"--isolation=own/isolator --modules={}", ""},
		{"--isolation=posix/cpu,posix/cpu", "Duplicate entries found in --isolation flag"},
		{"--isolation=posix/cpu,network/calico", "Unknown or unsupported isolator 'network/calico'"},
		{"--isolation=filesystem/posix,filesystem/linux", "Using multiple filesystem isolators simultaneously is disallowed"},
		{"--isolation=network/cni,network/port_mapping", "Using multiple network isolators simultaneously is disallowed"},
		{"--isolation=network/cni --network_cni_plugins_dir=/p",
			"Failed to create isolator 'network/cni': Missing required '--network_cni_config_dir' flag"},
		{"--image_providers=docker", "The 'filesystem/linux' isolator must be enabled for container image support"},
		{"--isolation=filesystem/linux --image_providers=docker", "Docker runtime isolator has to be specified"},
		{images + "oci", "Failed to create provisioner: Unknown image type 'oci'"},
		{images + "DOCKER,appc", ""},
		{images + "docker --launcher=posix", "The 'linux' launcher must be used"},
		{"--launcher=windows", "Failed to create launcher: Unknown or unsupported launcher: windows"},
	} {
		set := Flags()
		if err := set.Load(append(strings.Fields(c.flags), "--work_dir=/w"), nil, "MESOS_"); err != nil {
			t.Fatal(err)
		}
		_, err := containerizer(set)
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", c.flags, err)
		}
	}
}

// TestDockerNetworks holds the addresses against what Docker 20.10 shows.
func TestDockerNetworks(t *testing.T) {
	for _, c := range []struct{ inspect, container, want string }{
		{`{"HostConfig": {"NetworkMode": "calico"}, "NetworkSettings": {"IPAddress": "", "Networks": {"calico": {"IPAddress": "10.1.2.3"}}}}`,
			`{"type": "DOCKER", "network_infos": [{"name": "calico"}]}`,
			`[{"ip_addresses":[{"protocol":"IPv4","ip_address":"10.1.2.3"}],"name":"calico"}]`},
		{`{"HostConfig": {"NetworkMode": "bridge"}, "NetworkSettings": {"IPAddress": "172.17.0.2", "Networks": {"bridge": {"IPAddress": "172.17.0.2",
			"GlobalIPv6Address": "fd00::2"}}}}`, `{"type": "DOCKER"}`,
			`[{"ip_addresses":[{"protocol":"IPv4","ip_address":"172.17.0.2"},{"protocol":"IPv6","ip_address":"fd00::2"}]}]`},
		{`{"HostConfig": {"NetworkMode": "default"}, "NetworkSettings": {"IPAddress": "172.17.0.2", "Networks": {"bridge": {"IPAddress": "172.17.0.9"}}}}`,
			`null`, `[{"ip_addresses":[{"protocol":"IPv4","ip_address":"172.17.0.2"}]}]`},
		{`{"HostConfig": {"NetworkMode": "host"}, "NetworkSettings": {"IPAddress": "", "Networks": {"host": {"IPAddress": ""}}}}`,
			`{"type": "DOCKER"}`, `null`},
	} {
		var found inspected
		if err := json.Unmarshal([]byte(c.inspect), &found); err != nil {
			t.Fatal(err)
		}
		r := &run{Task: wire.Task{Info: wire.TaskInfo{Container: json.RawMessage(c.container)}}}
		if got, _ := json.Marshal(r.dockerNetworks(found)); string(got) != c.want {
			t.Errorf("%s: %s", c.inspect, got)
		}
	}
}
