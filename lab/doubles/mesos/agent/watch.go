package agent

import (
	"context"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// nowRunning reports TASK_RUNNING and begins the health checks. Callers hold mu.
func (r *run) nowRunning(networks []wire.NetworkInfo) {
	if r.Killed || wire.Terminal(r.Task.State) {
		return
	}
	r.Running, r.Networks = true, networks
	r.report(wire.TaskStatus{State: "TASK_RUNNING"})
	go r.checkHealth()
}

// awaitContainer reports TASK_RUNNING when docker shows the container as running.
func (r *run) awaitContainer() {
	for {
		found, err := r.agent.docker.inspect(r.name())
		if err == nil && found.State.Pid > 0 {
			r.agent.mu.Lock()
			r.nowRunning(r.dockerNetworks(found))
			r.agent.mu.Unlock()
			return
		}
		select {
		case <-r.ended:
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// watch waits for the executor's end and reports it. Then the networks go, as the real one does it.
func (r *run) watch() {
	a := r.agent
	a.leaving.Add(1)
	defer a.leaving.Done()
	defer r.detach()
	for {
		var o outcome
		err := load(filepath.Join(r.meta, "exit.json"), &o)
		if err == nil {
			a.mu.Lock()
			r.over(o)
			a.mu.Unlock()
			return
		}
		var p process
		if load(filepath.Join(r.meta, "pid.json"), &p) == nil && !p.alive() {
			// The end may have been written between the two looks.
			if load(filepath.Join(r.meta, "exit.json"), &o) == nil {
				continue
			}
			a.mu.Lock()
			r.report(wire.TaskStatus{State: "TASK_FAILED", Source: "SOURCE_AGENT", Reason: "REASON_EXECUTOR_TERMINATED", Message: "Executor terminated"})
			a.mu.Unlock()
			r.cleanUp()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// over reports how the command ended. Callers hold mu.
func (r *run) over(o outcome) {
	what := "Command"
	if r.Docker {
		what = "Container"
		r.removeLater()
	}
	status := wire.TaskStatus{State: "TASK_FAILED", Message: o.message(what)}
	switch {
	case r.Killed || r.Unhealthy:
		status.State = "TASK_KILLED"
	case o.Status == 0 && o.Error == "":
		status.State = "TASK_FINISHED"
	}
	if r.Unhealthy {
		no := false
		status.Healthy = &no
	}
	if !r.Docker && status.State == "TASK_FAILED" {
		status.Reason = "REASON_COMMAND_EXECUTOR_FAILED"
	}
	r.report(status)
}

// stopLeft stops a container whose client has ended before it, as one does whose engine is restarted: what was reported
// as ended must not hold its ports.
func (r *run) stopLeft() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		found, err := r.agent.docker.inspect(r.name())
		if err == nil && found.State.Pid == 0 {
			return
		}
		if err == nil {
			_, _ = r.agent.docker.run(ctx, nil, "stop", "--time", "5", r.name())
		}
		time.Sleep(time.Second)
	}
}

// removeLater removes the ended container after docker_remove_delay, even when the agent starts anew meanwhile.
func (r *run) removeLater() {
	go r.stopLeft()
	docker, name := r.agent.docker, r.name()
	time.AfterFunc(r.agent.flags.Duration("docker_remove_delay"), func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, _ = docker.run(ctx, nil, "rm", "-v", name)
	})
}

// kill has a task ended.
func (a *Agent) kill(frameworkID, taskID string, policy *wire.KillPolicy) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.runs[runKey(frameworkID, taskID)]
	if r == nil {
		build.Warnf("Ignoring kill task %s of framework %s because it is unknown", taskID, frameworkID)
		return
	}
	r.end(policy)
}

// end tells the task to end, and kills it when its time of grace is over. Callers hold mu.
func (r *run) end(policy *wire.KillPolicy) {
	if wire.Terminal(r.Task.State) {
		return
	}
	grace := r.agent.flags.Duration("executor_shutdown_grace_period")
	for _, p := range []*wire.KillPolicy{r.Task.Info.KillPolicy, policy} {
		if p != nil && p.GracePeriod != nil {
			grace = time.Duration(p.GracePeriod.Nanoseconds)
		}
	}
	first := !r.Killed
	r.Killed = true
	r.save()
	if !r.Started {
		if r.cancel != nil {
			r.cancel()
		}
		return
	}
	if f := r.agent.frameworks[r.Task.FrameworkID]; first && f.Has("TASK_KILLING_STATE") && !r.Unhealthy {
		r.report(wire.TaskStatus{State: "TASK_KILLING"})
	}
	go r.stop(grace)
}

// stop ends the process or container.
func (r *run) stop(grace time.Duration) {
	if r.Docker {
		for {
			ctx, cancel := context.WithTimeout(context.Background(), grace+time.Minute)
			_, err := r.agent.docker.run(ctx, nil, "stop", "-t", strconv.Itoa(int(grace.Seconds())), r.name())
			cancel()
			if err == nil {
				return
			}
			select {
			case <-r.ended:
				return
			case <-time.After(time.Second):
				build.Warnf("%v; trying again", err)
			}
		}
	}
	var p process
	for load(filepath.Join(r.meta, "pid.json"), &p) != nil {
		select {
		case <-r.ended:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
	p.signal(syscall.SIGTERM)
	select {
	case <-r.ended:
	case <-time.After(grace):
		p.signal(syscall.SIGKILL)
	}
}

// cleanUp stops what an executor that died has left behind.
func (r *run) cleanUp() {
	if r.Docker {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, _ = r.agent.docker.run(ctx, nil, "stop", "-t", "0", r.name())
		return
	}
	var p process
	if load(filepath.Join(r.meta, "pid.json"), &p) == nil {
		p.signal(syscall.SIGKILL)
	}
}

// shutdownFramework ends all tasks of a framework.
func (a *Agent) shutdownFramework(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	build.Logf("Asked to shut down framework %s", id)
	for _, r := range a.runs {
		if r.Task.FrameworkID == id {
			r.end(nil)
			go func() {
				// Nobody is left to acknowledge its reports.
				<-r.ended
				a.mu.Lock()
				defer a.mu.Unlock()
				if a.runs[runKey(r.Task.FrameworkID, r.Task.Info.TaskID.Value)] == r {
					a.forget(r)
					r.save()
				}
			}()
		}
	}
}

// shutdownAll ends all tasks and waits for it, no longer than the time of grace allows.
func (a *Agent) shutdownAll() {
	a.mu.Lock()
	var all []*run
	for _, r := range a.runs {
		r.end(nil)
		all = append(all, r)
	}
	a.mu.Unlock()
	limit := time.After(a.flags.Duration("executor_shutdown_grace_period") + 5*time.Second)
	for _, r := range all {
		select {
		case <-r.ended:
		case <-limit:
			return
		}
	}
}

// reconcile answers for a task that the master thinks is here.
func (a *Agent) reconcile(framework wire.FrameworkInfo, taskID string) {
	a.mu.Lock()
	m, id := a.master, a.id()
	known := a.runs[runKey(framework.ID.Value, taskID)] != nil
	a.mu.Unlock()
	if known || m == nil {
		return
	}
	state := "TASK_LOST"
	if framework.Has("PARTITION_AWARE") {
		state = "TASK_DROPPED"
	}
	status := wire.TaskStatus{TaskID: wire.ID{Value: taskID}, State: state, Source: "SOURCE_AGENT", Reason: "REASON_RECONCILIATION",
		Message: "Reconciliation: task unknown to the agent", AgentID: &wire.ID{Value: id}, UUID: wire.NewUUID(), Timestamp: now()}
	go func() {
		_ = a.say(m, wire.FromAgent{Kind: "update", AgentID: id, FrameworkID: framework.ID.Value, Status: &status, Latest: state})
	}()
}
