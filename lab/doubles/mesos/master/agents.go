package master

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"datacentre/lab/doubles/internal/flagfile"
	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/web"
	"datacentre/lab/doubles/mesos/wire"
)

// change applies one change to the registry; a quorum that cannot be had in time ends the master, as a failed
// write to the replicated log does. Callers do not hold mu.
func (m *Master) change(what string, edit func(*record)) {
	limit := m.flags.Duration("registry_store_timeout")
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	err := m.registry.change(ctx, edit)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("Failed to perform store within %s", flagfile.FormatDuration(limit))
	}
	if err != nil {
		m.fatal("Failed to %s: Failed to update registry: %v", what, err)
	}
}

// serveAgent answers an agent's Hello and keeps the reply open for what the master has to tell it.
func (m *Master) serveAgent(w http.ResponseWriter, r *http.Request) {
	var hello wire.Hello
	if err := json.NewDecoder(r.Body).Decode(&hello); err != nil {
		web.Text(w, http.StatusBadRequest, "the registration cannot be read: "+err.Error())
		return
	}
	m.mu.Lock()
	ready := m.elected() && m.recovered
	m.mu.Unlock()
	if !ready {
		web.Text(w, http.StatusServiceUnavailable, "Master is not the leader or has not finished recovery")
		return
	}
	a, refusal := m.admit(hello)
	if refusal != "" {
		web.Text(w, http.StatusForbidden, refusal)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	encoder, control := json.NewEncoder(w), http.NewResponseController(w)
	box := a.box
	for {
		messages, ok := box.Next(r.Context())
		if !ok {
			break
		}
		_ = control.SetWriteDeadline(time.Now().Add(time.Minute))
		for _, message := range messages {
			if encoder.Encode(message) != nil {
				break
			}
		}
		if control.Flush() != nil {
			break
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if a.box == box && a.connected {
		build.Logf("Agent %s at slave(1)@%s:%d (%s) disconnected", a.id, a.ip, a.info.Port, a.info.Hostname)
		a.connected = false
		m.rescindAgent(a)
	}
}

// admit registers an agent, or takes back one that was registered before.
func (m *Master) admit(hello wire.Hello) (*agent, string) {
	total, err := resources.FromWire(hello.Info.Resources)
	if err != nil {
		return nil, err.Error()
	}
	m.mu.Lock()
	var id string
	if hello.Info.ID != nil && hello.Info.ID.Value != "" {
		id = hello.Info.ID.Value
		m.count("master/messages_reregister_slave")
		if _, gone := m.registry.current().Gone[id]; gone {
			m.mu.Unlock()
			return nil, "Agent has been marked gone"
		}
	} else {
		m.count("master/messages_register_slave")
		id = fmt.Sprintf("%s-S%d", m.info.ID, m.nextAgent)
		m.nextAgent++
		hello.Info.ID = &wire.ID{Value: id}
	}
	var replaced []*agent
	for _, other := range m.agents {
		if other.id != id && other.ip == hello.IP && other.info.Port == hello.Info.Port {
			replaced = append(replaced, other)
		}
	}
	m.mu.Unlock()
	for _, old := range replaced {
		m.remove(old, "a new agent registered at the same address", "master/slave_removals/reason_registered")
	}
	known := m.registry.current()
	_, wasUnreachable := known.Unreachable[id]
	if before, ok := known.Agents[id]; !ok || !same(before, hello.Info) {
		m.change("admit agent "+id, func(r *record) {
			r.Agents[id] = hello.Info
			delete(r.Unreachable, id)
		})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.attach(id, hello, total, wasUnreachable), ""
}

func same(a, b wire.AgentInfo) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// attach puts an admitted agent to work. Callers hold mu.
func (m *Master) attach(id string, hello wire.Hello, total resources.Set, wasUnreachable bool) *agent {
	a := m.agents[id]
	fresh := a == nil
	_, expected := m.recovering[id]
	delete(m.recovering, id)
	if fresh {
		a = &agent{id: id, tasks: map[string]*wire.Task{}, registered: time.Now(), stop: make(chan struct{})}
		m.agents[id] = a
		go m.observe(a)
	} else {
		a.box.Close()
		m.rescindAgent(a)
	}
	if hello.Tasks != nil || !fresh || expected || wasUnreachable {
		a.reregistered = time.Now()
		m.count("master/slave_reregistrations")
	} else {
		m.count("master/slave_registrations")
	}
	a.info, a.ip, a.version, a.total = hello.Info, hello.IP, hello.Version, total
	a.box = wire.NewOutbox[wire.ToAgent]()
	a.connected, a.pinged, a.missed = true, false, 0
	window := m.flags.Duration("agent_ping_timeout") * time.Duration(m.flags.Int("max_agent_ping_timeouts"))
	a.box.Push(wire.ToAgent{Kind: "registered", AgentID: id, Timeout: window.Seconds()})
	build.Logf("Registered agent %s at slave(1)@%s:%d (%s) with %s", id, a.ip, a.info.Port, a.info.Hostname, total)
	m.takeTasks(a, hello, fresh && (wasUnreachable || !expected))
	m.returned(a)
	m.wake()
	return a
}

// takeTasks compares what the agent runs with what the master knows of it. Callers hold mu.
func (m *Master) takeTasks(a *agent, hello wire.Hello, tell bool) {
	reported := map[string]bool{}
	for id, info := range hello.Frameworks {
		if m.isCompleted(id) {
			a.box.Push(wire.ToAgent{Kind: "shutdown_framework", TaskID: id})
			continue
		}
		if m.frameworks[id] == nil {
			m.addFramework(id, info, "").recovered = true
			m.frameworks[id].startTimer(m)
		}
	}
	for _, t := range hello.Tasks {
		f := m.frameworks[t.FrameworkID]
		if f == nil {
			continue
		}
		key := taskKey(t.FrameworkID, t.Info.TaskID.Value)
		reported[key] = true
		a.tasks[key] = t
		f.tasks[t.Info.TaskID.Value] = t
		f.forgetUnreachable(t.Info.TaskID.Value)
		if tell && !wire.Terminal(t.State) {
			status := masterStatus(t, t.State, "Unreachable agent re-reregistered", "REASON_AGENT_REREGISTERED")
			status.Healthy = t.Healthy()
			m.forward(f, status)
		}
	}
	for key, t := range a.tasks {
		if !reported[key] {
			f := m.frameworks[t.FrameworkID]
			if f == nil {
				continue
			}
			info := f.info
			a.box.Push(wire.ToAgent{Kind: "reconcile", TaskID: t.Info.TaskID.Value, Framework: &info})
		}
	}
}

// hear takes an agent's message.
func (m *Master) hear(w http.ResponseWriter, r *http.Request) {
	var message wire.FromAgent
	if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
		web.Text(w, http.StatusBadRequest, err.Error())
		return
	}
	m.mu.Lock()
	a := m.agents[message.AgentID]
	if !m.elected() || a == nil {
		m.mu.Unlock()
		web.Text(w, http.StatusGone, "the agent is not registered here")
		return
	}
	switch message.Kind {
	case "pong":
		a.pinged, a.missed = false, 0
	case "update":
		m.update(a, message)
	}
	m.mu.Unlock()
	if message.Kind == "unregister" {
		m.remove(a, "the agent unregistered", "master/slave_removals/reason_unregistered")
	}
	web.Empty(w, http.StatusOK)
}
