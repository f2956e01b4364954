package master

import (
	"math"
	"strings"

	"datacentre/lab/doubles/mesos/wire"
)

// invalidFramework says why a framework may not subscribe. Callers hold mu.
func (m *Master) invalidFramework(f *wire.FrameworkInfo) string {
	multi := f.Has("MULTI_ROLE")
	switch {
	case multi && f.Role != "":
		return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable"
	case !multi && len(f.Roles) > 0:
		return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable"
	case f.FailoverTimeout < 0 || math.IsNaN(f.FailoverTimeout) || f.FailoverTimeout > math.MaxInt64/1e9:
		return "The framework failover_timeout is invalid"
	}
	seen := map[string]bool{}
	for _, role := range f.AllRoles() {
		if seen[role] {
			return "'FrameworkInfo.roles' contains duplicate items: " + role
		}
		seen[role] = true
		if problem := invalidRole(role); problem != "" {
			return "'FrameworkInfo.roles' contains invalid role: " + problem
		}
		if !m.whitelisted(role) {
			return "Roles '" + role + "' are not present in the master's --roles"
		}
	}
	return ""
}

// whitelisted tells whether --roles, when given, names the role.
func (m *Master) whitelisted(role string) bool {
	list, given := m.flags.Lookup("roles")
	if !given || role == "*" {
		return true
	}
	for _, name := range strings.Split(list, ",") {
		if strings.TrimSpace(name) == role {
			return true
		}
	}
	return false
}

func invalidRole(role string) string {
	switch {
	case role == "*":
		return ""
	case role == "":
		return "Empty role name is invalid"
	case role == "." || role == "..":
		return "Role name '" + role + "' is invalid"
	case strings.HasPrefix(role, "-"):
		return "Role name '" + role + "' cannot start with '-'"
	case strings.ContainsAny(role, " \t\n\r\v\f\b"):
		return "Role name '" + role + "' cannot contain whitespace"
	case strings.HasPrefix(role, "/") || strings.HasSuffix(role, "/"):
		return "Role name '" + role + "' cannot start or end with a slash"
	}
	return ""
}
