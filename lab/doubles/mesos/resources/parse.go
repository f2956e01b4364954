package resources

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"datacentre/lab/doubles/mesos/wire"
)

// Parse reads the --resources flag: "cpus:2;mem:1024;ports(role):[31000-32000]", or the API's JSON list. It
// gives the set and the names that were mentioned, which an agent does not detect itself even if they are 0.
func Parse(text, defaultRole string) (Set, map[string]bool, error) {
	named := map[string]bool{}
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		var list []wire.Resource
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return nil, nil, fmt.Errorf("Bad JSON in resources: %v", err)
		}
		for i := range list {
			named[list[i].Name] = true
			if list[i].Role == "" && len(list[i].Reservations) == 0 {
				list[i].Role = defaultRole
			}
		}
		s, err := FromWire(list)
		return s, named, err
	}
	s := Set{}
	for _, token := range strings.Split(text, ";") {
		token = strings.TrimSpace(token)
		if token == "" {
			continue
		}
		name, value, ok := strings.Cut(token, ":")
		if !ok || strings.TrimSpace(value) == "" {
			return nil, nil, fmt.Errorf("Bad value for resources, missing or extra ':' in %s", token)
		}
		name, role := strings.TrimSpace(name), defaultRole
		if open := strings.IndexByte(name, '('); open >= 0 {
			if !strings.HasSuffix(name, ")") {
				return nil, nil, fmt.Errorf("Bad value for resources, mismatched parentheses in %s", token)
			}
			name, role = name[:open], name[open+1:len(name)-1]
		}
		a, err := parseValue(name, strings.ReplaceAll(value, " ", ""))
		if err != nil {
			return nil, nil, err
		}
		named[name] = true
		s.add(Key{name, role}, a)
	}
	return s, named, nil
}

func parseValue(name, value string) (amount, error) {
	switch {
	case strings.HasPrefix(value, "["):
		list, err := ParseRanges(value)
		return amount{kind: "RANGES", ranges: coalesce(list)}, err
	case strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}"):
		return amount{kind: "SET", items: strings.Split(strings.Trim(value, "{}"), ",")}, nil
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return amount{}, fmt.Errorf("Bad type for resource %s value %s type TEXT", name, value)
	}
	if number < 0 {
		return amount{}, fmt.Errorf("Invalid scalar resource: value < 0")
	}
	return amount{kind: "SCALAR", milli: int64(number*1000 + 0.5)}, nil
}

// ParseRanges reads "[1-2,5-9]".
func ParseRanges(value string) ([]wire.Range, error) {
	if !strings.HasSuffix(value, "]") {
		return nil, fmt.Errorf("Failed to parse resource value %s: Expecting one or more \"ranges\"", value)
	}
	var list []wire.Range
	for _, part := range strings.Split(strings.Trim(value, "[]"), ",") {
		from, to, ok := strings.Cut(strings.TrimSpace(part), "-")
		begin, err1 := strconv.ParseUint(from, 10, 64)
		end, err2 := strconv.ParseUint(to, 10, 64)
		if !ok || err1 != nil || err2 != nil || end < begin {
			return nil, fmt.Errorf("Failed to parse resource value %s: Expecting one or more \"ranges\"", value)
		}
		list = append(list, wire.Range{Begin: begin, End: end})
	}
	return list, nil
}

// Put gives the set with a detected amount in it.
func (s Set) Put(name, role, value string) (Set, error) {
	a, err := parseValue(name, value)
	if err != nil {
		return nil, err
	}
	out := s.Plus(nil)
	out.add(Key{name, role}, a)
	return out, nil
}
