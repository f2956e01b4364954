package conf

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadRefuses(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"no master":      {nil, "Required option 'master' not found"},
		"unknown":        {[]string{"--master", "m:5050", "--no_such", "1"}, "Unknown option 'no_such'"},
		"no value":       {[]string{"--master"}, "Bad arguments for option 'master'"},
		"no number":      {[]string{"--master", "m:5050", "--http_port", "http"}, "Bad arguments for option 'http_port': 'http'"},
		"twice":          {[]string{"--master", "m:5050", "--zk_timeout", "2"}, "Bad arguments for option 'zk_timeout': '1 2' - you should provide exactly one"},
		"excess":         {[]string{"--master", "m:5050", "left"}, "Excess arguments provided: 'left'"},
		"bad zk":         {[]string{"--master", "m:5050", "--zk", "h:1/x"}, "Bad arguments for option 'zk'"},
		"feature":        {[]string{"--master", "m:5050", "--enable_features", "nope"}, "Unknown features specified: nope"},
		"bad credential": {[]string{"--master", "m:5050", "--http_credentials", "nocolon"}, "expected user:password"},
	}
	for name, c := range cases {
		_, err := Load([]string{"MARATHON_ZK_TIMEOUT=1"}, c.args)
		var usage UsageError
		if err == nil || !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"MARATHON_MASTER=zk://u:p@a:1,b:2/mesos", "MARATHON_HTTP_PORT=8081", "MARATHON_DISABLE_HA=", "MARATHON_APP_ID=/x",
		"MARATHON_HTTP_CREDENTIALS=me:se:cret", "PATH=/bin"}
	c, err := Load(env, []string{"--zk=zk://a:1/marathon", "--hostname", "h1", "--mesos_authentication_secret_file", secret})
	if err != nil {
		t.Fatal(err)
	}
	if c.Self() != "h1:8081" || c.HA || c.User != "me" || c.Password != "se:cret" || c.Secret != "hush" || c.ZKPath != "/marathon" {
		t.Errorf("got %+v", c)
	}
	marathon, zookeeper, _ := c.Info()
	if strings.Contains(marathon["master"].(string), "u:p") || zookeeper["zk"] != "zk://a:1/marathon" || marathon["local_port_max"] != int64(20000) {
		t.Errorf("info: %v %v", marathon, zookeeper)
	}
}

func TestVersionAndHelp(t *testing.T) {
	if _, err := Load(nil, []string{"--version"}); !errors.Is(err, ErrVersion) {
		t.Error(err)
	}
	if _, err := Load(nil, []string{"--help"}); !errors.Is(err, ErrHelp) {
		t.Error(err)
	}
}
