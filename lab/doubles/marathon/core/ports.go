package core

import (
	"math/rand"
	"sort"
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/mesosapi"
)

// wantedPorts gives what each port of an application asks of the agent: nil for nothing, 0 for any.
func wantedPorts(a *app.App) []*int {
	var out []*int
	any := 0
	if mappings := a.Mappings(); len(mappings) > 0 {
		for _, m := range mappings {
			out = append(out, m.HostPort)
		}
		return out
	}
	if !a.HostNetwork() {
		return nil
	}
	for i := range a.PortDefinitions {
		if a.RequirePorts {
			out = append(out, &a.PortDefinitions[i].Port)
		} else {
			out = append(out, &any)
		}
	}
	return out
}

func takePorts(a *app.App, left []mesosapi.Resource, usable []int) ([]*int, []mesosapi.Resource, bool) {
	wanted := wantedPorts(a)
	taken := map[int]int{} // port: index in left
	owner := func(port int) (int, bool) {
		for _, i := range usable {
			if left[i].Name != "ports" || left[i].Ranges == nil {
				continue
			}
			for _, r := range left[i].Ranges.Range {
				if port >= r.Begin && port <= r.End {
					return i, true
				}
			}
		}
		return 0, false
	}
	out := make([]*int, len(wanted))
	for n, w := range wanted {
		if w == nil || *w == 0 {
			continue
		}
		i, ok := owner(*w)
		if _, twice := taken[*w]; !ok || twice {
			return nil, nil, false
		}
		port := *w
		out[n], taken[port] = &port, i
	}
	for n, w := range wanted {
		if w == nil || *w != 0 {
			continue
		}
		port, i, ok := randomPort(left, usable, taken)
		if !ok {
			return nil, nil, false
		}
		out[n], taken[port] = &port, i
	}
	return out, portResources(left, taken), true
}

func randomPort(left []mesosapi.Resource, usable []int, taken map[int]int) (port, owner int, ok bool) {
	count := 0
	for _, i := range usable {
		if left[i].Name == "ports" && left[i].Ranges != nil {
			for _, r := range left[i].Ranges.Range {
				count += r.End - r.Begin + 1
			}
		}
	}
	if count <= len(taken) {
		return 0, 0, false
	}
	start := rand.Intn(count)
	for try := 0; try < count; try++ {
		n := (start + try) % count
		for _, i := range usable {
			if left[i].Name != "ports" || left[i].Ranges == nil {
				continue
			}
			for _, r := range left[i].Ranges.Range {
				if size := r.End - r.Begin + 1; n >= size {
					n -= size
					continue
				} else if _, used := taken[r.Begin+n]; !used && n >= 0 {
					return r.Begin + n, i, true
				}
				n = -1 << 30
			}
		}
	}
	return 0, 0, false
}

func portResources(left []mesosapi.Resource, taken map[int]int) []mesosapi.Resource {
	byOwner := map[int][]int{}
	for port, i := range taken {
		byOwner[i] = append(byOwner[i], port)
	}
	var out []mesosapi.Resource
	for i, ports := range byOwner {
		sort.Ints(ports)
		r := left[i]
		r.Ranges = &mesosapi.Ranges{}
		for _, p := range ports {
			r.Ranges.Range = append(r.Ranges.Range, mesosapi.Range{Begin: p, End: p})
		}
		out = append(out, r)
	}
	return out
}

// without cuts ranges out of ranges.
func without(from, cut []mesosapi.Range) []mesosapi.Range {
	for _, c := range cut {
		var next []mesosapi.Range
		for _, r := range from {
			if c.End < r.Begin || c.Begin > r.End {
				next = append(next, r)
				continue
			}
			if r.Begin < c.Begin {
				next = append(next, mesosapi.Range{Begin: r.Begin, End: c.Begin - 1})
			}
			if c.End < r.End {
				next = append(next, mesosapi.Range{Begin: c.End + 1, End: r.End})
			}
		}
		from = next
	}
	return from
}

// inMaintenance tells whether an agent's announced unavailability has begun.
func inMaintenance(u map[string]any) bool {
	start, _ := u["start"].(map[string]any)
	nanos, _ := start["nanoseconds"].(float64)
	from := time.Unix(0, int64(nanos))
	if time.Now().Before(from) {
		return false
	}
	length, ok := u["duration"].(map[string]any)
	if !ok {
		return true
	}
	lasting, _ := length["nanoseconds"].(float64)
	return time.Now().Before(from.Add(time.Duration(lasting)))
}
