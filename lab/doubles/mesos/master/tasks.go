package master

import (
	"strings"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// forward sends a status to the framework. Callers hold mu.
func (m *Master) forward(f *framework, status wire.TaskStatus) {
	e := wire.Event{Type: "UPDATE"}
	e.Update = &struct {
		Status wire.TaskStatus `json:"status"`
	}{status}
	f.send(e)
}

// tally counts a state among the metrics.
func (m *Master) tally(state string) {
	if wire.Terminal(state) {
		m.count("master/tasks_" + strings.TrimPrefix(strings.ToLower(state), "task_"))
	}
}

// update takes an agent's report about a task. Callers hold mu.
func (m *Master) update(a *agent, message wire.FromAgent) {
	m.count("master/messages_status_update")
	f := m.frameworks[message.FrameworkID]
	if f == nil || message.Status == nil {
		m.count("master/invalid_status_updates")
		return
	}
	status := *message.Status
	build.Logf("Status update %s for task %s of framework %s from agent %s", status.State, status.TaskID.Value, f.id, a.id)
	t := f.tasks[status.TaskID.Value]
	if t == nil {
		m.count("master/invalid_status_updates")
	} else {
		m.count("master/valid_status_updates")
		was := t.State
		t.Note(status)
		if wire.Terminal(message.Latest) {
			t.State = message.Latest
		}
		if !wire.Terminal(was) && wire.Terminal(t.State) {
			m.tally(t.State)
			m.wake()
		}
	}
	m.forward(f, status)
}

// acknowledge passes a framework's acknowledgement on to the agent; an ended task is then forgotten.
func (m *Master) acknowledge(f *framework, agentID, taskID string, uuid []byte) {
	a := m.agents[agentID]
	if a == nil {
		m.count("master/invalid_status_update_acknowledgements")
		return
	}
	m.count("master/messages_status_update_acknowledgement")
	m.count("master/valid_status_update_acknowledgements")
	a.box.Push(wire.ToAgent{Kind: "ack", TaskID: taskID, UUID: uuid, Framework: &wire.FrameworkInfo{ID: &wire.ID{Value: f.id}}})
	t := f.tasks[taskID]
	if t == nil || len(t.Statuses) == 0 {
		return
	}
	last := t.Statuses[len(t.Statuses)-1]
	if wire.Terminal(last.State) && string(last.UUID) == string(uuid) {
		f.finish(m, t)
	}
}

// kill has a task ended. What the master does not know of is answered from what is known of its agent.
func (m *Master) kill(f *framework, taskID string, agentID *wire.ID, policy *wire.KillPolicy) {
	m.count("master/messages_kill_task")
	t := f.tasks[taskID]
	if t == nil {
		build.Warnf("Cannot kill task %s of framework %s because it is unknown; performing reconciliation", taskID, f.id)
		m.reconcileOne(f, taskID, agentID)
		return
	}
	a := m.agents[t.AgentID]
	if a == nil {
		return
	}
	build.Logf("Telling agent %s to kill task %s of framework %s", a.id, taskID, f.id)
	a.box.Push(wire.ToAgent{Kind: "kill", TaskID: taskID, Framework: &wire.FrameworkInfo{ID: &wire.ID{Value: f.id}}, Policy: policy})
}

// reconcileAll tells a framework the state of every task it has.
func (m *Master) reconcileAll(f *framework) {
	for _, t := range f.tasks {
		if t.State == "TASK_STAGING" && len(t.Statuses) == 0 {
			m.forward(f, masterStatus(t, "TASK_STAGING", "Reconciliation: Latest task state", "REASON_RECONCILIATION"))
			continue
		}
		m.forwardLatest(f, t)
	}
	if f.info.Has("PARTITION_AWARE") {
		for _, t := range f.unreachable {
			m.forward(f, masterStatus(t, "TASK_UNREACHABLE", "Reconciliation: Task is unreachable", "REASON_RECONCILIATION"))
		}
	}
}

func (m *Master) forwardLatest(f *framework, t *wire.Task) {
	status := masterStatus(t, t.State, "Reconciliation: Latest task state", "REASON_RECONCILIATION")
	status.Healthy = t.Healthy()
	if n := len(t.Statuses); n > 0 {
		status.ContainerStatus = t.Statuses[n-1].ContainerStatus
		status.Timestamp = t.Statuses[n-1].Timestamp
	}
	m.forward(f, status)
}

// reconcileOne answers for one task; nothing is said of tasks whose agent may still come back after a change of
// leader.
func (m *Master) reconcileOne(f *framework, taskID string, agentID *wire.ID) {
	if t := f.tasks[taskID]; t != nil {
		m.forwardLatest(f, t)
		return
	}
	if agentID == nil && len(m.recovering) > 0 {
		return
	}
	state, message := "TASK_LOST", "Reconciliation: Task is unknown"
	if agentID != nil {
		if _, back := m.recovering[agentID.Value]; back {
			return
		}
		known := m.registry.current()
		_, unreachable := known.Unreachable[agentID.Value]
		_, gone := known.Gone[agentID.Value]
		switch {
		case m.agents[agentID.Value] != nil:
			state, message = "TASK_GONE", "Reconciliation: Task is unknown to the agent"
		case unreachable:
			state, message = "TASK_UNREACHABLE", "Reconciliation: Task is unreachable"
		case gone:
			state, message = "TASK_GONE_BY_OPERATOR", "Reconciliation: Task is gone"
		default:
			state = "TASK_UNKNOWN"
		}
	} else {
		state = "TASK_UNKNOWN"
		for _, t := range f.unreachable {
			if t.Info.TaskID.Value == taskID {
				state, message = "TASK_UNREACHABLE", "Reconciliation: Task is unreachable"
			}
		}
	}
	if !f.info.Has("PARTITION_AWARE") {
		state = "TASK_LOST"
	}
	status := wire.TaskStatus{TaskID: wire.ID{Value: taskID}, State: state, Message: message, Source: "SOURCE_MASTER",
		Reason: "REASON_RECONCILIATION", AgentID: agentID, Timestamp: now()}
	m.forward(f, status)
}
