package wire

import "encoding/json"

// Filters says for how long (seconds) what was not used is not to be offered again; 5 when not said.
type Filters struct {
	RefuseSeconds *float64 `json:"refuse_seconds,omitempty"`
}

// Operation is one of an ACCEPT; of the many kinds the doubles know LAUNCH.
type Operation struct {
	Type   string `json:"type"`
	Launch *struct {
		TaskInfos []TaskInfo `json:"task_infos"`
	} `json:"launch,omitempty"`
}

// Call is what a scheduler POSTs to /api/v1/scheduler.
type Call struct {
	FrameworkID *ID    `json:"framework_id,omitempty"`
	Type        string `json:"type"`
	Subscribe   *struct {
		FrameworkInfo   *FrameworkInfo `json:"framework_info"`
		SuppressedRoles []string       `json:"suppressed_roles,omitempty"`
	} `json:"subscribe,omitempty"`
	Accept *struct {
		OfferIDs   []ID        `json:"offer_ids"`
		Operations []Operation `json:"operations"`
		Filters    *Filters    `json:"filters,omitempty"`
	} `json:"accept,omitempty"`
	Decline *struct {
		OfferIDs []ID     `json:"offer_ids"`
		Filters  *Filters `json:"filters,omitempty"`
	} `json:"decline,omitempty"`
	Kill *struct {
		TaskID     ID          `json:"task_id"`
		AgentID    *ID         `json:"agent_id,omitempty"`
		KillPolicy *KillPolicy `json:"kill_policy,omitempty"`
	} `json:"kill,omitempty"`
	Acknowledge *struct {
		AgentID ID     `json:"agent_id"`
		TaskID  ID     `json:"task_id"`
		UUID    []byte `json:"uuid"`
	} `json:"acknowledge,omitempty"`
	Reconcile *struct {
		Tasks []struct {
			TaskID  ID  `json:"task_id"`
			AgentID *ID `json:"agent_id,omitempty"`
		} `json:"tasks"`
	} `json:"reconcile,omitempty"`
	Revive   *Roles          `json:"revive,omitempty"`
	Suppress *Roles          `json:"suppress,omitempty"`
	Message  json.RawMessage `json:"message,omitempty"`
	Request  json.RawMessage `json:"request,omitempty"`
	Shutdown json.RawMessage `json:"shutdown,omitempty"`
}

// Roles names the roles a REVIVE or SUPPRESS is about; none means all.
type Roles struct {
	Roles []string `json:"roles,omitempty"`
}

// Event is what the master sends on a scheduler's stream.
type Event struct {
	Type       string      `json:"type"`
	Subscribed *Subscribed `json:"subscribed,omitempty"`
	Offers     *struct {
		Offers []Offer `json:"offers"`
	} `json:"offers,omitempty"`
	Rescind *struct {
		OfferID ID `json:"offer_id"`
	} `json:"rescind,omitempty"`
	Update *struct {
		Status TaskStatus `json:"status"`
	} `json:"update,omitempty"`
	Failure *Failure `json:"failure,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Subscribed is the first event of a stream.
type Subscribed struct {
	FrameworkID              ID             `json:"framework_id"`
	HeartbeatIntervalSeconds float64        `json:"heartbeat_interval_seconds"`
	MasterInfo               map[string]any `json:"master_info,omitempty"`
}

// Failure tells of a lost agent, or of an ended executor.
type Failure struct {
	AgentID    *ID  `json:"agent_id,omitempty"`
	ExecutorID *ID  `json:"executor_id,omitempty"`
	Status     *int `json:"status,omitempty"`
}
