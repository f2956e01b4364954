package agent

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Docker looks for logins at home, which is never the agent's own.
func TestPullsWithTheLoginsThatAreMeant(t *testing.T) {
	dir := t.TempDir()
	docker := filepath.Join(dir, "docker")
	// Says by its error where it looked, and what was there.
	script := "#!/bin/sh\nshift 2\n[ \"$1\" = pull ] || exit 1\necho \"$HOME $(cat $HOME/.docker/config.json 2>/dev/null)\" >&2\nexit 1\n"
	if err := os.WriteFile(docker, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "logins.json")
	if err := os.WriteFile(file, []byte(`{"auths":{"of":"the agent"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", dir)
	pull := func(flag string, own bool) string {
		sandbox := t.TempDir()
		if own {
			if err := os.Mkdir(sandbox+"/.docker", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(sandbox+"/.docker/config.json", []byte("of the task"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		config, err := configOf(flag)
		if err != nil {
			t.Fatal(err)
		}
		err = dockerCLI{path: docker, socket: "/s", config: config}.pull(context.Background(), sandbox, "r/a:1", true)
		if err == nil || !strings.Contains(err.Error(), sandbox) {
			t.Fatalf("not at home in the sandbox: %v", err)
		}
		if left, _ := filepath.Glob(sandbox + "/.docker-*"); len(left) > 0 {
			t.Errorf("left %v", left)
		}
		return err.Error()
	}
	for _, c := range []struct {
		flag string
		own  bool
		want string
	}{{file, false, "of\":\"the agent"}, {`{"auths":{"of":"the flag"}}`, false, "the flag"}, {file, true, "of the task"}, {"", true, "of the task"}} {
		if got := pull(c.flag, c.own); !strings.Contains(got, c.want) {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if got := pull("", false); strings.Contains(got, "of") && strings.Contains(got, "auths") {
		t.Errorf("logins from nowhere: %s", got)
	}
	if _, err := configOf(filepath.Join(dir, "gone")); err == nil {
		t.Error("a file that is not there is taken")
	}
}
