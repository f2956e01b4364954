package app

import "fmt"

// ApplyGroup changes (or makes) the group id in root as a PUT of the JSON update says: "apps" and "groups" name
// all there shall be, and what the update does not mention stays. It returns the ids that were named.
func ApplyGroup(root *Group, id string, update map[string]any, version string, s Settings) error {
	if !ValidID(id) && id != "/" {
		return &Invalid{Message: "Object is not valid", Details: []Detail{{Path: "/id", Errors: []string{
			"must fully match regular expression '" + pathID.String() + "'"}}}}
	}
	g := root.Ensure(id, version)
	if scale, ok := update["scaleBy"].(float64); ok {
		g.Walk(func(sub *Group) {
			for appID, a := range sub.Apps {
				scaled := a.Copy()
				scaled.Instances = int(float64(a.Instances) * scale)
				sub.Apps[appID] = scaled
			}
		})
	}
	if apps, ok := update["apps"].([]any); ok {
		if err := putApps(g, apps, s); err != nil {
			return err
		}
	}
	if groups, ok := update["groups"].([]any); ok {
		named := map[string]bool{}
		for i, element := range groups {
			sub, _ := element.(map[string]any)
			name, _ := sub["id"].(string)
			if name == "" {
				return &Invalid{Message: "Invalid JSON", Details: []Detail{{Path: fmt.Sprintf("/groups(%d)/id", i), Errors: []string{"error.path.missing"}}}}
			}
			full := Resolve(id, name)
			if Parent(full) != id {
				return Unprocessable(fmt.Sprintf("Group %s does not belong below %s", full, id))
			}
			named[full] = true
			if err := ApplyGroup(root, full, sub, version, s); err != nil {
				return err
			}
		}
		for full := range g.Groups {
			if !named[full] {
				delete(g.Groups, full)
			}
		}
	}
	if dependencies, ok := update["dependencies"].([]any); ok {
		g.Dependencies = []string{}
		for _, d := range dependencies {
			text, _ := d.(string)
			g.Dependencies = append(g.Dependencies, Resolve(Parent(id), text))
		}
	}
	if enforce, ok := update["enforceRole"].(bool); ok {
		g.EnforceRole = &enforce
	}
	root.touch(id, version)
	return nil
}

func putApps(g *Group, apps []any, s Settings) error {
	named := map[string]*App{}
	for i, element := range apps {
		raw, ok := element.(map[string]any)
		if !ok {
			return &Invalid{Message: "Invalid JSON", Details: []Detail{{Path: fmt.Sprintf("/apps(%d)", i), Errors: []string{"error.expected.jsobject"}}}}
		}
		a, err := Canonical(raw, g.ID, s)
		if err != nil {
			return err
		}
		if Parent(a.ID) != g.ID {
			return &Invalid{Message: "Object is not valid", Details: []Detail{{Path: fmt.Sprintf("/apps(%d)/id", i),
				Errors: []string{"identifier " + a.ID + " is not child of " + g.ID + ". Hint: use relative paths."}}}}
		}
		named[a.ID] = a
	}
	g.Apps = named
	return nil
}

// CheckTree finds what only the whole tree shows: an application where a group is, and circular dependencies.
func CheckTree(root *Group) error {
	var c complaints
	root.Walk(func(g *Group) {
		for id := range g.Apps {
			if g.Groups[id] != nil {
				c.add("/", "Groups and Applications may not have the same identifier.")
			}
		}
	})
	state := map[string]int{}
	var visit func(id string) bool
	visit = func(id string) bool {
		if state[id] != 0 {
			return state[id] == 1
		}
		state[id] = 1
		for _, next := range root.Dependency(id) {
			if visit(next) {
				return true
			}
		}
		state[id] = 2
		return false
	}
	for _, a := range root.All() {
		if visit(a.ID) {
			c.add("/", "Dependency graph has cycles.")
			break
		}
	}
	return c.rules()
}
