package agent

import (
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// run is one run of a task: its executor, its sandbox and the reports that wait for acknowledgement. The exported
// fields are checkpointed as run.json in the run's place under meta. All is guarded by the agent's mu.
type run struct {
	Task        wire.Task         `json:"task"`
	ContainerID string            `json:"container_id"`
	Sandbox     string            `json:"sandbox"`
	Docker      bool              `json:"docker"`
	Started     bool              `json:"started"` // its executor was started
	Running     bool              `json:"running"` // TASK_RUNNING was reported
	Killed      bool              `json:"killed"`
	Unhealthy   bool              `json:"unhealthy"` // killed because of its health check
	Queue       []wire.TaskStatus `json:"queue,omitempty"`
	// Networks are the container's own, with its addresses there; none when it shares the agent's.
	Networks []wire.NetworkInfo `json:"networks,omitempty"`

	agent    *Agent
	meta     string
	wake     chan struct{}
	cancel   func() // ends fetching and pulling
	stopOnce sync.Once
	ended    chan struct{} // closed when the executor's end was reported
}

func runKey(frameworkID, taskID string) string { return frameworkID + "/" + taskID }

// newRun makes the places of a run. Callers hold mu.
func (a *Agent) newRun(frameworkID string, info wire.TaskInfo, role string) (*run, error) {
	r := &run{Task: wire.Task{Info: info, FrameworkID: frameworkID, AgentID: a.id(), State: "TASK_STAGING", Role: role},
		ContainerID: wire.NewID(), agent: a, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	r.Sandbox = a.paths.run(a.paths.work, a.id(), frameworkID, info.TaskID.Value, r.ContainerID)
	r.meta = a.paths.run(a.paths.meta(), a.id(), frameworkID, info.TaskID.Value, r.ContainerID)
	for _, dir := range []string{r.Sandbox, r.meta} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		if err := linkLatest(dir); err != nil {
			return nil, err
		}
	}
	a.runs[runKey(frameworkID, info.TaskID.Value)] = r
	r.save()
	go r.deliver()
	return r, nil
}

// save checkpoints the run. Callers hold mu.
func (r *run) save() {
	if err := save(filepath.Join(r.meta, "run.json"), r); err != nil {
		build.Errorf("the run of task %s cannot be checkpointed: %v", r.Task.Info.TaskID.Value, err)
	}
}

// name is the Docker container's.
func (r *run) name() string { return "mesos-" + r.ContainerID }

// executorBox names the executor's own container, where it has one.
func (r *run) executorBox() string { return r.name() + ".executor" }

// report notes a state and queues it for the framework. Callers hold mu.
func (r *run) report(status wire.TaskStatus) {
	if wire.Terminal(r.Task.State) {
		return
	}
	status.TaskID = r.Task.Info.TaskID
	status.AgentID = &wire.ID{Value: r.agent.id()}
	status.UUID = wire.NewUUID()
	status.Timestamp = now()
	if status.Source == "" {
		status.Source = "SOURCE_EXECUTOR"
	}
	if r.Started {
		status.ContainerStatus = &wire.ContainerStatus{ContainerID: &wire.ID{Value: r.ContainerID}, NetworkInfos: r.shownNetworks()}
	}
	build.Logf("Task %s of framework %s: %s %s", status.TaskID.Value, r.Task.FrameworkID, status.State, status.Message)
	r.Task.Note(status)
	r.Queue = append(r.Queue, status)
	r.save()
	if wire.Terminal(status.State) {
		r.stopOnce.Do(func() { close(r.ended) })
	}
	// With others before it in the queue it waits for their acknowledgement.
	if len(r.Queue) == 1 {
		r.retry()
	}
}

// retry has the first unacknowledged report sent again at once.
func (r *run) retry() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// deliver sends the reports one by one, each again and again until it is acknowledged: after 10 s, then twice
// as long each time up to 10 min. It ends with the last acknowledgement.
func (r *run) deliver() {
	a, wait := r.agent, 10*time.Second
	var last string
	for {
		a.mu.Lock()
		m, registered, id := a.master, a.registered, a.id()
		var next *wire.TaskStatus
		if len(r.Queue) > 0 {
			next = &r.Queue[0]
		}
		latest := r.Task.State
		forgotten := a.runs[runKey(r.Task.FrameworkID, r.Task.Info.TaskID.Value)] != r
		a.mu.Unlock()
		if forgotten {
			return
		}
		if next != nil && registered && m != nil {
			if string(next.UUID) != last {
				last, wait = string(next.UUID), 10*time.Second
			}
			status := *next
			if err := a.say(m, wire.FromAgent{Kind: "update", AgentID: id, FrameworkID: r.Task.FrameworkID, Status: &status, Latest: latest}); err != nil {
				build.Warnf("The update %s of task %s was not taken: %v", status.State, status.TaskID.Value, err)
			}
		}
		select {
		case <-r.wake:
			wait = 10 * time.Second
		case <-time.After(wait):
			wait = min(2*wait, 10*time.Minute)
		}
	}
}

// acknowledged drops the report that a framework has; after the last one the run is over.
func (a *Agent) acknowledged(frameworkID, taskID string, uuid []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.runs[runKey(frameworkID, taskID)]
	if r == nil || len(r.Queue) == 0 || string(r.Queue[0].UUID) != string(uuid) {
		return
	}
	state := r.Queue[0].State
	r.Queue = r.Queue[1:]
	if wire.Terminal(state) {
		a.forget(r)
	}
	r.save()
	r.retry()
}

// forget moves a run among the completed ones. Callers hold mu.
func (a *Agent) forget(r *run) {
	r.Queue = nil
	r.retry()
	delete(a.runs, runKey(r.Task.FrameworkID, r.Task.Info.TaskID.Value))
	a.completed = append(a.completed, r)
	if over := len(a.completed) - a.flags.Int("max_completed_executors_per_framework"); over > 0 {
		a.completed = a.completed[over:]
	}
	if err := os.WriteFile(filepath.Join(r.meta, "executor.sentinel"), nil, 0o644); err != nil {
		build.Errorf("the end of task %s cannot be checkpointed: %v", r.Task.Info.TaskID.Value, err)
	}
}

// noteFramework keeps what a framework says of itself, over restarts too. Callers hold mu.
func (a *Agent) noteFramework(f wire.FrameworkInfo) {
	if f.ID == nil || a.id() == "" {
		return
	}
	a.frameworks[f.ID.Value] = f
	dir := filepath.Join(a.paths.agentDir(), a.id(), "frameworks", f.ID.Value)
	if err := save(filepath.Join(dir, "framework.info"), f); err != nil {
		build.Errorf("framework %s cannot be checkpointed: %v", f.ID.Value, err)
	}
}

// sortedRuns gives the live runs by task id. Callers hold mu.
func (a *Agent) sortedRuns() []*run {
	list := make([]*run, 0, len(a.runs))
	for _, r := range a.runs {
		list = append(list, r)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Task.Info.TaskID.Value < list[j].Task.Info.TaskID.Value })
	return list
}
