package app

import (
	"path"
	"strings"
)

// Resolve makes an id absolute: relative ones belong to base, ".." goes up.
func Resolve(base, id string) string {
	if !strings.HasPrefix(id, "/") {
		id = base + "/" + id
	}
	return path.Clean("/" + id)
}

// Parent is the group of an application or group; the root's is the root.
func Parent(id string) string { return path.Dir(Resolve("/", id)) }

// Safe is the id as task ids have it: /dock/web is dock_web.
func Safe(id string) string { return strings.ReplaceAll(strings.TrimPrefix(id, "/"), "/", "_") }

// Host is the id as names in Mesos have it: /dock/web is web.dock.
func Host(id string) string {
	parts := strings.Split(strings.TrimPrefix(id, "/"), "/")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ".")
}

// Under tells whether id is group or below it.
func Under(group, id string) bool {
	return group == "/" || id == group || strings.HasPrefix(id, group+"/")
}

// ValidID tells whether an id of a group or application is well formed.
func ValidID(id string) bool { return pathID.MatchString(id) }
