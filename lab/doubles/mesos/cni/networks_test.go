package cni

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"datacentre/lab/doubles/mesos/wire"
)

// folder makes a directory of files, those of a plugin's name executable.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadNetworks(t *testing.T) {
	plugins := folder(t, map[string]string{"bridge": "", "calico": "", "calico-ipam": ""})
	configs := folder(t, map[string]string{
		"10-a.conf":    `{"name": "a", "type": "calico", "ipam": {"type": "calico-ipam"}, "cniVersion": "0.2.0", "more": [1]}`,
		"20-twice":     `{"name": "a", "type": "bridge"}`,
		"b.any":        `{"name": "b", "type": "bridge"}`,
		"broken.conf":  `{"name": "c", "type": `,
		"list.conf":    `{"name": "d", "plugins": [{"type": "bridge"}]}`,
		"nameless":     `{"type": "bridge"}`,
		"notext.conf":  `{"name": 5, "type": "bridge"}`,
		"noplugin":     `{"name": "e", "type": "macvlan"}`,
		"noipam.conf":  `{"name": "f", "type": "bridge", "ipam": {"type": "host-local"}}`,
		"ipamlesstype": `{"name": "g", "type": "bridge", "ipam": {}}`,
	})
	if err := os.Mkdir(filepath.Join(configs, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(plugins, "host-local"), nil, 0o644); err != nil { // there, and not executable
		t.Fatal(err)
	}
	files, err := readNetworks(configs, "/nowhere:"+plugins)
	want := map[string]string{"a": filepath.Join(configs, "10-a.conf"), "b": filepath.Join(configs, "b.any")}
	if err != nil || !reflect.DeepEqual(files, want) {
		t.Errorf("%v, %v", files, err)
	}
}

