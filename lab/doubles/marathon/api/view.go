package api

import (
	"net"
	"net/http"
	"sort"
	"strings"
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/core"
)

type identified struct {
	ID string `json:"id"`
}

// AppInfo is an application with what was asked to be embedded.
type AppInfo struct {
	*app.App
	TasksStaged    *int                   `json:"tasksStaged,omitempty"`
	TasksRunning   *int                   `json:"tasksRunning,omitempty"`
	TasksHealthy   *int                   `json:"tasksHealthy,omitempty"`
	TasksUnhealthy *int                   `json:"tasksUnhealthy,omitempty"`
	Deployments    []identified           `json:"deployments,omitzero"`
	Readiness      []core.ReadinessResult `json:"readinessCheckResults,omitzero"`
	Tasks          []taskView             `json:"tasks,omitzero"`
	LastFailure    *core.Failure          `json:"lastTaskFailure,omitempty"`
	Stats          map[string]any         `json:"tasksStats,omitempty"`
}

type address struct {
	IP       string `json:"ipAddress"`
	Protocol string `json:"protocol"`
}

type taskView struct {
	AppID        string           `json:"appId"`
	Health       []map[string]any `json:"healthCheckResults"`
	Host         string           `json:"host"`
	ID           string           `json:"id"`
	Addresses    []address        `json:"ipAddresses"`
	Ports        []int            `json:"ports"`
	ServicePorts []int            `json:"servicePorts"`
	SlaveID      string           `json:"slaveId,omitempty"`
	State        string           `json:"state"`
	StagedAt     string           `json:"stagedAt,omitempty"`
	StartedAt    string           `json:"startedAt,omitempty"`
	Version      string           `json:"version,omitempty"`
	LocalVolumes []any            `json:"localVolumes"`
	Region       string           `json:"region,omitempty"`
	Zone         string           `json:"zone,omitempty"`
	Role         string           `json:"role"`
}

// embeds takes both spellings (app.tasks, apps.tasks) and gives the last words.
func embeds(values []string) map[string]bool {
	out := map[string]bool{}
	for _, v := range values {
		for _, prefix := range []string{"apps.", "app."} {
			if name, ok := strings.CutPrefix(v, prefix); ok {
				out[name] = true
				if name == "tasks" || name == "failures" {
					out["deployments"] = true
				}
				if name == "failures" {
					out["tasks"], out["lastTaskFailure"] = true, true
				}
			}
		}
	}
	return out
}

func (s *Server) appInfo(a *app.App, wanted map[string]bool) AppInfo {
	info := AppInfo{App: a}
	instances := s.Core.Instances(a.ID)
	if wanted["counts"] {
		staged, running, healthy, unhealthy := counts(instances)
		info.TasksStaged, info.TasksRunning, info.TasksHealthy, info.TasksUnhealthy = &staged, &running, &healthy, &unhealthy
	}
	if wanted["deployments"] {
		info.Deployments = []identified{}
		for _, id := range s.Core.Deploying(a.ID) {
			info.Deployments = append(info.Deployments, identified{id})
		}
	}
	if wanted["readiness"] {
		info.Readiness = s.Core.Readiness(a.ID)
	}
	if wanted["tasks"] {
		info.Tasks = tasksOf(instances, nil)
	}
	if wanted["lastTaskFailure"] {
		info.LastFailure = s.Core.LastFailure(a.ID)
	}
	if wanted["taskStats"] {
		info.Stats = stats(a, instances)
	}
	return info
}

func counts(instances []core.Seen) (staged, running, healthy, unhealthy int) {
	for _, i := range instances {
		switch i.Condition {
		case core.Provisioned, core.Staging, core.Starting:
			staged++
		case core.Running, core.Unreachable:
			running++
		}
		if i.Condition == core.Running && len(i.App.HealthChecks) > 0 && i.Healthy != nil {
			if *i.Healthy {
				healthy++
			} else {
				unhealthy++
			}
		}
	}
	return
}

