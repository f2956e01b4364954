package conf

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// ErrHelp and ErrVersion tell that --help or --version was asked for.
var (
	ErrHelp    = errors.New("help")
	ErrVersion = errors.New("version")
)

// UsageError is a mistake on the command line; main prints it as "[scallop] Error: …" and exits with 1.
type UsageError string

func (e UsageError) Error() string { return string(e) }

type values struct {
	given map[string]string
}

// EnvArgs turns MARATHON_NAME=value into --name value and MARATHON_NAME= into --name; MARATHON_APP_* are
// what Marathon gives to its tasks and are left out.
func EnvArgs(environ []string) []string {
	sorted := append([]string(nil), environ...)
	sort.Strings(sorted)
	var args []string
	for _, pair := range sorted {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "MARATHON_") || strings.HasPrefix(name, "MARATHON_APP_") {
			continue
		}
		args = append(args, "--"+strings.ToLower(strings.TrimPrefix(name, "MARATHON_")))
		if value != "" {
			args = append(args, value)
		}
	}
	return args
}

func find(name string) (option, bool, bool) {
	for _, o := range options {
		if o.name == name {
			return o, false, true
		}
		if o.kind == toggle && "disable_"+o.name == name {
			return o, true, true
		}
	}
	return option{}, false, false
}

func parse(args []string) (*values, error) {
	v := &values{given: map[string]string{}}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--help" {
			return nil, ErrHelp
		}
		if arg == "--version" {
			return nil, ErrVersion
		}
		if !strings.HasPrefix(arg, "--") {
			if strings.HasPrefix(arg, "-") && len(arg) > 1 {
				return nil, UsageError(fmt.Sprintf("Unknown option '%s'", arg[1:2]))
			}
			return nil, UsageError(fmt.Sprintf("Excess arguments provided: '%s'", strings.Join(args[i:], " ")))
		}
		name, value, hasValue := strings.Cut(arg[2:], "=")
		o, off, ok := find(name)
		if !ok {
			return nil, UsageError(fmt.Sprintf("Unknown option '%s'", name))
		}
		if o.kind == flag || o.kind == toggle {
			if hasValue {
				return nil, UsageError(fmt.Sprintf("Bad arguments for option '%s': '%s' - this option doesn't need arguments", name, value))
			}
			v.given[o.name] = strconv.FormatBool(!off)
			continue
		}
		if !hasValue {
			if i+1 >= len(args) || strings.HasPrefix(args[i+1], "--") {
				return nil, UsageError(fmt.Sprintf("Bad arguments for option '%s': '' - you should provide exactly one argument for this option", name))
			}
			i++
			value = args[i]
		}
		if o.kind == integer {
			if _, err := strconv.ParseInt(value, 10, 64); err != nil {
				return nil, UsageError(fmt.Sprintf("Bad arguments for option '%s': '%s' - bad Int value", name, value))
			}
		}
		// From the environment and from the command line is twice too.
		if before, again := v.given[o.name]; again {
			return nil, UsageError(fmt.Sprintf("Bad arguments for option '%s': '%s %s' - you should provide exactly one argument for this option",
				name, before, value))
		}
		v.given[o.name] = value
	}
	return v, nil
}

func (v *values) text(name string) string {
	if value, ok := v.given[name]; ok {
		return value
	}
	o, _, _ := find(name)
	return o.value
}

func (v *values) number(name string) int64 {
	n, err := strconv.ParseInt(v.text(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (v *values) on(name string) bool { return v.text(name) == "true" }
