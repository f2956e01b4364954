package web

import (
	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// Task gives a task the way /state and /tasks show it, on master and agent alike.
func Task(t *wire.Task) map[string]any {
	set, _ := resources.FromWire(t.Info.Resources)
	view := map[string]any{
		"id": t.Info.TaskID.Value, "name": t.Info.Name, "framework_id": t.FrameworkID, "executor_id": "",
		"slave_id": t.AgentID, "state": t.State, "resources": set.View(), "role": t.Role, "statuses": statuses(t.Statuses),
	}
	if l := t.Info.Labels; l != nil {
		view["labels"] = List(l.Labels)
	}
	if len(t.Info.Discovery) > 0 {
		view["discovery"] = t.Info.Discovery
	}
	if len(t.Info.Container) > 0 {
		view["container"] = t.Info.Container
	}
	if len(t.Info.HealthCheck) > 0 {
		view["health_check"] = t.Info.HealthCheck
	}
	if t.Info.Command != nil && t.Info.Command.User != "" {
		view["user"] = t.Info.Command.User
	}
	return view
}

func statuses(list []wire.TaskStatus) []map[string]any {
	out := []map[string]any{}
	for _, s := range list {
		one := map[string]any{"state": s.State, "timestamp": s.Timestamp}
		if s.ContainerStatus != nil {
			one["container_status"] = s.ContainerStatus
		}
		if s.Healthy != nil {
			one["healthy"] = *s.Healthy
		}
		out = append(out, one)
	}
	return out
}
