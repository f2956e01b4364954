package master

import (
	"fmt"
	"net/http"
	"sort"
	"strconv"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/web"
	"datacentre/lab/doubles/mesos/wire"
)

// agentCapabilities are what every agent of this version can do.
var agentCapabilities = []string{"MULTI_ROLE", "HIERARCHICAL_ROLE", "RESERVATION_REFINEMENT", "RESOURCE_PROVIDER", "RESIZE_VOLUME",
	"AGENT_OPERATION_FEEDBACK", "AGENT_DRAINING", "TASK_RESOURCE_LIMITS"}

// state is /state. Callers of all views hold mu.
func (m *Master) state() any {
	active, deactivated := m.agentCounts()
	view := build.Info()
	for k, v := range map[string]any{
		"start_time": seconds(m.started), "elected_time": seconds(m.electedAt), "id": m.info.ID, "pid": m.info.PID,
		"hostname": m.info.Hostname, "capabilities": capabilities, "activated_slaves": float64(active),
		"deactivated_slaves": float64(deactivated), "unreachable_slaves": float64(len(m.registry.current().Unreachable)),
		"leader": m.leader.PID, "leader_info": map[string]any{"id": m.leader.ID, "pid": m.leader.PID, "port": m.leader.Port, "hostname": m.leader.Hostname},
		"flags": m.flags.All(), "orphan_tasks": []any{}, "unregistered_frameworks": []any{},
	} {
		view[k] = v
	}
	if cluster, ok := m.flags.Lookup("cluster"); ok {
		view["cluster"] = cluster
	}
	if dir, ok := m.flags.Lookup("log_dir"); ok {
		view["log_dir"] = dir
	}
	slaves := []map[string]any{}
	for _, a := range m.sortedAgents() {
		slaves = append(slaves, m.agentView(a, false))
	}
	view["slaves"], view["recovered_slaves"] = slaves, m.recoveredView()
	for k, v := range m.frameworksView().(map[string]any) {
		view[k] = v
	}
	return view
}

func (m *Master) agentCounts() (active, deactivated int) {
	for _, a := range m.agents {
		if a.connected && !a.deactivated {
			active++
		} else {
			deactivated++
		}
	}
	return active, deactivated
}

// sortedAgents gives the agents, the last registered first, as the real one happens to.
func (m *Master) sortedAgents() []*agent {
	list := make([]*agent, 0, len(m.agents))
	for _, a := range m.agents {
		list = append(list, a)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].registered.After(list[j].registered) })
	return list
}

func (m *Master) agentView(a *agent, full bool) map[string]any {
	used, offered := a.used(), m.offered(a)
	view := map[string]any{
		"id": a.id, "hostname": a.info.Hostname, "port": a.info.Port, "attributes": resources.Attributes(a.info.Attributes),
		"pid": fmt.Sprintf("slave(1)@%s:%d", a.ip, a.info.Port), "registered_time": seconds(a.registered), "resources": a.total.View(),
		"used_resources": used.View(), "offered_resources": offered.View(), "reserved_resources": a.total.ReservedView(),
		"unreserved_resources": a.total.OnlyRole("*").View(), "active": a.connected && !a.deactivated, "deactivated": a.deactivated,
		"version": a.version, "capabilities": agentCapabilities,
	}
	if !a.reregistered.IsZero() {
		view["reregistered_time"] = seconds(a.reregistered)
	}
	if d, ok := m.registry.current().Draining[a.id]; ok {
		view["drain_info"] = d.view()
	}
	if full {
		view["reserved_resources_full"] = a.total.ReservedFull()
		view["unreserved_resources_full"] = a.total.OnlyRole("*").Wire("")
		view["used_resources_full"] = used.Wire("")
		view["offered_resources_full"] = offered.Wire("")
	}
	return view
}

func (m *Master) recoveredView() []map[string]any {
	list := []map[string]any{}
	for id, info := range m.recovering {
		list = append(list, map[string]any{"id": id, "hostname": info.Hostname, "port": info.Port, "attributes": resources.Attributes(info.Attributes)})
	}
	return list
}

// serveSlaves tells of all agents, or of the one that ?slave_id= names.
func (m *Master) serveSlaves(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := []map[string]any{}
	for _, a := range m.sortedAgents() {
		if wanted := r.URL.Query().Get("slave_id"); wanted == "" || wanted == a.id {
			list = append(list, m.agentView(a, true))
		}
	}
	web.JSON(w, r, map[string]any{"slaves": list, "recovered_slaves": m.recoveredView()})
}

