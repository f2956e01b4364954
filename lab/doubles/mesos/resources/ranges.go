package resources

import (
	"fmt"
	"sort"
	"strings"

	"datacentre/lab/doubles/mesos/wire"
)

// coalesce sorts ranges and joins those that touch.
func coalesce(list []wire.Range) []wire.Range {
	all := append([]wire.Range{}, list...)
	sort.Slice(all, func(i, j int) bool { return all[i].Begin < all[j].Begin })
	var out []wire.Range
	for _, r := range all {
		if r.End < r.Begin {
			continue
		}
		if n := len(out); n > 0 && r.Begin <= out[n-1].End+1 {
			if r.End > out[n-1].End {
				out[n-1].End = r.End
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// without gives the parts of a that are not in b.
func without(a, b []wire.Range) []wire.Range {
	rest := coalesce(a)
	for _, cut := range b {
		var next []wire.Range
		for _, r := range rest {
			if cut.End < r.Begin || cut.Begin > r.End {
				next = append(next, r)
				continue
			}
			if cut.Begin > r.Begin {
				next = append(next, wire.Range{Begin: r.Begin, End: cut.Begin - 1})
			}
			if cut.End < r.End {
				next = append(next, wire.Range{Begin: cut.End + 1, End: r.End})
			}
		}
		rest = next
	}
	return rest
}

func withoutItems(a, b []string) []string {
	drop := map[string]bool{}
	for _, item := range b {
		drop[item] = true
	}
	var rest []string
	for _, item := range a {
		if !drop[item] {
			rest = append(rest, item)
		}
	}
	return rest
}

func rangesText(list []wire.Range) string {
	parts := make([]string, 0, len(list))
	for _, r := range list {
		parts = append(parts, fmt.Sprintf("%d-%d", r.Begin, r.End))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
