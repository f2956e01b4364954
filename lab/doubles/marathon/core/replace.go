package core

import (
	"math"
	"sort"

	"datacentre/lab/doubles/marathon/app"
)

// replace swaps the instances of older versions of an application for those of a new one, as Marathon's
// TaskReplaceActor does. What it makes of the old ones' health at its start is never looked at again: when none of them
// counts as healthy and they take all the room that there is, it ends none, starts none, and waits for ever.
type replace struct {
	app      *app.App
	capacity int             // old and new instances together
	active   map[string]bool // old ones that were wanted when it began, until they are over
	toKill   []string        // those, in the order of their end
	counted  map[string]bool // new ones that are good
}

func (c *Core) newReplace(a *app.App) *replace {
	r := &replace{app: a, active: map[string]bool{}, counted: map[string]bool{}}
	healthy, all := 0, 0
	var old []*Instance
	for _, i := range c.of(a.ID) {
		all++
		if i.Goal == Running && i.passesChecks() {
			healthy++
		}
		switch {
		case i.App.Version != a.Version && i.Goal == Running:
			old = append(old, i)
			r.active[i.ID] = true
		case i.App.Version == a.Version && c.good(i):
			// Started under an earlier leader: it counts, and ends no old one.
			r.counted[i.ID] = true
		}
	}
	sort.SliceStable(old, func(x, y int) bool { return !old[x].passesChecks() && old[y].passesChecks() })
	for _, i := range old {
		r.toKill = append(r.toKill, i.ID)
	}
	var now int
	r.capacity, now = restartStrategy(a, healthy, all)
	for n := 0; n < now; n++ {
		c.killNext(r)
	}
	c.launchNew(r)
	return r
}

// passesChecks is what Marathon calls considered healthy: without health checks everything is.
func (i *Instance) passesChecks() bool {
	return len(i.App.HealthChecks) == 0 || i.Healthy != nil && *i.Healthy
}

func (c *Core) good(i *Instance) bool {
	return i.Goal == Running && i.consideredHealthy() && c.isReady(i)
}

// restartStrategy gives how many instances there may be at most and how many are ended at once.
func restartStrategy(a *app.App, healthy, all int) (capacity, killNow int) {
	least := int(math.Ceil(float64(a.Instances) * float64(a.UpgradeStrategy.MinimumHealthCapacity)))
	capacity = int(float64(a.Instances) * (1 + float64(a.UpgradeStrategy.MaximumOverCapacity)))
	killNow = max(0, healthy-least)
	if least == capacity && capacity <= healthy {
		capacity++
	}
	if a.Instances < all {
		killNow = max(all-a.Instances, killNow)
	}
	return capacity, killNow
}

func (c *Core) killNext(r *replace) {
	if len(r.toKill) == 0 {
		return
	}
	id := r.toKill[0]
	r.toKill = r.toKill[1:]
	if i := c.instances[id]; i != nil {
		c.decommission(i)
	}
}

func (c *Core) launchNew(r *replace) {
	fresh := 0
	for _, i := range c.of(r.app.ID) {
		if i.App.Version == r.app.Version {
			fresh++
		}
	}
	count := min(max(0, r.app.Instances-fresh), max(0, r.capacity-len(r.active)-fresh))
	for n := 0; n < count; n++ {
		c.schedule(r.app)
	}
}

// replaced moves on as far as it goes and tells whether all is done.
func (c *Core) replaced(r *replace) bool {
	for id := range r.active {
		i := c.instances[id]
		switch {
		case i == nil:
			delete(r.active, id)
		case i.Condition == Scheduled || i.Condition == Unreachable || i.Condition == Inactive || Terminal(i.Condition):
			// One that ended by itself, or is lost, is not started again.
			delete(r.active, id)
			c.decommission(i)
		}
	}
	for id := range r.counted {
		if i := c.instances[id]; i == nil || i.Condition != Running {
			delete(r.counted, id)
		}
	}
	for _, i := range c.of(r.app.ID) {
		if i.App.Version == r.app.Version && c.good(i) && !r.counted[i.ID] {
			r.counted[i.ID] = true
			c.killNext(r)
		}
	}
	c.launchNew(r)
	return len(r.counted) >= r.app.Instances && len(r.active) == 0
}
