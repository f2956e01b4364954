package election

import (
	"reflect"
	"testing"
)

func TestParseURL(t *testing.T) {
	cases := []struct {
		url   string
		hosts []string
		auth  string
		path  string
		fails bool
	}{
		{url: "zk://a:1,b:2/mesos", hosts: []string{"a:1", "b:2"}, path: "/mesos"},
		{url: "zk://a,b:2/deep/er/", hosts: []string{"a:2181", "b:2"}, path: "/deep/er"},
		{url: "zk://u:p@ss@a:1/m", hosts: []string{"a:1"}, auth: "u:p@ss", path: "/m"},
		{url: "zk://a:1", hosts: []string{"a:1"}, path: "/"},
		{url: "zk://[::1]:2181/m", hosts: []string{"[::1]:2181"}, path: "/m"},
		{url: "a:1/mesos", fails: true},
		{url: "zk://a:1,,b:2/m", fails: true},
		{url: "zk://user@a:1/m", fails: true},
		{url: "zk:///m", fails: true},
		{url: "zk://a:1/m//n", fails: true},
	}
	for _, c := range cases {
		hosts, auth, path, err := ParseURL(c.url)
		if c.fails {
			if err == nil {
				t.Errorf("%s: no error", c.url)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(hosts, c.hosts) || auth != c.auth || path != c.path {
			t.Errorf("%s: got %v %q %q %v", c.url, hosts, auth, path, err)
		}
	}
}

func TestCandidatesAreOrderedAndFiltered(t *testing.T) {
	got := candidates([]string{"json.info_0000000010", "log_replicas", "json.info_0000000009", "json.info_x", "info_0000000001"}, "json.info_")
	if want := []string{"json.info_0000000009", "json.info_0000000010"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if got := candidates([]string{"0000000001", "0000000000"}, ""); !reflect.DeepEqual(got, []string{"0000000000", "0000000001"}) {
		t.Errorf("without prefix: got %v", got)
	}
}
