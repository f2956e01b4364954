package api

import (
	"net/http"
	"strings"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/core"
)

func (s *Server) settings() app.Settings {
	return app.Settings{Role: s.Conf.Role, DefaultNetwork: s.Conf.DefaultNetwork, Bridge: s.Conf.Bridge, Features: s.Conf.Features}
}

func (s *Server) apps(w http.ResponseWriter, r *http.Request, rest string) {
	if strings.Trim(rest, "/") == "" {
		switch r.Method {
		case http.MethodGet:
			s.listApps(w, r)
		case http.MethodPost:
			s.createApp(w, r)
		case http.MethodPut, http.MethodPatch:
			s.updateApps(w, r)
		default:
			message(w, http.StatusMethodNotAllowed, "Method Not Allowed")
		}
		return
	}
	if at := strings.Index(rest, "/tasks"); at > 0 && (at+6 == len(rest) || rest[at+6] == '/') {
		s.appTasks(w, r, app.Resolve("/", rest[:at]), strings.Trim(rest[at+6:], "/"))
		return
	}
	if at := strings.Index(rest, "/versions"); at > 0 && (at+9 == len(rest) || rest[at+9] == '/') {
		s.appVersions(w, r, app.Resolve("/", rest[:at]), strings.Trim(rest[at+9:], "/"))
		return
	}
	if id, ok := strings.CutSuffix(rest, "/restart"); ok && r.Method == http.MethodPost {
		s.restart(w, r, app.Resolve("/", id))
		return
	}
	if group, ok := strings.CutSuffix(rest, "/*"); ok && r.Method == http.MethodGet {
		s.listGroupApps(w, r, app.Resolve("/", group))
		return
	}
	id := app.Resolve("/", rest)
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		s.showApp(w, r, id)
	case http.MethodPut:
		s.updateApp(w, r, id, yes(r, "partialUpdate", true), true)
	case http.MethodPatch:
		s.updateApp(w, r, id, true, false)
	case http.MethodDelete:
		s.deleteApp(w, r, id)
	default:
		message(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	}
}

func (s *Server) posted(r *http.Request, a *app.App) {
	s.Core.Bus.Publish("api_post_event", map[string]any{"clientIp": clientIP(r), "uri": r.URL.Path, "appDefinition": a})
}

func (s *Server) createApp(w http.ResponseWriter, r *http.Request) {
	raw := map[string]any{}
	if err := read(r, &raw); err != nil {
		fail(w, err)
		return
	}
	a, err := app.Canonical(raw, "/", s.settings())
	if err != nil {
		fail(w, err)
		return
	}
	// What is answered is the application as it was sent in: service ports come later.
	sent := a.Copy()
	plan, err := s.Core.Update(core.Options{Group: app.Parent(a.ID), Force: yes(r, "force", false), After: func(p *core.Plan) {
		sent.Version = p.Version
		s.posted(r, sent)
	}}, func(root *app.Group, version string) error {
		if root.App(a.ID) != nil {
			return Conflict("An app with id [" + a.ID + "] already exists.")
		}
		root.Put(a, version)
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	zero := 0
	w.Header().Set("Location", location(r, a.ID))
	w.Header().Set("Marathon-Deployment-Id", plan.ID)
	reply(w, http.StatusCreated, AppInfo{App: sent, TasksStaged: &zero, TasksRunning: &zero, TasksHealthy: &zero, TasksUnhealthy: &zero,
		Deployments: []identified{{plan.ID}}})
}

// putApp lays one JSON application or update into root.
func (s *Server) putApp(root *app.Group, id string, raw map[string]any, version string, partial, create bool) error {
	old := root.App(id)
	if old == nil && !create {
		return NotFound("App '" + id + "' does not exist")
	}
	if wanted, ok := raw["version"].(string); ok && old != nil && partial {
		return s.rollTo(root, id, wanted, raw, version)
	}
	if old != nil && partial {
		if err := app.CheckShape(raw, true); err != nil {
			return err
		}
		raw = app.Merge(old, raw)
	}
	raw["id"] = id
	a, err := app.Canonical(raw, app.Parent(id), s.settings())
	if err != nil {
		return err
	}
	root.Put(a, version)
	return nil
}

func (s *Server) rollTo(root *app.Group, id, wanted string, raw map[string]any, version string) error {
	for name := range raw {
		if name != "version" && name != "id" {
			return &app.Invalid{Message: "Object is not valid", Details: []app.Detail{{Path: "/", Errors: []string{
				"The 'version' field may only be combined with the 'id' field."}}}}
		}
	}
	old := s.Core.OldVersion(id, wanted)
	if old == nil {
		return NotFound("App '" + id + "' does not exist in version " + wanted)
	}
	root.Put(old.Copy(), version)
	return nil
}

func (s *Server) updateApp(w http.ResponseWriter, r *http.Request, id string, partial, create bool) {
	raw := map[string]any{}
	if err := read(r, &raw); err != nil {
		fail(w, err)
		return
	}
	if !app.ValidID(id) {
		fail(w, &app.Invalid{Message: "Invalid JSON", Details: []app.Detail{{Path: "/id", Errors: []string{"error.pattern"}}}})
		return
	}
	plan, err := s.Core.Update(core.Options{Group: app.Parent(id), Force: yes(r, "force", false), After: func(p *core.Plan) {
		s.posted(r, p.Target.App(id))
	}}, func(root *app.Group, version string) error {
		return s.putApp(root, id, raw, version, partial, create)
	})
	if err != nil {
		fail(w, err)
		return
	}
	status := http.StatusOK
	if plan.Original.App(id) == nil {
		status = http.StatusCreated
		w.Header().Set("Location", location(r, id))
	}
	deployed(w, status, plan)
}

func (s *Server) updateApps(w http.ResponseWriter, r *http.Request) {
	var all []map[string]any
	if err := read(r, &all); err != nil {
		fail(w, err)
		return
	}
	partial, create := yes(r, "partialUpdate", true), r.Method == http.MethodPut
	plan, err := s.Core.Update(core.Options{Group: "/", Force: yes(r, "force", false)}, func(root *app.Group, version string) error {
		for _, raw := range all {
			id, _ := raw["id"].(string)
			if id == "" {
				return app.Unprocessable("requirement failed: App Update must have app id set")
			}
			if err := s.putApp(root, app.Resolve("/", id), raw, version, partial, create); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	deployed(w, http.StatusOK, plan)
}

func (s *Server) deleteApp(w http.ResponseWriter, r *http.Request, id string) {
	plan, err := s.Core.Update(core.Options{Group: app.Parent(id), Force: yes(r, "force", true)}, func(root *app.Group, version string) error {
		if root.App(id) == nil {
			return NotFound("App '" + id + "' does not exist")
		}
		root.Remove(id, version)
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	deployed(w, http.StatusOK, plan)
}

func (s *Server) restart(w http.ResponseWriter, r *http.Request, id string) {
	plan, err := s.Core.Update(core.Options{Group: app.Parent(id), Force: yes(r, "force", false)}, func(root *app.Group, version string) error {
		a := root.App(id)
		if a == nil {
			return NotFound("App '" + id + "' does not exist")
		}
		root.Put(app.Restarted(a, version), version)
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	deployed(w, http.StatusOK, plan)
}
