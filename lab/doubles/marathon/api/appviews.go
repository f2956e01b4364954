package api

import (
	"net/http"
	"strings"

	"datacentre/lab/doubles/marathon/app"
)

func (s *Server) listApps(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	selects, err := labelSelector(query.Get("label"))
	if err != nil {
		fail(w, err)
		return
	}
	wanted := embeds(query["embed"])
	wanted["counts"], wanted["deployments"] = true, true
	list := []AppInfo{}
	for _, a := range s.Core.Root().All() {
		cmd := ""
		if a.Cmd != nil {
			cmd = *a.Cmd
		}
		if !has(a.ID, query.Get("id")) || query.Get("cmd") != "" && !has(cmd, query.Get("cmd")) || !selects(a.Labels) {
			continue
		}
		list = append(list, s.appInfo(a, wanted))
	}
	reply(w, http.StatusOK, map[string]any{"apps": list})
}

func has(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

func (s *Server) listGroupApps(w http.ResponseWriter, r *http.Request, group string) {
	g := s.Core.Root().Find(group)
	if g == nil {
		missing(w, "Group '"+group+"' does not exist")
		return
	}
	wanted := defaults(r)
	list := []AppInfo{}
	for _, a := range g.All() {
		list = append(list, s.appInfo(a, wanted))
	}
	reply(w, http.StatusOK, map[string]any{"*": list})
}

// defaults are what a single application shows in any case.
func defaults(r *http.Request) map[string]bool {
	wanted := embeds(r.URL.Query()["embed"])
	for _, name := range []string{"counts", "tasks", "lastTaskFailure", "deployments"} {
		wanted[name] = true
	}
	return wanted
}

func (s *Server) showApp(w http.ResponseWriter, r *http.Request, id string) {
	a := s.Core.Root().App(id)
	if a == nil {
		missing(w, "App '"+id+"' does not exist")
		return
	}
	reply(w, http.StatusOK, map[string]any{"app": s.appInfo(a, defaults(r))})
}

func (s *Server) appVersions(w http.ResponseWriter, r *http.Request, id, version string) {
	if s.Core.Root().App(id) == nil {
		missing(w, "App '"+id+"' does not exist")
		return
	}
	if version == "" {
		reply(w, http.StatusOK, map[string]any{"versions": s.Core.Versions(id)})
		return
	}
	if a := s.Core.Version(id, version); a != nil {
		reply(w, http.StatusOK, a)
		return
	}
	missing(w, "App '"+id+"' does not exist in version "+version)
}

// labelSelector reads "a==b, c!=d, e in (f, g), !h, i"; "" selects all.
func labelSelector(text string) (func(map[string]string) bool, error) {
	var rules []func(map[string]string) bool
	for _, part := range splitOutside(text) {
		rule, err := labelRule(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if rule != nil {
			rules = append(rules, rule)
		}
	}
	return func(labels map[string]string) bool {
		for _, rule := range rules {
			if !rule(labels) {
				return false
			}
		}
		return true
	}, nil
}

func labelRule(part string) (func(map[string]string) bool, error) {
	if part == "" {
		return nil, nil
	}
	if key, value, ok := strings.Cut(part, "!="); ok {
		return func(l map[string]string) bool { return l[strings.TrimSpace(key)] != strings.TrimSpace(value) }, nil
	}
	if key, value, ok := strings.Cut(part, "=="); ok {
		return func(l map[string]string) bool { return l[strings.TrimSpace(key)] == strings.TrimSpace(value) }, nil
	}
	for word, want := range map[string]bool{" notin ": false, " in ": true} {
		key, set, ok := strings.Cut(part, word)
		if !ok {
			continue
		}
		values := map[string]bool{}
		for _, v := range strings.Split(strings.Trim(strings.TrimSpace(set), "()"), ",") {
			values[strings.TrimSpace(v)] = true
		}
		return func(l map[string]string) bool {
			value, exists := l[strings.TrimSpace(key)]
			return exists && values[value] == want || !exists && !want
		}, nil
	}
	if key, ok := strings.CutPrefix(part, "!"); ok {
		return func(l map[string]string) bool { _, exists := l[key]; return !exists }, nil
	}
	if strings.ContainsAny(part, " =()") {
		return nil, app.Unprocessable("Error parsing label selector: " + part)
	}
	return func(l map[string]string) bool { _, exists := l[part]; return exists }, nil
}

func splitOutside(text string) []string {
	var out []string
	depth, from := 0, 0
	for i, b := range text {
		switch b {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, text[from:i])
				from = i + 1
			}
		}
	}
	return append(out, text[from:])
}
