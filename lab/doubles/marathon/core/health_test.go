package core

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"datacentre/lab/doubles/marathon/app"
)

func TestProbe(t *testing.T) {
	answer := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
			return
		}
		w.WriteHeader(answer)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	path := "cut"
	closed, _ := net.Listen("tcp", "127.0.0.1:0")
	gone := closed.Addr().String()
	_ = closed.Close()
	cases := []struct {
		check   app.HealthCheck
		answer  int
		address string
		want    string
	}{
		{app.HealthCheck{Protocol: "HTTP", TimeoutSeconds: 2}, 204, address, ""},
		{app.HealthCheck{Protocol: "HTTP", TimeoutSeconds: 2}, 302, address, ""},
		{app.HealthCheck{Protocol: "HTTP", TimeoutSeconds: 2}, 503, address, "503 Service Unavailable"},
		{app.HealthCheck{Protocol: "HTTP", TimeoutSeconds: 2, Path: &path}, 200, address, "The http server closed the connection unexpectedly"},
		{app.HealthCheck{Protocol: "TCP", TimeoutSeconds: 2}, 200, address, ""},
		{app.HealthCheck{Protocol: "TCP", TimeoutSeconds: 2}, 200, gone, "Connection refused"},
	}
	for _, c := range cases {
		answer = c.answer
		got, _ := probe(c.check, c.address)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q", c.check, got)
		}
	}
}

// TestUnhealthyIsKilled: failures within the grace period count for nothing, and it takes one more than the
// greatest number to be killed.
func TestUnhealthyIsKilled(t *testing.T) {
	b := newBench(t)
	b.must(`{"id":"/a","cmd":"sleep 1","cpus":0.1,"mem":16,"healthChecks":[{"protocol":"COMMAND","command":{"value":"x1"},"gracePeriodSeconds":100}]}`)
	b.until("a task", func() bool { return b.runningOf("/a") == 1 })
	b.mu.Lock()
	i := b.of("/a")[0]
	check := &i.App.HealthChecks[0]
	*check = app.HealthCheck{Protocol: "HTTP", GracePeriodSeconds: 100, MaxConsecutiveFailures: 2}
	b.result(i, 0, false, "bad", time.Now())
	if h := b.healthOf(i, 0); h.Failures != 0 || i.Healthy == nil || *i.Healthy {
		t.Errorf("within the grace period: %+v", h)
	}
	check.GracePeriodSeconds = 0
	for n := 1; n <= 3; n++ {
		b.result(i, 0, false, "bad", time.Now())
		if killed := !i.Task.KillSent.IsZero(); killed != (n == 3) {
			t.Errorf("failure %d: killed %v", n, killed)
		}
	}
	b.mu.Unlock()
	if f := b.LastFailure("/a"); f == nil || f.Message != "Task was killed since health check failed. Reason: bad" {
		t.Errorf("%+v", f)
	}
	b.until("its next task", func() bool { return strings.HasSuffix(b.Instances("/a")[0].Task.ID, "._app.2") })
}
