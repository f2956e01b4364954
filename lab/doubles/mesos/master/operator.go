package master

import (
	"net/http"
	"strings"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/web"
	"datacentre/lab/doubles/mesos/wire"
)

// serveTeardown is POST /teardown with frameworkId=ID.
func (m *Master) serveTeardown(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		web.WrongMethod(w, r, http.MethodPost)
		return
	}
	_ = r.ParseForm()
	id := r.PostForm.Get("frameworkId")
	if id == "" {
		web.Text(w, http.StatusBadRequest, "Missing 'frameworkId' query parameter in the request body")
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.frameworks[id]
	if f == nil {
		web.Text(w, http.StatusBadRequest, "No framework found with specified ID")
		return
	}
	m.removeFramework(f)
	web.Empty(w, http.StatusOK)
}

// serveOperator is POST /api/v1: the calls that read, TEARDOWN, MARK_AGENT_GONE, and those of drain.go.
func (m *Master) serveOperator(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		web.WrongMethod(w, r, http.MethodPost)
		return
	}
	if r.Header.Get("Content-Type") == "" {
		web.Text(w, http.StatusUnsupportedMediaType, "Expecting 'Content-Type' of application/json")
		return
	}
	if !m.ready(w, r) || !jsonBody(w, r) {
		return
	}
	var call struct {
		Type     string `json:"type"`
		Teardown struct {
			FrameworkID wire.ID `json:"framework_id"`
		} `json:"teardown"`
		Gone struct {
			AgentID wire.ID `json:"agent_id"`
		} `json:"mark_agent_gone"`
		Drain struct {
			AgentID  wire.ID `json:"agent_id"`
			MarkGone bool    `json:"mark_gone"`
		} `json:"drain_agent"`
		Deactivate struct {
			AgentID wire.ID `json:"agent_id"`
		} `json:"deactivate_agent"`
		Reactivate struct {
			AgentID wire.ID `json:"agent_id"`
		} `json:"reactivate_agent"`
	}
	if !decode(w, r, &call) {
		return
	}
	if call.Type == "MARK_AGENT_GONE" {
		m.markGone(w, call.Gone.AgentID.Value)
		return
	}
	if call.Type == "DRAIN_AGENT" {
		m.drain(w, call.Drain.AgentID.Value, call.Drain.MarkGone)
		return
	}
	if call.Type == "DEACTIVATE_AGENT" {
		m.deactivate(w, call.Deactivate.AgentID.Value)
		return
	}
	if call.Type == "REACTIVATE_AGENT" {
		m.reactivate(w, call.Reactivate.AgentID.Value)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := func(field string, value any) {
		web.JSON(w, r, map[string]any{"type": call.Type, field: value})
	}
	switch call.Type {
	case "GET_HEALTH":
		answer("get_health", map[string]any{"healthy": true})
	case "GET_VERSION":
		answer("get_version", map[string]any{"version_info": build.Info()})
	case "GET_FLAGS":
		flags := []map[string]any{}
		for name, value := range m.flags.All() {
			flags = append(flags, map[string]any{"name": name, "value": value})
		}
		answer("get_flags", map[string]any{"flags": flags})
	case "GET_MASTER":
		answer("get_master", map[string]any{"master_info": m.masterInfo(), "start_time": seconds(m.started), "elected_time": seconds(m.electedAt)})
	case "GET_METRICS":
		metrics := []map[string]any{}
		for name, value := range m.snapshot() {
			metrics = append(metrics, map[string]any{"name": name, "value": value})
		}
		answer("get_metrics", map[string]any{"metrics": metrics})
	case "GET_AGENTS":
		agents := []map[string]any{}
		for _, a := range m.sortedAgents() {
			agents = append(agents, map[string]any{"agent_info": a.info, "active": a.connected && !a.deactivated, "deactivated": a.deactivated,
				"version": a.version, "pid": m.agentView(a, false)["pid"], "total_resources": a.total.Wire(""),
				"allocated_resources": a.used().Wire(""), "offered_resources": m.offered(a).Wire("")})
		}
		answer("get_agents", map[string]any{"agents": agents})
	case "GET_FRAMEWORKS":
		frameworks := []map[string]any{}
		for _, f := range m.sortedFrameworks() {
			frameworks = append(frameworks, map[string]any{"framework_info": f.info, "active": f.connected, "connected": f.connected, "recovered": f.recovered})
		}
		answer("get_frameworks", map[string]any{"frameworks": frameworks})
	case "TEARDOWN":
		f := m.frameworks[call.Teardown.FrameworkID.Value]
		if f == nil {
			web.Text(w, http.StatusBadRequest, "No framework found with specified ID")
			return
		}
		m.removeFramework(f)
		web.Empty(w, http.StatusAccepted)
	case "":
		web.Text(w, http.StatusBadRequest, "Failed to validate master::Call: Expecting 'type' to be present")
	default:
		web.Text(w, http.StatusBadRequest, "Failed to convert JSON into Call protobuf: the call type '"+strings.TrimSpace(call.Type)+"' is unknown to the double")
	}
}

// markGone is MARK_AGENT_GONE.
func (m *Master) markGone(w http.ResponseWriter, id string) {
	m.makeGone(id)
	web.Empty(w, http.StatusOK)
}

// makeGone takes an agent out for ever: it may not come back under its id.
func (m *Master) makeGone(id string) {
	m.mu.Lock()
	a := m.agents[id]
	m.mu.Unlock()
	m.change("mark agent "+id+" gone", func(r *record) {
		delete(r.Agents, id)
		delete(r.Unreachable, id)
		delete(r.Draining, id)
		delete(r.Deactivated, id)
		r.Gone[id] = now()
	})
	if a != nil {
		m.mu.Lock()
		a.box.Push(wire.ToAgent{Kind: "shutdown", Message: "Agent has been marked gone"})
		m.drop(a, "Agent "+a.info.Hostname+" was marked gone by an operator", nil)
		m.mu.Unlock()
	}
}
