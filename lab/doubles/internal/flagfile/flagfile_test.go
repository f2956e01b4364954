package flagfile

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func sample(style Style) *Set {
	return New("sample", style, []Flag{
		{Name: "zk"}, {Name: "quorum", Kind: Integer}, {Name: "quiet", Kind: Boolean, Default: Default("false")},
		{Name: "agent_ping_timeout", Alias: "slave_ping_timeout", Kind: Duration, Default: Default("15secs")},
	})
}

func TestLoad(t *testing.T) {
	cases := []struct {
		name  string
		style Style
		args  []string
		env   []string
		want  map[string]string
		fails string
	}{
		{name: "equals", args: []string{"--zk=zk://a/m", "--quorum=2"},
			want: map[string]string{"zk": "zk://a/m", "quorum": "2", "quiet": "false", "agent_ping_timeout": "15secs"}},
		{name: "booleans", args: []string{"--quiet", "--agent_ping_timeout=60secs"},
			want: map[string]string{"quiet": "true", "agent_ping_timeout": "1mins"}},
		{name: "negated", args: []string{"--no-quiet"}, want: map[string]string{"quiet": "false", "agent_ping_timeout": "15secs"}},
		{name: "environment yields to the command line", args: []string{"--zk=zk://cli/m"}, env: []string{"MESOS_ZK=zk://env/m",
			"MESOS_QUORUM=3", "MESOS_NATIVE_LIBRARY=/x"},
			want: map[string]string{"zk": "zk://cli/m", "quorum": "3", "quiet": "false", "agent_ping_timeout": "15secs"}},
		{name: "alias", args: []string{"--slave_ping_timeout=2mins"}, want: map[string]string{"quiet": "false", "agent_ping_timeout": "2mins"}},
		{name: "unknown", args: []string{"--bogus=1"}, fails: "Failed to load unknown flag 'bogus'"},
		{name: "twice", args: []string{"--zk=a", "--zk=b"}, fails: "Flag 'zk' is already loaded via name 'zk'"},
		{name: "twice by alias", args: []string{"--agent_ping_timeout=1secs", "--slave_ping_timeout=1secs"}, fails: "already loaded via name"},
		{name: "no value", args: []string{"--zk"}, fails: "Failed to load non-boolean flag 'zk': Missing value"},
		{name: "bad number", args: []string{"--quorum=two"}, fails: "Failed to load flag 'quorum'"},
		{name: "bad duration", args: []string{"--agent_ping_timeout=15"}, fails: "Unknown duration unit ''"},
		{name: "negated text", args: []string{"--no-zk"}, fails: "Failed to load non-boolean flag 'zk' via 'no-zk'"},
		{name: "scallop words", style: Scallop, args: []string{"--zk", "zk://a/m", "--quiet", "--quorum=2"},
			want: map[string]string{"zk": "zk://a/m", "quiet": "true", "quorum": "2", "agent_ping_timeout": "15secs"}},
		{name: "scallop unknown", style: Scallop, args: []string{"--bogus", "1"}, fails: "Unknown option 'bogus'"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := sample(c.style)
			err := s.Load(c.args, c.env, "MESOS_")
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Fatalf("got %v, want %q", err, c.fails)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(s.All(), c.want) {
				t.Fatalf("got %v, %v", s.All(), err)
			}
		})
	}
}

func TestFileValuesAndRequired(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zk")
	if err := os.WriteFile(path, []byte("zk://f/m"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := sample(Mesos)
	if err := s.Load([]string{"--zk=file://" + path}, nil, "MESOS_"); err != nil || s.String("zk") != "zk://f/m" {
		t.Fatalf("got %q, %v", s.String("zk"), err)
	}
	r := New("r", Mesos, []Flag{{Name: "work_dir", Required: true}})
	if err := r.Load(nil, nil, "MESOS_"); err == nil || err.Error() != "Flag 'work_dir' is required, but it was not provided" {
		t.Fatalf("got %v", err)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"20secs": 20 * time.Second, "5mins": 5 * time.Minute, "1.5hrs": 90 * time.Minute,
		"2weeks": 14 * 24 * time.Hour, "0ns": 0} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5", "secs", "5 years"} {
		if _, err := ParseDuration(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	for want, d := range map[string]time.Duration{"1mins": time.Minute, "10mins": 10 * time.Minute, "1weeks": 7 * 24 * time.Hour, "90secs": 90 * time.Second, "0ns": 0} {
		if got := FormatDuration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
