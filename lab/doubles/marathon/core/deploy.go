package core

import (
	"fmt"
	"sort"

	"datacentre/lab/doubles/marathon/app"
)

// Deployment is a plan under way.
type Deployment struct {
	Plan       *Plan
	Step       int  // index of the present one
	acted      bool // the present step's changes were made
	replaces   map[string]*replace
	terminated map[string]bool
}

// Locked is an answer 409: other deployments hold the applications.
type Locked struct{ Deployments []string }

func (e *Locked) Error() string {
	return "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'."
}

// TooMany is an answer 403.
type TooMany int

func (e TooMany) Error() string {
	return fmt.Sprintf("Max number (%d) of running deployments is achieved. Wait for existing deployments to complete or cancel one using force=true parameter.", int(e))
}

// Options of a change.
type Options struct {
	Group   string // whose id the events tell
	Version string // a new one when empty
	Force   bool
	DryRun  bool
	ToKill  map[string][]string
	After   func(*Plan) // called once the change is made, before anything is started
}

// Update applies change to a copy of the groups and deploys the difference.
func (c *Core) Update(o Options, change func(root *app.Group, version string) error) (*Plan, error) {
	plan, err := c.update(o, change)
	if err == nil && !o.DryRun {
		err = c.store.Flush() // nothing is promised that the next leader would not know
	}
	return plan, err
}

func (c *Core) update(o Options, change func(root *app.Group, version string) error) (*Plan, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.Version == "" {
		o.Version = app.NewVersion()
	}
	if len(c.running) >= c.Conf.MaxDeployments && !o.Force {
		return nil, TooMany(c.Conf.MaxDeployments)
	}
	plan, err := c.plan(o, change)
	if err == nil && !o.DryRun {
		err = c.deploy(plan, o)
	}
	if err != nil {
		switch err.(type) {
		case *app.Invalid, app.Unprocessable:
		default:
			c.Bus.Publish("group_change_failed", map[string]any{"groupId": o.Group, "version": o.Version, "reason": err.Error()})
		}
		return nil, err
	}
	return plan, nil
}

func (c *Core) plan(o Options, change func(*app.Group, string) error) (*Plan, error) {
	target := c.root.Clone()
	if err := change(target, o.Version); err != nil {
		return nil, err
	}
	if err := app.CheckTree(target); err != nil {
		return nil, err
	}
	if err := app.Assign(c.Conf.PortMin, c.Conf.PortMax, c.root, target); err != nil {
		return nil, err
	}
	target.Walk(func(g *app.Group) {
		for id, a := range g.Apps {
			if a.VersionInfo == nil || a.ConfigVersion() != o.Version {
				g.Apps[id] = app.Stamped(a, c.root.App(id), o.Version)
			}
		}
	})
	plan := newPlan(randomUUID(), o.Version, c.root, target)
	for s := range plan.Steps {
		for a := range plan.Steps[s].Actions {
			action := &plan.Steps[s].Actions[a]
			action.ToKill = o.ToKill[action.App.ID]
		}
	}
	return plan, nil
}

func (c *Core) deploy(plan *Plan, o Options) error {
	conflicts := c.conflicts(plan)
	if len(conflicts) > 0 && !o.Force {
		var ids []string
		for _, d := range conflicts {
			ids = append(ids, d.Plan.ID)
		}
		err := &Locked{ids}
		fields := plan.event(nil)
		fields["reason"] = err.Error()
		c.Bus.Publish("deployment_failed", fields)
		return err
	}
	for _, d := range conflicts {
		c.cancel(d)
	}
	c.root = plan.Target
	c.saveRoot()
	for _, a := range plan.Target.All() {
		c.saveVersion(a)
	}
	for _, old := range plan.Original.All() {
		if plan.Target.App(old.ID) == nil {
			c.forgetVersions(old.ID)
		}
	}
	d := &Deployment{Plan: plan}
	if len(plan.Steps) > 0 {
		c.running = append(c.running, d)
		c.savePlan(plan)
	}
	c.begin(d)
	c.Bus.Publish("group_change_success", map[string]any{"groupId": o.Group, "version": o.Version})
	if o.After != nil {
		o.After(plan)
	}
	c.poke()
	return nil
}

func (c *Core) conflicts(plan *Plan) []*Deployment {
	mine := map[string]bool{}
	for _, id := range plan.Apps() {
		mine[id] = true
	}
	var out []*Deployment
	for _, d := range c.running {
		for _, id := range d.Plan.Apps() {
			if mine[id] {
				out = append(out, d)
				break
			}
		}
	}
	return out
}

func (c *Core) cancel(d *Deployment) {
	c.drop(d)
	fields := d.Plan.event(nil)
	fields["reason"] = "The upgrade has been cancelled"
	c.Bus.Publish("deployment_failed", fields)
}

func (c *Core) drop(d *Deployment) {
	for i, other := range c.running {
		if other == d {
			c.running = append(c.running[:i], c.running[i+1:]...)
			break
		}
	}
	c.store.Put("deployment/"+d.Plan.ID, nil)
}

// ErrNoDeployment is an answer 404.
type ErrNoDeployment string

func (e ErrNoDeployment) Error() string {
	return fmt.Sprintf("DeploymentPlan %s does not exist", string(e))
}

// Cancel ends a deployment; unless force, what it did is undone by a new one.
func (c *Core) Cancel(id string, force bool) (*Plan, error) {
	c.mu.Lock()
	var found *Deployment
	for _, d := range c.running {
		if d.Plan.ID == id {
			found = d
		}
	}
	if found == nil {
		c.mu.Unlock()
		return nil, ErrNoDeployment(id)
	}
	if force {
		c.cancel(found)
		c.mu.Unlock()
		return nil, nil
	}
	c.mu.Unlock()
	return c.Update(Options{Group: "/", Version: c.defaultVersion, Force: true}, func(root *app.Group, version string) error {
		found.Plan.revert(root, version)
		return nil
	})
}

// Deployments gives those under way, oldest first.
func (c *Core) Deployments() []Deployment {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []Deployment{}
	for _, d := range c.running {
		out = append(out, *d)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Plan.Version < out[j].Plan.Version })
	return out
}
