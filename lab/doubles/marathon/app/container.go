package app

import "encoding/json"

// Container is how the tasks are wrapped.
type Container struct {
	Type         string          `json:"type"`
	Docker       *Docker         `json:"docker,omitempty"`
	LinuxInfo    json.RawMessage `json:"linuxInfo,omitempty"`
	Volumes      []Volume        `json:"volumes"`
	PortMappings []PortMapping   `json:"portMappings,omitzero"`
}

// Docker names the image.
type Docker struct {
	ForcePullImage bool            `json:"forcePullImage"`
	Image          string          `json:"image"`
	Parameters     []Parameter     `json:"parameters"`
	Privileged     bool            `json:"privileged"`
	PullConfig     json.RawMessage `json:"pullConfig,omitempty"`
}

// Parameter is handed to `docker run` as --key=value.
type Parameter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Volume is a host volume (others are kept as they came).
type Volume struct {
	ContainerPath string          `json:"containerPath"`
	HostPath      string          `json:"hostPath,omitempty"`
	Mode          string          `json:"mode"`
	Persistent    json.RawMessage `json:"persistent,omitempty"`
	External      json.RawMessage `json:"external,omitempty"`
	Secret        string          `json:"secret,omitempty"`
}

// PortMapping maps a container's port to one of the agent; HostPort nil is none, 0 is any.
type PortMapping struct {
	ContainerPort int               `json:"containerPort"`
	HostPort      *int              `json:"hostPort,omitempty"`
	Labels        map[string]string `json:"labels"`
	Name          string            `json:"name,omitempty"`
	NetworkNames  []string          `json:"networkNames,omitempty"`
	Protocol      string            `json:"protocol"`
	ServicePort   int               `json:"servicePort"`
}

// HealthCheck is one of an application's; Marathon's own are HTTP, HTTPS and TCP.
type HealthCheck struct {
	Command                *CommandCheck `json:"command,omitempty"`
	GracePeriodSeconds     int           `json:"gracePeriodSeconds"`
	IgnoreHTTP1xx          *bool         `json:"ignoreHttp1xx,omitempty"`
	IntervalSeconds        int           `json:"intervalSeconds"`
	MaxConsecutiveFailures int           `json:"maxConsecutiveFailures"`
	Path                   *string       `json:"path,omitempty"`
	Port                   *int          `json:"port,omitempty"`
	PortIndex              *int          `json:"portIndex,omitempty"`
	Protocol               string        `json:"protocol"`
	IPProtocol             string        `json:"ipProtocol,omitempty"`
	TimeoutSeconds         int           `json:"timeoutSeconds"`
	DelaySeconds           int           `json:"delaySeconds"`
}

// CommandCheck is run beside the task.
type CommandCheck struct {
	Value string `json:"value"`
}

// ByMarathon tells that Marathon itself asks the task, not the executor.
func (h HealthCheck) ByMarathon() bool {
	return h.Command == nil && (h.Protocol == "HTTP" || h.Protocol == "HTTPS" || h.Protocol == "TCP")
}

// ReadinessCheck is asked until it is fulfilled once, during deployments.
type ReadinessCheck struct {
	Name                    string `json:"name"`
	Protocol                string `json:"protocol"`
	Path                    string `json:"path"`
	PortName                string `json:"portName"`
	IntervalSeconds         int    `json:"intervalSeconds"`
	TimeoutSeconds          int    `json:"timeoutSeconds"`
	HTTPStatusCodesForReady []int  `json:"httpStatusCodesForReady"`
	PreserveLastResponse    bool   `json:"preserveLastResponse"`
}

// The types below give the defaults of elements of arrays, which a default of the whole cannot.

// UnmarshalJSON fills in the defaults.
func (h *HealthCheck) UnmarshalJSON(in []byte) error {
	type plain HealthCheck
	p := plain{GracePeriodSeconds: 300, IntervalSeconds: 60, MaxConsecutiveFailures: 3, TimeoutSeconds: 20, DelaySeconds: 15, IPProtocol: "IPv4"}
	if err := json.Unmarshal(in, &p); err != nil {
		return err
	}
	if p.Protocol == "" {
		p.Protocol = "HTTP"
		if p.Command != nil {
			p.Protocol = "COMMAND"
		}
	}
	if p.IgnoreHTTP1xx == nil && (p.Protocol == "HTTP" || p.Protocol == "HTTPS") {
		no := false
		p.IgnoreHTTP1xx = &no
	}
	if p.Path == nil && (p.Protocol == "HTTP" || p.Protocol == "HTTPS") {
		root := "/"
		p.Path = &root
	}
	*h = HealthCheck(p)
	return nil
}

// UnmarshalJSON fills in the defaults.
func (r *ReadinessCheck) UnmarshalJSON(in []byte) error {
	type plain ReadinessCheck
	p := plain{Name: "readinessCheck", Protocol: "HTTP", Path: "/", PortName: "http-api", IntervalSeconds: 30, TimeoutSeconds: 10,
		HTTPStatusCodesForReady: []int{200}}
	err := json.Unmarshal(in, &p)
	*r = ReadinessCheck(p)
	return err
}

// UnmarshalJSON fills in the defaults.
func (d *PortDefinition) UnmarshalJSON(in []byte) error {
	type plain PortDefinition
	p := plain{Protocol: "tcp"}
	err := json.Unmarshal(in, &p)
	*d = PortDefinition(p)
	return err
}

// UnmarshalJSON fills in the defaults.
func (m *PortMapping) UnmarshalJSON(in []byte) error {
	type plain PortMapping
	p := plain{Protocol: "tcp", Labels: map[string]string{}}
	err := json.Unmarshal(in, &p)
	*m = PortMapping(p)
	return err
}

// UnmarshalJSON fills in the defaults.
func (c *Container) UnmarshalJSON(in []byte) error {
	type plain Container
	p := plain{Type: "DOCKER", Volumes: []Volume{}}
	err := json.Unmarshal(in, &p)
	*c = Container(p)
	return err
}

// UnmarshalJSON fills in the defaults.
func (d *Docker) UnmarshalJSON(in []byte) error {
	type plain Docker
	p := plain{Parameters: []Parameter{}}
	err := json.Unmarshal(in, &p)
	*d = Docker(p)
	return err
}

// UnmarshalJSON fills in the defaults.
func (v *Volume) UnmarshalJSON(in []byte) error {
	type plain Volume
	p := plain{Mode: "RW"}
	err := json.Unmarshal(in, &p)
	*v = Volume(p)
	return err
}

// UnmarshalJSON fills in the defaults.
func (a *Artifact) UnmarshalJSON(in []byte) error {
	type plain Artifact
	p := plain{Extract: true}
	err := json.Unmarshal(in, &p)
	*a = Artifact(p)
	return err
}
