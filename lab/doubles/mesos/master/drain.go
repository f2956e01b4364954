package master

import (
	"net/http"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/web"
	"datacentre/lab/doubles/mesos/wire"
)

// draining is what the registry keeps of an agent that is being emptied, or has been. Source: Mesos 1.11,
// src/master/http.cpp, _drainAgent.
type draining struct {
	State string `json:"state"` // DRAINING or DRAINED
	Gone  bool   `json:"gone"`
}

// view is the agent's `drain_info`.
func (d draining) view() map[string]any {
	return map[string]any{"config": map[string]any{"mark_gone": d.Gone}, "state": d.State}
}

// knows tells whether an agent may be drained or deactivated: one that is registered, expected back, or unreachable.
func (m *Master) knows(id string) bool {
	known := m.registry.current()
	_, admitted := known.Agents[id]
	_, unreachable := known.Unreachable[id]
	return admitted || unreachable
}

// drain takes an agent out of the offers and has its tasks ended. With gone it is marked gone when the last has ended.
func (m *Master) drain(w http.ResponseWriter, id string, gone bool) {
	if !m.knows(id) {
		web.Text(w, http.StatusBadRequest, "Unknown agent")
		return
	}
	m.change("drain agent "+id, func(r *record) {
		r.Draining[id] = draining{State: "DRAINING", Gone: gone}
		r.Deactivated[id] = true
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.agents[id]; a != nil {
		m.empty(a)
	}
	web.Empty(w, http.StatusOK)
}

// empty has the tasks of a draining agent ended, also when it has come back meanwhile. Callers hold mu.
func (m *Master) empty(a *agent) {
	build.Logf("Draining agent %s at %s", a.id, a.info.Hostname)
	a.deactivated = true
	m.rescindAgent(a)
	for _, f := range m.frameworks {
		for taskID, t := range f.tasks {
			if t.AgentID == a.id {
				m.kill(f, taskID, &wire.ID{Value: a.id}, nil)
			}
		}
	}
	if !a.emptying {
		a.emptying = true
		go m.whenEmpty(a)
	}
}

// whenEmpty waits for the end of the agent's tasks, as far as frameworks have acknowledged it.
func (m *Master) whenEmpty(a *agent) {
	defer func() {
		m.mu.Lock()
		a.emptying = false
		m.mu.Unlock()
	}()
	for {
		select {
		case <-a.stop:
			return
		case <-time.After(200 * time.Millisecond):
		}
		m.mu.Lock()
		left := len(a.tasks)
		m.mu.Unlock()
		state, ok := m.registry.current().Draining[a.id]
		switch {
		case !ok:
			return
		case left > 0:
		case state.Gone:
			m.makeGone(a.id)
			return
		default:
			m.change("mark agent "+a.id+" drained", func(r *record) { r.Draining[a.id] = draining{State: "DRAINED"} })
			build.Logf("Agent %s successfully marked as DRAINED", a.id)
			return
		}
	}
}

// deactivate takes an agent out of the offers; its tasks go on.
func (m *Master) deactivate(w http.ResponseWriter, id string) {
	if !m.knows(id) {
		web.Text(w, http.StatusBadRequest, "Unknown agent")
		return
	}
	m.change("deactivate agent "+id, func(r *record) { r.Deactivated[id] = true })
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.agents[id]; a != nil {
		a.deactivated = true
		m.rescindAgent(a)
	}
	web.Empty(w, http.StatusOK)
}

// reactivate gives an agent back to the offers.
func (m *Master) reactivate(w http.ResponseWriter, id string) {
	known := m.registry.current()
	if !known.Deactivated[id] {
		web.Text(w, http.StatusBadRequest, "Agent is not deactivated")
		return
	}
	if known.Draining[id].State == "DRAINING" {
		web.Text(w, http.StatusBadRequest, "Agent is still in the DRAINING state")
		return
	}
	m.change("reactivate agent "+id, func(r *record) {
		delete(r.Draining, id)
		delete(r.Deactivated, id)
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.agents[id]
	if a == nil {
		web.Text(w, http.StatusConflict, "Agent removed while processing the call")
		return
	}
	build.Logf("Reactivating agent %s at %s", a.id, a.info.Hostname)
	a.deactivated = false
	m.wake()
	web.Empty(w, http.StatusOK)
}

// returned keeps an agent that comes back as it was: deactivated, and emptied further. Callers hold mu.
func (m *Master) returned(a *agent) {
	known := m.registry.current()
	a.deactivated = known.Deactivated[a.id]
	if _, ok := known.Draining[a.id]; ok {
		m.empty(a)
	}
}
