package resources

import (
	"strconv"
	"strings"

	"datacentre/lab/doubles/mesos/wire"
)

// ParseAttributes reads the --attributes flag: "rack:r1;level:3;ports:[1-2]".
func ParseAttributes(text string) []wire.Attribute {
	var list []wire.Attribute
	for _, token := range strings.Split(text, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(token), ":")
		if !ok {
			continue
		}
		a := wire.Attribute{Name: strings.TrimSpace(name)}
		value = strings.TrimSpace(value)
		if strings.HasPrefix(value, "[") {
			if ranges, err := ParseRanges(strings.ReplaceAll(value, " ", "")); err == nil {
				a.Type, a.Ranges = "RANGES", &wire.Ranges{Range: coalesce(ranges)}
				list = append(list, a)
				continue
			}
		}
		if number, err := strconv.ParseFloat(value, 64); err == nil && !strings.ContainsAny(value, "xX_") {
			a.Type, a.Scalar = "SCALAR", &wire.Scalar{Value: number}
		} else {
			a.Type, a.Text = "TEXT", &wire.Plain{Value: value}
		}
		list = append(list, a)
	}
	return list
}

// Attributes gives the form of /state.
func Attributes(list []wire.Attribute) map[string]any {
	view := map[string]any{}
	for _, a := range list {
		view[a.Name] = AttributeValue(a)
	}
	return view
}

// AttributeValue gives one attribute's value as /state shows it.
func AttributeValue(a wire.Attribute) any {
	switch {
	case a.Scalar != nil:
		return a.Scalar.Value
	case a.Ranges != nil:
		return rangesText(a.Ranges.Range)
	case a.Text != nil:
		return a.Text.Value
	}
	return nil
}
