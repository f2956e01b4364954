package master

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"datacentre/lab/doubles/mesos/wire"
)

// ask makes one operator's call for the agent.
func ask(m *Master, kind, id, more string) (int, string) {
	body := `{"type":"` + kind + `","` + strings.ToLower(kind) + `":{"agent_id":{"value":"` + id + `"}` + more + `}}`
	r := httptest.NewRequest(http.MethodPost, "/api/v1", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

func drainState(m *Master, id string) string { return m.registry.current().Draining[id].State }

func settle(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 50 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal(what)
}

func TestDrainAndReactivate(t *testing.T) {
	m, a, f := leading(t)
	o := oneOffer(t, m, f)
	m.accept(f, []wire.ID{o.ID}, launch(task(a, "t", "cpus:1")), nil)
	if code, _ := ask(m, "DRAIN_AGENT", a.id, ""); code != 200 || !a.deactivated || drainState(m, a.id) != "DRAINING" {
		t.Fatalf("status %d, deactivated %v, %s", code, a.deactivated, drainState(m, a.id))
	}
	if code, text := ask(m, "REACTIVATE_AGENT", a.id, ""); code != 400 || text != "Agent is still in the DRAINING state" {
		t.Errorf("an agent with tasks is given back: %d %s", code, text)
	}
	end := wire.TaskStatus{TaskID: wire.ID{Value: "t"}, State: "TASK_KILLED", UUID: []byte("u")}
	m.mu.Lock()
	m.update(a, wire.FromAgent{FrameworkID: f.id, Status: &end, Latest: "TASK_KILLED"})
	m.mu.Unlock()
	time.Sleep(300 * time.Millisecond)
	if drainState(m, a.id) != "DRAINING" {
		t.Error("drained before its framework knows of the end")
	}
	m.mu.Lock()
	m.acknowledge(f, a.id, "t", []byte("u"))
	m.mu.Unlock()
	settle(t, "not drained", func() bool { return drainState(m, a.id) == "DRAINED" })
	again, refusal := m.admit(wire.Hello{Info: a.info, IP: a.ip})
	if refusal != "" || !again.deactivated {
		t.Errorf("an agent that comes back is active again (%s)", refusal)
	}
	if code, text := ask(m, "REACTIVATE_AGENT", a.id, ""); code != 200 || again.deactivated || drainState(m, a.id) != "" {
		t.Errorf("%d %s, deactivated %v", code, text, again.deactivated)
	}
	if code, text := ask(m, "REACTIVATE_AGENT", a.id, ""); code != 400 || text != "Agent is not deactivated" {
		t.Errorf("%d %s", code, text)
	}
	if code, text := ask(m, "DRAIN_AGENT", "nobody", ""); code != 400 || text != "Unknown agent" {
		t.Errorf("%d %s", code, text)
	}
}

func TestDeactivateLeavesTasks(t *testing.T) {
	m, a, f := leading(t)
	o := oneOffer(t, m, f)
	m.accept(f, []wire.ID{o.ID}, launch(task(a, "t", "cpus:1")), nil)
	events(f)
	if code, _ := ask(m, "DEACTIVATE_AGENT", a.id, ""); code != 200 || !a.deactivated || len(a.tasks) != 1 {
		t.Errorf("status %d, deactivated %v, %d tasks", code, a.deactivated, len(a.tasks))
	}
	m.mu.Lock()
	active, away := m.agentCounts()
	m.mu.Unlock()
	if active != 0 || away != 1 {
		t.Errorf("%d active, %d not", active, away)
	}
}

func TestGoneStaysGone(t *testing.T) {
	m, a, _ := leading(t)
	if code, _ := ask(m, "DRAIN_AGENT", a.id, `,"mark_gone":true`); code != 200 {
		t.Fatal(code)
	}
	settle(t, "not gone", func() bool { _, ok := m.registry.current().Gone[a.id]; return ok })
	if _, refusal := m.admit(wire.Hello{Info: a.info, IP: a.ip}); refusal != "Agent has been marked gone" {
		t.Errorf("it comes back: %q", refusal)
	}
}
