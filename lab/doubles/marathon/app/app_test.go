package app

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	raw := map[string]any{}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	return raw
}

func canonical(t *testing.T, text string) *App {
	t.Helper()
	a, err := Canonical(parse(t, text), "/", Settings{Role: "*"})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return a
}

func TestCanonicalOldSpellings(t *testing.T) {
	bridge := canonical(t, `{"id":"old","cmd":"x1","container":{"docker":{"image":"i","network":"BRIDGE","portMappings":[{"containerPort":80,"servicePort":10090}]}}}`)
	if !bridge.Bridge() || bridge.PortDefinitions != nil || len(bridge.Mappings()) != 1 || *bridge.Mappings()[0].HostPort != 0 || bridge.Container.Type != "DOCKER" {
		t.Errorf("bridge: %+v", bridge)
	}
	ports := canonical(t, `{"id":"/p","cmd":"x1","ports":[0,9000],"uris":["http://h/a.tgz"]}`)
	if len(ports.PortDefinitions) != 2 || ports.PortDefinitions[1].Port != 9000 || ports.PortDefinitions[0].Name != "" || !ports.Fetch[0].Extract {
		t.Errorf("ports: %+v", ports)
	}
	host := canonical(t, `{"id":"/h","container":{"type":"DOCKER","docker":{"image":"i"},"portMappings":[{"containerPort":5000,"hostPort":5000}]}}`)
	if !host.HostNetwork() || host.Mappings() != nil || len(host.PortDefinitions) != 1 || host.PortDefinitions[0].Name != "default" {
		t.Errorf("without network, mappings are dropped: %+v", host.Container)
	}
	none := canonical(t, `{"id":"/h","cmd":"x1","portDefinitions":[]}`)
	if body, _ := json.Marshal(none); !strings.Contains(string(body), `"portDefinitions":[]`) {
		t.Errorf("an empty list stays: %s", body)
	}
}

func TestCanonicalRefuses(t *testing.T) {
	cases := []struct{ body, path, text string }{
		{`{"id":"/Bad_Id","cmd":"x1"}`, "/id", "error.pattern"},
		{`{"cmd":"x1"}`, "/id", "error.path.missing"},
		{`{"id":"/a","cmd":"x1","instances":-1}`, "/instances", "error.min"},
		{`{"id":"/a","cmd":"x1","instances":"1"}`, "/instances", "error.expected.jsnumber"},
		{`{"id":"/a","cmd":"x1","cpus":0}`, "/cpus", "error.min"},
		{`{"id":"/a"}`, "/", "AppDefinition must either contain"},
		{`{"id":"/a","cmd":"x1","acceptedResourceRoles":["slave_public"]}`, "/acceptedResourceRoles", "acceptedResourceRoles can only contain *"},
		{`{"id":"/a","cmd":"x1","constraints":[["hostname","NEAR","x"]]}`, "/constraints(0)", "operator must be one of"},
		{`{"id":"/a","cmd":"x1","constraints":[["hostname","UNIQUE","x"]]}`, "/constraints(0)", "UNIQUE does not accept a value"},
		{`{"id":"/a","cmd":"x1","constraints":[["hostname","MAX_PER"]]}`, "/constraints(0)", "MAX_PER requires"},
		{`{"id":"/a","cmd":"x1","portDefinitions":[],"healthChecks":[{"protocol":"HTTP"}]}`, "/healthChecks(0)", "Health check port indices"},
		{`{"id":"/a","cmd":"x1","portDefinitions":[{"port":1},{"port":1}]}`, "/portDefinitions", "Ports must be unique."},
		{`{"id":"/a","cmd":"x1","role":"ops"}`, "/role", "expected one of: *"},
		{`{"id":"/a","cmd":"x1","container":{"type":"MESOS","volumes":[{"containerPath":"d","mode":"RW","persistent":{"size":1}}]}}`, "/role", "Resident apps cannot have the role *"},
		{`{"id":"/g/a","role":"g","cmd":"x1","unreachableStrategy":{"inactiveAfterSeconds":1,"expungeAfterSeconds":2},"container":{"type":"MESOS","volumes":[{"containerPath":"d","mode":"RW","persistent":{"size":1}}]}}`, "/", "must be disabled"},
		{`{"id":"/g/a","role":"g","acceptedResourceRoles":["g"],"cmd":"x1","container":{"type":"MESOS","volumes":[{"containerPath":"d","mode":"RW","persistent":{"size":1}}]}}`, "/acceptedResourceRoles", "A resident app must have"},
		{`{"id":"/a","cmd":"x1","gpus":1}`, "/", "gpu_resources is not enabled"},
		{`{"id":"/a","cmd":"x1","container":{"type":"MESOS","volumes":[{"containerPath":"d","mode":"RW","external":{"name":"v","provider":"dvdi","options":{"dvdi/driver":"r"}}}]}}`, "/container/volumes", "external_volumes is not enabled"},
		{`{"id":"/a","cmd":"x1","healthChecks":[{"protocol":"HTTP","command":{"value":"true"}}]}`, "/healthChecks(0)", "illegal protocol HTTP"},
		{`{"id":"/a","container":{"type":"DOCKER"}}`, "/container/docker", "not defined"},
		{`{"id":"/a","cmd":"x1","networks":[{"mode":"moon"}]}`, "/networks(0)/mode", "error.unknown.enum"},
		{`{"id":"/a","cmd":"x1","networks":[{"mode":"host"}],"container":{"docker":{"image":"i","network":"HOST"}}}`, "/", "both container.docker.network and networks"},
	}
	for _, c := range cases {
		_, err := Canonical(parse(t, c.body), "/", Settings{Role: "*"})
		var invalid *Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", c.body, err)
			continue
		}
		found := false
		for _, d := range invalid.Details {
			found = found || d.Path == c.path && strings.Contains(strings.Join(d.Errors, " "), c.text)
		}
		if !found {
			t.Errorf("%s: %v", c.body, invalid)
		}
	}
	if _, err := Canonical(parse(t, `{"id":"/a","cmd":"x1","networks":[{"mode":"container"}]}`), "/", Settings{Role: "*"}); err == nil {
		t.Error("a container network without name was taken")
	}
}

