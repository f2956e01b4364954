package core

import (
	"encoding/json"
	"testing"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/mesosapi"
)

func canonical(t *testing.T, text string) *app.App {
	t.Helper()
	raw := map[string]any{}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	a, err := app.Canonical(raw, "/", app.Settings{Role: "*", Bridge: "mesos-bridge"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestContainerNetworks: what Mesos is told of an application's networks, and which ports of the agent that takes.
func TestContainerNetworks(t *testing.T) {
	left := []mesosapi.Resource{{Name: "ports", Ranges: &mesosapi.Ranges{Range: []mesosapi.Range{{Begin: 31000, End: 31000}}}}}
	const mappings = `"portMappings":[{"containerPort":80},{"containerPort":0,"hostPort":0}]`
	const plain = `"portMappings":[{"containerPort":80}]`
	const calico = `"networks":[{"mode":"container","name":"calico","labels":{"k":"v"}}]`
	for _, c := range []struct{ what, members, want string }{
		{"Mesos", calico + `,"container":{"type":"MESOS",` + plain + `}`, `{"mesos":{},"network_infos":[{"ip_addresses":[{"protocol":"IPv4"}],
			"labels":{"labels":[{"key":"k","value":"v"}]},"name":"calico"}],"type":"MESOS"}`},
		{"Mesos with a port of the host", calico + `,"container":{"type":"MESOS",` + mappings + `}`, `{"mesos":{},"network_infos":[{
			"ip_addresses":[{"protocol":"IPv4"}],"labels":{"labels":[{"key":"k","value":"v"}]},"name":"calico",
			"port_mappings":[{"container_port":31000,"host_port":31000,"protocol":"tcp"}]}],"type":"MESOS"}`},
		{"Mesos bridge", `"networks":[{"mode":"container/bridge"}],"container":{"type":"MESOS","portMappings":[{"containerPort":80}]}`,
			`{"mesos":{},"network_infos":[{"ip_addresses":[{"protocol":"IPv4"}],"labels":{},"name":"mesos-bridge",
			"port_mappings":[{"container_port":80,"host_port":31000,"protocol":"tcp"}]}],"type":"MESOS"}`},
		{"Docker", calico + `,"container":{"docker":{"image":"i"},` + plain + `}`, `{
			"docker":{"force_pull_image":false,"image":"i","network":"USER","parameters":[{"key":"label","value":"MESOS_TASK_ID=T"}],"port_mappings":[],"privileged":false},
			"network_infos":[{"name":"calico"}],"type":"DOCKER"}`},
	} {
		a := canonical(t, `{"id":"/a","cmd":"x1",`+c.members+`}`)
		ports, resources, ok := takePorts(a, left, []int{0})
		if !ok {
			t.Fatalf("%s: no ports", c.what)
		}
		if wants := len(mapped(a, ports)); len(resources) != wants {
			t.Errorf("%s takes %+v", c.what, resources)
		}
		var want any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(containerInfo(a, "T", ports, "mesos-bridge"))
		if text, _ := json.Marshal(want); string(got) != string(text) {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, text)
		}
	}
}

func TestTarget(t *testing.T) {
	const network = `"networks":[{"mode":"container","name":"calico"}],
		"container":{"type":"MESOS","portMappings":[{"containerPort":80},{"containerPort":81,"hostPort":0}]}`
	own := []mesosapi.Address{{IP: "10.1.2.3"}, {IP: "10.9.9.9"}}
	for _, c := range []struct {
		members, check, want string
		addresses            []mesosapi.Address
	}{
		{network, `{"portIndex":0}`, "10.1.2.3:80", own},
		{network, `{"portIndex":1}`, "10.1.2.3:31000", own},
		{network, `{"port":9000}`, "10.1.2.3:9000", own},
		{network, `{"portIndex":0}`, "", nil},
		{`"container":{"docker":{"image":"i","network":"BRIDGE","portMappings":[{"containerPort":80}]}}`, `{"portIndex":0}`, "h:31000", own},
		{`"portDefinitions":[{"port":0}]`, `{"portIndex":0}`, "h:31000", own},
		{`"portDefinitions":[{"port":0}]`, `{"port":9000}`, "h:9000", own},
	} {
		a := canonical(t, `{"id":"/a","cmd":"x1",`+c.members+`,"healthChecks":[`+c.check+`]}`)
		i := &Instance{App: a, Agent: &Agent{Host: "h"}, Task: &Task{HostPorts: []int{31000}, Addresses: c.addresses}}
		if got := target(i, a.HealthChecks[0]); got != c.want {
			t.Errorf("%s %s: %q", c.members, c.check, got)
		}
	}
	if cause, ignored := probe(app.HealthCheck{Protocol: "TCP"}, ""); cause != noAddress || ignored {
		t.Errorf("%q %v", cause, ignored)
	}
}
