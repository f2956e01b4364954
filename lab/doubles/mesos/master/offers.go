package master

import (
	"context"
	"fmt"
	"sort"
	"time"

	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// offer is an outstanding offer.
type offer struct {
	id        string
	agent     *agent
	framework *framework
	role      string
	set       resources.Set
}

// filter keeps a framework from being offered again what it did not want, until something is added to it.
type filter struct {
	agentID string
	role    string
	set     resources.Set
	until   time.Time
}

// wake asks for an allocation soon. Callers may hold mu.
func (m *Master) wake() {
	select {
	case m.wakeAllocator <- struct{}{}:
	default:
	}
}

// allocateForever offers what is free, at least every allocation_interval.
func (m *Master) allocateForever(ctx context.Context) {
	tick := time.NewTicker(m.flags.Duration("allocation_interval"))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-m.wakeAllocator:
			// Several changes often come together; one run serves them all.
			if wait(ctx, 10*time.Millisecond) != nil {
				return
			}
		}
		m.mu.Lock()
		if m.elected() && m.recovered {
			m.allocate(time.Now())
		}
		m.mu.Unlock()
	}
}

// allocate makes one round: of each agent, all that is free goes to the framework and role with the lowest
// dominant share that wants it. Callers hold mu.
func (m *Master) allocate(at time.Time) {
	m.count("allocator/mesos/allocation_runs")
	fresh := map[*framework][]wire.Offer{}
	ids := make([]string, 0, len(m.agents))
	for id := range m.agents {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		a := m.agents[id]
		if !a.connected || a.deactivated {
			continue
		}
		free := a.total.Minus(a.used()).Minus(m.offered(a))
		for _, c := range m.candidates() {
			part := free.For(c.role)
			if !allocatable(part) || c.framework.refuses(a.id, c.role, part, at) {
				continue
			}
			free = free.Minus(part)
			o := &offer{id: fmt.Sprintf("%s-O%d", m.info.ID, m.nextOffer), agent: a, framework: c.framework, role: c.role, set: part}
			m.nextOffer++
			m.offers[o.id] = o
			m.expire(o)
			fresh[c.framework] = append(fresh[c.framework], o.wire())
		}
	}
	for f, list := range fresh {
		e := wire.Event{Type: "OFFERS"}
		e.Offers = &struct {
			Offers []wire.Offer `json:"offers"`
		}{list}
		f.send(e)
	}
}

// candidate is a framework in one of its roles.
type candidate struct {
	framework *framework
	role      string
	share     float64
}

// candidates gives those who may be offered something, the lowest dominant share first. Callers hold mu.
func (m *Master) candidates() []candidate {
	var total resources.Set
	for _, a := range m.agents {
		total = total.Plus(a.total)
	}
	var list []candidate
	for _, f := range m.frameworks {
		if !f.connected {
			continue
		}
		used := f.used()
		for _, o := range m.offers {
			if o.framework == f {
				used = used.Plus(o.set)
			}
		}
		share := 0.0
		for _, name := range []string{"cpus", "mem", "disk"} {
			if all := total.Scalar(name); all > 0 {
				share = max(share, used.Scalar(name)/all)
			}
		}
		for _, role := range f.info.AllRoles() {
			if !f.suppressed[role] {
				list = append(list, candidate{f, role, share})
			}
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].share != list[j].share {
			return list[i].share < list[j].share
		}
		if list[i].framework.id != list[j].framework.id {
			return list[i].framework.id < list[j].framework.id
		}
		return list[i].role < list[j].role
	})
	return list
}

// allocatable is the default of min_allocatable_resources: crumbs are not offered.
func allocatable(s resources.Set) bool { return s.Scalar("cpus") >= 0.01 || s.Scalar("mem") >= 32 }

// refuses tells whether a filter covers this, and forgets filters that are over.
func (f *framework) refuses(agentID, role string, set resources.Set, at time.Time) bool {
	kept := f.filters[:0]
	refused := false
	for _, x := range f.filters {
		if at.After(x.until) {
			continue
		}
		kept = append(kept, x)
		if x.agentID == agentID && x.role == role && x.set.Contains(set) {
			refused = true
		}
	}
	f.filters = kept
	return refused
}

// refuse notes what a framework left of an offer. 5 s is the API's default, a year its limit.
func (f *framework) refuse(agentID, role string, set resources.Set, filters *wire.Filters) {
	wait := 5.0
	if filters != nil && filters.RefuseSeconds != nil {
		wait = min(max(*filters.RefuseSeconds, 0), 365*24*3600)
	}
	if wait > 0 && !set.Empty() {
		f.filters = append(f.filters, filter{agentID, role, set, time.Now().Add(time.Duration(wait * float64(time.Second)))})
	}
}

// offered gives what is out on offer of an agent. Callers hold mu.
func (m *Master) offered(a *agent) resources.Set {
	var sum resources.Set
	for _, o := range m.offers {
		if o.agent == a {
			sum = sum.Plus(o.set)
		}
	}
	return sum
}

func (o *offer) wire() wire.Offer {
	a := o.agent
	return wire.Offer{ID: wire.ID{Value: o.id}, FrameworkID: wire.ID{Value: o.framework.id}, AgentID: wire.ID{Value: a.id},
		Hostname: a.info.Hostname, Resources: o.set.Wire(o.role), Attributes: a.info.Attributes, Allocation: &wire.Allocation{Role: o.role},
		URL: wire.URL{Scheme: "http", Path: "/slave(1)", Address: wire.Address{Hostname: a.info.Hostname, IP: a.ip, Port: a.info.Port}}}
}

// rescind takes an offer back. Callers hold mu.
func (m *Master) rescind(o *offer) {
	delete(m.offers, o.id)
	e := wire.Event{Type: "RESCIND"}
	e.Rescind = &struct {
		OfferID wire.ID `json:"offer_id"`
	}{wire.ID{Value: o.id}}
	o.framework.send(e)
}

func (m *Master) rescindAgent(a *agent) {
	for _, o := range m.offers {
		if o.agent == a {
			m.rescind(o)
		}
	}
}

// rescindFramework takes back the offers of a framework that is away; it cannot be told.
func (m *Master) rescindFramework(f *framework) {
	for id, o := range m.offers {
		if o.framework == f {
			delete(m.offers, id)
		}
	}
}

// expire rescinds an offer after --offer_timeout, if that is set.
func (m *Master) expire(o *offer) {
	limit := m.flags.Duration("offer_timeout")
	if limit <= 0 {
		return
	}
	time.AfterFunc(limit, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.offers[o.id] == o {
			m.rescind(o)
			m.wake()
		}
	})
}
