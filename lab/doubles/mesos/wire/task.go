package wire

import "encoding/json"

// Variable is one of a command's environment.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Environment is a command's environment.
type Environment struct {
	Variables []Variable `json:"variables"`
}

// FetchURI is something to be fetched into the sandbox before the start. Extract is on unless switched off.
type FetchURI struct {
	Value      string `json:"value"`
	Executable bool   `json:"executable,omitempty"`
	Extract    *bool  `json:"extract,omitempty"`
	OutputFile string `json:"output_file,omitempty"`
}

// CommandInfo is what to run. Shell is on unless switched off.
type CommandInfo struct {
	URIs        []FetchURI   `json:"uris,omitempty"`
	Environment *Environment `json:"environment,omitempty"`
	Shell       *bool        `json:"shell,omitempty"`
	Value       *string      `json:"value,omitempty"`
	Arguments   []string     `json:"arguments,omitempty"`
	User        string       `json:"user,omitempty"`
}

// InShell tells whether the value is for a shell.
func (c *CommandInfo) InShell() bool { return c.Shell == nil || *c.Shell }

// Variables gives the environment's variables.
func (c *CommandInfo) Variables() []Variable {
	if c == nil || c.Environment == nil {
		return nil
	}
	return c.Environment.Variables
}

// Parameter is one more option of `docker run`.
type Parameter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// PortMapping opens a container's port on the host.
type PortMapping struct {
	HostPort      uint64 `json:"host_port"`
	ContainerPort uint64 `json:"container_port"`
	Protocol      string `json:"protocol,omitempty"`
}

// DockerInfo describes a container of the Docker containerizer.
type DockerInfo struct {
	Image          string        `json:"image"`
	Network        string        `json:"network,omitempty"`
	PortMappings   []PortMapping `json:"port_mappings,omitempty"`
	Privileged     bool          `json:"privileged,omitempty"`
	Parameters     []Parameter   `json:"parameters,omitempty"`
	ForcePullImage bool          `json:"force_pull_image,omitempty"`
	VolumeDriver   string        `json:"volume_driver,omitempty"`
}

// Volume is a mount; a Source of type DOCKER_VOLUME names a volume instead of a host path.
type Volume struct {
	Mode          string        `json:"mode"`
	ContainerPath string        `json:"container_path"`
	HostPath      *string       `json:"host_path,omitempty"`
	Source        *VolumeSource `json:"source,omitempty"`
}

// VolumeSource names where a volume comes from.
type VolumeSource struct {
	Type         string `json:"type"`
	DockerVolume *struct {
		Driver string `json:"driver,omitempty"`
		Name   string `json:"name"`
	} `json:"docker_volume,omitempty"`
}

// NetworkInfo is a network to join, or in a status the addresses a container has.
type NetworkInfo struct {
	IPAddresses  []IPAddress   `json:"ip_addresses,omitempty"`
	Name         string        `json:"name,omitempty"`
	Groups       []string      `json:"groups,omitempty"`
	Labels       *LabelSet     `json:"labels,omitempty"`
	PortMappings []PortMapping `json:"port_mappings,omitempty"`
}

// IPAddress is one address of a container.
type IPAddress struct {
	Protocol  string `json:"protocol,omitempty"`
	IPAddress string `json:"ip_address,omitempty"`
}

// MesosInfo describes a container of the Mesos containerizer.
type MesosInfo struct {
	Image *struct {
		Type   string `json:"type"`
		Cached *bool  `json:"cached,omitempty"`
		Docker *struct {
			Name string `json:"name"`
		} `json:"docker,omitempty"`
	} `json:"image,omitempty"`
}

// ContainerInfo is the container of a task.
type ContainerInfo struct {
	Type         string        `json:"type"`
	Docker       *DockerInfo   `json:"docker,omitempty"`
	Mesos        *MesosInfo    `json:"mesos,omitempty"`
	Volumes      []Volume      `json:"volumes,omitempty"`
	Hostname     string        `json:"hostname,omitempty"`
	NetworkInfos []NetworkInfo `json:"network_infos,omitempty"`
}

// HealthCheck is a check that Mesos itself makes.
type HealthCheck struct {
	Type                string       `json:"type,omitempty"`
	Command             *CommandInfo `json:"command,omitempty"`
	HTTP                *HTTPCheck   `json:"http,omitempty"`
	TCP                 *TCPCheck    `json:"tcp,omitempty"`
	DelaySeconds        *float64     `json:"delay_seconds,omitempty"`
	IntervalSeconds     *float64     `json:"interval_seconds,omitempty"`
	TimeoutSeconds      *float64     `json:"timeout_seconds,omitempty"`
	ConsecutiveFailures *uint32      `json:"consecutive_failures,omitempty"`
	GracePeriodSeconds  *float64     `json:"grace_period_seconds,omitempty"`
}

// HTTPCheck asks for a path; any status from 200 to 399 is healthy.
type HTTPCheck struct {
	Scheme string `json:"scheme,omitempty"`
	Port   int    `json:"port"`
	Path   string `json:"path,omitempty"`
}

// TCPCheck connects to a port.
type TCPCheck struct {
	Port int `json:"port"`
}

// Nanoseconds is how the API writes durations.
type Nanoseconds struct {
	Nanoseconds int64 `json:"nanoseconds"`
}

// KillPolicy says how long a task has between being told to end and being killed.
type KillPolicy struct {
	GracePeriod *Nanoseconds `json:"grace_period,omitempty"`
}

// LabelSet is the {"labels": [...]} of the API.
type LabelSet struct {
	Labels []Label `json:"labels,omitempty"`
}

// Label is one label.
type Label struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// TaskInfo is a task as a framework launches it. What the doubles only show is kept as it came.
type TaskInfo struct {
	Name        string          `json:"name"`
	TaskID      ID              `json:"task_id"`
	AgentID     ID              `json:"agent_id"`
	Resources   []Resource      `json:"resources"`
	Executor    json.RawMessage `json:"executor,omitempty"`
	Command     *CommandInfo    `json:"command,omitempty"`
	Container   json.RawMessage `json:"container,omitempty"`
	HealthCheck json.RawMessage `json:"health_check,omitempty"`
	KillPolicy  *KillPolicy     `json:"kill_policy,omitempty"`
	Labels      *LabelSet       `json:"labels,omitempty"`
	Discovery   json.RawMessage `json:"discovery,omitempty"`
}

// ContainerOf gives the container, nil when the task has none.
func (t *TaskInfo) ContainerOf() (*ContainerInfo, error) {
	if len(t.Container) == 0 || string(t.Container) == "null" {
		return nil, nil
	}
	var c ContainerInfo
	return &c, json.Unmarshal(t.Container, &c)
}

// HealthCheckOf gives the health check, nil when the task has none.
func (t *TaskInfo) HealthCheckOf() (*HealthCheck, error) {
	if len(t.HealthCheck) == 0 || string(t.HealthCheck) == "null" {
		return nil, nil
	}
	var h HealthCheck
	return &h, json.Unmarshal(t.HealthCheck, &h)
}
