package core

import (
	"sort"

	"datacentre/lab/doubles/marathon/app"
)

// Root gives the groups as they are; nobody changes what it returns.
func (c *Core) Root() *app.Group {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.root
}

// RootAt gives the groups of an earlier version, or nil.
func (c *Core) RootAt(version string) *app.Group {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.roots[version]
}

// RootVersions gives the versions of the groups, latest first.
func (c *Core) RootVersions() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return latestFirst(c.roots)
}

// Versions gives those of an application, latest first.
func (c *Core) Versions(id string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return latestFirst(c.versions[id])
}

// Version gives an application as it was, or nil.
func (c *Core) Version(id, version string) *app.App {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.versions[id][version]
}

func latestFirst[T any](m map[string]T) []string {
	out := []string{}
	for version := range m {
		out = append(out, version)
	}
	sort.Sort(sort.Reverse(sort.StringSlice(out)))
	return out
}

// LeaderUI is the leading master's page.
func (c *Core) LeaderUI() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leaderUI
}

// LastFailure gives an application's, or nil.
func (c *Core) LastFailure(id string) *Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures[id]
}

// Seen is an instance with what its checks found.
type Seen struct {
	Instance
	Health []Health
}

// Instances gives those of an application, or all when id is "".
func (c *Core) Instances(id string) []Seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []Seen{}
	for _, i := range c.instances {
		if id != "" && i.App.ID != id {
			continue
		}
		s := Seen{Instance: *i}
		if i.Task != nil {
			task := *i.Task
			s.Task = &task
		}
		for n := range i.App.HealthChecks {
			if h := c.health[i.ID][n]; h != nil && (i.Healthy != nil || h.Failures > 0) {
				s.Health = append(s.Health, *h)
			}
		}
		out = append(out, s)
	}
	sort.Slice(out, func(x, y int) bool { return out[x].ID < out[y].ID })
	return out
}

// Kill ends the tasks of these instances, which are started again; with wipe others take their places.
func (c *Core) Kill(ids []string, wipe bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		i := c.instances[id]
		if i == nil {
			continue
		}
		if !wipe {
			if i.Launched() {
				c.kill(i)
			}
			continue
		}
		c.decommission(i)
		if c.instances[id] != nil {
			c.expunge(i)
		}
		if a := c.root.App(i.App.ID); a != nil && !c.locked(a.ID) {
			c.scale(a, nil)
		}
	}
	c.poke()
}

// Deploying gives the ids of the deployments that touch an application.
func (c *Core) Deploying(id string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []string{}
	for _, d := range c.running {
		for _, touched := range d.Plan.Apps() {
			if touched == id {
				out = append(out, d.Plan.ID)
				break
			}
		}
	}
	return out
}

// OldVersion is Version for use within a change, where the lock is held.
func (c *Core) OldVersion(id, version string) *app.App { return c.versions[id][version] }

// OldRoot is RootAt for use within a change, where the lock is held.
func (c *Core) OldRoot(version string) *app.Group { return c.roots[version] }
