package core

import (
	"log"
	"sort"
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/mesosapi"
)

// revival is what the master was last told about whether offers are wanted.
type revival struct {
	version  int // rises when something new can be launched
	revived  int // the version that was last revived for
	last     time.Time
	repeatAt time.Time
	told     string // "", "wanted" or "not wanted"
}

// launchable gives the applications that could be launched now, the longest waiting first.
func (c *Core) launchable(now time.Time) []*Instance {
	first := map[string]*Instance{}
	for _, i := range c.instances {
		if i.Goal != Running || i.Condition != Scheduled || now.Before(c.until(i.App)) {
			continue
		}
		if old := first[i.App.ID]; old == nil || i.ID < old.ID {
			first[i.App.ID] = i
		}
	}
	var out []*Instance
	for _, i := range first {
		out = append(out, i)
	}
	sort.Slice(out, func(x, y int) bool {
		a, b := c.queue[out[x].App.ID], c.queue[out[y].App.ID]
		if a != nil && b != nil && !a.since.Equal(b.since) {
			return a.since.Before(b.since)
		}
		return out[x].ID < out[y].ID
	})
	return out
}

// wantOffers revives or suppresses, at most once in the interval, and revives once more a while later.
func (c *Core) wantOffers(now time.Time) {
	if c.framework == "" || now.Sub(c.offers.last) < c.Conf.ReviveInterval {
		return
	}
	wanted := len(c.launchable(now)) > 0
	switch {
	case wanted && (c.offers.told != "wanted" || c.offers.version > c.offers.revived):
		c.revive(now)
		c.offers.repeatAt = now.Add(2 * c.Conf.ReviveInterval)
	case wanted && !c.offers.repeatAt.IsZero() && now.After(c.offers.repeatAt):
		c.revive(now)
		c.offers.repeatAt = time.Time{}
	case !wanted && c.offers.told != "not wanted" && c.Conf.Suppress:
		c.offers.told, c.offers.last, c.offers.repeatAt = "not wanted", now, time.Time{}
		c.send(call{kind: "SUPPRESS", body: object{}})
	}
}

func (c *Core) revive(now time.Time) {
	c.offers.told, c.offers.revived, c.offers.last = "wanted", c.offers.version, now
	c.send(call{kind: "REVIVE", body: object{}})
}

// Offers answers each offer: with tasks that fit it, or by declining it.
func (c *Core) Offers(offers []mesosapi.Offer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range offers {
		c.offer(&offers[i])
	}
}

func (c *Core) offer(o *mesosapi.Offer) {
	left := append([]mesosapi.Resource(nil), o.Resources...)
	var tasks []object
	var launched []*Instance
	noFit := map[string]bool{}
	for len(tasks) < c.Conf.MaxPerOffer {
		i, m := c.next(o, left, noFit)
		if i == nil {
			break
		}
		tasks = append(tasks, c.provision(i, o, m))
		launched = append(launched, i)
		left = subtract(left, m.resources)
	}
	ids := []object{{"value": o.ID.Value}}
	if len(tasks) == 0 {
		c.send(call{kind: "DECLINE", body: object{"offer_ids": ids, "filters": object{"refuse_seconds": c.Conf.DeclineOffer.Seconds()}}})
		return
	}
	operation := object{"type": "LAUNCH", "launch": object{"task_infos": tasks}}
	c.send(call{kind: "ACCEPT", durable: true, body: object{"offer_ids": ids, "operations": []object{operation}, "filters": object{"refuse_seconds": 0.0}},
		failed: func(err error) {
			log.Printf("launching on %s: %v", o.Hostname, err)
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, i := range launched {
				if i.Condition == Provisioned {
					i.Condition, i.Since = Scheduled, time.Now()
					c.enqueue(i.App, i.Since)
					c.save(i)
				}
			}
		}})
}

// next finds the first application that fits and keeps count of those that do not.
func (c *Core) next(o *mesosapi.Offer, left []mesosapi.Resource, noFit map[string]bool) (*Instance, *match) {
	now := time.Now()
	for _, i := range c.launchable(now) {
		if noFit[i.App.ID] {
			continue
		}
		m, reasons := c.fit(i.App, o, left)
		w := c.queue[i.App.ID]
		if w == nil {
			c.enqueue(i.App, now)
			w = c.queue[i.App.ID]
		}
		if m != nil {
			w.matched(now, o.Agent.Value)
			return i, m
		}
		noFit[i.App.ID] = true
		w.unmatched(Unused{Offer: *o, Reasons: reasons, At: now})
	}
	return nil, nil
}

func (c *Core) provision(i *Instance, o *mesosapi.Offer, m *match) object {
	now := time.Now()
	i.Incarnation++
	p := placeOf(o)
	i.Agent = &Agent{Host: o.Hostname, ID: o.Agent.Value, Region: p.region, Zone: p.zone, Attributes: o.Attributes}
	i.Condition, i.Since, i.Healthy = Provisioned, now, nil
	i.Task = &Task{ID: i.taskID(), State: "TASK_STAGING", Condition: Provisioned, StagedAt: now}
	for _, port := range m.hostPorts {
		if port != nil {
			i.Task.HostPorts = append(i.Task.HostPorts, *port)
		}
	}
	c.changed(i)
	enforce := false
	if g := c.root.Find(topGroup(i.App.ID)); g != nil && g.EnforceRole != nil {
		enforce = *g.EnforceRole
	}
	return taskInfo(i.App, i.Task.ID, o, m, c.Conf, enforce)
}

func topGroup(id string) string {
	for app.Parent(id) != "/" {
		id = app.Parent(id)
	}
	return id
}
