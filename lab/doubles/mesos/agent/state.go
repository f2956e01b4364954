package agent

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/web"
	"datacentre/lab/doubles/mesos/wire"
)

// capabilities of an agent of this version.
var capabilities = []string{"MULTI_ROLE", "HIERARCHICAL_ROLE", "RESERVATION_REFINEMENT", "RESOURCE_PROVIDER", "RESIZE_VOLUME",
	"AGENT_OPERATION_FEEDBACK", "AGENT_DRAINING", "TASK_RESOURCE_LIMITS"}

// held gives what a run holds; an ended one holds nothing.
func (r *run) held() resources.Set {
	if wire.Terminal(r.Task.State) {
		return nil
	}
	set, _ := resources.FromWire(r.Task.Info.Resources)
	return set
}

// executorShare is what the real command executor takes besides its task (0.1 cpus, 32 MB), which /state adds
// to the executor's and to the allocated resources.
var executorShare, _, _ = resources.Parse("cpus:0.1;mem:32", "*")

func (a *Agent) allocated() resources.Set {
	var sum resources.Set
	for _, r := range a.runs {
		if held := r.held(); held != nil {
			sum = sum.Plus(held).Plus(executorShare)
		}
	}
	return sum
}

// state is /state.
func (a *Agent) state() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	used := a.allocated()
	view := build.Info()
	for k, v := range map[string]any{
		"start_time": float64(a.started.UnixNano()/1000) / 1e6, "id": a.id(), "pid": a.pid(), "hostname": a.info.Hostname,
		"capabilities": capabilities, "resources": a.total.View(), "reserved_resources": a.total.ReservedView(),
		"unreserved_resources": a.total.OnlyRole("*").View(), "reserved_resources_full": a.total.ReservedFull(),
		"unreserved_resources_full":      a.total.OnlyRole("*").Wire(""),
		"reserved_resources_allocated":   used.ReservedView(),
		"unreserved_resources_allocated": used.OnlyRole("*").View(), "resource_providers": []any{},
		"attributes": resources.Attributes(a.info.Attributes), "flags": a.flags.All(), "frameworks": a.frameworkViews(), "completed_frameworks": []any{},
	} {
		view[k] = v
	}
	if a.master != nil {
		view["master_hostname"] = a.master.Hostname
	}
	if dir, ok := a.flags.Lookup("log_dir"); ok {
		view["log_dir"] = dir
	}
	return view
}

func (a *Agent) frameworkViews() []map[string]any {
	list := []map[string]any{}
	for id, f := range a.frameworks {
		running, ended := []map[string]any{}, []map[string]any{}
		for _, r := range a.sortedRuns() {
			if r.Task.FrameworkID == id {
				running = append(running, r.view())
			}
		}
		for _, r := range a.completed {
			if r.Task.FrameworkID == id {
				ended = append(ended, r.view())
			}
		}
		if len(running)+len(ended) == 0 {
			continue
		}
		one := map[string]any{"id": id, "name": f.Name, "user": f.User, "failover_timeout": f.FailoverTimeout, "checkpoint": f.Checkpoint,
			"hostname": f.Hostname, "executors": running, "completed_executors": ended}
		if f.Has("MULTI_ROLE") {
			one["roles"] = web.List(f.Roles)
		} else {
			one["role"] = f.AllRoles()[0]
		}
		list = append(list, one)
	}
	return list
}

// executorName is how the real agent names the executor of a command task; long commands are cut.
func (r *run) executorName() string {
	id, text := r.Task.Info.TaskID.Value, "(NO EXECUTABLE)"
	if c := r.Task.Info.Command; c != nil && c.Value != nil {
		argv := append([]string{}, c.Arguments...)
		text = strings.Join(append([]string{*c.Value}, argv...), " ")
		if c.InShell() {
			text = *c.Value
			if len(text) > 15 {
				text = text[:12] + "..."
			}
			text = "sh -c '" + text + "'"
		}
	}
	return "Command Executor (Task: " + id + ") (Command: " + text + ")"
}

