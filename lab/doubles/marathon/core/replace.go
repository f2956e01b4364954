package core

import (
	"math"
	"sort"

	"datacentre/lab/doubles/marathon/app"
)

// replace swaps the instances of older versions of an application for those of a new one.
type replace struct {
	app      *app.App
	capacity int             // old and new instances together
	toKill   []string        // old ones, in the order of their end
	counted  map[string]bool // new ones that were good enough to end an old one
}

func (c *Core) newReplace(a *app.App) *replace {
	r := &replace{app: a, counted: map[string]bool{}}
	healthy, all := 0, 0
	var old []*Instance
	for _, i := range c.of(a.ID) {
		all++
		if i.Goal == Running && i.consideredHealthy() {
			healthy++
		}
		if i.App.Version != a.Version && i.Goal == Running {
			old = append(old, i)
		}
	}
	sort.SliceStable(old, func(x, y int) bool { return !old[x].consideredHealthy() && old[y].consideredHealthy() })
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
	for len(r.toKill) > 0 {
		id := r.toKill[0]
		r.toKill = r.toKill[1:]
		if i := c.instances[id]; i != nil && i.Goal == Running {
			c.decommission(i)
			return
		}
	}
}

func (c *Core) launchNew(r *replace) {
	old, fresh := 0, 0
	for _, i := range c.of(r.app.ID) {
		switch {
		case i.App.Version != r.app.Version:
			old++
		case i.wanted():
			fresh++
		}
	}
	count := min(max(0, r.app.Instances-fresh), max(0, r.capacity-old-fresh))
	for n := 0; n < count; n++ {
		c.schedule(r.app)
	}
}

// replaced moves on as far as it goes and tells whether all is done.
func (c *Core) replaced(r *replace) bool {
	for _, i := range c.of(r.app.ID) {
		switch {
		case i.App.Version != r.app.Version:
			// An old one that ended by itself is not started again.
			if i.Goal == Running && i.Condition == Scheduled {
				c.decommission(i)
			}
		case i.Goal == Running && i.consideredHealthy() && c.isReady(i) && !r.counted[i.ID]:
			r.counted[i.ID] = true
			c.killNext(r)
		}
	}
	c.launchNew(r)
	good, old := 0, 0
	for _, i := range c.of(r.app.ID) {
		if i.App.Version != r.app.Version {
			old++
		} else if i.Goal == Running && i.consideredHealthy() && c.isReady(i) {
			good++
		}
	}
	if good >= r.app.Instances {
		for len(r.toKill) > 0 {
			c.killNext(r)
		}
	}
	return good >= r.app.Instances && old == 0
}
