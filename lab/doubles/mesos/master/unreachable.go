package master

import (
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// observe pings an agent and gives it up after max_agent_ping_timeouts unanswered pings in a row.
func (m *Master) observe(a *agent) {
	interval, limit := m.flags.Duration("agent_ping_timeout"), m.flags.Int("max_agent_ping_timeouts")
	for {
		select {
		case <-a.stop:
			return
		case <-time.After(interval):
		}
		m.mu.Lock()
		if a.pinged || !a.connected {
			a.missed++
		} else {
			a.missed = 0
		}
		lost := a.missed >= limit
		a.pinged = true
		a.box.Push(wire.ToAgent{Kind: "ping"})
		m.mu.Unlock()
		if lost {
			m.markUnreachable(a, "health check timed out")
			return
		}
	}
}

// markUnreachable gives up an agent that may come back.
func (m *Master) markUnreachable(a *agent, why string) {
	build.Logf("Marking agent %s (%s) unreachable: %s", a.id, a.info.Hostname, why)
	at := time.Now()
	m.mu.Lock()
	m.count("master/slave_unreachable_scheduled")
	m.mu.Unlock()
	m.change("mark agent "+a.id+" unreachable", func(r *record) {
		delete(r.Agents, a.id)
		r.Unreachable[a.id] = seconds(at)
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count("master/slave_unreachable_completed")
	m.count("master/slave_removals")
	m.count("master/slave_removals/reason_unhealthy")
	m.drop(a, "Agent "+a.info.Hostname+" is unreachable: "+why, &at)
}

// remove takes an agent out for good.
func (m *Master) remove(a *agent, why, counter string) {
	build.Logf("Removing agent %s (%s): %s", a.id, a.info.Hostname, why)
	m.change("remove agent "+a.id, func(r *record) {
		delete(r.Agents, a.id)
		delete(r.Draining, a.id)
		delete(r.Deactivated, a.id)
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count("master/slave_removals")
	m.count(counter)
	m.drop(a, "Agent "+a.info.Hostname+" removed: "+why, nil)
}

// drop forgets an agent, tells frameworks what has become of its tasks, and that it is lost. Partition-aware
// frameworks hear TASK_UNREACHABLE when the agent may come back, others TASK_LOST. Callers hold mu.
func (m *Master) drop(a *agent, message string, unreachable *time.Time) {
	if m.agents[a.id] != a {
		return
	}
	delete(m.agents, a.id)
	close(a.stop)
	a.box.Push(wire.ToAgent{Kind: "error", Message: message})
	a.box.Close()
	m.rescindAgent(a)
	for _, t := range a.tasks {
		f := m.frameworks[t.FrameworkID]
		if f == nil || wire.Terminal(t.State) {
			if f != nil {
				f.finish(m, t)
			}
			continue
		}
		state := "TASK_LOST"
		if unreachable != nil && f.info.Has("PARTITION_AWARE") {
			state = "TASK_UNREACHABLE"
		}
		status := masterStatus(t, state, message, "REASON_AGENT_REMOVED")
		if unreachable != nil {
			status.UnreachableTime = &wire.Nanoseconds{Nanoseconds: unreachable.UnixNano()}
		}
		t.Note(status)
		m.tally(state)
		delete(f.tasks, t.Info.TaskID.Value)
		if unreachable != nil {
			f.unreachable = append(f.unreachable, t)
		} else {
			f.completed = append(f.completed, t)
		}
		m.forward(f, status)
	}
	for _, f := range m.frameworks {
		f.send(wire.Event{Type: "FAILURE", Failure: &wire.Failure{AgentID: &wire.ID{Value: a.id}}})
	}
	m.wake()
}

// giveUpRecovering marks agents of the registry that did not come back after a change of leader.
func (m *Master) giveUpRecovering() {
	m.mu.Lock()
	var missing []string
	for id := range m.recovering {
		missing = append(missing, id)
	}
	m.recovering = map[string]wire.AgentInfo{}
	m.mu.Unlock()
	for _, id := range missing {
		build.Warnf("Agent %s did not reregister within %s after master failover; marking it unreachable", id, m.flags.String("agent_reregister_timeout"))
		at := now()
		m.change("mark agent "+id+" unreachable", func(r *record) {
			delete(r.Agents, id)
			r.Unreachable[id] = at
		})
		m.mu.Lock()
		m.count("master/recovery_slave_removals")
		m.mu.Unlock()
	}
}

// masterStatus is a report that the master makes by itself: it wants no acknowledgement.
func masterStatus(t *wire.Task, state, message, reason string) wire.TaskStatus {
	return wire.TaskStatus{TaskID: t.Info.TaskID, State: state, Message: message, Source: "SOURCE_MASTER", Reason: reason,
		AgentID: &wire.ID{Value: t.AgentID}, Timestamp: now()}
}