// tasksOf shows the instances that have, or last had, a task.
func tasksOf(instances []core.Seen, servicePorts func(string) []int) []taskView {
	out := []taskView{}
	for _, i := range instances {
		if i.Task == nil || i.Agent == nil {
			continue
		}
		view := taskView{AppID: i.App.ID, Health: healthViews(i), Host: i.Agent.Host, ID: i.Task.ID, Addresses: []address{}, Ports: []int{},
			ServicePorts: []int{}, SlaveID: i.Agent.ID, State: i.Task.State, LocalVolumes: []any{}, Region: i.Agent.Region, Zone: i.Agent.Zone,
			Role: i.App.Role}
		for _, a := range i.Task.Addresses {
			view.Addresses = append(view.Addresses, address{a.IP, a.Protocol})
		}
		if i.Launched() {
			view.Ports = append(view.Ports, i.Task.HostPorts...)
			view.StagedAt, view.StartedAt, view.Version = stamp(i.Task.StagedAt), stamp(i.Task.StartedAt), i.App.Version
		}
		if servicePorts != nil {
			view.ServicePorts = servicePorts(i.App.ID)
		}
		out = append(out, view)
	}
	return out
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return app.Stamp(t)
}

func healthViews(i core.Seen) []map[string]any {
	out := []map[string]any{}
	for _, h := range i.Health {
		view := map[string]any{"alive": h.Alive(), "consecutiveFailures": h.Failures, "instanceId": "instance [" + i.ID + "]"}
		for name, t := range map[string]time.Time{"firstSuccess": h.FirstSuccess, "lastSuccess": h.LastSuccess, "lastFailure": h.LastFailure} {
			if !t.IsZero() {
				view[name] = app.Stamp(t)
			}
		}
		if h.Cause != "" {
			view["lastFailureCause"] = h.Cause
		}
		out = append(out, view)
	}
	return out
}

// stats gives counts and ages for all tasks and for those of the latest scaling and configuration.
func stats(a *app.App, instances []core.Seen) map[string]any {
	out := map[string]any{}
	scaling, config := a.Version, a.Version
	if a.VersionInfo != nil {
		scaling, config = a.VersionInfo.LastScalingAt, a.VersionInfo.LastConfigChangeAt
	}
	for name, fits := range map[string]func(core.Seen) bool{
		"startedAfterLastScaling": func(i core.Seen) bool { return i.App.Version >= scaling },
		"withLatestConfig":        func(i core.Seen) bool { return i.App.Version >= config },
		"withOutdatedConfig":      func(i core.Seen) bool { return i.App.Version < config },
		"totalSummary":            func(core.Seen) bool { return true },
	} {
		var chosen []core.Seen
		var ages []float64
		for _, i := range instances {
			if i.Task == nil || !fits(i) {
				continue
			}
			chosen = append(chosen, i)
			if i.Launched() && !i.Task.StartedAt.IsZero() {
				ages = append(ages, time.Since(i.Task.StartedAt).Seconds())
			}
		}
		if len(chosen) == 0 {
			continue
		}
		staged, running, healthy, unhealthy := counts(chosen)
		one := map[string]any{"counts": map[string]int{"staged": staged, "running": running, "healthy": healthy, "unhealthy": unhealthy}}
		if len(ages) > 0 {
			one["lifeTime"] = lifeTime(ages)
		}
		out[name] = map[string]any{"stats": one}
	}
	return out
}

func lifeTime(ages []float64) map[string]float64 {
	sort.Float64s(ages)
	sum := 0.0
	for _, age := range ages {
		sum += age
	}
	median := ages[len(ages)/2]
	if len(ages)%2 == 0 {
		median = (median + ages[len(ages)/2-1]) / 2
	}
	return map[string]float64{"averageSeconds": sum / float64(len(ages)), "medianSeconds": median}
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
