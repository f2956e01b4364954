package marathonlb

import (
	"reflect"
	"strings"
	"testing"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestParseArgs(t *testing.T) {
	a, err := ParseArgs(strings.Fields("sse -m http://a:8080 http://b:8080/ --group external --group internal --haproxy-config /x/h.cfg --health-check"),
		env("PORTS", "9090"))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a.Marathons, []string{"http://a:8080", "http://b:8080"}) || !reflect.DeepEqual(a.Groups, []string{"external", "internal"}) ||
		a.Config != "/x/h.cfg" || !a.HealthCheck || a.Dir() != "/x" {
		t.Errorf("%+v", a)
	}
	a, err = ParseArgs(strings.Fields("sse -m http://a:8080 -m http://b:8080 --group external"), env("PORTS", "9090", "MARATHON_USER", "u", "MARATHON_PASSWORD", "p"))
	if err != nil || !reflect.DeepEqual(a.Marathons, []string{"http://b:8080"}) || !reflect.DeepEqual(a.Dropped, []string{"http://a:8080"}) || a.Auth != "u:p" {
		t.Errorf("the last -m replaces those before: %+v %v", a, err)
	}
}

func TestParseArgsRefuses(t *testing.T) {
	cases := []struct{ args, ports, want string }{
		{"sse -m http://a --group x", "", "Define PORTS"},
		{"stream -m http://a --group x", "9090", "Unknown mode stream"},
		{"", "9090", "Unknown mode"},
		{"sse --group x", "9090", "--marathon/-m is required"},
		{"sse -m http://a", "9090", "--group is required"},
		{"sse -m http://a --group x --nope 1", "9090", "unrecognized arguments: --nope"},
		{"sse -m --group x", "9090", "argument -m: expected one argument"},
	}
	for _, c := range cases {
		if _, err := ParseArgs(strings.Fields(c.args), env("PORTS", c.ports)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.args, err)
		}
	}
}