func TestNetworksAreReadAnew(t *testing.T) {
	plugins, configs := folder(t, map[string]string{"bridge": ""}), t.TempDir()
	n := &networks{dir: configs, plugins: plugins, files: map[string]string{}}
	if _, err := n.config("late"); err == nil || err.Error() != "Unknown CNI network 'late'" {
		t.Errorf("%v", err)
	}
	path := filepath.Join(configs, "x.conf")
	for _, name := range []string{"late", "other"} {
		if err := os.WriteFile(path, []byte(`{"name": "`+name+`", "type": "bridge"}`), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := n.config(name); err != nil || string(got["name"]) != `"`+name+`"` {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if _, err := n.config("late"); err == nil {
		t.Error("a network that is in no file any more is still known")
	}
	i := &Isolator{networks: n}
	if err := i.Check([]wire.NetworkInfo{{Name: "other"}, {Name: "other"}}); err == nil ||
		err.Error() != "Attempted to join CNI network 'other' multiple times" {
		t.Errorf("%v", err)
	}
}

func TestNew(t *testing.T) {
	plugins, configs := folder(t, map[string]string{"bridge": ""}), t.TempDir()
	i, err := New(Options{Base: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Check([]wire.NetworkInfo{{Name: "a"}}); err == nil || err.Error() != "Unknown CNI network 'a'" {
		t.Errorf("%v", err)
	}
	if err := i.Detach("c"); err != nil {
		t.Errorf("%v", err)
	}
	if os.Geteuid() != 0 {
		return
	}
	for want, o := range map[string]Options{
		"Missing required '--network_cni_plugins_dir' flag": {ConfigDir: configs},
		"Missing required '--network_cni_config_dir' flag":  {PluginsDir: plugins},
		"directory '/nowhere/at/all' does not exist":        {PluginsDir: plugins, ConfigDir: "/nowhere/at/all"},
		"Failed to parse --default_container_dns":           {PluginsDir: plugins, ConfigDir: configs, DNS: "{"},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestResults(t *testing.T) {
	for text, want := range map[string]struct{ address, bad string }{
		`{"cniVersion": "0.2.0", "ip4": {"ip": "10.1.2.3/32"}, "dns": {}}`:             {address: "10.1.2.3"},
		`{"cniVersion": "0.3.1", "ips": [{"version": "4", "address": "10.1.2.3/32"}]}`: {},
		`{"ip4": {"gateway": "10.1.2.1"}}`:                                             {bad: "Missing required fields: ip"},
		`{"ip4": {"ip": "10.1.2.3"}}`:                                                  {bad: "Unable to parse the IP address 10.1.2.3"},
		`{"ip4": "10.1.2.3/32"}`:                                                       {bad: "Protobuf parse failed"},
		`plainly not`:                                                                  {bad: "JSON parse failed"},
	} {
		r, err := parseResult([]byte(text))
		address := ""
		if err == nil {
			address, err = r.address()
		}
		if (err == nil) != (want.bad == "") || err != nil && !strings.Contains(err.Error(), want.bad) || address != want.address {
			t.Errorf("%s: %q, %v", text, address, err)
		}
	}
}

func TestResolvers(t *testing.T) {
	dns, err := parseDNS(`{"mesos": [{"network_mode": "CNI", "network_name": "a", "dns": {"nameservers": ["1.1.1.1"], "search": ["x", "y"]}},
		{"network_mode": "CNI", "dns": {"nameservers": ["2.2.2.2"], "domain": "d"}}, {"network_mode": "HOST", "dns": {"nameservers": ["3.3.3.3"]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var all resolver
	all.add(dns.resolverOf("a", result{}))
	all.add(dns.resolverOf("b", result{DNS: &resolver{}}))
	all.add(dns.resolverOf("b", result{DNS: &resolver{Nameservers: []string{"4.4.4.4"}, Options: []string{"ndots:2"}}}))
	if got := all.text(); got != "domain d\nsearch x y\noptions ndots:2\nnameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 4.4.4.4\n" {
		t.Errorf("%q", got)
	}
}

func TestAddArgs(t *testing.T) {
	info := wire.NetworkInfo{Name: "a", IPAddresses: []wire.IPAddress{{}}, Labels: &wire.LabelSet{Labels: []wire.Label{{Key: "k", Value: "v"}}}}
	given := object{"args": []byte(`{"own": {"x": 1}}`), "big": []byte("12345678901234567890")}
	if err := addArgs(given, info); err != nil {
		t.Fatal(err)
	}
	const want = `{"org.apache.mesos":{"network_info":{"ip_addresses":[{"protocol":"IPv4"}],"name":"a",` +
		`"labels":{"labels":[{"key":"k","value":"v"}]}}},` +
		`"own":{"x":1}}`
	if string(given["args"]) != want || string(given["big"]) != "12345678901234567890" {
		t.Errorf("%s", given["args"])
	}
	for _, args := range []string{`{"org.apache.mesos": {}}`, `[]`} {
		if err := addArgs(object{"args": []byte(args)}, info); err == nil {
			t.Errorf("%s was taken", args)
		}
	}
}

func TestMountOf(t *testing.T) {
	const root = "21 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
	const run = "24 21 0:20 / /run rw,nosuid shared:5 - tmpfs tmpfs rw\n"
	for _, c := range []struct {
		what, table, dir, target string
		fit                      bool
	}{
		{"below a shared root", root, "/var/lib/m/cni", "/", true},
		{"below a mount with peers of its own", root + run, "/run/mesos/cni", "/run", true},
		{"a private root", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n", "/var/lib/m/cni", "/", false},
		{"a bind mount with the peers of the mount above", root + "30 21 8:1 /d /d rw shared:1 - ext4 /dev/sda1 rw\n", "/d", "/d", false},
		{"one that was left unshared", root + "30 21 8:1 /d /d rw - ext4 /dev/sda1 rw\n", "/d", "/d", false},
		{"made before", root + "30 21 8:1 /d /d rw shared:9 - ext4 /dev/sda1 rw\n", "/d", "/d", true},
		{"a name that only begins alike", root + "30 21 8:1 /d /d rw - ext4 /dev/sda1 rw\n", "/data", "/", true},
	} {
		if target, fit := mountOf(c.table, c.dir); target != c.target || fit != c.fit {
			t.Errorf("%s: %s %v", c.what, target, fit)
		}
	}
}