func (m *Master) frameworksView() any {
	active, done := []map[string]any{}, []map[string]any{}
	for _, f := range m.sortedFrameworks() {
		active = append(active, m.frameworkView(f))
	}
	for _, f := range m.completed {
		done = append(done, m.frameworkView(f))
	}
	return map[string]any{"frameworks": active, "completed_frameworks": done, "unregistered_frameworks": []any{}}
}

func (m *Master) sortedFrameworks() []*framework {
	list := make([]*framework, 0, len(m.frameworks))
	for _, f := range m.frameworks {
		list = append(list, f)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].id < list[j].id })
	return list
}

func (m *Master) frameworkView(f *framework) map[string]any {
	var offered resources.Set
	offers := []map[string]any{}
	for _, o := range m.offers {
		if o.framework == f {
			offered = offered.Plus(o.set)
			offers = append(offers, map[string]any{"id": o.id, "framework_id": f.id, "slave_id": o.agent.id, "resources": o.set.View(),
				"allocation_info": wire.Allocation{Role: o.role}})
		}
	}
	names := []string{}
	for _, c := range f.info.Capabilities {
		names = append(names, c.Type)
	}
	used := f.used()
	view := map[string]any{
		"id": f.id, "name": f.info.Name, "used_resources": used.View(), "offered_resources": offered.View(),
		"capabilities": names, "hostname": f.info.Hostname, "webui_url": f.info.WebuiURL, "active": f.connected, "connected": f.connected,
		"recovered": f.recovered, "user": f.info.User, "failover_timeout": f.info.FailoverTimeout, "checkpoint": f.info.Checkpoint,
		"registered_time": seconds(f.registered), "unregistered_time": seconds(f.unregistered), "resources": used.Plus(offered).View(),
		"tasks": taskViews(values(f.tasks)), "unreachable_tasks": taskViews(f.unreachable), "completed_tasks": taskViews(f.completed),
		"offers": offers, "executors": []any{}, "offer_constraints": map[string]any{},
	}
	if f.pid != "" {
		view["pid"] = f.pid
	}
	if f.info.Has("MULTI_ROLE") {
		view["roles"] = web.List(f.info.Roles)
	} else {
		view["role"] = f.info.AllRoles()[0]
	}
	if f.info.Principal != "" {
		view["principal"] = f.info.Principal
	}
	if !f.reregistered.IsZero() {
		view["reregistered_time"] = seconds(f.reregistered)
	}
	return view
}

func values(tasks map[string]*wire.Task) []*wire.Task {
	list := make([]*wire.Task, 0, len(tasks))
	for _, t := range tasks {
		list = append(list, t)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Info.TaskID.Value < list[j].Info.TaskID.Value })
	return list
}

func taskViews(list []*wire.Task) []map[string]any {
	out := []map[string]any{}
	for _, t := range list {
		out = append(out, web.Task(t))
	}
	return out
}

// serveTasks is /tasks: the newest first unless ?order=asc, 100 unless ?limit, from ?offset.
func (m *Master) serveTasks(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*wire.Task
	for _, f := range append(m.sortedFrameworks(), m.completed...) {
		all = append(append(append(all, values(f.tasks)...), f.unreachable...), f.completed...)
	}
	query := r.URL.Query()
	sort.SliceStable(all, func(i, j int) bool {
		if query.Get("order") == "asc" {
			return firstSeen(all[i]) < firstSeen(all[j])
		}
		return firstSeen(all[i]) > firstSeen(all[j])
	})
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(query.Get(name)); err == nil && n >= 0 {
			return n
		}
		return otherwise
	}
	from := min(number("offset", 0), len(all))
	to := min(from+number("limit", 100), len(all))
	var picked []*wire.Task
	for _, t := range all[from:to] {
		if (query.Get("framework_id") == "" || query.Get("framework_id") == t.FrameworkID) &&
			(query.Get("task_id") == "" || query.Get("task_id") == t.Info.TaskID.Value) {
			picked = append(picked, t)
		}
	}
	web.JSON(w, r, map[string]any{"tasks": taskViews(picked)})
}

func firstSeen(t *wire.Task) float64 {
	if len(t.Statuses) == 0 {
		return now()
	}
	return t.Statuses[0].Timestamp
}
