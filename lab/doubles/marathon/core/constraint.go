package core

import (
	"math"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"datacentre/lab/doubles/marathon/mesosapi"
)

// place is what constraints look at: an offer's agent or an instance's.
type place struct {
	host, region, zone string
	attributes         []mesosapi.Attribute
}

func placeOf(o *mesosapi.Offer) place {
	p := place{host: o.Hostname, attributes: o.Attributes}
	if o.Domain != nil && o.Domain.Fault != nil {
		p.region, p.zone = o.Domain.Fault.Region.Name, o.Domain.Fault.Zone.Name
	}
	return p
}

func (i *Instance) place() (place, bool) {
	if i.Agent == nil {
		return place{}, false
	}
	return place{i.Agent.Host, i.Agent.Region, i.Agent.Zone, i.Agent.Attributes}, true
}

func (p place) read(field string) (string, bool) {
	switch field {
	case "hostname", "@hostname":
		return p.host, true
	case "@region":
		return p.region, p.region != ""
	case "@zone":
		return p.zone, p.zone != ""
	}
	for _, a := range p.attributes {
		if a.Name == field {
			return attributeText(a), true
		}
	}
	return "", false
}

func attributeText(a mesosapi.Attribute) string {
	switch {
	case a.Scalar != nil:
		return decimal(a.Scalar.Value)
	case a.Text != nil:
		return a.Text.Value
	case a.Ranges != nil:
		var parts []string
		for _, r := range a.Ranges.Range {
			parts = append(parts, strconv.Itoa(r.Begin)+"-"+strconv.Itoa(r.End))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case a.Set != nil:
		items := append([]string(nil), a.Set.Item...)
		sort.Strings(items)
		return "{" + strings.Join(items, ",") + "}"
	}
	return ""
}

func decimal(f float64) string {
	return strconv.FormatFloat(math.RoundToEven(f*1000)/1000, 'f', -1, 64)
}

// meets tells whether an instance may be placed at p beside the ones that are placed, of which instances are
// wanted in all.
func meets(constraint []string, p place, placed []place, instances int) bool {
	field, operator, value := constraint[0], strings.ToUpper(constraint[1]), ""
	if len(constraint) > 2 {
		value = constraint[2]
	}
	here, ok := p.read(field)
	if !ok {
		return operator == "UNLIKE"
	}
	counts := map[string]int{}
	for _, other := range placed {
		if text, ok := other.read(field); ok {
			counts[text]++
		}
	}
	switch operator {
	case "LIKE", "UNLIKE":
		whole, err := regexp.Compile("^(?:" + value + ")$")
		return err == nil && value != "" && whole.MatchString(here) == (operator == "LIKE")
	case "UNIQUE":
		return counts[here] == 0
	case "CLUSTER":
		if value != "" {
			return here == value
		}
		if len(placed) == 0 {
			return true
		}
		first, _ := placed[0].read(field)
		return first == here
	case "MAX_PER":
		most, err := strconv.Atoi(value)
		return err == nil && counts[here] < most
	case "GROUP_BY":
		return groupBy(here, value, counts, instances)
	case "IS":
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			value = decimal(number)
		}
		return here == value
	}
	return false
}

// groupBy spreads evenly over the groups: as many as the value says, or else as many as are seen.
func groupBy(here, value string, counts map[string]int, instances int) bool {
	groups, _ := strconv.Atoi(value)
	if groups <= 0 {
		least, seen := 0, false
		for _, n := range counts {
			if !seen || n < least {
				least, seen = n, true
			}
		}
		return counts[here] == 0 || counts[here] <= least
	}
	each, rest := instances/groups, instances%groups
	count, used := counts[here]
	if !used {
		return len(counts) < groups
	}
	for _, n := range counts {
		rest -= max(0, n-each)
	}
	return count < each || count == each && rest > 0
}
