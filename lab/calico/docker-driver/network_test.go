package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestPluginsSayWhatTheyAre(t *testing.T) {
	ipam, network := newWorld().drivers(t)
	answer, _ := call(t, network.handler(), "Plugin.Activate", "")
	if !reflect.DeepEqual(answer["Implements"], []any{"NetworkDriver"}) {
		t.Errorf("%v", answer)
	}
	if answer, _ := call(t, network.handler(), "NetworkDriver.GetCapabilities", ""); answer["Scope"] != "global" {
		t.Errorf("%v", answer)
	}
	answer, _ = call(t, ipam.handler(), "Plugin.Activate", "{}")
	if !reflect.DeepEqual(answer["Implements"], []any{"IpamDriver"}) {
		t.Errorf("%v", answer)
	}
	if !strings.Contains(banner(), "NOT Calico's libnetwork plugin") {
		t.Error(banner())
	}
}

func TestCreateNetwork(t *testing.T) {
	ours := `"IPv4Data":[{"Pool":"10.1.0.0/16","Gateway":"0.0.0.0/0"}]`
	for name, test := range map[string]struct{ request, profile, err string }{
		"plain":                {`{` + ours + `,"Options":{"com.docker.network.enable_ipv6":false,"com.docker.network.generic":{}}}`, "", ""},
		"a profile":            {`{` + ours + `,"Options":{"com.docker.network.generic":{"org.projectcalico.profile":"web"}}}`, "web", ""},
		"a profile's bad name": {`{` + ours + `,"Options":{"com.docker.network.generic":{"org.projectcalico.profile":"We_b"}}}`, "", "lower-case"},
		"an empty name":        {`{` + ours + `,"Options":{"com.docker.network.generic":{"org.projectcalico.profile":""}}}`, "", "lower-case"},
		"another option":       {`{` + ours + `,"Options":{"com.docker.network.generic":{"b":"1","a":"2"}}}`, "", "no --opt a, --opt b"},
		"internal":             {`{` + ours + `,"Options":{"com.docker.network.internal":true}}`, "", "--internal"},
		"IPv6":                 {`{` + ours + `,"Options":{"com.docker.network.enable_ipv6":true}}`, "", "--ipv6"},
		"others' addresses":    {`{"IPv4Data":[{"Pool":"10.1.0.0/16","Gateway":"10.1.0.1/16"}]}`, "", "--ipam-driver calico-ipam"},
		"others' IPv6":         {`{` + ours + `,"IPv6Data":[{"Pool":"fd00::/64"}]}`, "", "IPv4 addresses only"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld("10.1.0.0/16")
			_, driver := w.drivers(t)
			_, err := call(t, driver.handler(), "NetworkDriver.CreateNetwork", test.request)
			if !strings.Contains(err, test.err) || (test.err == "") != (err == "") {
				t.Fatalf("error %q, expected %q", err, test.err)
			}
			_, made := w.profiles[test.profile]
			if made != (test.profile != "") || len(w.profiles) > 1 {
				t.Errorf("profiles %v", w.profiles)
			}
		})
	}
}

const endpointID = "0123456789abcdef"

