package core

import (
	"time"

	"datacentre/lab/doubles/marathon/app"
)

// Health is what one check knows of one instance.
type Health struct {
	Failures     int
	FirstSuccess time.Time
	LastSuccess  time.Time
	LastFailure  time.Time
	Cause        string

	next   time.Time
	asking bool
}

// Alive tells that the last result was good.
func (h Health) Alive() bool {
	return !h.LastSuccess.IsZero() && (h.LastFailure.IsZero() || h.LastSuccess.After(h.LastFailure))
}

// register begins to check a version of an application.
func (c *Core) register(a *app.App, tell bool) {
	if c.checks[a.ID][a.Version] {
		return
	}
	if c.checks[a.ID] == nil {
		c.checks[a.ID] = map[string]bool{}
	}
	c.checks[a.ID][a.Version] = true
	for _, h := range a.HealthChecks {
		if tell {
			c.Bus.Publish("add_health_check_event", map[string]any{"appId": a.ID, "healthCheck": h, "version": a.Version})
		}
	}
}

func (c *Core) unregister(a *app.App) {
	for range c.checks[a.ID] {
		for range a.HealthChecks {
			c.Bus.Publish("remove_health_check_event", map[string]any{"appId": a.ID})
		}
	}
	delete(c.checks, a.ID)
}

func (c *Core) healthOf(i *Instance, check int) *Health {
	if c.health[i.ID] == nil {
		c.health[i.ID] = map[int]*Health{}
	}
	if c.health[i.ID][check] == nil {
		c.health[i.ID][check] = &Health{}
	}
	return c.health[i.ID][check]
}

// checkAll starts the probes that are due.
func (c *Core) checkAll(now time.Time) {
	for _, i := range c.instances {
		if i.Condition != Running || i.Task == nil {
			continue
		}
		for n, check := range i.App.HealthChecks {
			if !check.ByMarathon() {
				continue
			}
			h := c.healthOf(i, n)
			if h.asking || now.Before(h.next) {
				continue
			}
			interval := max(time.Duration(check.IntervalSeconds)*time.Second, time.Second)
			if h.next.IsZero() {
				h.next = now.Add(min(interval, 500*time.Millisecond))
				continue
			}
			h.next, h.asking = now.Add(interval), true
			go c.ask(i.ID, i.Task.ID, n, check, target(i, check))
		}
	}
}

func (c *Core) ask(instanceID, taskID string, n int, check app.HealthCheck, address string) {
	cause, ignored := probe(check, address)
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.instances[instanceID]
	if i == nil {
		return
	}
	h := c.healthOf(i, n)
	h.asking = false
	if ignored || i.Condition != Running || i.Task == nil || i.Task.ID != taskID {
		return
	}
	if cause == "" {
		c.result(i, n, true, "", now)
	} else {
		c.result(i, n, false, cause, now)
	}
	c.poke()
}

// result takes the outcome of one check in.
func (c *Core) result(i *Instance, n int, good bool, cause string, now time.Time) {
	check, h := i.App.HealthChecks[n], c.healthOf(i, n)
	was := h.Alive()
	if good {
		h.Failures, h.LastSuccess = 0, now
		if h.FirstSuccess.IsZero() {
			h.FirstSuccess = now
		}
	} else {
		grace := time.Duration(check.GracePeriodSeconds) * time.Second
		if h.FirstSuccess.IsZero() && now.Before(i.Since.Add(grace)) {
			c.settle(i)
			return
		}
		c.Bus.Publish("failed_health_check_event", map[string]any{"appId": i.App.ID, "healthCheck": check, "taskId": i.ID})
		c.tooMany(i, check, *h)
		h.Failures, h.LastFailure, h.Cause = h.Failures+1, now, cause
	}
	c.settle(i)
	if was != h.Alive() {
		c.Bus.Publish("health_status_changed_event", map[string]any{"appId": i.App.ID, "instanceId": i.ID, "version": i.App.Version, "alive": h.Alive()})
	}
}

// tooMany kills an instance that has failed often enough before this time.
func (c *Core) tooMany(i *Instance, check app.HealthCheck, h Health) {
	if check.MaxConsecutiveFailures <= 0 || h.Failures < check.MaxConsecutiveFailures || !check.ByMarathon() {
		return
	}
	c.Bus.Publish("unhealthy_instance_kill_event", map[string]any{"appId": i.App.ID, "taskId": i.Task.ID, "instanceId": i.ID,
		"version": i.App.Version, "reason": h.Cause, "host": i.Agent.Host, "slaveId": i.Agent.ID, "timestamp": app.Stamp(h.LastFailure)})
	c.fail(&Failure{AppID: i.App.ID, Host: i.Agent.Host, Message: "Task was killed since health check failed. Reason: " + h.Cause,
		State: "TASK_KILLED", TaskID: i.Task.ID, Timestamp: app.Stamp(h.LastFailure), Version: i.App.Version, SlaveID: i.Agent.ID})
	c.kill(i)
}

// settle sums the checks of an instance up and tells when the sum changed.
func (c *Core) settle(i *Instance) {
	healthy := true
	for n := range i.App.HealthChecks {
		healthy = healthy && c.healthOf(i, n).Alive()
	}
	if i.Healthy != nil && *i.Healthy == healthy {
		return
	}
	i.Healthy = &healthy
	c.save(i)
	c.Bus.Publish("instance_health_changed_event", map[string]any{"instanceId": i.ID, "runSpecId": i.App.ID, "healthy": healthy,
		"runSpecVersion": i.App.Version})
}

// executorHealth takes in what the executor found by COMMAND and MESOS_* checks.
func (c *Core) executorHealth(i *Instance, good bool, message string, now time.Time) {
	for n, check := range i.App.HealthChecks {
		if !check.ByMarathon() {
			c.result(i, n, good, message, now)
			return
		}
	}
}
