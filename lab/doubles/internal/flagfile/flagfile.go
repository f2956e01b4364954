// Package flagfile takes flags as Mesos and Marathon take them: from --name=value and from the environment
// (MESOS_NAME, MARATHON_NAME), with flags that the program does not know refused.
package flagfile

import (
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Kind says which values a flag takes.
type Kind int

// The kinds of values; durations and sizes are written the way Mesos writes them ("20secs", "2GB").
const (
	Text Kind = iota
	Boolean
	Integer
	Number
	Duration
	Bytes
)

// Style says whose habits the command line follows.
type Style int

// Mesos wants --name=value and reads file:// values; Scallop (Marathon's library) also takes --name value and -n.
const (
	Mesos Style = iota
	Scallop
)

// Flag describes one flag. Default nil means the flag is unset when not given, and then is not listed by All.
type Flag struct {
	Name     string
	Alias    string // the deprecated spelling, such as "slave_ping_timeout"
	Kind     Kind
	Default  *string
	Required bool
}

// Default is a helper for the Default field.
func Default(value string) *string { return &value }

// Set holds the flags of one program and, after Load, their values.
type Set struct {
	Program  string
	Style    Style
	flags    map[string]*Flag
	aliases  map[string]string
	values   map[string]string
	loadedAs map[string]string
	Warnings []string
	// Rest holds what the command line had besides flags.
	Rest []string
}

// New makes a set. It panics when two flags share a name, which is a mistake of the program itself.
func New(program string, style Style, flags []Flag) *Set {
	s := &Set{Program: program, Style: style, flags: map[string]*Flag{}, aliases: map[string]string{},
		values: map[string]string{}, loadedAs: map[string]string{}}
	for i := range flags {
		f := flags[i]
		if s.flags[f.Name] != nil || s.aliases[f.Name] != "" {
			panic("flag declared twice: " + f.Name)
		}
		s.flags[f.Name] = &f
		if f.Alias != "" {
			s.aliases[f.Alias] = f.Name
		}
	}
	return s
}

// Load reads the command line (without the program's name) and then, for flags it did not name, the
// environment ("PREFIX_NAME=value" strings as of os.Environ). Variables of unknown names are passed over.
func (s *Set) Load(args []string, environ []string, prefix string) error {
	given, err := s.parse(args)
	if err != nil {
		return err
	}
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || !strings.HasPrefix(name, prefix) {
			continue
		}
		name = strings.ToLower(strings.TrimPrefix(name, prefix))
		if s.find(strings.TrimPrefix(name, "no-")) == nil || s.named(given, name) {
			continue
		}
		given = append(given, argument{name: name, value: value, hasValue: true})
	}
	for _, a := range given {
		if err := s.take(a); err != nil {
			return err
		}
	}
	for _, name := range s.names() {
		if f := s.flags[name]; f.Required && s.loadedAs[name] == "" {
			if s.Style == Scallop {
				return fmt.Errorf("Required option '%s' not found", name)
			}
			return fmt.Errorf("Flag '%s' is required, but it was not provided", name)
		}
	}
	return nil
}

// named tells whether the command line already gave this flag, under either name.
func (s *Set) named(given []argument, name string) bool {
	want := s.find(strings.TrimPrefix(name, "no-"))
	for _, a := range given {
		if s.find(strings.TrimPrefix(a.name, "no-")) == want {
			return true
		}
	}
	return false
}

// find gives the flag of a name or alias, nil when there is none.
func (s *Set) find(name string) *Flag {
	if real := s.aliases[name]; real != "" {
		name = real
	}
	return s.flags[name]
}

