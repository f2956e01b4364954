package app

import "fmt"

// Assign gives service ports from min to max to the applications of next that have 0 there, first those that
// the application had before. It replaces the applications in next that it changes.
func Assign(min, max int, before, next *Group) error {
	used := map[int]bool{}
	for _, root := range []*Group{before, next} {
		for _, a := range root.All() {
			for _, p := range a.ServicePorts() {
				used[p] = true
			}
		}
	}
	free := min
	take := func() (int, error) {
		for ; free <= max; free++ {
			if !used[free] {
				used[free] = true
				return free, nil
			}
		}
		return 0, Unprocessable(fmt.Sprintf("All ports in the range [%d-%d] are already in use", min, max))
	}
	for _, a := range next.All() {
		if !hasZero(a.ServicePorts()) {
			continue
		}
		own := reusable(a, before.App(a.ID), min, max)
		changed := a.Copy()
		give := func(port *int) error {
			if *port != 0 {
				return nil
			}
			if len(own) > 0 {
				*port, own = own[0], own[1:]
				return nil
			}
			var err error
			*port, err = take()
			return err
		}
		if len(changed.Mappings()) > 0 {
			for i := range changed.Container.PortMappings {
				if err := give(&changed.Container.PortMappings[i].ServicePort); err != nil {
					return err
				}
			}
		} else {
			for i := range changed.PortDefinitions {
				if err := give(&changed.PortDefinitions[i].Port); err != nil {
					return err
				}
			}
		}
		next.Find(Parent(a.ID)).Apps[a.ID] = changed
	}
	return nil
}

func hasZero(ports []int) bool {
	for _, p := range ports {
		if p == 0 {
			return true
		}
	}
	return false
}

func reusable(a, old *App, min, max int) []int {
	if old == nil {
		return nil
	}
	now := map[int]bool{}
	for _, p := range a.ServicePorts() {
		now[p] = true
	}
	var out []int
	for _, p := range old.ServicePorts() {
		if p >= min && p <= max && !now[p] {
			out = append(out, p)
		}
	}
	return out
}

// Stamped gives an application its version and what changed in it since old (nil: it is new). An application
// that is just as before is returned as it was.
func Stamped(a, old *App, version string) *App {
	out := a.Copy()
	switch {
	case old == nil || !old.SameConfig(a):
		out.Version, out.VersionInfo = version, &VersionInfo{version, version}
	case old.Instances != a.Instances:
		out.Version = version
		out.VersionInfo = &VersionInfo{LastScalingAt: version, LastConfigChangeAt: old.ConfigVersion()}
	default:
		return old
	}
	return out
}

// Restarted is the same application as a new version, so that all its tasks are replaced.
func Restarted(a *App, version string) *App {
	out := a.Copy()
	out.Version, out.VersionInfo = version, &VersionInfo{version, version}
	return out
}
