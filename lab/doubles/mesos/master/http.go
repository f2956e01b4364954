package master

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/replog"
	"datacentre/lab/doubles/mesos/web"
)

// Handler serves the master's HTTP side. Paths without a process name belong to the process "master".
func (m *Master) Handler() http.Handler {
	empty := func(w http.ResponseWriter, r *http.Request) { web.Empty(w, http.StatusOK) }
	leading := map[string]func(http.ResponseWriter, *http.Request){
		"maintenance/status": m.serveMaintenanceStatus, "maintenance/schedule": m.serveSchedule,
		"state": m.view(m.state), "state.json": m.view(m.state), "state-summary": m.view(m.stateSummary),
		"slaves": m.serveSlaves, "frameworks": m.view(m.frameworksView), "roles": m.view(m.rolesView),
		"tasks": m.serveTasks, "tasks.json": m.serveTasks, "teardown": m.serveTeardown,
		"api/v1": m.serveOperator, "quota": func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, map[string]any{}) },
		"weights": func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, []any{}) },
	}
	always := map[string]func(http.ResponseWriter, *http.Request){
		"health": empty, "redirect": m.redirect, "flags": m.serveFlags, "api/v1/scheduler": m.serveScheduler,
	}
	top := map[string]func(http.ResponseWriter, *http.Request){
		"/version":          func(w http.ResponseWriter, r *http.Request) { web.JSON(w, r, build.Info()) },
		"/metrics/snapshot": m.serveMetrics,
		"/lab/agent":        m.serveAgent, "/lab/agent/say": m.hear, replog.Path: m.registry.log.ServeHTTP,
	}
	return web.Labelled(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimSuffix(r.URL.Path, "/")
		if handler := top[path]; handler != nil {
			handler(w, r)
			return
		}
		name := strings.TrimPrefix(strings.TrimPrefix(path, "/master"), "/")
		if handler := always[name]; handler != nil {
			m.guard(w, r, handler)
			return
		}
		handler := leading[name]
		if handler == nil {
			web.NotFound(w, r)
			return
		}
		m.mu.Lock()
		elected := m.elected()
		m.mu.Unlock()
		if !elected {
			m.redirect(w, r)
			return
		}
		m.guard(w, r, handler)
	}))
}

// redirect points to the leader with a protocol-relative address; /redirect to its root, all else to the same path.
func (m *Master) redirect(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	leader := m.leader
	m.mu.Unlock()
	if leader == nil {
		web.Text(w, http.StatusServiceUnavailable, "No leader elected")
		return
	}
	target := "//" + net.JoinHostPort(leader.Hostname, strconv.Itoa(leader.Port))
	path := r.URL.Path
	if path != "/redirect" && path != "/master/redirect" {
		if !strings.HasPrefix(path, "/master/") && path != "/master" {
			path = "/master" + path
		}
		target += path
		if r.URL.RawQuery != "" {
			target += "?" + r.URL.RawQuery
		}
	}
	// http.Redirect would clean the address, so the header is set by hand.
	w.Header().Set("Location", target)
	web.Empty(w, http.StatusTemporaryRedirect)
}

// view serves what a function of the locked master gives.
func (m *Master) view(build func() any) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		web.JSON(w, r, build())
	}
}

func (m *Master) serveFlags(w http.ResponseWriter, r *http.Request) {
	web.JSON(w, r, map[string]any{"flags": m.flags.All()})
}
