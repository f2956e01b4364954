package core

import (
	"fmt"
	"strings"
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/mesosapi"
)

// Goals of an instance.
const (
	Running        = "Running"
	Decommissioned = "Decommissioned"
)

// Conditions besides Running.
const (
	Scheduled   = "Scheduled"
	Provisioned = "Provisioned"
	Staging     = "Staging"
	Starting    = "Starting"
	Killing     = "Killing"
	Unreachable = "Unreachable"
	Inactive    = "UnreachableInactive"
)

// conditions translates Mesos's task states.
var conditions = map[string]string{
	"TASK_STAGING": Staging, "TASK_STARTING": Starting, "TASK_RUNNING": Running, "TASK_KILLING": Killing, "TASK_UNREACHABLE": Unreachable,
	"TASK_FINISHED": "Finished", "TASK_FAILED": "Failed", "TASK_KILLED": "Killed", "TASK_ERROR": "Error", "TASK_LOST": "Failed",
	"TASK_DROPPED": "Dropped", "TASK_GONE": "Gone", "TASK_GONE_BY_OPERATOR": "Gone", "TASK_UNKNOWN": "Unknown",
}

// Terminal tells that the task of that condition is over.
func Terminal(condition string) bool {
	switch condition {
	case "Finished", "Failed", "Killed", "Error", "Dropped", "Gone", "Unknown":
		return true
	}
	return false
}

// Agent is where an instance is or was.
type Agent struct {
	Host       string
	ID         string
	Region     string `json:",omitempty"`
	Zone       string `json:",omitempty"`
	Attributes []mesosapi.Attribute
}

// Task is the present or last task of an instance.
type Task struct {
	ID        string
	State     string // as Mesos says
	Condition string
	StagedAt  time.Time
	StartedAt time.Time
	HostPorts []int
	Addresses []mesosapi.Address
	KillSent  time.Time
}

// Instance is one place in an application; its task may be replaced when it fails.
type Instance struct {
	ID          string
	App         *app.App
	Goal        string
	Condition   string
	Since       time.Time
	Healthy     *bool
	Agent       *Agent
	Task        *Task
	Incarnation int
}

func newInstance(a *app.App, now time.Time) *Instance {
	return &Instance{ID: app.Safe(a.ID) + ".instance-" + timeUUID(), App: a, Goal: Running, Condition: Scheduled, Since: now}
}

// taskID names the next task of the instance.
func (i *Instance) taskID() string { return fmt.Sprintf("%s._app.%d", i.ID, i.Incarnation) }

// InstanceOf is the instance's id in a task id; "" when it is none of Marathon's.
func InstanceOf(taskID string) string {
	at := strings.Index(taskID, ".instance-")
	if at < 0 {
		return ""
	}
	if end := strings.Index(taskID[at+1:], "._"); end >= 0 {
		return taskID[:at+1+end]
	}
	return taskID
}

// Launched tells that a task is on an agent and not over.
func (i *Instance) Launched() bool {
	return i.Task != nil && i.Condition != Scheduled && !Terminal(i.Condition)
}

// shown is the condition that events tell: a task that waits to be started again counts as what it ended with.
func (i *Instance) shown() string {
	if i.Condition == Scheduled && i.Task != nil {
		return i.Task.Condition
	}
	return i.Condition
}

// wanted tells that the instance counts toward the application's number.
func (i *Instance) wanted() bool { return i.Goal == Running && i.Condition != Inactive }

func (i *Instance) consideredHealthy() bool {
	if i.Condition != Running {
		return false
	}
	return len(i.App.HealthChecks) == 0 || i.Healthy != nil && *i.Healthy
}

func (i *Instance) changedEvent() map[string]any {
	fields := map[string]any{"instanceId": i.ID, "condition": i.shown(), "runSpecId": i.App.ID, "agentId": nil, "host": nil,
		"runSpecVersion": i.App.Version}
	if i.Agent != nil {
		fields["agentId"], fields["host"] = i.Agent.ID, i.Agent.Host
	}
	return fields
}
