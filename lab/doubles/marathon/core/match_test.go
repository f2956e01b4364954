package core

import (
	"testing"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/mesosapi"
)

func TestMeets(t *testing.T) {
	rack := func(host, rack string) place {
		return place{host: host, attributes: []mesosapi.Attribute{{Name: "rack", Text: &mesosapi.ID{Value: rack}}, {Name: "speed", Scalar: &mesosapi.Scalar{Value: 2.5}}}}
	}
	placed := []place{rack("h1", "r1"), rack("h2", "r2"), rack("h3", "r1")}
	cases := []struct {
		constraint []string
		at         place
		want       bool
	}{
		{[]string{"hostname", "UNIQUE"}, rack("h1", "r1"), false}, {[]string{"hostname", "UNIQUE"}, rack("h4", "r1"), true},
		{[]string{"hostname", "CLUSTER", "h1"}, rack("h1", "r1"), true}, {[]string{"hostname", "CLUSTER", "h2"}, rack("h1", "r1"), false},
		{[]string{"rack", "CLUSTER"}, rack("h9", "r1"), true}, {[]string{"rack", "CLUSTER"}, rack("h9", "r2"), false},
		{[]string{"rack", "LIKE", "r[12]"}, rack("h", "r2"), true}, {[]string{"rack", "LIKE", "r"}, rack("h", "r2"), false},
		{[]string{"rack", "unlike", "r1"}, rack("h", "r1"), false}, {[]string{"none", "UNLIKE", "x"}, rack("h", "r1"), true},
		{[]string{"none", "UNIQUE"}, rack("h", "r1"), false}, {[]string{"rack", "MAX_PER", "2"}, rack("h", "r1"), false},
		{[]string{"rack", "MAX_PER", "2"}, rack("h", "r2"), true}, {[]string{"rack", "IS", "r1"}, rack("h", "r1"), true},
		{[]string{"speed", "IS", "2.50"}, rack("h", "r1"), true}, {[]string{"rack", "GROUP_BY", "2"}, rack("h", "r2"), true},
		{[]string{"rack", "GROUP_BY", "2"}, rack("h", "r1"), false}, {[]string{"rack", "GROUP_BY", "2"}, rack("h", "r3"), false},
		{[]string{"rack", "GROUP_BY"}, rack("h", "r3"), true},
	}
	for _, c := range cases {
		if got := meets(c.constraint, c.at, placed, 4); got != c.want {
			t.Errorf("%v at %s: %v", c.constraint, c.at.host, got)
		}
	}
}

func TestPorts(t *testing.T) {
	left := []mesosapi.Resource{{Name: "ports", Ranges: &mesosapi.Ranges{Range: []mesosapi.Range{{Begin: 80, End: 80}, {Begin: 31000, End: 31001}}}}}
	fixed := 80
	zero := 0
	a := &app.App{Networks: []app.Network{{Mode: "container/bridge"}}, Container: &app.Container{PortMappings: []app.PortMapping{
		{ContainerPort: 1, HostPort: &zero}, {ContainerPort: 2}, {ContainerPort: 3, HostPort: &fixed}, {ContainerPort: 4, HostPort: &zero}}}}
	for n := 0; n < 20; n++ {
		ports, resources, ok := takePorts(a, left, []int{0})
		if !ok || *ports[2] != 80 || ports[1] != nil || *ports[0] == *ports[3] || *ports[0] < 31000 || len(resources) != 1 || len(resources[0].Ranges.Range) != 3 {
			t.Fatalf("%v %v %v", ports, resources, ok)
		}
		if rest := subtract(left, resources); len(rest[0].Ranges.Range) != 0 {
			t.Fatalf("left %v", rest[0].Ranges)
		}
	}
	a.Container.PortMappings = append(a.Container.PortMappings, app.PortMapping{HostPort: &zero})
	if _, _, ok := takePorts(a, left, []int{0}); ok {
		t.Error("four ports out of three")
	}
}

func TestRestartStrategy(t *testing.T) {
	cases := []struct {
		instances, healthy, all int
		over, least             app.Float
		capacity, now           int
	}{{3, 3, 3, 1, 1, 6, 0}, {3, 3, 3, 0, 1, 4, 0}, {4, 4, 4, 0, 0.5, 4, 2}, {1, 1, 1, 0, 0, 1, 1}, {3, 3, 6, 1, 1, 6, 3}}
	for _, c := range cases {
		a := &app.App{Instances: c.instances, UpgradeStrategy: app.UpgradeStrategy{MaximumOverCapacity: c.over, MinimumHealthCapacity: c.least}}
		if capacity, now := restartStrategy(a, c.healthy, c.all); capacity != c.capacity || now != c.now {
			t.Errorf("%+v: %d %d", c, capacity, now)
		}
	}
}

func TestEnvironment(t *testing.T) {
	port := 31005
	a := &app.App{ID: "/g/a", Version: "v", CPUs: 0.5, Mem: 16, Labels: map[string]string{"a-b.c": "x"}, Env: map[string]any{"OWN": "1"},
		PortDefinitions: []app.PortDefinition{{Port: 10001, Name: "web"}}}
	env := environment(a, "T", "host1", "", []*int{&port}, false)
	for name, want := range map[string]string{"PORT": "31005", "PORT0": "31005", "PORTS": "31005", "PORT_10001": "31005", "PORT_WEB": "31005", "HOST": "host1",
		"MARATHON_APP_ID": "/g/a", "MARATHON_APP_RESOURCE_MEM": "16.0", "MARATHON_APP_LABELS": "A_B_C", "MARATHON_APP_LABEL_A_B_C": "x", "OWN": "1", "MESOS_TASK_ID": "T"} {
		if env[name] != want {
			t.Errorf("%s: %q", name, env[name])
		}
	}
}
