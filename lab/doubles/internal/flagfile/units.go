package flagfile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

type unit struct {
	name string
	size float64
}

// Largest first: a duration is shown in the largest unit that divides it.
var durationUnits = []unit{
	{"weeks", float64(7 * 24 * time.Hour)}, {"days", float64(24 * time.Hour)}, {"hrs", float64(time.Hour)},
	{"mins", float64(time.Minute)}, {"secs", float64(time.Second)}, {"ms", float64(time.Millisecond)},
	{"us", float64(time.Microsecond)}, {"ns", 1},
}

var byteUnits = []unit{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// ParseDuration reads "20secs", "5mins", "2weeks", "0ns" and the like; a number without a unit is refused.
func ParseDuration(s string) (time.Duration, error) {
	number, name := splitUnit(s)
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("Invalid duration '%s'", s)
	}
	for _, u := range durationUnits {
		if u.name == name {
			ns := value * u.size
			if math.Abs(ns) > math.MaxInt64 {
				return 0, fmt.Errorf("Argument out of the range that a Duration can represent")
			}
			return time.Duration(ns), nil
		}
	}
	return 0, fmt.Errorf("Unknown duration unit '%s'", name)
}

// FormatDuration writes a duration the way Mesos shows it in /flags: in the largest unit that divides it.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0ns"
	}
	for _, u := range durationUnits {
		if math.Mod(float64(d), u.size) == 0 {
			return strconv.FormatFloat(float64(d)/u.size, 'f', -1, 64) + u.name
		}
	}
	return strconv.FormatInt(int64(d), 10) + "ns"
}

// ParseBytes reads "2GB", "100MB", "4KB", "10B".
func ParseBytes(s string) (int64, error) {
	number, name := splitUnit(s)
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("Invalid bytes '%s'", s)
	}
	for _, u := range byteUnits {
		if u.name == strings.ToUpper(name) {
			return int64(value * u.size), nil
		}
	}
	return 0, fmt.Errorf("Unknown bytes unit '%s'", name)
}

func splitUnit(s string) (number, name string) {
	s = strings.TrimSpace(s)
	i := 0
	for i < len(s) && strings.IndexByte("0123456789.+-", s[i]) >= 0 {
		i++
	}
	return s[:i], s[i:]
}

// normalize checks a value and gives it as /flags shows it.
func normalize(kind Kind, value string) (string, error) {
	switch kind {
	case Boolean:
		switch value {
		case "true", "1":
			return "true", nil
		case "false", "0":
			return "false", nil
		}
		return "", fmt.Errorf("Expecting a boolean (e.g., true or false)")
	case Integer:
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return "", fmt.Errorf("Failed to convert into required type")
		}
	case Number:
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return "", fmt.Errorf("Failed to convert into required type")
		}
	case Duration:
		d, err := ParseDuration(value)
		if err != nil {
			return "", err
		}
		return FormatDuration(d), nil
	case Bytes:
		if _, err := ParseBytes(value); err != nil {
			return "", err
		}
	}
	return value, nil
}
