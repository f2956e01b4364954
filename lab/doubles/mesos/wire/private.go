package wire

// The private wire between the doubles: an agent POSTs Hello to /lab/agent and the reply's body stays open, one
// ToAgent in JSON a line; what the agent has to say goes to /lab/agent/say as FromAgent.

// Hello registers an agent, again when Info has an id.
type Hello struct {
	Info       AgentInfo                `json:"info"`
	Version    string                   `json:"version"`
	IP         string                   `json:"ip"`
	Tasks      []*Task                  `json:"tasks,omitempty"`
	Frameworks map[string]FrameworkInfo `json:"frameworks,omitempty"`
}

// ToAgent is one message from the master. Exactly the fields of its Kind are set.
type ToAgent struct {
	Kind      string         `json:"kind"` // registered ping launch kill ack shutdown framework reconcile shutdown_framework error
	AgentID   string         `json:"agent_id,omitempty"`
	Timeout   float64        `json:"timeout,omitempty"` // registered: seconds without ping after which the master is held for lost
	Framework *FrameworkInfo `json:"framework,omitempty"`
	Task      *TaskInfo      `json:"task,omitempty"`
	Role      string         `json:"role,omitempty"`
	TaskID    string         `json:"task_id,omitempty"`
	Policy    *KillPolicy    `json:"kill_policy,omitempty"`
	UUID      []byte         `json:"uuid,omitempty"`
	Message   string         `json:"message,omitempty"`
}

// FromAgent is one message to the master.
type FromAgent struct {
	Kind        string      `json:"kind"` // pong update unregister
	AgentID     string      `json:"agent_id"`
	FrameworkID string      `json:"framework_id,omitempty"`
	Status      *TaskStatus `json:"status,omitempty"`
	Latest      string      `json:"latest_state,omitempty"`
}
