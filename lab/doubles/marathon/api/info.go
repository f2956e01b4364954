package api

import (
	"net/http"
	"strings"
)

func (s *Server) info(w http.ResponseWriter, _ *http.Request, _ string) {
	marathon, zookeeper, web := s.Conf.Info()
	if ui := s.Core.LeaderUI(); ui != "" && marathon["mesos_leader_ui_url"] == nil {
		marathon["mesos_leader_ui_url"] = ui
	}
	body := map[string]any{"name": "marathon", "version": s.Version, "buildref": "lab-double", "elected": true, "leader": s.Leader(),
		"marathon_config": marathon, "zookeeper_config": zookeeper, "http_config": web}
	if id := s.Core.Framework(); id != "" {
		body["frameworkId"] = id
	}
	reply(w, http.StatusOK, body)
}

func (s *Server) leader(w http.ResponseWriter, r *http.Request, _ string) {
	switch r.Method {
	case http.MethodGet:
		if at := s.Leader(); at != "" {
			reply(w, http.StatusOK, map[string]string{"leader": at})
			return
		}
		missing(w, "There is no leader")
	case http.MethodDelete:
		reply(w, http.StatusOK, map[string]any{"message": "Leadership abdicated", "details": []any{}})
		s.Abdicate()
	default:
		message(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	}
}

func (s *Server) plugins(w http.ResponseWriter, _ *http.Request, _ string) {
	reply(w, http.StatusOK, map[string]any{"plugins": []any{}})
}

// pods: this double has none.
func (s *Server) pods(w http.ResponseWriter, r *http.Request, rest string) {
	if r.Method == http.MethodGet && (rest == "" || rest == "::status") {
		reply(w, http.StatusOK, []any{})
		return
	}
	message(w, http.StatusNotImplemented, "this lab double of Marathon does not imitate pods")
}

// outside answers what is not below /v2.
func (s *Server) outside(w http.ResponseWriter, r *http.Request, path string) {
	switch {
	case path == "ping":
		ping(w, r)
	case path == "metrics":
		reply(w, http.StatusOK, map[string]any{"version": "4.0.0", "gauges": s.gauges(), "counters": map[string]any{}, "histograms": map[string]any{},
			"meters": map[string]any{}, "timers": map[string]any{}})
	case path == "":
		w.Header().Set("Location", "/ui/")
		w.WriteHeader(http.StatusFound)
	case strings.HasPrefix(path, "ui/"):
		w.Header().Set("Content-Type", "text/html;charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Marathon</title><p>datacentre lab double of Marathon; see /v2/apps</p>\n"))
	default:
		message(w, http.StatusNotFound, "URI not found")
	}
}

func ping(w http.ResponseWriter, r *http.Request) {
	accept := r.Header.Get("Accept")
	switch {
	case strings.HasPrefix(accept, "application/json"):
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`"pong"`))
	case accept == "" || strings.Contains(accept, "*/*") || strings.Contains(accept, "text/"):
		w.Header().Set("Content-Type", "text/plain;charset=utf-8")
		_, _ = w.Write([]byte("pong"))
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
