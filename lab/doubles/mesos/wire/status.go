package wire

// ContainerStatus tells a task's container and its addresses.
type ContainerStatus struct {
	ContainerID  *ID           `json:"container_id,omitempty"`
	NetworkInfos []NetworkInfo `json:"network_infos,omitempty"`
}

// TaskStatus is one report about a task. UUID (16 bytes, base64) is there when it wants an acknowledgement.
type TaskStatus struct {
	TaskID          ID               `json:"task_id"`
	State           string           `json:"state"`
	Message         string           `json:"message,omitempty"`
	Source          string           `json:"source,omitempty"`
	Reason          string           `json:"reason,omitempty"`
	AgentID         *ID              `json:"agent_id,omitempty"`
	ExecutorID      *ID              `json:"executor_id,omitempty"`
	Timestamp       float64          `json:"timestamp,omitempty"`
	UUID            []byte           `json:"uuid,omitempty"`
	Healthy         *bool            `json:"healthy,omitempty"`
	ContainerStatus *ContainerStatus `json:"container_status,omitempty"`
	UnreachableTime *Nanoseconds     `json:"unreachable_time,omitempty"`
}

// Terminal tells whether a task of this state has ended for good.
func Terminal(state string) bool {
	switch state {
	case "TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_ERROR", "TASK_LOST", "TASK_DROPPED", "TASK_GONE", "TASK_GONE_BY_OPERATOR":
		return true
	}
	return false
}

// Task is what master and agent know of a launched task.
type Task struct {
	Info        TaskInfo     `json:"info"`
	FrameworkID string       `json:"framework_id"`
	AgentID     string       `json:"agent_id"`
	State       string       `json:"state"`
	Role        string       `json:"role"`
	Statuses    []TaskStatus `json:"statuses,omitempty"`
}

// Healthy gives what the last check said, nil when there was none.
func (t *Task) Healthy() *bool {
	if n := len(t.Statuses); n > 0 {
		return t.Statuses[n-1].Healthy
	}
	return nil
}

// Note adds a status the way Mesos keeps them: a repeated state replaces the former report of it.
func (t *Task) Note(s TaskStatus) {
	if n := len(t.Statuses); n > 0 && t.Statuses[n-1].State == s.State {
		t.Statuses = t.Statuses[:n-1]
	}
	t.Statuses = append(t.Statuses, s)
	if !Terminal(t.State) {
		t.State = s.State
	}
}
