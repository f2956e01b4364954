package core

import (
	"sort"
	"time"

	"datacentre/lab/doubles/marathon/app"
)

// begin announces the first step, and passes over steps that are done by being announced.
func (c *Core) begin(d *Deployment) {
	for d.Step < len(d.Plan.Steps) {
		step := d.Plan.Steps[d.Step]
		c.Bus.Publish("deployment_info", d.Plan.event(&step))
		instant := true
		for _, a := range step.Actions {
			if a.Kind == StopApp {
				c.unregister(a.App)
			} else {
				c.register(a.App, true)
			}
			instant = instant && a.Kind == StartApp
		}
		d.acted = false
		d.replaces, d.terminated = map[string]*replace{}, map[string]bool{}
		if !instant {
			return
		}
		c.Bus.Publish("deployment_step_success", d.Plan.event(&step))
		d.Step++
	}
	c.drop(d)
	c.Bus.Publish("deployment_success", d.Plan.event(nil))
}

// poke lets every deployment go as far as it can; whatever changes an instance calls it.
func (c *Core) poke() {
	if c.poking {
		return
	}
	c.poking = true
	defer func() { c.poking = false }()
	for again := true; again; {
		again = false
		for _, d := range append([]*Deployment(nil), c.running...) {
			again = c.advance(d) || again
		}
	}
	c.wantOffers(time.Now())
}

func (c *Core) advance(d *Deployment) bool {
	if d.Step >= len(d.Plan.Steps) {
		return false
	}
	step := d.Plan.Steps[d.Step]
	if !d.acted {
		d.acted = true
		for _, a := range step.Actions {
			c.act(d, a)
		}
	}
	done := true
	for _, a := range step.Actions {
		done = c.done(d, a) && done
	}
	if !done {
		return false
	}
	c.Bus.Publish("deployment_step_success", d.Plan.event(&step))
	d.Step++
	c.begin(d)
	return true
}

func (c *Core) act(d *Deployment, a Action) {
	switch a.Kind {
	case ScaleApp:
		c.scale(a.App, a.ToKill)
	case RestartApp:
		c.resetDelay(a.App)
		d.replaces[a.App.ID] = c.newReplace(a.App)
	case StopApp:
		for _, i := range c.of(a.App.ID) {
			c.decommission(i)
		}
	}
}

func (c *Core) done(d *Deployment, a Action) bool {
	switch a.Kind {
	case ScaleApp:
		return c.scaled(a.App)
	case RestartApp:
		return c.replaced(d.replaces[a.App.ID])
	case StopApp:
		if len(c.of(a.App.ID)) > 0 {
			return false
		}
		if !d.terminated[a.App.ID] {
			d.terminated[a.App.ID] = true
			c.forget(a.App)
			c.Bus.Publish("app_terminated_event", map[string]any{"appId": a.App.ID})
		}
	}
	return true
}

// scale adds or takes away instances until there are as many as wanted.
func (c *Core) scale(a *app.App, toKill []string) {
	var present []*Instance
	for _, i := range c.of(a.ID) {
		if i.wanted() {
			present = append(present, i)
		}
	}
	for n := len(present); n < a.Instances; n++ {
		c.schedule(a)
	}
	for _, victim := range victims(present, a, toKill, len(present)-a.Instances) {
		c.decommission(victim)
	}
}

func (c *Core) scaled(a *app.App) bool {
	fine := 0
	for _, i := range c.of(a.ID) {
		if i.Goal != Running {
			return false
		}
		if i.consideredHealthy() && c.isReady(i) {
			fine++
		}
	}
	return fine >= a.Instances
}

// victims chooses count of the instances: those asked for, then those not started, not healthy, and by age.
func victims(from []*Instance, a *app.App, toKill []string, count int) []*Instance {
	if count <= 0 {
		return nil
	}
	asked := map[string]bool{}
	for _, id := range toKill {
		asked[id] = true
	}
	rank := func(i *Instance) int {
		switch {
		case asked[i.ID]:
			return 0
		case i.Condition == Unreachable || i.Condition == Inactive:
			return 1
		case i.Condition == Scheduled || i.Condition == Provisioned:
			return 2
		case i.Condition != Running:
			return 3
		case !i.consideredHealthy():
			return 4
		}
		return 5
	}
	out := append([]*Instance(nil), from...)
	sort.SliceStable(out, func(x, y int) bool {
		if rank(out[x]) != rank(out[y]) {
			return rank(out[x]) < rank(out[y])
		}
		if a.KillSelection == "OLDEST_FIRST" {
			return out[x].Since.Before(out[y].Since)
		}
		return out[x].Since.After(out[y].Since)
	})
	return out[:count]
}

func (c *Core) schedule(a *app.App) {
	now := time.Now()
	i := newInstance(a, now)
	c.instances[i.ID] = i
	c.enqueue(a, now)
	c.changed(i)
}

// decommission takes an instance away; it is gone when its task is over.
func (c *Core) decommission(i *Instance) {
	if i.Goal == Decommissioned {
		return
	}
	i.Goal = Decommissioned
	c.changed(i)
	if !i.Launched() {
		c.expunge(i)
		return
	}
	c.kill(i)
}

func (c *Core) expunge(i *Instance) {
	delete(c.instances, i.ID)
	delete(c.health, i.ID)
	delete(c.ready, i.ID)
	delete(c.unreachable, i.ID)
	c.store.Put("instance/"+i.ID, nil)
}

func (c *Core) kill(i *Instance) {
	if i.Task == nil {
		return
	}
	i.Task.KillSent = time.Now()
	body := map[string]any{"task_id": map[string]string{"value": i.Task.ID}}
	if i.Agent != nil {
		body["agent_id"] = map[string]string{"value": i.Agent.ID}
	}
	c.send(call{kind: "KILL", body: body})
}
