package resources

import (
	"datacentre/lab/doubles/mesos/wire"
)

// Wire gives the API's form; a role that is not "" is the one it is allocated to.
func (s Set) Wire(allocatedTo string) []wire.Resource {
	list := []wire.Resource{}
	for _, k := range s.keys() {
		a := s[k]
		r := wire.Resource{Name: k.Name, Type: a.kind, Role: k.Role}
		switch a.kind {
		case "SCALAR":
			r.Scalar = &wire.Scalar{Value: float64(a.milli) / 1000}
		case "RANGES":
			r.Ranges = &wire.Ranges{Range: a.ranges}
		case "SET":
			r.Set = &wire.Strings{Item: a.items}
		}
		if allocatedTo != "" {
			r.Allocation = &wire.Allocation{Role: allocatedTo}
		}
		list = append(list, r)
	}
	return list
}

// View gives the form of /state: the four scalars always, ranges as text and only when there are some.
func (s Set) View() map[string]any {
	view := map[string]any{"cpus": 0.0, "gpus": 0.0, "mem": 0.0, "disk": 0.0}
	ranges := map[string][]wire.Range{}
	for k, a := range s {
		switch a.kind {
		case "SCALAR":
			view[k.Name] = s.Scalar(k.Name)
		case "RANGES":
			ranges[k.Name] = append(ranges[k.Name], a.ranges...)
		case "SET":
			view[k.Name] = a.String()
		}
	}
	for name, list := range ranges {
		view[name] = rangesText(coalesce(list))
	}
	return view
}

// Quantities gives the form of /roles: only what is there.
func (s Set) Quantities() map[string]any {
	view := map[string]any{}
	for k := range s {
		if v := s.View()[k.Name]; v != nil {
			view[k.Name] = v
		}
	}
	return view
}

// ReservedView gives /state's reserved resources by role.
func (s Set) ReservedView() map[string]any {
	view := map[string]any{}
	for _, role := range s.Roles() {
		view[role] = s.OnlyRole(role).View()
	}
	return view
}

// ReservedFull gives the full form by role.
func (s Set) ReservedFull() map[string]any {
	view := map[string]any{}
	for _, role := range s.Roles() {
		view[role] = s.OnlyRole(role).Wire("")
	}
	return view
}
