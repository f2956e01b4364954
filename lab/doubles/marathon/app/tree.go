package app

import "encoding/json"

type groupJSON struct {
	ID           string       `json:"id"`
	Apps         []*App       `json:"apps"`
	Groups       []*groupJSON `json:"groups"`
	Dependencies []string     `json:"dependencies"`
	Version      string       `json:"version"`
	EnforceRole  *bool        `json:"enforceRole,omitempty"`
}

// Encode writes the whole tree, for the store.
func (g *Group) Encode() ([]byte, error) { return json.Marshal(g.pack()) }

func (g *Group) pack() *groupJSON {
	out := &groupJSON{ID: g.ID, Dependencies: g.Dependencies, Version: g.Version, EnforceRole: g.EnforceRole}
	for _, a := range g.Apps {
		out.Apps = append(out.Apps, a)
	}
	for _, sub := range g.Sorted() {
		out.Groups = append(out.Groups, sub.pack())
	}
	return out
}

// Decode reads what Encode wrote.
func Decode(body []byte) (*Group, error) {
	var in groupJSON
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	return in.unpack(), nil
}

func (in *groupJSON) unpack() *Group {
	g := NewGroup(in.ID, in.Version)
	g.EnforceRole = in.EnforceRole
	if in.Dependencies != nil {
		g.Dependencies = in.Dependencies
	}
	for _, a := range in.Apps {
		g.Apps[a.ID] = a
	}
	for _, sub := range in.Groups {
		g.Groups[sub.ID] = sub.unpack()
	}
	return g
}
