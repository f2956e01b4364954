package master

import (
	"net/http"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/web"
	"datacentre/lab/doubles/mesos/wire"
)

// drain takes an agent out of the offers and has its tasks ended. With gone it is marked gone when the last has ended.
func (m *Master) drain(w http.ResponseWriter, id string, gone bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.agents[id]
	if a == nil {
		web.Text(w, http.StatusBadRequest, "Unknown agent")
		return
	}
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
	if gone {
		go m.goneWhenDrained(a)
	}
	web.Empty(w, http.StatusOK)
}

// goneWhenDrained waits for the end of the agent's tasks.
func (m *Master) goneWhenDrained(a *agent) {
	for {
		select {
		case <-a.stop:
			return
		case <-time.After(200 * time.Millisecond):
		}
		m.mu.Lock()
		left := len(a.tasks)
		m.mu.Unlock()
		if left == 0 {
			m.makeGone(a.id)
			return
		}
	}
}