func (s *Set) take(a argument) error {
	negated := strings.HasPrefix(a.name, "no-") && s.find(a.name) == nil
	name := a.name
	if negated {
		name = strings.TrimPrefix(name, "no-")
	}
	f := s.find(name)
	if f == nil {
		return s.unknown(name, a.name, negated)
	}
	if before := s.loadedAs[f.Name]; before != "" && s.Style == Mesos {
		return fmt.Errorf("Flag '%s' is already loaded via name '%s'", name, before)
	}
	value := a.value
	switch {
	case f.Kind != Boolean && negated:
		return fmt.Errorf("Failed to load non-boolean flag '%s' via '%s'", name, a.name)
	case f.Kind != Boolean && !a.hasValue:
		return fmt.Errorf("Failed to load non-boolean flag '%s': Missing value", name)
	case f.Kind == Boolean && (!a.hasValue || value == ""):
		value = strconv.FormatBool(!negated)
	case f.Kind == Boolean && negated:
		return fmt.Errorf("Failed to load boolean flag '%s' via '%s' with value '%s'", name, a.name, value)
	}
	if s.Style == Mesos && f.Kind != Boolean && strings.HasPrefix(value, "file://") {
		content, err := os.ReadFile(strings.TrimPrefix(value, "file://"))
		if err != nil {
			return fmt.Errorf("Failed to load flag '%s': Failed to fetch file: %v", name, err)
		}
		value = string(content)
	}
	normal, err := normalize(f.Kind, value)
	if err != nil {
		return fmt.Errorf("Failed to load flag '%s': Failed to load value '%s': %v", name, value, err)
	}
	s.values[f.Name] = normal
	s.loadedAs[f.Name] = name
	if s.aliases[name] != "" {
		s.Warnings = append(s.Warnings, fmt.Sprintf("Loaded deprecated flag '%s'", name))
	}
	return nil
}

func (s *Set) unknown(name, written string, negated bool) error {
	if s.Style == Scallop {
		return fmt.Errorf("Unknown option '%s'", written)
	}
	if negated {
		return fmt.Errorf("Failed to load unknown flag '%s' via '%s'", name, written)
	}
	return fmt.Errorf("Failed to load unknown flag '%s'", name)
}

func (s *Set) names() []string {
	names := make([]string, 0, len(s.flags))
	for name := range s.flags {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Given tells whether the flag was set on the command line or in the environment.
func (s *Set) Given(name string) bool { return s.loadedAs[name] != "" }

// Lookup gives the flag's value, and false when it is unset and has no default. Asking for an undeclared flag
// panics.
func (s *Set) Lookup(name string) (string, bool) {
	f := s.flags[name]
	if f == nil {
		panic("no such flag: " + name)
	}
	if v, ok := s.values[name]; ok {
		return v, true
	}
	if f.Default != nil {
		return *f.Default, true
	}
	return "", false
}

// String gives the value or "".
func (s *Set) String(name string) string { v, _ := s.Lookup(name); return v }

// Bool gives the value of a boolean flag.
func (s *Set) Bool(name string) bool { return s.String(name) == "true" }

// Int gives the value of an integer flag, 0 when unset.
func (s *Set) Int(name string) int { n, _ := strconv.Atoi(s.String(name)); return n }

// Duration gives the value of a duration flag, 0 when unset.
func (s *Set) Duration(name string) time.Duration { d, _ := ParseDuration(s.String(name)); return d }

// All gives every flag that has a value, as the program's /flags shows them.
func (s *Set) All() map[string]string {
	all := map[string]string{}
	for name := range s.flags {
		if v, ok := s.Lookup(name); ok {
			all[name] = v
		}
	}
	return all
}

// Usage prints the names of the flags.
func (s *Set) Usage(w io.Writer) {
	fmt.Fprintf(w, "Usage: %s [options]\n\n", s.Program)
	for _, name := range s.names() {
		f := s.flags[name]
		line := "  --" + name + "=VALUE"
		if f.Kind == Boolean {
			line = "  --[no-]" + name
		}
		if f.Default != nil {
			line += "  (default: " + *f.Default + ")"
		}
		fmt.Fprintln(w, line)
	}
}
