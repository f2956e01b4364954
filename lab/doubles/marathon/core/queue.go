package core

import (
	"math"
	"sort"
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/mesosapi"
)

// Reasons why an offer does not fit, in the order in which they are asked.
var Reasons = []string{"UnfulfilledRole", "UnfulfilledConstraint", "NoCorrespondingReservationFound", "AgentMaintenance", "InsufficientCpus",
	"InsufficientMemory", "InsufficientDisk", "InsufficientGpus", "InsufficientPorts", "DeclinedScarceResources"}

// Unused is an offer that did not fit.
type Unused struct {
	Offer   mesosapi.Offer
	Reasons []string
	At      time.Time
}

// waiting is what is known of an application's search for offers.
type waiting struct {
	app       *app.App
	since     time.Time
	processed int
	unused    int
	lastUsed  time.Time
	lastNot   time.Time
	rejected  map[string]int
	byAgent   map[string]Unused
}

type delay struct {
	from    time.Time
	current time.Duration
	longest time.Duration
}

// Queued is an application in the launch queue.
type Queued struct {
	App         *app.App
	Count       int
	Since       time.Time
	Until       time.Time // launches wait until then
	Processed   int
	UnusedCount int
	LastUsed    time.Time
	LastUnused  time.Time
	Rejected    map[string]int
	Last        []Unused
}

func delayKey(a *app.App) string { return a.ID + " " + a.ConfigVersion() }

func (c *Core) waits(appID string) int {
	n := 0
	for _, i := range c.instances {
		if i.App.ID == appID && i.Goal == Running && i.Condition == Scheduled {
			n++
		}
	}
	return n
}

// enqueue is called after an instance became Scheduled.
func (c *Core) enqueue(a *app.App, now time.Time) {
	w := c.queue[a.ID]
	if w == nil {
		w = &waiting{rejected: map[string]int{}, byAgent: map[string]Unused{}}
		c.queue[a.ID] = w
	}
	w.app = a
	if c.waits(a.ID) <= 1 {
		w.since = now
	}
	c.offers.version++
}

// forget drops what was known of an application that is gone.
func (c *Core) forget(a *app.App) {
	delete(c.queue, a.ID)
	for key := range c.delays {
		if len(key) > len(a.ID) && key[:len(a.ID)+1] == a.ID+" " {
			delete(c.delays, key)
		}
	}
}

func (w *waiting) matched(now time.Time, agent string) {
	w.processed++
	w.lastUsed = now
	delete(w.byAgent, agent)
}

func (w *waiting) unmatched(u Unused) {
	w.processed++
	w.unused++
	w.lastNot = u.At
	w.byAgent[u.Offer.Agent.Value] = u
	if first := firstReason(u.Reasons); first != "" {
		w.rejected[first]++
	}
}

func firstReason(reasons []string) string {
	for _, known := range Reasons {
		for _, r := range reasons {
			if r == known {
				return r
			}
		}
	}
	return ""
}

// addDelay makes the next launch of that configuration wait, longer each time.
func (c *Core) addDelay(a *app.App, now time.Time) {
	longest := time.Duration(a.MaxLaunchDelaySeconds) * time.Second
	d := c.delays[delayKey(a)]
	if d == nil {
		d = &delay{current: min(time.Duration(a.BackoffSeconds)*time.Second, longest), longest: longest}
	} else {
		factor, _ := a.BackoffFactor.Float64()
		d = &delay{current: min(time.Duration(float64(d.current)*math.Max(1, factor)), longest), longest: longest}
	}
	d.from = now
	c.delays[delayKey(a)] = d
}

func (c *Core) resetDelay(a *app.App) {
	if c.delays[delayKey(a)] != nil {
		delete(c.delays, delayKey(a))
		c.offers.version++
	}
}

// until is when launches of the application may go on; the zero time when they need not wait.
func (c *Core) until(a *app.App) time.Time {
	if d := c.delays[delayKey(a)]; d != nil {
		return d.from.Add(d.current)
	}
	return time.Time{}
}

// ResetDelay is DELETE /v2/queue/{id}/delay; it tells whether the application waits at all.
func (c *Core) ResetDelay(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waits(id) == 0 {
		return false
	}
	for _, i := range c.of(id) {
		c.resetDelay(i.App)
	}
	c.poke()
	return true
}

// Queue gives the applications with instances to launch.
func (c *Core) Queue() []Queued {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []Queued{}
	for id, w := range c.queue {
		count := c.waits(id)
		if count == 0 {
			continue
		}
		q := Queued{App: w.app, Count: count, Since: w.since, Until: c.until(w.app), Processed: w.processed, UnusedCount: w.unused,
			LastUsed: w.lastUsed, LastUnused: w.lastNot, Rejected: map[string]int{}}
		if q.Until.IsZero() {
			q.Until = w.since
		}
		for reason, n := range w.rejected {
			q.Rejected[reason] = n
		}
		for _, u := range w.byAgent {
			q.Last = append(q.Last, u)
		}
		sort.Slice(q.Last, func(i, j int) bool { return q.Last[i].Offer.Agent.Value < q.Last[j].Offer.Agent.Value })
		out = append(out, q)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].App.ID < out[j].App.ID })
	return out
}
