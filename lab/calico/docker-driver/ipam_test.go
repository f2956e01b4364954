package main

import (
	"context"
	"strings"
	"testing"
)

func TestRequestPool(t *testing.T) {
	for name, test := range map[string]struct{ request, pool, err string }{
		"a pool's CIDR":       {`{"Pool":"10.1.0.0/16"}`, "10.1.0.0/16", ""},
		"host bits are cut":   {`{"Pool":"10.1.2.3/16"}`, "10.1.0.0/16", ""},
		"none: any pool":      {`{}`, anyCIDR, ""},
		"part of a pool":      {`{"Pool":"10.1.2.0/24"}`, "", "10.1.2.0/24 is none's (there are: 10.1.0.0/16, 10.2.0.0/16)"},
		"a range":             {`{"Pool":"10.1.0.0/16","SubPool":"10.1.2.0/24"}`, "", "--ip-range 10.1.2.0/24"},
		"options":             {`{"Pool":"10.1.0.0/16","Options":{"a":"b"}}`, "", "--ipam-opt"},
		"IPv6":                {`{"V6":true}`, "", "IPv4 addresses only"},
		"not a network":       {`{"Pool":"ten"}`, "", "not a network"},
		"not Docker's":        {`{"Pool":1}`, "", "plugin protocol"},
		"a disabled pool":     {`{"Pool":"10.2.0.0/16"}`, "", "is disabled"},
		"an unknown network":  {`{"Pool":"10.9.0.0/16"}`, "", "calicoctl"},
		"an IPv6 pool's CIDR": {`{"Pool":"fd00::/64"}`, "", "is none's"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld("10.1.0.0/16", "10.2.0.0/16")
			w.pools[1].Spec.Disabled = true
			driver, _ := w.drivers(t)
			answer, err := call(t, driver.handler(), "IpamDriver.RequestPool", test.request)
			if test.err != "" {
				if !strings.Contains(err, test.err) {
					t.Fatalf("error %q has no %q", err, test.err)
				}
				return
			}
			data, _ := answer["Data"].(map[string]any)
			if err != "" || answer["Pool"] != test.pool || data[gatewayKey] != anyCIDR {
				t.Fatalf("%v, error %q", answer, err)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	w := newWorld("10.1.0.0/30")
	driver, _ := w.drivers(t)
	handler := driver.handler()
	ask := func(request string) (string, string) {
		answer, err := call(t, handler, "IpamDriver.RequestAddress", request)
		address, _ := answer["Address"].(string)
		return address, err
	}
	for _, step := range []struct{ request, address, err string }{
		{`{"PoolID":"10.1.0.0/30"}`, "10.1.0.0/32", ""},
		{`{"PoolID":"10.1.0.0/30","Address":"10.1.0.1"}`, "10.1.0.1/32", ""},
		{`{"PoolID":"10.1.0.0/30","Address":"10.1.0.1"}`, "", "10.1.0.1 is taken"},
		{`{"PoolID":"10.1.0.0/30","Address":"10.1.0.9"}`, "", "not in this network's IP pool"},
		{`{"PoolID":"10.1.0.0/30","Address":"fd00::1"}`, "", "not an IPv4 address"},
		{`{"PoolID":"10.1.0.0/30","Address":"10.1.0.2","Options":{"RequestAddressType":"com.docker.network.gateway"}}`, "", "--gateway"},
		{`{"PoolID":"CalicoPoolIPv4"}`, "10.1.0.2/32", ""},
		{`{"PoolID":"10.1.0.0/30"}`, "10.1.0.3/32", ""},
		{`{"PoolID":"10.1.0.0/30"}`, "", "may be full"},
		{`{"PoolID":"elsewhere"}`, "", "not of this driver"},
	} {
		address, err := ask(step.request)
		if address != step.address || !strings.Contains(err, step.err) || (step.err == "") != (err == "") {
			t.Fatalf("%s: %q, error %q; expected %q, %q", step.request, address, err, step.address, step.err)
		}
	}
	for address, handle := range w.taken {
		if !strings.HasPrefix(handle, "libnetwork.node1.") {
			t.Errorf("%s has the handle %s", address, handle)
		}
	}
	w.taken["10.1.0.3"] = "k8s-pod-network.1"
	for _, address := range []string{"10.1.0.0", "10.1.0.1/32", "10.1.0.3", "0.0.0.0", "10.1.0.77", ""} {
		if _, err := call(t, handler, "IpamDriver.ReleaseAddress", `{"PoolID":"10.1.0.0/30","Address":"`+address+`"}`); err != "" {
			t.Errorf("release of %q: %s", address, err)
		}
	}
	if len(w.taken) != 2 || w.taken["10.1.0.2"] == "" || w.taken["10.1.0.3"] == "" {
		t.Errorf("left: %v; expected the one that was not given back and the one that is not Docker's", w.taken)
	}
}

func TestDatastoreAway(t *testing.T) {
	w := newWorld("10.1.0.0/30")
	w.down = context.DeadlineExceeded
	driver, _ := w.drivers(t)
	for _, path := range []string{"RequestPool", "RequestAddress"} {
		if _, err := call(t, driver.handler(), "IpamDriver."+path, `{"PoolID":"10.1.0.0/30","Pool":"10.1.0.0/30"}`); !strings.Contains(err, "etcd did not answer") {
			t.Errorf("%s: %q", path, err)
		}
	}
	if len(w.taken) > 0 {
		t.Errorf("taken: %v", w.taken)
	}
}
