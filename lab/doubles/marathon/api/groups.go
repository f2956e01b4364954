package api

import (
	"net/http"
	"strings"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/core"
)

func (s *Server) groups(w http.ResponseWriter, r *http.Request, rest string) {
	rest = strings.Trim(rest, "/")
	id := app.Resolve("/", rest)
	switch r.Method {
	case http.MethodGet:
		s.showGroup(w, r, rest)
	case http.MethodPost:
		s.createGroup(w, r, id)
	case http.MethodPut:
		s.updateGroup(w, r, id)
	case http.MethodPatch:
		s.patchGroup(w, r, id)
	case http.MethodDelete:
		s.deleteGroup(w, r, id)
	default:
		message(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	}
}

func (s *Server) showGroup(w http.ResponseWriter, r *http.Request, rest string) {
	root := s.Core.Root()
	if rest == "versions" || strings.HasSuffix(rest, "/versions") {
		reply(w, http.StatusOK, s.Core.RootVersions())
		return
	}
	if at := strings.Index("/"+rest, "/versions/"); at >= 0 {
		version := rest[at+len("versions/"):]
		rest = strings.Trim(rest[:at], "/")
		if root = s.Core.RootAt(version); root == nil {
			missing(w, "Group '/"+rest+"' does not exist")
			return
		}
	}
	if group, ok := strings.CutSuffix("/"+rest, "/apps"); ok && root.Find(app.Resolve("/", rest)) == nil {
		s.listGroupApps(w, r, app.Resolve("/", group))
		return
	}
	id := app.Resolve("/", rest)
	g := root.Find(id)
	if g == nil {
		missing(w, "Group '"+id+"' does not exist")
		return
	}
	reply(w, http.StatusOK, s.groupView(g, groupEmbeds(r)))
}

type embedding struct {
	groups, apps, pods bool
	app                map[string]bool
}

// groupEmbeds: without the parameter groups and applications are there, with it only what it names.
func groupEmbeds(r *http.Request) embedding {
	values := r.URL.Query()["embed"]
	e := embedding{groups: true, apps: true, pods: true, app: map[string]bool{}}
	if len(values) == 0 {
		return e
	}
	e.groups, e.apps, e.pods = false, false, false
	for _, v := range values {
		switch v {
		case "group.groups":
			e.groups = true
		case "group.apps":
			e.apps = true
		case "group.pods":
			e.pods = true
		default:
			if name, ok := strings.CutPrefix(v, "group.apps."); ok {
				e.apps, e.app[name] = true, true
			}
		}
	}
	return e
}

func (s *Server) groupView(g *app.Group, e embedding) map[string]any {
	out := map[string]any{"id": g.ID, "dependencies": g.Dependencies, "version": g.Version}
	if g.EnforceRole != nil {
		out["enforceRole"] = *g.EnforceRole
	}
	if e.apps {
		apps := []AppInfo{}
		for _, a := range g.All() {
			if app.Parent(a.ID) == g.ID {
				apps = append(apps, s.appInfo(a, e.app))
			}
		}
		out["apps"] = apps
	}
	if e.pods {
		out["pods"] = []any{}
	}
	if e.groups {
		groups := []map[string]any{}
		for _, sub := range g.Sorted() {
			groups = append(groups, s.groupView(sub, e))
		}
		out["groups"] = groups
	}
	return out
}

func effective(raw map[string]any, id string) string {
	if name, ok := raw["id"].(string); ok && name != "" {
		if strings.HasPrefix(name, "/") {
			return app.Resolve("/", name)
		}
		return app.Resolve(id, name)
	}
	return id
}

func (s *Server) createGroup(w http.ResponseWriter, r *http.Request, id string) {
	raw := map[string]any{}
	if err := read(r, &raw); err != nil {
		fail(w, err)
		return
	}
	id = effective(raw, id)
	plan, err := s.Core.Update(core.Options{Group: app.Parent(id), Force: yes(r, "force", false)}, func(root *app.Group, version string) error {
		if root.Find(id) != nil {
			return Conflict("Group " + id + " is already created. Use PUT to change this group.")
		}
		if root.App(id) != nil {
			return Conflict("An app with the path " + id + " already exists.")
		}
		return app.ApplyGroup(root, id, raw, version, s.settings())
	})
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Location", location(r, id))
	deployed(w, http.StatusCreated, plan)
}

func (s *Server) updateGroup(w http.ResponseWriter, r *http.Request, id string) {
	raw := map[string]any{}
	if err := read(r, &raw); err != nil {
		fail(w, err)
		return
	}
	if id == "/" || raw["id"] != nil {
		id = effective(raw, "/")
	}
	dry := yes(r, "dryRun", false)
	plan, err := s.Core.Update(core.Options{Group: app.Parent(id), Force: yes(r, "force", false), DryRun: dry},
		func(root *app.Group, version string) error {
			if wanted, ok := raw["version"].(string); ok {
				return s.groupTo(root, id, wanted, version)
			}
			return app.ApplyGroup(root, id, raw, version, s.settings())
		})
	switch {
	case err != nil:
		fail(w, err)
	case dry:
		reply(w, http.StatusOK, map[string]any{"steps": plan.StepsJSON()})
	default:
		deployed(w, http.StatusOK, plan)
	}
}

// groupTo sets a group back to what it was in an earlier version of all groups.
func (s *Server) groupTo(root *app.Group, id, wanted, version string) error {
	then := s.Core.OldRoot(wanted)
	if then == nil || then.Find(id) == nil {
		return NotFound("Group '" + id + "' does not exist in version " + wanted)
	}
	old := then.Find(id).Clone()
	now := root.Ensure(id, version)
	now.Apps, now.Groups, now.Dependencies = old.Apps, old.Groups, old.Dependencies
	for _, a := range now.All() {
		now.Put(a, version)
	}
	return nil
}

func (s *Server) patchGroup(w http.ResponseWriter, r *http.Request, id string) {
	raw := map[string]any{}
	if err := read(r, &raw); err != nil {
		fail(w, err)
		return
	}
	if s.Core.Root().Find(id) == nil {
		missing(w, "Group '"+id+"' does not exist")
		return
	}
	_, err := s.Core.Update(core.Options{Group: id}, func(root *app.Group, version string) error {
		return app.ApplyGroup(root, id, map[string]any{"enforceRole": raw["enforceRole"]}, version, s.settings())
	})
	if err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (s *Server) deleteGroup(w http.ResponseWriter, r *http.Request, id string) {
	plan, err := s.Core.Update(core.Options{Group: app.Parent(id), Force: yes(r, "force", false)}, func(root *app.Group, version string) error {
		if id == "/" {
			root.Apps, root.Groups, root.Version = map[string]*app.App{}, map[string]*app.Group{}, version
			return nil
		}
		if root.Find(id) == nil {
			return NotFound("Group '" + id + "' does not exist")
		}
		root.RemoveGroup(id, version)
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	deployed(w, http.StatusOK, plan)
}
