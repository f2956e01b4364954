package master

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datacentre/lab/doubles/mesos/wire"
)

func TestRegistryNeedsAQuorum(t *testing.T) {
	peers := []*registry{}
	var addresses []string
	for i := 0; i < 2; i++ {
		m := &Master{registry: newRegistry(t.TempDir())}
		server := httptest.NewServer(http.HandlerFunc(m.serveRegistry))
		defer server.Close()
		peers = append(peers, m.registry)
		addresses = append(addresses, strings.TrimPrefix(server.URL, "http://"))
	}
	if _, err := peers[1].take(record{Term: 3, Version: 7, Agents: map[string]wire.AgentInfo{"a": {Hostname: "h"}}}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r := newRegistry(dir)
	short := func() context.Context {
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	if err := r.fetch(short(), 4, 2); err == nil {
		t.Error("a registry was served without a quorum")
	}
	r.setPeers(addresses)
	if err := r.fetch(short(), 4, 3); err != nil || r.current().Agents["a"].Hostname != "h" || r.current().Term != 4 {
		t.Errorf("fetched %+v, %v", r.current(), err)
	}
	if got := peers[0].current(); got.Term != 4 || got.Agents["a"].Hostname != "h" {
		t.Errorf("the other replica has %+v", got)
	}
	late := newRegistry(t.TempDir())
	late.setPeers(addresses)
	if err := late.store(short(), record{Term: 3, Version: 9}, 2); err == nil {
		t.Error("a deposed leader's write was taken")
	}
	again := newRegistry(dir)
	if err := again.load(); err != nil || again.current().Term != 4 {
		t.Errorf("from %s: %+v, %v", filepath.Base(again.path), again.current(), err)
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
