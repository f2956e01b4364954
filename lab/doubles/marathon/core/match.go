package core

import (
	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/mesosapi"
)

// match is what a task takes of an offer; hostPorts has nil where a mapping wants none.
type match struct {
	resources []mesosapi.Resource
	hostPorts []*int
}

// fit tries an application on what is left of an offer and gives the reasons when it does not fit.
func (c *Core) fit(a *app.App, offer *mesosapi.Offer, left []mesosapi.Resource) (*match, []string) {
	accepted := c.acceptedRoles(a)
	var usable []int
	for i, r := range left {
		if accepted[roleOf(r)] && len(r.Reservations) <= 1 && r.Disk == nil {
			usable = append(usable, i)
		}
	}
	var reasons []string
	if len(usable) == 0 {
		reasons = append(reasons, "UnfulfilledRole")
	}
	m := &match{}
	for _, want := range []struct {
		name, reason string
		amount       float64
	}{{"cpus", "InsufficientCpus", float64(a.CPUs)}, {"mem", "InsufficientMemory", float64(a.Mem)},
		{"gpus", "InsufficientGpus", float64(a.GPUs)}, {"disk", "InsufficientDisk", float64(a.Disk)}} {
		if want.amount == 0 {
			continue
		}
		taken, ok := takeScalar(left, usable, want.name, want.amount)
		if !ok {
			reasons = append(reasons, want.reason)
			continue
		}
		m.resources = append(m.resources, taken...)
	}
	if !c.constraintsMet(a, offer) {
		reasons = append(reasons, "UnfulfilledConstraint")
	}
	if offer.Unavailability != nil && inMaintenance(offer.Unavailability) {
		reasons = append(reasons, "UnfulfilledConstraint", "AgentMaintenance")
	}
	if a.GPUs == 0 && total(left, "gpus") > 0 && a.Labels["GPU_SCHEDULING_BEHAVIOR"] != "unrestricted" {
		reasons = append(reasons, "DeclinedScarceResources")
	}
	if len(reasons) > 0 {
		return nil, reasons
	}
	ports, resources, ok := takePorts(a, left, usable)
	if !ok {
		return nil, []string{"InsufficientPorts"}
	}
	m.hostPorts, m.resources = ports, append(m.resources, resources...)
	return m, nil
}

func (c *Core) acceptedRoles(a *app.App) map[string]bool {
	roles := a.AcceptedResourceRoles
	if len(roles) == 0 {
		roles = c.Conf.DefaultRoles
	}
	if len(roles) == 0 {
		roles = []string{"*", a.Role}
	}
	out := map[string]bool{}
	for _, r := range roles {
		out[r] = true
	}
	return out
}

func roleOf(r mesosapi.Resource) string {
	if n := len(r.Reservations); n > 0 {
		if role, ok := r.Reservations[n-1]["role"].(string); ok {
			return role
		}
	}
	if r.Role == "" {
		return "*"
	}
	return r.Role
}

func (c *Core) constraintsMet(a *app.App, offer *mesosapi.Offer) bool {
	var placed []place
	for _, i := range c.of(a.ID) {
		if i.Condition == Scheduled || i.App.Version < a.ConfigVersion() {
			continue
		}
		if p, ok := i.place(); ok {
			placed = append(placed, p)
		}
	}
	for _, constraint := range a.Constraints {
		if !meets(constraint, placeOf(offer), placed, a.Instances) {
			return false
		}
	}
	return true
}

func takeScalar(left []mesosapi.Resource, usable []int, name string, amount float64) ([]mesosapi.Resource, bool) {
	const grain = 1e-6
	var out []mesosapi.Resource
	for _, i := range usable {
		r := left[i]
		if r.Name != name || r.Scalar == nil || r.Scalar.Value <= 0 {
			continue
		}
		part := min(amount, r.Scalar.Value)
		r.Scalar = &mesosapi.Scalar{Value: part}
		out = append(out, r)
		if amount -= part; amount < grain {
			return out, true
		}
	}
	return nil, false
}

func total(left []mesosapi.Resource, name string) float64 {
	sum := 0.0
	for _, r := range left {
		if r.Name == name && r.Scalar != nil {
			sum += r.Scalar.Value
		}
	}
	return sum
}

// subtract takes what a task got away from what is left of the offer.
func subtract(left []mesosapi.Resource, taken []mesosapi.Resource) []mesosapi.Resource {
	out := append([]mesosapi.Resource(nil), left...)
	for _, t := range taken {
		for i, r := range out {
			if r.Name != t.Name || roleOf(r) != roleOf(t) {
				continue
			}
			if t.Scalar != nil && r.Scalar != nil {
				if r.Scalar.Value+1e-9 < t.Scalar.Value {
					continue
				}
				out[i].Scalar = &mesosapi.Scalar{Value: r.Scalar.Value - t.Scalar.Value}
				break
			}
			if t.Ranges != nil && r.Ranges != nil {
				out[i].Ranges = &mesosapi.Ranges{Range: without(r.Ranges.Range, t.Ranges.Range)}
			}
		}
	}
	return out
}
