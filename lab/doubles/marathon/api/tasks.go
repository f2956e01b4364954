package api

import (
	"net/http"
	"strings"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/core"
)

func (s *Server) servicePorts() func(string) []int {
	root := s.Core.Root()
	return func(id string) []int {
		if a := root.App(id); a != nil {
			return a.ServicePorts()
		}
		return []int{}
	}
}

func (s *Server) tasks(w http.ResponseWriter, r *http.Request, rest string) {
	switch {
	case r.Method == http.MethodGet && strings.Trim(rest, "/") == "":
		wanted := map[string]bool{}
		for _, key := range []string{"status", "status[]"} {
			for _, status := range r.URL.Query()[key] {
				wanted[strings.ToLower(status)] = true
			}
		}
		var chosen []core.Seen
		for _, i := range s.Core.Instances("") {
			if len(wanted) == 0 || wanted[strings.ToLower(i.Condition)] {
				chosen = append(chosen, i)
			}
		}
		reply(w, http.StatusOK, map[string]any{"tasks": tasksOf(chosen, s.servicePorts())})
	case r.Method == http.MethodPost && strings.Trim(rest, "/") == "delete":
		s.deleteTasks(w, r)
	default:
		message(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	}
}

func (s *Server) deleteTasks(w http.ResponseWriter, r *http.Request) {
	var body struct {
		IDs []string `json:"ids"`
	}
	if err := read(r, &body); err != nil {
		fail(w, err)
		return
	}
	ids := map[string]bool{}
	for _, id := range body.IDs {
		instance := core.InstanceOf(id)
		if instance == "" {
			fail(w, BadRequest{Message: "Invalid task id '" + id + "'. [" + id + " (of class java.lang.String)]"})
			return
		}
		ids[instance] = true
	}
	s.kill(w, r, func(i core.Seen) bool { return ids[i.ID] }, "", func(killed []core.Seen) {
		reply(w, http.StatusOK, map[string]any{"tasks": tasksOf(killed, nil)})
	})
}

func (s *Server) appTasks(w http.ResponseWriter, r *http.Request, id, task string) {
	if group, ok := strings.CutSuffix(id, "/*"); ok && r.Method == http.MethodGet {
		s.groupTasks(w, group)
		return
	}
	if s.Core.Root().App(id) == nil {
		missing(w, "App '"+id+"' does not exist")
		return
	}
	switch {
	case r.Method == http.MethodGet && task == "":
		reply(w, http.StatusOK, map[string]any{"tasks": tasksOf(s.Core.Instances(id), nil)})
	case r.Method == http.MethodDelete && task == "":
		host := r.URL.Query().Get("host")
		s.kill(w, r, func(i core.Seen) bool {
			return host == "" || host == "*" || i.Agent != nil && i.Agent.Host == host
		}, id, func(killed []core.Seen) {
			reply(w, http.StatusOK, map[string]any{"tasks": tasksOf(killed, nil)})
		})
	case r.Method == http.MethodDelete:
		s.kill(w, r, func(i core.Seen) bool { return i.ID == core.InstanceOf(task) }, id, func(killed []core.Seen) {
			if views := tasksOf(killed, nil); len(views) > 0 {
				reply(w, http.StatusOK, map[string]any{"task": views[0]})
				return
			}
			missing(w, "Task '"+task+"' does not exist")
		})
	default:
		message(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	}
}

func (s *Server) groupTasks(w http.ResponseWriter, group string) {
	g := s.Core.Root().Find(group)
	if g == nil {
		missing(w, "Group '"+group+"' does not exist")
		return
	}
	var chosen []core.Seen
	for _, a := range g.All() {
		chosen = append(chosen, s.Core.Instances(a.ID)...)
	}
	reply(w, http.StatusOK, map[string]any{"tasks": tasksOf(chosen, nil)})
}

// kill ends the chosen instances; with scale=true the applications get as many fewer.
func (s *Server) kill(w http.ResponseWriter, r *http.Request, choose func(core.Seen) bool, appID string, done func([]core.Seen)) {
	scale, wipe := yes(r, "scale", false), yes(r, "wipe", false)
	if scale && wipe {
		fail(w, BadRequest{Message: "You cannot use scale and wipe at the same time."})
		return
	}
	var chosen []core.Seen
	var ids []string
	byApp := map[string][]string{}
	for _, i := range s.Core.Instances(appID) {
		if choose(i) {
			chosen, ids = append(chosen, i), append(ids, i.ID)
			byApp[i.App.ID] = append(byApp[i.App.ID], i.ID)
		}
	}
	if !scale {
		s.Core.Kill(ids, wipe)
		done(chosen)
		return
	}
	plan, err := s.Core.Update(core.Options{Group: "/", Force: yes(r, "force", false), ToKill: byApp}, func(root *app.Group, version string) error {
		for id, kills := range byApp {
			if old := root.App(id); old != nil {
				scaled := old.Copy()
				scaled.Instances = max(0, old.Instances-len(kills))
				root.Put(scaled, version)
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
