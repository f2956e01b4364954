package agent

import (
	"encoding/json"
	"fmt"

	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// Compatible says why an agent may not go on under its checkpointed id with what it now is: nothing may change
// under the policy `equal`; resources and attributes may grow under `additive`, the hostname and port never change.
func Compatible(policy string, before, current wire.AgentInfo) error {
	old, err := resources.FromWire(before.Resources)
	if err != nil {
		return err
	}
	fresh, err := resources.FromWire(current.Resources)
	if err != nil {
		return err
	}
	if policy != "additive" {
		if before.Hostname == current.Hostname && before.Port == current.Port && old.Equal(fresh) &&
			text(before.Attributes) == text(current.Attributes) {
			return nil
		}
		before.ID = nil
		return fmt.Errorf("Incompatible agent info detected. \n\n%s\nOld agent info:\n%s\n\n%s\nNew agent info:\n%s\n\n%s",
			rule, text(before), rule, text(current), rule)
	}
	if before.Hostname != current.Hostname {
		return fmt.Errorf("Configuration change not permitted under `additive` policy: Hostname changed from %s to %s", before.Hostname, current.Hostname)
	}
	if before.Port != current.Port {
		return fmt.Errorf("Configuration change not permitted under `additive` policy: Port changed from %d to %d", before.Port, current.Port)
	}
	if err := resources.Shrunk(old, fresh); err != nil {
		return err
	}
	return sameAttributes(before.Attributes, current.Attributes)
}

const rule = "------------------------------------------------------------"

func text(value any) string {
	data, _ := json.Marshal(value)
	return string(data)
}

// sameAttributes lets attributes be added, and refuses lost or changed ones.
func sameAttributes(before, current []wire.Attribute) error {
	for _, old := range before {
		var match *wire.Attribute
		for i := range current {
			if current[i].Name == old.Name {
				match = &current[i]
				break
			}
		}
		shown := resources.AttributeValue(old)
		switch {
		case match == nil:
			return fmt.Errorf("Configuration change not permitted under 'additive' policy: Couldn't find attribute %s=%v", old.Name, shown)
		case match.Type != old.Type:
			return fmt.Errorf("Configuration change not permitted under 'additive' policy: Type of attribute '%s' changed from %s to %s",
				old.Name, old.Type, match.Type)
		case shown != resources.AttributeValue(*match):
			kind := map[string]string{"SCALAR": "scalar", "RANGES": "ranges", "TEXT": "text"}[old.Type]
			return fmt.Errorf("Configuration change not permitted under 'additive' policy: Value of %s attribute '%s' changed from %v to %v",
				kind, old.Name, shown, resources.AttributeValue(*match))
		}
	}
	return nil
}
