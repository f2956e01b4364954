package mesos

import (
	"bytes"
	"net/http"
	"os/exec"
	"testing"
	"time"

	// The programs are built and run apart; these imports make go test run anew when they change.
	_ "datacentre/lab/doubles/internal/election"
	_ "datacentre/lab/doubles/mesos/agent"
	_ "datacentre/lab/doubles/mesos/master"
	_ "datacentre/lab/doubles/mesos/program"
)

// programs builds mesos-master and mesos-agent and gives the folder that holds them.
func programs(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "datacentre/lab/doubles/cmd/mesos-master", "datacentre/lab/doubles/cmd/mesos-agent")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}

// start runs a program until the test ends; its log is shown when the test fails.
func start(t *testing.T, argv ...string) *exec.Cmd {
	t.Helper()
	var log bytes.Buffer
	c := exec.Command(argv[0], argv[1:]...)
	c.Stderr = &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("%s:\n%s", argv[0], log.String())
		}
	})
	return c
}

func get(url string) *http.Request {
	request, _ := http.NewRequest(http.MethodGet, url, nil)
	return request
}

func eventually(t *testing.T, what string, good func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if good() {
			return
		}
	}
	t.Fatalf("no %s within 30 s", what)
}
