package core

import (
	"log"
	"time"
)

// periodic holds when the slow work is next due.
type periodic struct {
	scale, reconcile, expunge time.Time
}

// tick is the clock: probes, waiting delays, calls to repeat.
func (c *Core) tick(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checkAll(now)
	c.askReadiness(now)
	c.expireDelays(now)
	c.overdue(now)
	for _, i := range c.instances {
		if i.Condition == Unreachable {
			c.inactive(i, now)
		}
	}
	if now.After(c.due.expunge) {
		c.due.expunge = now.Add(c.Conf.ExpungeInterval)
		c.expungeLost(now)
	}
	if now.After(c.due.reconcile) {
		c.due.reconcile = now.Add(c.Conf.Reconcile)
		c.reconcile()
	}
	if now.After(c.due.scale) {
		c.due.scale = now.Add(c.Conf.ScaleApps)
		c.scaleAll()
	}
	c.poke()
}

func (c *Core) expireDelays(now time.Time) {
	for key, d := range c.delays {
		if now.After(d.from.Add(d.current + d.longest)) {
			delete(c.delays, key)
		}
	}
	for _, w := range c.queue {
		// A wait that ended since the last tick makes its application launchable again.
		if until := c.until(w.app); !until.IsZero() && !now.Before(until) && now.Sub(until) < 400*time.Millisecond && c.waits(w.app.ID) > 0 {
			c.offers.version++
		}
	}
}

// overdue kills what does not come up, and repeats kills that had no effect.
func (c *Core) overdue(now time.Time) {
	for _, i := range c.instances {
		if !i.Launched() {
			continue
		}
		age := now.Sub(i.Task.StagedAt)
		switch {
		case !i.Task.KillSent.IsZero() && now.Sub(i.Task.KillSent) > c.Conf.KillRetry && i.Condition != Unreachable && i.Condition != Inactive &&
			(i.Goal == Decommissioned || i.Condition != Running):
			c.kill(i)
		case i.Goal == Running && i.Task.KillSent.IsZero() && (i.Condition == Provisioned && age > c.Conf.ConfirmTimeout ||
			(i.Condition == Staging || i.Condition == Starting) && age > c.Conf.LaunchTimeout):
			log.Printf("%s did not come up in time", i.Task.ID)
			c.kill(i)
		}
	}
}

func (c *Core) expungeLost(now time.Time) {
	for id, since := range c.unreachable {
		i := c.instances[id]
		if i == nil {
			delete(c.unreachable, id)
			continue
		}
		if i.Condition != Inactive && i.Goal == Running {
			continue
		}
		if now.Sub(since) >= time.Duration(i.App.UnreachableStrategy.Expunge)*time.Second {
			fields := i.changedEvent()
			c.expunge(i)
			c.Bus.Publish("instance_changed_event", fields)
		}
	}
}

// reconcile asks the master for the state of every task known here, and of all others it has.
func (c *Core) reconcile() {
	if c.framework == "" {
		return
	}
	tasks := []object{}
	for _, i := range c.instances {
		if i.Launched() {
			tasks = append(tasks, object{"task_id": object{"value": i.Task.ID}, "agent_id": object{"value": i.Agent.ID}})
		}
	}
	if len(tasks) > 0 {
		c.send(call{kind: "RECONCILE", body: object{"tasks": tasks}})
	}
	c.send(call{kind: "RECONCILE", body: object{"tasks": []object{}}})
}

// scaleAll mends what differs from the wanted numbers outside of deployments, and kills strays.
func (c *Core) scaleAll() {
	for _, a := range c.root.All() {
		if !c.locked(a.ID) {
			c.scale(a, nil)
		}
	}
	for _, i := range c.instances {
		if c.root.App(i.App.ID) == nil && !c.locked(i.App.ID) {
			c.decommission(i)
		}
	}
}
