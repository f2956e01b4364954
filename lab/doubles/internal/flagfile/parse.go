package flagfile

import (
	"strings"
)

// argument is one flag as it was written.
type argument struct {
	name     string
	value    string
	hasValue bool
}

// parse takes the command line apart. Mesos passes over words that are no flags; Scallop wants the value in
// the next word unless the flag is boolean.
func (s *Set) parse(args []string) ([]argument, error) {
	var given []argument
	for i := 0; i < len(args); i++ {
		word := strings.TrimSpace(args[i])
		if word == "--" {
			s.Rest = append(s.Rest, args[i+1:]...)
			break
		}
		if !strings.HasPrefix(word, "--") {
			s.Rest = append(s.Rest, args[i])
			continue
		}
		name, value, hasValue := strings.Cut(word[2:], "=")
		if s.Style == Mesos {
			name = strings.ToLower(name)
			given = append(given, argument{name, value, hasValue})
			continue
		}
		if hasValue {
			given = append(given, argument{name, value, true})
			continue
		}
		f := s.find(name)
		if f != nil && f.Kind != Boolean && i+1 < len(args) {
			i++
			given = append(given, argument{name, args[i], true})
			continue
		}
		given = append(given, argument{name: name})
	}
	return given, nil
}