func TestVersionsAndPorts(t *testing.T) {
	before, next := NewGroup("/", Epoch), NewGroup("/", Epoch)
	a := canonical(t, `{"id":"/g/a","cmd":"x1"}`)
	next.Put(Stamped(a, nil, "v1"), "v1")
	if err := Assign(10000, 10001, before, next); err != nil {
		t.Fatal(err)
	}
	first := next.App("/g/a")
	if first.PortDefinitions[0].Port != 10000 || first.VersionInfo.LastConfigChangeAt != "v1" || next.Find("/g") == nil {
		t.Errorf("first: %+v", first)
	}
	scaled := first.Copy()
	scaled.Instances = 3
	if s := Stamped(scaled, first, "v2"); s.Version != "v2" || s.ConfigVersion() != "v1" || s.VersionInfo.LastScalingAt != "v2" {
		t.Errorf("scaled: %+v", s.VersionInfo)
	}
	if s := Stamped(first.Copy(), first, "v3"); s != first {
		t.Error("nothing changed, yet there is a new version")
	}
	// The same application posted with port 0 again keeps its port.
	after := next.Clone()
	after.Put(a, "v4")
	if err := Assign(10000, 10001, next, after); err != nil || after.App("/g/a").PortDefinitions[0].Port != 10000 {
		t.Errorf("again: %v %+v", err, after.App("/g/a").PortDefinitions)
	}
	after.Put(canonical(t, `{"id":"/b","cmd":"x1"}`), "v4")
	after.Put(canonical(t, `{"id":"/c","cmd":"x1"}`), "v4")
	if err := Assign(10000, 10001, next, after); err == nil {
		t.Error("three ports out of two")
	}
}

func TestMergeKeepsWhatIsNotNamed(t *testing.T) {
	old := canonical(t, `{"id":"/a","cmd":"x1","portDefinitions":[],"labels":{"k":"v"},"unreachableStrategy":"disabled"}`)
	a, err := Canonical(Merge(old, map[string]any{"instances": 2.0}), "/", Settings{Role: "*"})
	if err != nil || a.Instances != 2 || !old.SameConfig(a) || a.SameConfig(canonical(t, `{"id":"/a","cmd":"x2"}`)) {
		t.Errorf("merged: %v %+v", err, a)
	}
}

func TestGroups(t *testing.T) {
	root := NewGroup("/", Epoch)
	update := parse(t, `{"id":"/g","apps":[{"id":"db","cmd":"x1"},{"id":"web","cmd":"x1","dependencies":["db"]}],"groups":[{"id":"sub","apps":[{"id":"s","cmd":"x1"}]}]}`)
	if err := ApplyGroup(root, "/g", update, "v1", Settings{Role: "*"}); err != nil {
		t.Fatal(err)
	}
	if len(root.All()) != 3 || root.App("/g/sub/s") == nil || strings.Join(root.Dependency("/g/web"), ",") != "/g/db" {
		t.Errorf("%+v", root.All())
	}
	body, err := root.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(body)
	if err != nil || len(again.All()) != 3 || *again.Find("/g").EnforceRole {
		t.Errorf("decoded: %v", err)
	}
	if err := ApplyGroup(again, "/g", parse(t, `{"apps":[{"id":"db","cmd":"x1","dependencies":["/g/db2"]},{"id":"db2","cmd":"x1","dependencies":["db"]}]}`), "v2", Settings{Role: "*"}); err != nil {
		t.Fatal(err)
	}
	if err := CheckTree(again); err == nil || again.App("/g/web") != nil || again.App("/g/sub/s") == nil {
		t.Errorf("cycle: %v", err)
	}
}

func TestMarshalKeepsAngles(t *testing.T) {
	if got, err := Marshal(map[string]any{"a": "<b> & c", "f": Float(2)}); err != nil || string(got) != `{"a":"<b> & c","f":2.0}` {
		t.Errorf("%s %v", got, err)
	}
}

func TestShortNumbers(t *testing.T) {
	if got := string(ShortNumbers([]byte(`{"a":16.0,"s":"1.0,\"2.0}","b":[1.0,1.15],"c":0.0}`))); got != `{"a":16,"s":"1.0,\"2.0}","b":[1,1.15],"c":0}` {
		t.Error(got)
	}
}
