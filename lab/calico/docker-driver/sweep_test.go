package main

import (
	"maps"
	"slices"
	"testing"
)

// put makes an endpoint as the driver does, of a node that is given, with an interface or without.
func (w *world) put(t *testing.T, node, id, address string, up bool) {
	t.Helper()
	endpoint, err := (&networkDriver{node: node}).describe(id)
	if err != nil {
		t.Fatal(err)
	}
	endpoint.Spec.IPNetworks = []string{address + "/32"}
	w.endpoints[endpoint.Name] = *endpoint
	if up {
		w.links[endpoint.Spec.InterfaceName] = link{}
	}
}

func (w *world) ids() []string {
	ids := []string{}
	for _, endpoint := range w.endpoints {
		ids = append(ids, endpoint.Spec.Endpoint)
	}
	slices.Sort(ids)
	return ids
}

func TestSweepAtStart(t *testing.T) {
	w := newWorld("10.1.0.0/24")
	w.put(t, "Node1", "lives", "10.1.0.1", true)
	w.put(t, "Node1", "gone", "10.1.0.2", false)
	w.put(t, "Node1", "again", "10.1.0.1", false)
	w.put(t, "Node1", "cni", "10.1.0.3", false)
	w.put(t, "Node1", "moved", "10.1.0.4", false)
	w.put(t, "node2", "others", "10.1.0.5", false)
	for address, handle := range map[string]string{"10.1.0.1": "libnetwork.node1.a", "10.1.0.2": "libnetwork.node1.b", "10.1.0.3": "apps.1",
		"10.1.0.4": "libnetwork.node2.c", "10.1.0.5": "libnetwork.node2.d"} {
		w.taken[address] = handle
	}
	driver, _ := w.drivers(t)
	if _, err := call(t, driver.handler(), "IpamDriver.RequestAddress", `{"PoolID":"10.1.0.0/24"}`); err != "" {
		t.Fatal(err)
	}
	if ids := w.ids(); !slices.Equal(ids, []string{"lives", "others"}) {
		t.Errorf("left: %v", ids)
	}
	// 10.1.0.0 is the one that was asked for. 10.1.0.2 alone was this node's and nobody's.
	addresses := slices.Sorted(maps.Keys(w.taken))
	if !slices.Equal(addresses, []string{"10.1.0.0", "10.1.0.1", "10.1.0.3", "10.1.0.4", "10.1.0.5"}) {
		t.Errorf("taken: %v", addresses)
	}
}

func TestSweepLater(t *testing.T) {
	w := newWorld("10.1.0.0/24")
	_, driver := w.drivers(t)
	w.put(t, "Node1", "gone", "10.1.0.2", false)
	w.taken["10.1.0.2"] = "libnetwork.node1.b"
	sweep := func(expected ...string) {
		t.Helper()
		if err := driver.sweeper.again(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ids := w.ids(); !slices.Equal(ids, expected) {
			t.Errorf("left: %v, expected %v", ids, expected)
		}
	}
	sweep("gone")
	w.put(t, "Node1", "new", "10.1.0.3", false)
	sweep("new")
	w.put(t, "Node1", "new", "10.1.0.3", true)
	sweep("new")
	if len(w.taken) != 1 {
		t.Errorf("an address was given back: %v", w.taken)
	}
}

func TestLabelsOfTheContainer(t *testing.T) {
	network := dockerNetwork{Containers: map[string]struct{ EndpointID string }{"ep-e1": {"e1"}, "c2": {"e2"}}}
	if id := containerOf(network, "e1"); id != "" {
		t.Error(id)
	}
	if id := containerOf(network, "e2"); id != "c2" {
		t.Error(id)
	}
	labels := endpointLabels(map[string]string{"org.projectcalico.label.role": "web", "org.projectcalico.label.": "x", "role": "db"})
	if len(labels) != 1 || labels["role"] != "web" {
		t.Error(labels)
	}
}
