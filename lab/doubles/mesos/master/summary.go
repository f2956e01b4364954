package master

import (
	"net/http"

	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/web"
	"datacentre/lab/doubles/mesos/wire"
)

// stateSummary is /state-summary: figures instead of tasks.
func (m *Master) stateSummary() any {
	slaves, frameworks := []map[string]any{}, []map[string]any{}
	for _, a := range m.sortedAgents() {
		view := m.agentView(a, false)
		ids := map[string]bool{}
		var tasks []*wire.Task
		for _, t := range a.tasks {
			ids[t.FrameworkID] = true
			tasks = append(tasks, t)
		}
		list := []string{}
		for id := range ids {
			list = append(list, id)
		}
		view["framework_ids"] = list
		addCounts(view, tasks)
		slaves = append(slaves, view)
	}
	for _, f := range m.sortedFrameworks() {
		view := m.frameworkView(f)
		for _, drop := range []string{"tasks", "unreachable_tasks", "completed_tasks", "offers", "executors", "offer_constraints", "resources"} {
			delete(view, drop)
		}
		ids := map[string]bool{}
		for _, t := range f.tasks {
			ids[t.AgentID] = true
		}
		list := []string{}
		for id := range ids {
			list = append(list, id)
		}
		view["slave_ids"] = list
		addCounts(view, append(append(values(f.tasks), f.completed...), f.unreachable...))
		frameworks = append(frameworks, view)
	}
	view := map[string]any{"hostname": m.info.Hostname, "slaves": slaves, "frameworks": frameworks}
	if cluster, ok := m.flags.Lookup("cluster"); ok {
		view["cluster"] = cluster
	}
	return view
}

func addCounts(view map[string]any, tasks []*wire.Task) {
	for _, state := range []string{"STAGING", "STARTING", "RUNNING", "KILLING", "FINISHED", "KILLED", "FAILED", "LOST", "ERROR",
		"UNREACHABLE", "DROPPED", "GONE", "GONE_BY_OPERATOR", "UNKNOWN"} {
		n := 0
		for _, t := range tasks {
			if t.State == "TASK_"+state {
				n++
			}
		}
		view["TASK_"+state] = n
	}
}

// rolesView is /roles: "*" and every role somebody subscribed to or has a reservation in.
func (m *Master) rolesView() any {
	names := map[string][]string{"*": {}}
	for _, f := range m.sortedFrameworks() {
		for _, role := range f.info.AllRoles() {
			names[role] = append(names[role], f.id)
		}
	}
	var total resources.Set
	for _, a := range m.agents {
		total = total.Plus(a.total)
	}
	for _, role := range total.Roles() {
		names[role] = append(names[role], []string{}...)
	}
	list := []map[string]any{}
	for role, ids := range names {
		var allocated, offered resources.Set
		for _, f := range m.frameworks {
			for _, t := range f.tasks {
				if t.Role == role {
					allocated = allocated.Plus(held(t))
				}
			}
		}
		for _, o := range m.offers {
			if o.role == role {
				offered = offered.Plus(o.set)
			}
		}
		quantity := map[string]any{}
		if role != "*" {
			quantity = total.OnlyRole(role).Quantities()
		}
		list = append(list, map[string]any{
			"name": role, "weight": m.weight(role), "frameworks": web.List(ids), "resources": allocated.Plus(offered).Quantities(),
			"allocated": allocated.Quantities(), "offered": offered.Quantities(), "reserved": quantity,
			"quota": map[string]any{"role": role, "guarantee": map[string]any{}, "limit": map[string]any{}, "consumed": allocated.Quantities()},
		})
	}
	return map[string]any{"roles": list}
}

// serveMetrics is /metrics/snapshot, answered by leaders and standbys alike.
func (m *Master) serveMetrics(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	web.JSON(w, r, m.snapshot())
}
