package master

import (
	"fmt"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

const (
	heartbeat     = 15 * time.Second
	minReregister = 10 * time.Minute
)

// addFramework makes a framework known. Callers hold mu.
func (m *Master) addFramework(id string, info wire.FrameworkInfo, pid string) *framework {
	info.ID = &wire.ID{Value: id}
	f := &framework{id: id, info: info, pid: pid, registered: time.Now(), tasks: map[string]*wire.Task{}, suppressed: map[string]bool{},
		calls: map[string]float64{}, events: map[string]float64{}}
	m.frameworks[id] = f
	return f
}

// subscribe takes a framework in, new or come back, and gives its queue of events and the stream's id.
func (m *Master) subscribe(info wire.FrameworkInfo, suppressed []string, remote string) (*framework, *wire.Outbox[wire.Event], string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	box, stream := wire.NewOutbox[wire.Event](), wire.NewID()
	refuse := func(message string) (*framework, *wire.Outbox[wire.Event], string) {
		build.Warnf("Refusing subscription of framework '%s': %s", info.Name, message)
		box.Push(failed(message))
		box.Close()
		return nil, box, stream
	}
	if message := m.invalidFramework(&info); message != "" {
		return refuse(message)
	}
	pid := fmt.Sprintf("scheduler-%s@%s", stream, remote)
	var f *framework
	if info.ID == nil || info.ID.Value == "" {
		f = m.addFramework(fmt.Sprintf("%s-%04d", m.info.ID, m.nextFramework), info, pid)
		m.nextFramework++
	} else {
		id := info.ID.Value
		if m.isCompleted(id) {
			return refuse("Framework has been removed")
		}
		f = m.frameworks[id]
		if f == nil {
			f = m.addFramework(id, info, pid)
		} else {
			if f.connected {
				f.send(failed("Framework failed over"))
				f.box.Close()
				m.rescindFramework(f)
			}
			f.info = info
			f.pid = pid
			f.reregistered = time.Now()
		}
	}
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	f.box, f.streamID, f.connected, f.recovered, f.filters = box, stream, true, false, nil
	f.suppressed = map[string]bool{}
	for _, role := range suppressed {
		f.suppressed[role] = true
	}
	f.calls["subscribe"]++
	build.Logf("Subscribed framework '%s' %s", f.info.Name, f.id)
	f.send(wire.Event{Type: "SUBSCRIBED", Subscribed: &wire.Subscribed{FrameworkID: wire.ID{Value: f.id},
		HeartbeatIntervalSeconds: heartbeat.Seconds(), MasterInfo: m.masterInfo()}})
	f.send(wire.Event{Type: "HEARTBEAT"})
	for _, a := range m.agents {
		framework := f.info
		a.box.Push(wire.ToAgent{Kind: "framework", Framework: &framework})
	}
	m.wake()
	return f, box, stream
}

func failed(message string) wire.Event {
	e := wire.Event{Type: "ERROR"}
	e.Error = &struct {
		Message string `json:"message"`
	}{message}
	return e
}

func (m *Master) masterInfo() map[string]any {
	return map[string]any{"id": m.info.ID, "ip": m.info.IP, "port": m.info.Port, "pid": m.info.PID, "hostname": m.info.Hostname,
		"version": m.info.Version, "address": m.info.Address, "capabilities": m.info.Capabilities}
}

func (m *Master) isCompleted(id string) bool {
	for _, f := range m.completed {
		if f.id == id {
			return true
		}
	}
	return false
}

// send puts an event on the framework's stream, if it has one.
func (f *framework) send(e wire.Event) {
	if f.connected && f.box != nil {
		f.events[e.Type]++
		f.box.Push(e)
	}
}

// hungUp is called when a stream ended: the framework has failover_timeout to come back.
func (m *Master) hungUp(f *framework, box *wire.Outbox[wire.Event]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f.box != box || !f.connected {
		return
	}
	build.Logf("Framework %s (%s) disconnected; giving it %v to failover", f.id, f.info.Name, f.info.FailoverTimeout)
	f.connected = false
	box.Close()
	m.rescindFramework(f)
	f.startTimer(m)
}

// startTimer counts the time a disconnected framework has. Callers hold mu.
func (f *framework) startTimer(m *Master) {
	limit := time.Duration(f.info.FailoverTimeout * float64(time.Second))
	var timer *time.Timer
	timer = time.AfterFunc(limit, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if f.timer == timer && !f.connected && m.frameworks[f.id] == f {
			build.Logf("Framework failover timeout, removing framework %s (%s)", f.id, f.info.Name)
			m.removeFramework(f)
		}
	})
	f.timer = timer
}

// removeFramework ends a framework and its tasks. Callers hold mu.
func (m *Master) removeFramework(f *framework) {
	build.Logf("Removing framework %s (%s)", f.id, f.info.Name)
	m.rescindFramework(f)
	for _, a := range m.agents {
		a.box.Push(wire.ToAgent{Kind: "shutdown_framework", TaskID: f.id})
	}
	for _, t := range f.tasks {
		if !wire.Terminal(t.State) {
			t.Note(masterStatus(t, "TASK_KILLED", "Framework "+f.id+" removed", "REASON_FRAMEWORK_REMOVED"))
			m.tally("TASK_KILLED")
		}
		f.finish(m, t)
	}
	f.unregistered = time.Now()
	f.connected = false
	if f.box != nil {
		f.box.Close()
	}
	delete(m.frameworks, f.id)
	m.completed = append(m.completed, f)
	if over := len(m.completed) - m.flags.Int("max_completed_frameworks"); over > 0 {
		m.completed = m.completed[over:]
	}
	m.wake()
}

// finish moves an ended task among the completed ones. Callers hold mu.
func (f *framework) finish(m *Master, t *wire.Task) {
	id := t.Info.TaskID.Value
	if f.tasks[id] != t {
		return
	}
	delete(f.tasks, id)
	if a := m.agents[t.AgentID]; a != nil {
		delete(a.tasks, taskKey(f.id, id))
	}
	f.completed = append(f.completed, t)
	if over := len(f.completed) - m.flags.Int("max_completed_tasks_per_framework"); over > 0 {
		f.completed = f.completed[over:]
	}
}

func (f *framework) forgetUnreachable(taskID string) {
	for i, t := range f.unreachable {
		if t.Info.TaskID.Value == taskID {
			f.unreachable = append(f.unreachable[:i:i], f.unreachable[i+1:]...)
			return
		}
	}
}
