package app

import "sort"

// Group is a node of the tree of groups; applications are not changed once they are in it.
type Group struct {
	ID           string
	Apps         map[string]*App   // by full id
	Groups       map[string]*Group // by full id
	Dependencies []string
	Version      string
	EnforceRole  *bool
}

// NewGroup is an empty group.
func NewGroup(id, version string) *Group {
	g := &Group{ID: id, Apps: map[string]*App{}, Groups: map[string]*Group{}, Dependencies: []string{}, Version: version}
	if id != "/" && Parent(id) == "/" {
		no := false
		g.EnforceRole = &no
	}
	return g
}

// Clone copies the nodes; the applications are shared.
func (g *Group) Clone() *Group {
	out := *g
	out.Apps, out.Groups = map[string]*App{}, map[string]*Group{}
	for id, a := range g.Apps {
		out.Apps[id] = a
	}
	for id, sub := range g.Groups {
		out.Groups[id] = sub.Clone()
	}
	out.Dependencies = append([]string{}, g.Dependencies...)
	return &out
}

// All gives every application below, by id.
func (g *Group) All() []*App {
	var out []*App
	g.Walk(func(sub *Group) {
		for _, a := range sub.Apps {
			out = append(out, a)
		}
	})
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// Walk visits the group and those below it.
func (g *Group) Walk(fn func(*Group)) {
	fn(g)
	for _, sub := range g.Groups {
		sub.Walk(fn)
	}
}

// App finds an application anywhere below, or nil.
func (g *Group) App(id string) *App {
	if owner := g.Find(Parent(id)); owner != nil {
		return owner.Apps[id]
	}
	return nil
}

// Find gives the group with that id, or nil.
func (g *Group) Find(id string) *Group {
	for g != nil && g.ID != id {
		var next *Group
		for subID, sub := range g.Groups {
			if Under(subID, id) {
				next = sub
			}
		}
		g = next
	}
	return g
}

// Ensure gives the group with that id and makes it and its parents where missing.
func (g *Group) Ensure(id, version string) *Group {
	if found := g.Find(id); found != nil {
		return found
	}
	parent := g.Ensure(Parent(id), version)
	parent.Groups[id] = NewGroup(id, version)
	return parent.Groups[id]
}

// Put adds or replaces an application and marks the groups above it with the version.
func (g *Group) Put(a *App, version string) {
	g.Ensure(Parent(a.ID), version).Apps[a.ID] = a
	g.touch(Parent(a.ID), version)
}

// Remove drops an application; its group stays.
func (g *Group) Remove(id, version string) {
	if owner := g.Find(Parent(id)); owner != nil {
		delete(owner.Apps, id)
	}
	g.touch(Parent(id), version)
}

// RemoveGroup drops a group with all below it.
func (g *Group) RemoveGroup(id, version string) {
	if owner := g.Find(Parent(id)); owner != nil {
		delete(owner.Groups, id)
	}
	g.touch(Parent(id), version)
}

func (g *Group) touch(id, version string) {
	for node := g; node != nil; {
		node.Version = version
		var next *Group
		for subID, sub := range node.Groups {
			if Under(subID, id) {
				next = sub
			}
		}
		node = next
	}
}

// Sorted gives the groups right below, by id.
func (g *Group) Sorted() []*Group {
	var out []*Group
	for _, sub := range g.Groups {
		out = append(out, sub)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// Dependency gives the applications that id waits for: its own dependencies and those of the groups above.
func (g *Group) Dependency(id string) []string {
	var wanted []string
	if a := g.App(id); a != nil {
		wanted = append(wanted, a.Dependencies...)
	}
	g.Walk(func(sub *Group) {
		if Under(sub.ID, id) {
			wanted = append(wanted, sub.Dependencies...)
		}
	})
	var out []string
	for _, a := range g.All() {
		for _, w := range wanted {
			if a.ID != id && Under(w, a.ID) {
				out = append(out, a.ID)
				break
			}
		}
	}
	return out
}
