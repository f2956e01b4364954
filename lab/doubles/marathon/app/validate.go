package app

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// oldRules are those of the deprecated members, which are gone after the translation.
func oldRules(raw map[string]any) error {
	var c complaints
	container, _ := raw["container"].(map[string]any)
	networks, _ := raw["networks"].([]any)
	if network(container) != "" && len(networks) > 0 {
		c.add("/", "must not specify both container.docker.network and networks")
	}
	if raw["ipAddress"] != nil && len(networks) > 0 {
		c.add("/", "must not specify both networks and ipAddress")
	}
	address, _ := raw["ipAddress"].(map[string]any)
	if engine, _ := container["type"].(string); container != nil && engine != "MESOS" && address["discovery"] != nil {
		c.add("/ipAddress", "ipAddress/discovery is not allowed for Docker containers")
	}
	seen := map[any]bool{}
	ports, _ := raw["ports"].([]any)
	definitions, _ := raw["portDefinitions"].([]any)
	if raw["ipAddress"] != nil && len(ports)+len(definitions) > 0 {
		c.add("/", "cannot specify both an IP address and port")
	}
	for _, p := range ports {
		if p != 0.0 && seen[p] {
			c.add("/", "ports must be unique")
			break
		}
		seen[p] = true
	}
	uris, _ := raw["uris"].([]any)
	fetch, _ := raw["fetch"].([]any)
	if len(uris) > 0 && len(fetch) > 0 {
		c.add("/uris", "may not be set in conjunction with fetch")
	}
	return c.rules()
}

func (a *App) validate() error {
	var c complaints
	if a.ID == "/" {
		c.add("/id", "Path must contain at least one path element")
	}
	if (a.Cmd == nil || *a.Cmd == "") && len(a.Args) == 0 && !a.runsContainer() {
		c.add("/", "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.")
	}
	if a.Cmd != nil && *a.Cmd != "" && len(a.Args) > 0 {
		c.add("/", "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.")
	}
	a.validateContainer(&c)
	a.validateNetworks(&c)
	a.validatePorts(&c)
	a.validateHealth(&c)
	a.validateRoles(&c)
	for i, constraint := range a.Constraints {
		if text := badConstraint(constraint); text != "" {
			c.add(fmt.Sprintf("/constraints(%d)", i), text)
		}
	}
	if a.UpgradeStrategy.MaximumOverCapacity < 0 || a.UpgradeStrategy.MaximumOverCapacity > 1 {
		c.add("/upgradeStrategy/maximumOverCapacity", "is not between 0.0 and 1.0")
	}
	if a.GPUs > 0 && a.Docker() {
		c.add("/", "GPU resources only work with the Mesos containerizer")
	}
	if a.Labels["MARATHON_SINGLE_INSTANCE_APP"] == "true" && a.Instances > 1 {
		c.add("/", "Single instance app may only have one instance")
	}
	if len(a.ReadinessChecks) > 1 {
		c.add("/readinessChecks", "got 2, expected 1 or less")
	}
	return c.rules()
}

func (a *App) runsContainer() bool {
	return a.Container != nil && (a.Container.Docker != nil || a.Container.Type == "MESOS")
}

func (a *App) validateContainer(c *complaints) {
	if a.Container == nil {
		return
	}
	if a.Docker() && a.Container.Docker == nil {
		c.add("/container/docker", "not defined")
	}
	if a.Container.Docker != nil && a.Container.Docker.Image == "" {
		c.add("/container/docker/image", "must not be empty")
	}
	for i, v := range a.Container.Volumes {
		if v.ContainerPath == "" {
			c.add(fmt.Sprintf("/container/volumes(%d)/containerPath", i), "must not be empty")
		}
		if v.HostPath == "" && v.Persistent == nil && v.External == nil && v.Secret == "" {
			c.add(fmt.Sprintf("/container/volumes(%d)", i), "Unknown app volume type")
		}
	}
}

func (a *App) validatePorts(c *complaints) {
	names, ports := map[string]bool{}, map[int]bool{}
	for _, d := range a.PortDefinitions {
		if d.Name != "" && names[d.Name] {
			c.add("/portDefinitions", "Port names must be unique.")
		}
		if d.Port != 0 && ports[d.Port] {
			c.add("/portDefinitions", "Ports must be unique.")
		}
		names[d.Name], ports[d.Port] = true, true
	}
	mapped := map[string]bool{}
	for _, m := range a.Mappings() {
		if m.Name != "" && mapped[m.Name] {
			c.add("/container/portMappings", "Port names must be unique.")
		}
		mapped[m.Name] = true
	}
}

func (a *App) validateHealth(c *complaints) {
	count := len(a.PortDefinitions)
	if len(a.Mappings()) > 0 {
		count = len(a.Mappings())
	}
	byMesos := 0
	for i, h := range a.HealthChecks {
		if !h.ByMarathon() {
			if h.Command == nil {
				byMesos++
			}
			continue
		}
		ok := h.PortIndex != nil && *h.PortIndex < count || h.PortIndex == nil && (h.Port != nil || count == 1)
		if !ok {
			c.add(fmt.Sprintf("/healthChecks(%d)", i), "Health check port indices must address an element of the ports array or container port mappings.")
		}
	}
	if byMesos > 1 {
		c.add("/", "AppDefinition can contain at most one Mesos health check")
	}
}

func (a *App) validateRoles(c *complaints) {
	allowed := "*"
	if a.Role != "*" {
		allowed = a.Role + " and *"
	}
	for _, role := range a.AcceptedResourceRoles {
		if role != "*" && role != a.Role {
			c.add("/acceptedResourceRoles", "acceptedResourceRoles can only contain "+allowed)
			return
		}
	}
}

var plainValue = regexp.MustCompile(`^[a-zA-Z0-9_/.-]*$`)

func badConstraint(parts []string) string {
	if len(parts) < 2 || len(parts) > 3 {
		return "Each constraint must have either 2 or 3 fields"
	}
	if parts[0] == "" {
		return "missing field for constraint declaration"
	}
	value, given := "", len(parts) == 3
	if given {
		value = parts[2]
	}
	_, notNumber := strconv.Atoi(value)
	switch strings.ToUpper(parts[1]) {
	case "UNIQUE":
		if given {
			return "UNIQUE does not accept a value"
		}
	case "CLUSTER":
	case "GROUP_BY":
		if given && notNumber != nil {
			return "GROUP BY must define an integer value or else no value at all"
		}
	case "MAX_PER":
		if !given || notNumber != nil {
			return "MAX_PER requires an integer value"
		}
	case "LIKE", "UNLIKE":
		if !given {
			return "LIKE and UNLIKE require a non-empty, regular expression value"
		}
		if _, err := regexp.Compile(value); err != nil {
			return "is not a valid regular expression"
		}
	case "IS":
		if !plainValue.MatchString(value) {
			return "IS only supports Mesos text and float values (see http://mesos.apache.org/documentation/latest/attributes-resources/)"
		}
	default:
		return "operator must be one of the following UNIQUE, CLUSTER, GROUP_BY, LIKE, MAX_PER, UNLIKE or IS"
	}
	return ""
}
