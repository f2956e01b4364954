package master

import (
	"fmt"
	"strings"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// accept uses offers: tasks that fit are launched, the rest goes back under the filter. Callers hold mu.
func (m *Master) accept(f *framework, ids []wire.ID, operations []wire.Operation, filters *wire.Filters) {
	m.count("master/messages_launch_tasks")
	offers, problem := m.takeOffers(f, ids)
	if problem != "" {
		m.launchWithout(f, operations, problem)
		for _, o := range offers {
			f.refuse(o.agent.id, o.role, o.set, &wire.Filters{RefuseSeconds: new(float64)})
		}
		m.wake()
		return
	}
	a, role := offers[0].agent, offers[0].role
	var left resources.Set
	for _, o := range offers {
		left = left.Plus(o.set)
	}
	for _, operation := range operations {
		if operation.Type != "LAUNCH" || operation.Launch == nil {
			build.Warnf("Dropping %s operation from framework %s: the double launches tasks only", operation.Type, f.id)
			continue
		}
		for _, info := range operation.Launch.TaskInfos {
			f.calls["operations/launch"]++
			needed, err := m.validTask(f, a, &info, left)
			if err != nil {
				m.refuseTask(f, info, "TASK_ERROR", err.Error(), "REASON_TASK_INVALID")
				continue
			}
			left = left.Minus(needed)
			m.launch(f, a, role, info)
		}
	}
	f.refuse(a.id, role, left, filters)
	m.wake()
}

// takeOffers takes the named offers off the table; the problem says why they cannot be used together.
func (m *Master) takeOffers(f *framework, ids []wire.ID) ([]*offer, string) {
	var list []*offer
	problem := ""
	if len(ids) == 0 {
		problem = "No offers specified"
	}
	for _, id := range ids {
		o := m.offers[id.Value]
		switch {
		case o == nil:
			problem = "Offer " + id.Value + " is no longer valid"
			continue
		case o.framework != f:
			problem = "Offer " + id.Value + " has invalid framework " + o.framework.id + " while framework " + f.id + " is expected"
			continue
		}
		delete(m.offers, id.Value)
		list = append(list, o)
	}
	for _, o := range list {
		if o.agent != list[0].agent && problem == "" {
			problem = "Aggregated offers must belong to one single agent. Offer " + o.id + " uses agent " + o.agent.id + " and agent " + list[0].agent.id
		}
		if o.role != list[0].role && problem == "" {
			problem = "Aggregated offers must be allocated to the same role"
		}
	}
	return list, problem
}

// launchWithout answers tasks that were to use offers that are gone.
func (m *Master) launchWithout(f *framework, operations []wire.Operation, problem string) {
	for _, operation := range operations {
		if operation.Launch == nil {
			continue
		}
		for _, info := range operation.Launch.TaskInfos {
			state := "TASK_LOST"
			if f.info.Has("PARTITION_AWARE") {
				state = "TASK_DROPPED"
			}
			m.refuseTask(f, info, state, "Task launched with invalid offers: "+problem, "REASON_INVALID_OFFERS")
		}
	}
}

func (m *Master) refuseTask(f *framework, info wire.TaskInfo, state, message, reason string) {
	build.Warnf("Task %s of framework %s: %s: %s", info.TaskID.Value, f.id, state, message)
	t := &wire.Task{Info: info, FrameworkID: f.id, AgentID: info.AgentID.Value, State: "TASK_STAGING"}
	m.tally(state)
	m.forward(f, masterStatus(t, state, message, reason))
}

// validTask checks a task as the master does before it launches it, and gives what it takes.
func (m *Master) validTask(f *framework, a *agent, info *wire.TaskInfo, left resources.Set) (resources.Set, error) {
	id := info.TaskID.Value
	switch {
	case id == "" || id == "." || id == ".." || strings.ContainsAny(id, "/\\") || len(id) > 255:
		return nil, fmt.Errorf("Task ID '%s' is not a name that can be used", id)
	case f.tasks[id] != nil:
		return nil, fmt.Errorf("Task has duplicate ID: %s", id)
	case info.AgentID.Value != a.id:
		return nil, fmt.Errorf("Task uses invalid agent %s while agent %s is expected", info.AgentID.Value, a.id)
	case info.Command == nil && len(info.Executor) == 0:
		return nil, fmt.Errorf("Task should have at least one (but not both) of CommandInfo or ExecutorInfo present")
	case len(info.Executor) > 0 && string(info.Executor) != "null":
		return nil, fmt.Errorf("the double runs no custom executors")
	case len(info.Resources) == 0:
		return nil, fmt.Errorf("Task uses no resources")
	}
	if info.KillPolicy != nil && info.KillPolicy.GracePeriod != nil && info.KillPolicy.GracePeriod.Nanoseconds < 0 {
		return nil, fmt.Errorf("Task's 'kill_policy.grace_period' must be non-negative")
	}
	for _, r := range info.Resources {
		if r.Ranges != nil {
			for _, x := range r.Ranges.Range {
				if x.End < x.Begin {
					return nil, fmt.Errorf("Task uses invalid resources: Invalid ranges resource: begin > end")
				}
			}
		}
	}
	needed, err := resources.FromWire(info.Resources)
	if err != nil {
		return nil, fmt.Errorf("Task uses invalid resources: %w", err)
	}
	if !left.Contains(needed) {
		return nil, fmt.Errorf("Total resources %s required by task and its executor is more than available %s", needed, left)
	}
	container, err := info.ContainerOf()
	if err != nil {
		return nil, fmt.Errorf("Task's `ContainerInfo` is invalid: %w", err)
	}
	if container != nil && container.Type == "DOCKER" && container.Docker == nil {
		return nil, fmt.Errorf("Task's `ContainerInfo` is invalid: DockerInfo 'docker' is not set for DOCKER typed ContainerInfo")
	}
	if container != nil && container.Type != "DOCKER" && container.Type != "MESOS" {
		return nil, fmt.Errorf("Task's `ContainerInfo` is invalid: unknown type '%s'", container.Type)
	}
	if _, err := info.HealthCheckOf(); err != nil {
		return nil, fmt.Errorf("Task uses invalid health check: %w", err)
	}
	return needed, nil
}

// launch hands a task to its agent.
func (m *Master) launch(f *framework, a *agent, role string, info wire.TaskInfo) {
	t := &wire.Task{Info: info, FrameworkID: f.id, AgentID: a.id, State: "TASK_STAGING", Role: role}
	f.tasks[info.TaskID.Value] = t
	a.tasks[taskKey(f.id, info.TaskID.Value)] = t
	framework := f.info
	build.Logf("Launching task %s of framework %s on agent %s (%s)", info.TaskID.Value, f.id, a.id, a.info.Hostname)
	a.box.Push(wire.ToAgent{Kind: "launch", Framework: &framework, Task: &info, Role: role})
}