func TestEndpoint(t *testing.T) {
	w := newWorld("10.1.0.0/16")
	_, driver := w.drivers(t, dockerNetwork{ID: "n1", Name: "apps"}, dockerNetwork{ID: "n2", Name: "Any_Name", Options: map[string]string{profileOption: "web"}})
	handler := driver.handler()
	create := func(network, rest string) (map[string]any, string) {
		return call(t, handler, "NetworkDriver.CreateEndpoint", `{"NetworkID":"`+network+`","EndpointID":"`+endpointID+`","Interface":{"Address":"10.1.2.3/32"`+rest+`}}`)
	}
	name := "Node1-libnetwork-libnetwork-" + endpointID

	answer, err := create("n1", "")
	if got, _ := answer["Interface"].(map[string]any); err != "" || got["MacAddress"] != "02:42:0a:01:02:03" || got["Address"] != nil {
		t.Fatalf("%v, error %q", answer, err)
	}
	spec := w.endpoints[name].Spec
	if spec.Node != "Node1" || spec.InterfaceName != "cali0123456789a" || spec.MAC != "02:42:0a:01:02:03" ||
		!reflect.DeepEqual(spec.IPNetworks, []string{"10.1.2.3/32"}) || !reflect.DeepEqual(spec.Profiles, []string{"apps"}) {
		t.Errorf("%+v", w.endpoints)
	}
	profile := w.profiles["apps"].Spec
	if profile.Ingress[0].Source.Selector != "has(apps)" || profile.LabelsToApply["apps"] != "" || len(profile.LabelsToApply) != 1 {
		t.Errorf("%+v", profile)
	}

	answer, err = call(t, handler, "NetworkDriver.Join", `{"NetworkID":"n1","EndpointID":"`+endpointID+`","SandboxKey":"/x"}`)
	expected := `{"Gateway":"169.254.1.1","InterfaceName":{"DstPrefix":"cali","SrcName":"temp0123456789a"},` +
		`"StaticRoutes":[{"Destination":"169.254.1.1/32","NextHop":"","RouteType":1}]}`
	if text, _ := json.Marshal(answer); err != "" || string(text) != expected {
		t.Errorf("%s, error %q", text, err)
	}
	made := w.links["cali0123456789a"]
	if made.peer != "temp0123456789a" || made.mtu != 1350 || made.peerMAC.String() != "02:42:0a:01:02:03" || made.routes[0] != "10.1.2.3/32" {
		t.Errorf("%+v", made)
	}
	for range 2 { // what is gone already is no fault
		for _, path := range []string{"Leave", "DeleteEndpoint"} {
			if _, err := call(t, handler, "NetworkDriver."+path, `{"NetworkID":"n1","EndpointID":"`+endpointID+`"}`); err != "" {
				t.Error(err)
			}
		}
	}
	if len(w.links)+len(w.endpoints) != 0 {
		t.Errorf("left: %v %v", w.links, w.endpoints)
	}

	answer, err = create("n2", `,"MacAddress":"00:22:33:44:55:66"`)
	if got, _ := answer["Interface"].(map[string]any); err != "" || len(got) != 0 || w.endpoints[name].Spec.MAC != "00:22:33:44:55:66" || w.endpoints[name].Spec.Profiles[0] != "web" {
		t.Errorf("%v, error %q, %+v", answer, err, w.endpoints)
	}
	for request, expected := range map[string]string{
		`{"NetworkID":"n1","EndpointID":"e1"}`:                                         "has no address",
		`{"NetworkID":"n1","EndpointID":"","Interface":{"Address":"10.1.2.3/32"}}`:     "names no endpoint",
		`{"NetworkID":"n9","EndpointID":"e1","Interface":{"Address":"10.1.2.3/32"}}`:   "knows no network n9",
		`{"NetworkID":"n1","EndpointID":"e1","Interface":{"AddressIPv6":"fd::1/128"}}`: "has no address",
	} {
		if _, err := call(t, handler, "NetworkDriver.CreateEndpoint", request); !strings.Contains(err, expected) {
			t.Errorf("%s: error %q has no %q", request, err, expected)
		}
	}
	if _, err := call(t, handler, "NetworkDriver.Join", `{"EndpointID":"e9"}`); err == "" {
		t.Error("joined an endpoint that is not there")
	}
}

func TestNamesOutliveTheDriver(t *testing.T) {
	w := newWorld()
	_, first := w.drivers(t, dockerNetwork{ID: "n1", Name: "apps"})
	for range 2 {
		if profile, err := first.names.profileOf(t.Context(), "n1"); profile != "apps" || err != nil {
			t.Fatal(profile, err)
		}
	}
	if w.listed != 1 {
		t.Errorf("Docker was asked %d times", w.listed)
	}
	// The engine is starting: it answers nothing, and wants its containers started.
	second := newNames(first.names.file, nil)
	if profile, err := second.profileOf(t.Context(), "n1"); profile != "apps" || err != nil {
		t.Error(profile, err)
	}
	second.forget("n1")
	if content, _ := os.ReadFile(first.names.file); strings.Contains(string(content), "n1") {
		t.Errorf("%s", content)
	}
	if err := os.WriteFile(first.names.file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if third := newNames(first.names.file, nil); len(third.known) != 0 {
		t.Errorf("%v", third.known)
	}
}
