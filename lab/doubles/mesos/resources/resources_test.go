package resources

import (
	"strings"
	"testing"

	"datacentre/lab/doubles/mesos/wire"
)

func must(t *testing.T, text string) Set {
	t.Helper()
	s, _, err := Parse(text, "*")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"cpus:2;mem:1024;disk:4000;ports:[31000-32000]": "cpus:2; mem:1024; disk:4000; ports:[31000-32000]",
		"ports:[1-2,3-5,9-9]":                           "ports:[1-5, 9-9]",
		"cpus:0":                                        "{}",
		"cpus:1;cpus(pub):2":                            "cpus:1; cpus(reservations: [(STATIC,pub)]):2",
		`[{"name":"cpus","type":"SCALAR","scalar":{"value":0.5}}]`: "cpus:0.5",
		"things:{a, b}": "things:{a, b}",
	} {
		if got := must(t, text).String(); got != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
	for _, text := range []string{"cpus", "cpus:-1", "cpus:x", "ports:[5-1]", "ports:[a-b]", "cpus(x:1"} {
		if s, _, err := Parse(text, "*"); err == nil {
			t.Errorf("%s was taken: %v", text, s)
		}
	}
}

func TestArithmetic(t *testing.T) {
	all := must(t, "cpus:2;mem:100;ports:[10-19]")
	part := must(t, "cpus:0.1;ports:[12-13]")
	rest := all.Minus(part)
	if got := rest.String(); got != "cpus:1.9; mem:100; ports:[10-11, 14-19]" {
		t.Errorf("minus: %s", got)
	}
	if !rest.Plus(part).Equal(all) {
		t.Errorf("plus: %s", rest.Plus(part))
	}
	if !all.Contains(part) || rest.Contains(part) || !all.Contains(nil) {
		t.Error("contains")
	}
	three := Set{}
	for i := 0; i < 3; i++ {
		three = three.Plus(must(t, "cpus:0.1"))
	}
	if !all.Minus(three).Plus(three).Equal(all) || three.Scalar("cpus") != 0.3 {
		t.Errorf("sums are not exact: %v", three.Scalar("cpus"))
	}
}

func TestRoles(t *testing.T) {
	s := must(t, "cpus:1;ports(pub):[80-80];ports:[31000-31001]")
	if got := s.For("pub").Ranges("ports"); len(got) != 2 {
		t.Errorf("pub: %v", got)
	}
	if got := s.For("other").Ranges("ports"); len(got) != 1 || got[0] != (wire.Range{Begin: 31000, End: 31001}) {
		t.Errorf("other: %v", got)
	}
	if v := s.View(); v["ports"] != "[80-80, 31000-31001]" || v["mem"] != 0.0 {
		t.Errorf("view: %v", v)
	}
}

func TestShrunk(t *testing.T) {
	old := must(t, "cpus:2;ports:[310010-310019]")
	for text, want := range map[string]string{
		"cpus:2;ports:[310010-310030];mem:5": "",
		"cpus:2;ports:[31100-31119]":         "Previous value of range resource 'ports' ([310010-310019]) not included in current [31100-31119]",
		"cpus:1;ports:[310010-310019]":       "Value of scalar resource 'cpus' decreased from 2 to 1",
		"ports:[310010-310019]":              "Resource not found: cpus:2",
	} {
		err := Shrunk(old, must(t, text))
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
