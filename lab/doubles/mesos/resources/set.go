// Package resources does the arithmetic of cpus, memory, disk and ports, each unreserved ("*") or reserved
// for a role.
package resources

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	"datacentre/lab/doubles/mesos/wire"
)

// Key names one kind of resource of one role.
type Key struct{ Name, Role string }

// amount is a scalar in thousandths (as Mesos counts, so that sums are exact), or ranges.
type amount struct {
	milli  int64
	ranges []wire.Range
	items  []string
	kind   string // SCALAR, RANGES, SET
}

// Set holds amounts; the zero value (nil) is empty. Methods leave their receiver as it is.
type Set map[Key]amount

func (a amount) empty() bool {
	return (a.kind == "SCALAR" && a.milli <= 0) || (a.kind == "RANGES" && len(a.ranges) == 0) || (a.kind == "SET" && len(a.items) == 0)
}

// FromWire reads the API's form. The role is that of the last reservation, else the `role` field, else "*".
func FromWire(list []wire.Resource) (Set, error) {
	s := Set{}
	for _, r := range list {
		role := r.Role
		if n := len(r.Reservations); n > 0 {
			role = r.Reservations[n-1].Role
		}
		if role == "" {
			role = "*"
		}
		var a amount
		switch {
		case r.Scalar != nil:
			if r.Scalar.Value < 0 || math.IsNaN(r.Scalar.Value) || math.IsInf(r.Scalar.Value, 0) {
				return nil, fmt.Errorf("Invalid scalar resource: value < 0")
			}
			a = amount{kind: "SCALAR", milli: int64(math.Round(r.Scalar.Value * 1000))}
		case r.Ranges != nil:
			a = amount{kind: "RANGES", ranges: coalesce(r.Ranges.Range)}
		case r.Set != nil:
			a = amount{kind: "SET", items: append([]string{}, r.Set.Item...)}
		default:
			return nil, fmt.Errorf("Resource '%s' has no value", r.Name)
		}
		s.add(Key{r.Name, role}, a)
	}
	return s, nil
}

func (s Set) add(k Key, a amount) {
	have, ok := s[k]
	if !ok {
		if !a.empty() {
			s[k] = a
		}
		return
	}
	switch a.kind {
	case "SCALAR":
		have.milli += a.milli
	case "RANGES":
		have.ranges = coalesce(append(append([]wire.Range{}, have.ranges...), a.ranges...))
	case "SET":
		have.items = append(append([]string{}, have.items...), a.items...)
	}
	s[k] = have
}

// Plus gives the sum.
func (s Set) Plus(other Set) Set {
	sum := Set{}
	for k, a := range s {
		sum.add(k, a)
	}
	for k, a := range other {
		sum.add(k, a)
	}
	return sum
}

// Minus gives the difference; what is not there is not subtracted.
func (s Set) Minus(other Set) Set {
	rest := Set{}
	for k, a := range s {
		b, ok := other[k]
		if ok {
			switch a.kind {
			case "SCALAR":
				a.milli -= b.milli
			case "RANGES":
				a.ranges = without(a.ranges, b.ranges)
			case "SET":
				a.items = withoutItems(a.items, b.items)
			}
		}
		if !a.empty() {
			rest[k] = a
		}
	}
	return rest
}

// Contains tells whether all of other is in s.
func (s Set) Contains(other Set) bool {
	for k, b := range other {
		a := s[k]
		switch b.kind {
		case "SCALAR":
			if a.milli < b.milli {
				return false
			}
		case "RANGES":
			if len(without(b.ranges, a.ranges)) > 0 {
				return false
			}
		case "SET":
			if len(withoutItems(b.items, a.items)) > 0 {
				return false
			}
		}
	}
	return true
}

// Empty tells whether nothing is left.
func (s Set) Empty() bool { return len(s) == 0 }

// Scalar gives the sum of a scalar over all roles.
func (s Set) Scalar(name string) float64 {
	var milli int64
	for k, a := range s {
		if k.Name == name {
			milli += a.milli
		}
	}
	return float64(milli) / 1000
}

// Ranges gives the ranges of that name over all roles.
func (s Set) Ranges(name string) []wire.Range {
	var all []wire.Range
	for k, a := range s {
		if k.Name == name {
			all = append(all, a.ranges...)
		}
	}
	return coalesce(all)
}

// For gives what a framework of that role may use: its own and the unreserved.
func (s Set) For(role string) Set {
	part := Set{}
	for k, a := range s {
		if k.Role == "*" || k.Role == role {
			part[k] = a
		}
	}
	return part
}

// OnlyRole gives what belongs to one role, "*" being the unreserved.
func (s Set) OnlyRole(role string) Set {
	part := Set{}
	for k, a := range s {
		if k.Role == role {
			part[k] = a
		}
	}
	return part
}

// Roles gives the roles that have reservations, in order.
func (s Set) Roles() []string {
	seen := map[string]bool{}
	for k := range s {
		if k.Role != "*" {
			seen[k.Role] = true
		}
	}
	return sorted(seen)
}

// rank is the order in which Mesos lists the four kinds that every agent has.
func rank(name string) int { return strings.Index("cpus mem disk ports ", name+" ") & 0xff }

func (s Set) keys() []Key {
	keys := make([]Key, 0, len(s))
	for k := range s {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		if keys[i].Name != keys[j].Name {
			if a, b := rank(keys[i].Name), rank(keys[j].Name); a != b {
				return a < b
			}
			return keys[i].Name < keys[j].Name
		}
		return keys[i].Role < keys[j].Role
	})
	return keys
}

// String writes a set the way Mesos does in messages: "cpus:2; mem:1024; ports:[31000-32000]".
func (s Set) String() string {
	var parts []string
	for _, k := range s.keys() {
		name := k.Name
		if k.Role != "*" {
			name += "(reservations: [(STATIC," + k.Role + ")])"
		}
		parts = append(parts, name+":"+s[k].String())
	}
	if len(parts) == 0 {
		return "{}"
	}
	return strings.Join(parts, "; ")
}

func (a amount) String() string {
	switch a.kind {
	case "SCALAR":
		return strconv.FormatFloat(float64(a.milli)/1000, 'f', -1, 64)
	case "RANGES":
		return rangesText(a.ranges)
	}
	return "{" + strings.Join(a.items, ", ") + "}"
}

func sorted(seen map[string]bool) []string {
	list := make([]string, 0, len(seen))
	for name := range seen {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}