func (r *run) view() map[string]any {
	id := r.Task.Info.TaskID.Value
	held := r.held()
	shown := executorShare
	if held != nil {
		shown = held.Plus(executorShare)
	}
	view := map[string]any{"id": id, "name": r.executorName(), "source": id, "container": r.ContainerID, "directory": r.Sandbox,
		"resources": shown.View(), "role": r.Task.Role, "tasks": []any{}, "queued_tasks": []any{}, "completed_tasks": []any{}}
	if l := r.Task.Info.Labels; l != nil {
		view["labels"] = web.List(l.Labels)
	}
	place := "tasks"
	switch {
	case wire.Terminal(r.Task.State):
		place = "completed_tasks"
	case !r.Started:
		place = "queued_tasks"
	}
	view[place] = []map[string]any{web.Task(&r.Task)}
	return view
}

// containers is /containers: the live ones with what they use.
func (a *Agent) containers() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := []map[string]any{}
	for _, r := range a.sortedRuns() {
		if !r.Started || wire.Terminal(r.Task.State) {
			continue
		}
		held := r.held()
		statistics := map[string]any{"timestamp": now(), "cpus_soft_limit": held.Scalar("cpus"), "mem_limit_bytes": int64(max(held.Scalar("mem"), 32) * megabyte)}
		r.usage(statistics)
		status := map[string]any{"container_id": wire.ID{Value: r.ContainerID}}
		if r.apart() {
			status["network_infos"] = r.Networks
		}
		id := r.Task.Info.TaskID.Value
		list = append(list, map[string]any{"container_id": r.ContainerID, "executor_id": id, "executor_name": r.executorName(),
			"framework_id": r.Task.FrameworkID, "source": id, "statistics": statistics, "status": status})
	}
	return list
}

// usage adds the times and the memory of the command's process. For a container that is its docker client, so the
// figures only show that something is there.
func (r *run) usage(into map[string]any) {
	into["cpus_user_time_secs"], into["cpus_system_time_secs"], into["mem_rss_bytes"] = 0.0, 0.0, int64(0)
	var p process
	if load(r.meta+"/pid.json", &p) != nil {
		return
	}
	data, err := os.ReadFile("/proc/" + strconv.Itoa(p.Command) + "/stat")
	if err != nil {
		return
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 22 {
		return
	}
	ticks := func(i int) float64 { n, _ := strconv.ParseFloat(fields[i], 64); return n / 100 }
	pages, _ := strconv.ParseInt(fields[21], 10, 64)
	into["cpus_user_time_secs"], into["cpus_system_time_secs"], into["mem_rss_bytes"] = ticks(11), ticks(12), pages*int64(os.Getpagesize())
}

// metrics is /metrics/snapshot.
func (a *Agent) metrics() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	used := a.allocated()
	s := map[string]any{"slave/uptime_secs": time.Since(a.started).Seconds(), "slave/registered": 0.0, "slave/recovery_errors": 0.0,
		"slave/frameworks_active": float64(len(a.frameworks)), "slave/executors_running": 0.0, "slave/executors_terminated": float64(len(a.completed)),
		"system/cpus_total": float64(runtime.NumCPU())}
	if a.registered {
		s["slave/registered"] = 1.0
	}
	for _, state := range strings.Fields("staging starting running killing finished failed killed lost gone") {
		n := 0
		for _, list := range [][]*run{a.sortedRuns(), a.completed} {
			for _, r := range list {
				if r.Task.State == "TASK_"+strings.ToUpper(state) {
					n++
				}
			}
		}
		s["slave/tasks_"+state] = float64(n)
	}
	s["slave/executors_running"] = s["slave/tasks_running"]
	for _, name := range []string{"cpus", "mem", "disk", "gpus"} {
		all, taken := a.total.Scalar(name), used.Scalar(name)
		share := 0.0
		if all > 0 {
			share = taken / all
		}
		s["slave/"+name+"_total"], s["slave/"+name+"_used"], s["slave/"+name+"_percent"] = all, taken, share
	}
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		s["system/mem_total_bytes"] = float64(info.Totalram) * float64(info.Unit)
		s["system/mem_free_bytes"] = float64(info.Freeram) * float64(info.Unit)
	}
	return s
}
