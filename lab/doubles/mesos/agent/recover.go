package agent

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// recoverRuns takes back what the checkpoint of this agent's id holds: tasks that run go on, those that ended
// meanwhile are reported, and reports that nobody acknowledged are sent again.
func (a *Agent) recoverRuns() {
	a.mu.Lock()
	defer a.mu.Unlock()
	root := filepath.Join(a.paths.agentDir(), a.id(), "frameworks")
	infos, _ := filepath.Glob(filepath.Join(root, "*", "framework.info"))
	for _, path := range infos {
		var f wire.FrameworkInfo
		if load(path, &f) == nil && f.ID != nil {
			a.frameworks[f.ID.Value] = f
		}
	}
	places, _ := filepath.Glob(filepath.Join(root, "*", "executors", "*", "runs", "*", "run.json"))
	for _, place := range places {
		meta := filepath.Dir(place)
		if filepath.Base(meta) == "latest" {
			continue
		}
		r := &run{agent: a, meta: meta, wake: make(chan struct{}, 1), ended: make(chan struct{})}
		if err := load(place, r); err != nil {
			build.Warnf("Failed to recover the run %s: %v", meta, err)
			continue
		}
		if _, err := os.Stat(filepath.Join(meta, "executor.sentinel")); err == nil {
			a.completed = append(a.completed, r)
			continue
		}
		a.runs[runKey(r.Task.FrameworkID, r.Task.Info.TaskID.Value)] = r
		build.Logf("Recovering task %s of framework %s in state %s", r.Task.Info.TaskID.Value, r.Task.FrameworkID, r.Task.State)
		r.resume()
		go r.deliver()
	}
	if over := len(a.completed) - a.flags.Int("max_completed_executors_per_framework"); over > 0 {
		a.completed = a.completed[over:]
	}
}

// resume goes on where the agent before left a run. Callers hold mu.
func (r *run) resume() {
	if wire.Terminal(r.Task.State) {
		close(r.ended)
		r.stopOnce.Do(func() {})
		return
	}
	var p process
	_, noExit := os.Stat(filepath.Join(r.meta, "exit.json"))
	noPid := load(filepath.Join(r.meta, "pid.json"), &p)
	if noExit != nil && (noPid != nil || !p.alive()) {
		f := r.agent.frameworks[r.Task.FrameworkID]
		state := "TASK_LOST"
		if f.Has("PARTITION_AWARE") {
			state = "TASK_GONE"
		}
		r.report(wire.TaskStatus{State: state, Source: "SOURCE_AGENT", Reason: "REASON_EXECUTOR_REREGISTRATION_TIMEOUT",
			Message: "Executor did not reregister within " + r.agent.flags.String("executor_reregistration_timeout")})
		go func() {
			r.cleanUp()
			r.detach()
		}()
		return
	}
	go r.watch()
	switch {
	case r.Running:
		go r.checkHealth()
	case r.Docker:
		go r.awaitContainer()
	default:
		r.nowRunning(r.Networks)
	}
	if r.Killed {
		go r.stop(r.agent.flags.Duration("executor_shutdown_grace_period"))
	}
}

// KillOrphans ends what no recovered run knows: commands whose checkpoint belongs to an id that was given up, networks of
// containers that ended, and every container of Mesos' on the engine, another agent's too.
func (a *Agent) KillOrphans() {
	a.mu.Lock()
	known, live, mine := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range a.runs {
		live[r.ContainerID] = !wire.Terminal(r.Task.State)
		known[r.meta], mine[r.ContainerID] = true, true
	}
	a.mu.Unlock()
	pids, _ := filepath.Glob(filepath.Join(a.paths.agentDir(), "*", "frameworks", "*", "executors", "*", "runs", "*", "pid.json"))
	for _, path := range pids {
		var p process
		if place := filepath.Dir(path); !known[place] && filepath.Base(place) != "latest" && !strings.Contains(place, "/slaves/latest/") &&
			load(path, &p) == nil && p.alive() {
			build.Logf("Killing orphaned executor of %s", place)
			p.signal(syscall.SIGKILL)
		}
	}
	if a.cni != nil {
		a.cni.Recover(live)
	}
	if a.has("docker") && a.flags.Bool("docker_kill_orphans") {
		a.stopContainers(mine)
	}
}

// stopContainers stops and removes Mesos' containers on the engine, ended ones too, but those of mine. Source: Mesos 1.11,
// src/slave/containerizer/docker.cpp, __recover.
func (a *Agent) stopContainers(mine map[string]bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := a.docker.run(ctx, nil, "ps", "-a", "--format", "{{.Names}}")
	if err != nil {
		build.Warnf("Failed to list containers: %v", err)
		return
	}
	for _, name := range strings.Fields(out) {
		id := containerOf(name)
		if id == "" || mine[id] {
			continue
		}
		build.Logf("Stopping orphaned container %s", name)
		removal := []string{"rm", "-v", name}
		if _, err := a.docker.run(ctx, nil, "stop", "-t", strconv.Itoa(int(a.flags.Duration("docker_stop_timeout").Seconds())), name); err != nil {
			removal = []string{"rm", "-f", "-v", name}
		}
		if _, err := a.docker.run(ctx, nil, removal...); err != nil {
			build.Errorf("Unable to remove Docker container '%s': %v", name, err)
		}
	}
	build.Logf("Finished processing orphaned Docker containers")
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// containerOf gives the Mesos container that a Docker container's name stands for, "" for names of others: mesos-<id>, or
// mesos-<agent>.<id> and mesos-<agent>.<id>.executor of older versions. An executor's container of today (mesos-<id>.executor)
// is none, in the real one too: it ends with its task.
func containerOf(name string) string {
	rest, ok := strings.CutPrefix(name, "mesos-")
	if !ok {
		return ""
	}
	parts := strings.Split(rest, ".")
	id := parts[0]
	if len(parts) == 2 || len(parts) == 3 {
		id = parts[1]
	}
	if len(parts) > 3 || !uuid.MatchString(id) {
		return ""
	}
	return id
}

// CleanUp is --recover=cleanup: all tasks are ended and the checkpoint let go.
func (a *Agent) CleanUp() {
	a.shutdownAll()
	a.leaving.Wait()
	_ = os.Remove(a.paths.latest())
}

// Unregister is what SIGUSR1 asks for: the master is told, tasks are ended.
func (a *Agent) Unregister() {
	a.mu.Lock()
	m, id := a.master, a.id()
	a.mu.Unlock()
	if m != nil && id != "" {
		_ = a.say(m, wire.FromAgent{Kind: "unregister", AgentID: id})
	}
	a.shutdownAll()
	a.leaving.Wait()
}
