package core

import (
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/mesosapi"
)

// Status takes what the master says of a task.
func (c *Core) Status(s mesosapi.Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.UUID != "" && s.Agent != nil {
		c.send(call{kind: "ACKNOWLEDGE", durable: true, body: object{"agent_id": s.Agent, "task_id": s.TaskID, "uuid": s.UUID}})
	}
	condition := conditions[s.State]
	i := c.instances[InstanceOf(s.TaskID.Value)]
	if i == nil || i.Task == nil || i.Task.ID != s.TaskID.Value {
		if condition != "" && !Terminal(condition) && condition != Unreachable {
			body := object{"task_id": s.TaskID}
			if s.Agent != nil {
				body["agent_id"] = s.Agent
			}
			c.send(call{kind: "KILL", body: body})
		}
		return
	}
	if condition == "" || i.Condition == Scheduled {
		return
	}
	c.apply(i, s, condition)
	c.poke()
}

func (c *Core) apply(i *Instance, s mesosapi.Status, condition string) {
	now := time.Now()
	before := i.Condition
	if list := s.Addresses(); list != nil {
		i.Task.Addresses = list
	}
	i.Task.State, i.Task.Condition = s.State, condition
	if condition == Running && i.Task.StartedAt.IsZero() {
		i.Task.StartedAt = now
	}
	if before != condition && !(before == Inactive && condition == Unreachable) {
		i.Condition, i.Since = condition, now
	}
	over := Terminal(condition)
	if over {
		c.remember(i, s, now)
	}
	if over && i.Goal == Decommissioned {
		status, changed := c.statusEvent(i, s), i.changedEvent()
		c.expunge(i)
		if c.stopping(i.App.ID) {
			// Marathon tells of the end of the application before it tells of its last task's.
			c.poke()
		}
		c.Bus.Publish("status_update_event", status)
		c.Bus.Publish("instance_changed_event", changed)
		return
	}
	if before != condition {
		c.Bus.Publish("status_update_event", c.statusEvent(i, s))
	}
	if before != i.Condition {
		c.changed(i)
	} else {
		c.save(i)
	}
	switch {
	case over:
		c.again(i, condition, now)
	case condition == Unreachable:
		c.lost(i, now)
	default:
		delete(c.unreachable, i.ID)
		if a := c.root.App(i.App.ID); before == Inactive && a != nil && !c.locked(a.ID) {
			c.scale(a, nil) // its replacement may be there already
		}
		if s.Healthy != nil {
			c.executorHealth(i, *s.Healthy, s.Message, now)
		}
		if i.Goal == Decommissioned && condition == Running && now.Sub(i.Task.KillSent) > c.Conf.KillRetry {
			c.kill(i)
		}
	}
}

// again lets an instance whose task ended by itself wait for its next one.
func (c *Core) again(i *Instance, condition string, now time.Time) {
	if condition != "Killed" {
		c.addDelay(i.App, now)
	}
	i.Condition, i.Since, i.Healthy = Scheduled, now, nil
	delete(c.ready, i.ID)
	c.enqueue(i.App, now)
	c.save(i)
}

func (c *Core) stopping(appID string) bool {
	for _, d := range c.running {
		if d.Step < len(d.Plan.Steps) {
			for _, a := range d.Plan.Steps[d.Step].Actions {
				if a.Kind == StopApp && a.App.ID == appID {
					return true
				}
			}
		}
	}
	return false
}

func (c *Core) statusEvent(i *Instance, s mesosapi.Status) map[string]any {
	addresses := []map[string]any{}
	for _, a := range i.Task.Addresses {
		addresses = append(addresses, map[string]any{"ipAddress": a.IP, "protocol": a.Protocol})
	}
	ports := i.Task.HostPorts
	if ports == nil {
		ports = []int{}
	}
	return map[string]any{"slaveId": i.Agent.ID, "taskId": s.TaskID.Value, "taskStatus": s.State, "message": s.Message, "appId": i.App.ID,
		"host": i.Agent.Host, "ipAddresses": addresses, "ports": ports, "version": i.App.Version}
}

// remember keeps what failed, for lastTaskFailure.
func (c *Core) remember(i *Instance, s mesosapi.Status, now time.Time) {
	switch i.Condition {
	case "Failed", "Error", "Dropped", "Gone", "Unknown":
	default:
		return
	}
	c.fail(&Failure{AppID: i.App.ID, Host: i.Agent.Host, Message: s.Message, State: s.State, TaskID: s.TaskID.Value,
		Timestamp: app.Stamp(now), Version: i.App.Version, SlaveID: i.Agent.ID})
}

func (c *Core) fail(f *Failure) {
	c.failures[f.AppID] = f
	c.put("taskFailures/"+app.Safe(f.AppID), f)
}

// lost starts the clock of an instance on an agent that cannot be reached.
func (c *Core) lost(i *Instance, now time.Time) {
	if _, known := c.unreachable[i.ID]; !known {
		c.unreachable[i.ID] = now
	}
	if i.Goal == Decommissioned {
		return
	}
	c.inactive(i, now)
}

// inactive replaces an instance that could not be reached for as long as its application allows.
func (c *Core) inactive(i *Instance, now time.Time) {
	u := i.App.UnreachableStrategy
	since, known := c.unreachable[i.ID]
	if !known || u.Disabled || i.Condition != Unreachable || now.Sub(since) < time.Duration(u.Inactive)*time.Second {
		return
	}
	i.Condition, i.Since = Inactive, now
	c.changed(i)
	if a := c.root.App(i.App.ID); a != nil && !c.locked(a.ID) {
		c.scale(a, nil)
	}
}

func (c *Core) locked(appID string) bool {
	for _, d := range c.running {
		for _, id := range d.Plan.Apps() {
			if id == appID {
				return true
			}
		}
	}
	return false
}
