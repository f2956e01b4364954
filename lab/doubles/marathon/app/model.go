package app

import (
	"encoding/json"
	"strings"
)

// App is an application in canonical form. The order of the fields is the one of Marathon's replies.
type App struct {
	ID                         string            `json:"id"`
	AcceptedResourceRoles      []string          `json:"acceptedResourceRoles,omitempty"`
	Args                       []string          `json:"args,omitempty"`
	BackoffFactor              json.Number       `json:"backoffFactor"`
	BackoffSeconds             int               `json:"backoffSeconds"`
	Cmd                        *string           `json:"cmd,omitempty"`
	Constraints                [][]string        `json:"constraints,omitempty"`
	Container                  *Container        `json:"container,omitempty"`
	CPUs                       Float             `json:"cpus"`
	Dependencies               []string          `json:"dependencies,omitempty"`
	Disk                       Float             `json:"disk"`
	Env                        map[string]any    `json:"env,omitempty"`
	Executor                   string            `json:"executor"`
	Fetch                      []Artifact        `json:"fetch,omitempty"`
	HealthChecks               []HealthCheck     `json:"healthChecks,omitempty"`
	Check                      json.RawMessage   `json:"check,omitempty"`
	Instances                  int               `json:"instances"`
	Labels                     map[string]string `json:"labels"`
	MaxLaunchDelaySeconds      int               `json:"maxLaunchDelaySeconds"`
	Mem                        Float             `json:"mem"`
	GPUs                       int               `json:"gpus"`
	Networks                   []Network         `json:"networks"`
	PortDefinitions            []PortDefinition  `json:"portDefinitions,omitzero"`
	ReadinessChecks            []ReadinessCheck  `json:"readinessChecks,omitempty"`
	RequirePorts               bool              `json:"requirePorts"`
	ResourceLimits             json.RawMessage   `json:"resourceLimits,omitempty"`
	Secrets                    map[string]any    `json:"secrets,omitempty"`
	TaskKillGracePeriodSeconds *int              `json:"taskKillGracePeriodSeconds,omitempty"`
	UpgradeStrategy            UpgradeStrategy   `json:"upgradeStrategy"`
	User                       *string           `json:"user,omitempty"`
	Version                    string            `json:"version,omitempty"`
	VersionInfo                *VersionInfo      `json:"versionInfo,omitempty"`
	KillSelection              string            `json:"killSelection"`
	UnreachableStrategy        Unreachable       `json:"unreachableStrategy"`
	TTY                        *bool             `json:"tty,omitempty"`
	Role                       string            `json:"role"`
}

// VersionInfo tells when an application was last scaled and last changed.
type VersionInfo struct {
	LastScalingAt      string `json:"lastScalingAt"`
	LastConfigChangeAt string `json:"lastConfigChangeAt"`
}

// UpgradeStrategy bounds the instances of old and new versions together.
type UpgradeStrategy struct {
	MaximumOverCapacity   Float `json:"maximumOverCapacity"`
	MinimumHealthCapacity Float `json:"minimumHealthCapacity"`
}

// Network is host, container/bridge, or container with a name.
type Network struct {
	Mode   string            `json:"mode"`
	Name   string            `json:"name,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

// PortDefinition is a host port of an application in host networking.
type PortDefinition struct {
	Port     int               `json:"port"`
	Labels   map[string]string `json:"labels,omitempty"`
	Name     string            `json:"name,omitempty"`
	Protocol string            `json:"protocol"`
}

// Artifact is fetched into the sandbox before the start.
type Artifact struct {
	URI        string `json:"uri"`
	Extract    bool   `json:"extract"`
	Executable bool   `json:"executable"`
	Cache      bool   `json:"cache"`
	DestPath   string `json:"destPath,omitempty"`
}

// Unreachable is the strategy for lost agents; Disabled is written as the word.
type Unreachable struct {
	Disabled bool
	Inactive int
	Expunge  int
}

// MarshalJSON writes "disabled" or the two times.
func (u Unreachable) MarshalJSON() ([]byte, error) {
	if u.Disabled {
		return []byte(`"disabled"`), nil
	}
	return json.Marshal(map[string]int{"inactiveAfterSeconds": u.Inactive, "expungeAfterSeconds": u.Expunge})
}

// UnmarshalJSON reads either form.
func (u *Unreachable) UnmarshalJSON(in []byte) error {
	if strings.TrimSpace(string(in)) == `"disabled"` {
		*u = Unreachable{Disabled: true}
		return nil
	}
	var raw struct {
		Inactive int `json:"inactiveAfterSeconds"`
		Expunge  int `json:"expungeAfterSeconds"`
	}
	err := json.Unmarshal(in, &raw)
	*u = Unreachable{Inactive: raw.Inactive, Expunge: raw.Expunge}
	return err
}

// HostNetwork tells whether the tasks share the agent's network.
func (a *App) HostNetwork() bool {
	return len(a.Networks) == 0 || a.Networks[0].Mode == "host"
}

// Bridge tells whether the tasks are behind the agent's bridge.
func (a *App) Bridge() bool {
	return len(a.Networks) > 0 && a.Networks[0].Mode == "container/bridge"
}

// Mappings are the container's port mappings, nil in host networking.
func (a *App) Mappings() []PortMapping {
	if a.Container == nil {
		return nil
	}
	return a.Container.PortMappings
}

// ServicePorts are the ports a load balancer offers the application under, in the order of its ports.
func (a *App) ServicePorts() []int {
	ports := []int{}
	if mappings := a.Mappings(); len(mappings) > 0 {
		for _, m := range mappings {
			ports = append(ports, m.ServicePort)
		}
		return ports
	}
	for _, d := range a.PortDefinitions {
		ports = append(ports, d.Port)
	}
	return ports
}

// Docker tells whether the Docker containerizer runs the tasks.
func (a *App) Docker() bool { return a.Container != nil && a.Container.Type == "DOCKER" }

// Copy is deep enough to change fields of the result.
func (a *App) Copy() *App {
	body, err := json.Marshal(a)
	if err != nil {
		panic(err) // an App holds nothing that JSON cannot
	}
	out := &App{}
	if err := json.Unmarshal(body, out); err != nil {
		panic(err)
	}
	return out
}

// config is what makes two versions of an application different for a deployment.
func (a *App) config() string {
	c := *a
	c.Version, c.VersionInfo, c.Instances = "", nil, 0
	body, _ := json.Marshal(&c)
	return string(body)
}

// SameConfig tells that only the number of instances can differ.
func (a *App) SameConfig(b *App) bool { return a.config() == b.config() }

// ConfigVersion is the version at which the configuration last changed.
func (a *App) ConfigVersion() string {
	if a.VersionInfo == nil {
		return a.Version
	}
	return a.VersionInfo.LastConfigChangeAt
}
