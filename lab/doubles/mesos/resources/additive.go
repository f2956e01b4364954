package resources

import "fmt"

// Shrunk says how a new set takes away from an old one, nil when it does not: the `additive` policy's rule.
func Shrunk(old, now Set) error {
	for _, k := range old.keys() {
		before, after := old[k], now[k]
		if after.kind == "" {
			one := Set{k: before}
			return fmt.Errorf("Configuration change not permitted under 'additive' policy. Resource not found: %s", one)
		}
		only := Set{k: before}
		if (Set{k: after}).Contains(only) {
			continue
		}
		switch before.kind {
		case "SCALAR":
			return fmt.Errorf("Configuration change not permitted under 'additive' policy: Value of scalar resource '%s' decreased from %s to %s",
				k.Name, before, after)
		case "RANGES":
			return fmt.Errorf("Configuration change not permitted under 'additive' policy: Previous value of range resource '%s' (%s) not included in current %s",
				k.Name, before, after)
		default:
			return fmt.Errorf("Configuration change not permitted under 'additive' policy: Previous value of set resource '%s' (%s) not included in current %s",
				k.Name, before, after)
		}
	}
	return nil
}

// Equal tells whether two sets are the same.
func (s Set) Equal(other Set) bool { return s.Contains(other) && other.Contains(s) }
