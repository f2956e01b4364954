package master

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestLeaderWithoutAQuorumEnds(t *testing.T) {
	flags := Flags()
	if err := flags.Load([]string{"--work_dir=" + t.TempDir(), "--zk=zk://none/mesos", "--quorum=2", "--registry_fetch_timeout=1secs"}, nil, "MESOS_"); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	end := func(format string, args ...any) { said <- fmt.Sprintf(format, args...) }
	m, err := New(flags, "127.0.0.1", "h", end, end)
	if err != nil {
		t.Fatal(err)
	}
	m.detected(t.Context(), &m.info)
	want := "Recovery failed: Failed to recover registrar: Failed to perform fetch within 1secs"
	select {
	case got := <-said:
		if got != want {
			t.Errorf("it ends with %q", got)
		}
	case <-time.After(5 * time.Second):
		t.Error("it leads on")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.snapshot(); m.recovered || s["master/elected"] != 1.0 || s["registrar/log/recovered"] != 0.0 || s["registrar/log/ensemble_size"] != 1.0 {
		t.Errorf("elected %v, log recovered %v of %v", s["master/elected"], s["registrar/log/recovered"], s["registrar/log/ensemble_size"])
	}
}

func TestScheduleOutlivesAMaster(t *testing.T) {
	dir := t.TempDir()
	ask := func(m *Master, method, body string) (int, string) {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(method, "/master/maintenance/schedule", strings.NewReader(body)))
		return w.Code, w.Body.String()
	}
	window := `{"windows":[{"machine_ids":[{"hostname":"a"}],"unavailability":{"start":{"nanoseconds":7}}}]}`
	first := led(t, dir)
	for _, bad := range []string{"x", `{"windows":[{"machine_ids":[]}]}`, `{"windows":[{"machine_ids":[{}],"unavailability":{"start":{"nanoseconds":7}}}]}`} {
		if code, _ := ask(first, http.MethodPost, bad); code != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, code)
		}
	}
	if code, body := ask(first, http.MethodPost, window); code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	second := led(t, dir)
	if code, body := ask(second, http.MethodGet, ""); code != http.StatusOK || body != window {
		t.Errorf("the next leader has %d %s", code, body)
	}
	if _, body := ask(led(t, t.TempDir()), http.MethodGet, ""); body != "{}" {
		t.Errorf("a new one has %s", body)
	}
}

func TestStandbyRedirects(t *testing.T) {
	m, _, _ := leading(t)
	other := NewInfo("id", "10.0.0.9", "leader.example", 5050)
	m.leader = &other
	for path, want := range map[string]string{"/master/redirect": "//leader.example:5050", "/redirect": "//leader.example:5050",
		"/master/state?x=1": "//leader.example:5050/master/state?x=1", "/state": "//leader.example:5050/master/state",
		"/api/v1/scheduler":          "//leader.example:5050/master/api/v1/scheduler",
		"/master/maintenance/status": "//leader.example:5050/master/maintenance/status"} {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		if w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Location"))
		}
	}
	m.leader = nil
	for _, path := range []string{"/state", "/master/maintenance/status", "/redirect", "/master/redirect"} {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s without a leader: %d", path, w.Code)
		}
	}
	m.leader = &m.info
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/master/maintenance/status", nil))
	if w.Code != http.StatusOK || w.Body.String() != "{}" {
		t.Errorf("the leader itself: %d %q", w.Code, w.Body)
	}
}

func TestNodeIsAsRecorded(t *testing.T) {
	t.Setenv("MESOS_LAB_VERSION", "1.12.0")
	got, err := json.Marshal(NewInfo("44cac420", "127.0.0.1", "127.0.0.1", 5053))
	want := `{"address":{"hostname":"127.0.0.1","ip":"127.0.0.1","port":5053},"capabilities":[{"type":"AGENT_UPDATE"},{"type":"AGENT_DRAINING"},` +
		`{"type":"QUOTA_V2"}],"hostname":"127.0.0.1","id":"44cac420","ip":16777343,"pid":"master@127.0.0.1:5053","port":5053,"version":"1.12.0"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
