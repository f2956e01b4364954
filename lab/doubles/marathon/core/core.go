// Package core is the engine of Marathon: applications, their instances, deployments, matching of offers and
// health checks. One lock guards it all; what takes time (Mesos, ZooKeeper, probes) happens outside of it.
package core

import (
	"sort"
	"sync"
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/conf"
	"datacentre/lab/doubles/marathon/store"
)

// Driver takes calls to the master.
type Driver interface {
	Call(kind string, body any) error
}

// Core is one leading Marathon.
type Core struct {
	Conf *conf.Config
	Bus  *Bus

	store  *store.Store
	driver Driver
	calls  chan call
	// defaultVersion is the version that a rollback gives: fixed once for the process.
	defaultVersion string

	mu          sync.Mutex
	framework   string
	leaderUI    string
	root        *app.Group
	versions    map[string]map[string]*app.App
	roots       map[string]*app.Group
	instances   map[string]*Instance
	running     []*Deployment
	failures    map[string]*Failure
	queue       map[string]*waiting
	delays      map[string]*delay
	checks      map[string]map[string]bool
	health      map[string]map[int]*Health
	ready       map[string]*readiness
	unreachable map[string]time.Time
	offers      revival
	poking      bool
	due         periodic
}

// New loads what an earlier leader left in the store.
func New(c *conf.Config, s *store.Store, driver Driver, bus *Bus) (*Core, error) {
	core := &Core{Conf: c, Bus: bus, store: s, driver: driver, calls: make(chan call, 10000), defaultVersion: app.NewVersion(),
		root: app.NewGroup("/", app.Epoch), versions: map[string]map[string]*app.App{}, roots: map[string]*app.Group{},
		instances: map[string]*Instance{}, failures: map[string]*Failure{}, queue: map[string]*waiting{}, delays: map[string]*delay{},
		checks: map[string]map[string]bool{}, health: map[string]map[int]*Health{}, ready: map[string]*readiness{},
		unreachable: map[string]time.Time{}}
	return core, core.load()
}

// Start begins to work; stop ends it.
func (c *Core) Start(stop <-chan struct{}) {
	go c.caller(stop)
	c.mu.Lock()
	now := time.Now()
	c.due = periodic{scale: now.Add(c.Conf.ScaleAppsFirst), reconcile: now.Add(c.Conf.ReconcileFirst), expunge: now.Add(c.Conf.ExpungeInterval)}
	c.resume()
	c.mu.Unlock()
	go func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				c.tick(time.Now())
			}
		}
	}()
}

type call struct {
	kind    string
	body    any
	durable bool
	failed  func(error)
}

// send hands a call to the master over in order, outside of the lock.
func (c *Core) send(one call) {
	select {
	case c.calls <- one:
	default:
		if one.failed != nil {
			go one.failed(errBusy)
		}
	}
}

func (c *Core) caller(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case one := <-c.calls:
			var err error
			if one.durable {
				err = c.store.Flush()
			}
			if err == nil {
				err = c.driver.Call(one.kind, one.body)
			}
			if err != nil && one.failed != nil {
				one.failed(err)
			}
		}
	}
}

// of gives the instances of an application, by id.
func (c *Core) of(appID string) []*Instance {
	var out []*Instance
	for _, i := range c.instances {
		if i.App.ID == appID {
			out = append(out, i)
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].ID < out[b].ID })
	return out
}

func (c *Core) changed(i *Instance) {
	c.save(i)
	c.Bus.Publish("instance_changed_event", i.changedEvent())
}
