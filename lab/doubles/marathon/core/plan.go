package core

import (
	"datacentre/lab/doubles/marathon/app"
)

// Kinds of deployment actions.
const (
	StartApp   = "StartApplication"
	ScaleApp   = "ScaleApplication"
	RestartApp = "RestartApplication"
	StopApp    = "StopApplication"
)

// Action is what one step does to one application.
type Action struct {
	Kind   string
	App    *app.App
	ToKill []string // instances to prefer when scaling down
}

// Step holds actions that go on at the same time.
type Step struct {
	Actions []Action
}

// Plan leads from one state of the groups to another.
type Plan struct {
	ID, Version      string
	Original, Target *app.Group
	Steps            []Step
}

// newPlan stops what is gone, starts what is new, and scales or restarts in the order of the dependencies.
func newPlan(id, version string, original, target *app.Group) *Plan {
	p := &Plan{ID: id, Version: version, Original: original, Target: target}
	var stop, start Step
	for _, old := range original.All() {
		if target.App(old.ID) == nil {
			stop.Actions = append(stop.Actions, Action{Kind: StopApp, App: old})
		}
	}
	layers := map[int]*Step{}
	deepest := 0
	for _, now := range target.All() {
		old := original.App(now.ID)
		kind := ""
		switch {
		case old == nil:
			start.Actions = append(start.Actions, Action{Kind: StartApp, App: now})
			kind = ScaleApp
		case old.ConfigVersion() != now.ConfigVersion() && now.Instances > 0:
			kind = RestartApp
		case old.Version != now.Version || old.Instances != now.Instances:
			kind = ScaleApp
		default:
			continue
		}
		depth := longest(target, now.ID, map[string]bool{})
		if layers[depth] == nil {
			layers[depth] = &Step{}
		}
		deepest = max(deepest, depth)
		layers[depth].Actions = append(layers[depth].Actions, Action{Kind: kind, App: now})
	}
	steps := []Step{stop, start}
	for depth := 0; depth <= deepest; depth++ {
		if layers[depth] != nil {
			steps = append(steps, *layers[depth])
		}
	}
	for _, s := range steps {
		if len(s.Actions) > 0 {
			p.Steps = append(p.Steps, s)
		}
	}
	return p
}

func longest(root *app.Group, id string, seen map[string]bool) int {
	if seen[id] {
		return 0
	}
	seen[id] = true
	defer delete(seen, id)
	depth := 0
	for _, next := range root.Dependency(id) {
		depth = max(depth, longest(root, next, seen))
	}
	return depth + 1
}

// Apps are the ids of the applications that the plan touches.
func (p *Plan) Apps() []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range p.Steps {
		for _, a := range s.Actions {
			if !seen[a.App.ID] {
				seen[a.App.ID] = true
				out = append(out, a.App.ID)
			}
		}
	}
	return out
}

// JSON gives a step as events and replies show it.
func (s Step) JSON() map[string]any {
	actions := []map[string]any{}
	for _, a := range s.Actions {
		actions = append(actions, map[string]any{"action": a.Kind, "app": a.App.ID})
	}
	return map[string]any{"actions": actions}
}

// StepsJSON gives all steps.
func (p *Plan) StepsJSON() []map[string]any {
	steps := []map[string]any{}
	for _, s := range p.Steps {
		steps = append(steps, s.JSON())
	}
	return steps
}

func (p *Plan) event(step *Step) map[string]any {
	fields := map[string]any{"plan": map[string]any{"id": p.ID, "steps": p.StepsJSON(), "version": p.Version}}
	if step != nil {
		fields["currentStep"] = step.JSON()
	} else {
		fields["id"] = p.ID
	}
	return fields
}

// revert undoes in root what the plan did, with version for what is put back.
func (p *Plan) revert(root *app.Group, version string) {
	for _, id := range p.Apps() {
		old, now := p.Original.App(id), p.Target.App(id)
		switch {
		case old == nil && now != nil:
			root.Remove(id, version)
		case old != nil:
			root.Put(app.Restarted(old, version), version)
		}
	}
	p.Target.Walk(func(g *app.Group) {
		if p.Original.Find(g.ID) != nil {
			return
		}
		if left := root.Find(g.ID); left != nil && len(left.All()) == 0 && len(left.Groups) == 0 {
			root.RemoveGroup(g.ID, version)
		}
	})
}
