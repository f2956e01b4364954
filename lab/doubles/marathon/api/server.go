// Package api is Marathon's HTTP interface on the leading Marathon; package leader's proxy stands before it.
package api

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/conf"
	"datacentre/lab/doubles/marathon/core"
)

// Server answers for one core.
type Server struct {
	Core     *core.Core
	Conf     *conf.Config
	Version  string
	Leader   func() string // host:port of who leads
	Abdicate func()
}

const biggest = 16 << 20

// Common sets the headers of every reply and asks for the credentials, if there are any: before all else, so that a 401 tells
// nothing of who leads. Source: Marathon 1.11, api/HttpModule.scala: a security handler stands before the filters.
func Common(c *conf.Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Datacentre-Lab", "double")
		if c.User != "" {
			user, password, _ := r.BasicAuth()
			same := subtle.ConstantTimeCompare([]byte(user+":"+password), []byte(c.User+":"+c.Password))
			if same != 1 {
				w.Header().Set("WWW-Authenticate", fmt.Sprintf("basic realm=%q", c.Realm()))
				http.Error(w, "Unauthorized", http.StatusUnauthorized)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-XSS-Protection", "1; mode=block")
	h.Set("Cache-Control", "no-cache, no-store, must-revalidate")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "0")
	path := strings.TrimPrefix(r.URL.Path, "/")
	top, rest, _ := strings.Cut(strings.TrimPrefix(path, "v2/"), "/")
	if !strings.HasPrefix(path, "v2/") {
		s.outside(w, r, path)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodDelete && r.Method != http.MethodHead && r.ContentLength != 0 &&
		!strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		message(w, http.StatusUnsupportedMediaType, "Unsupported Media Type")
		return
	}
	handlers := map[string]func(http.ResponseWriter, *http.Request, string){
		"apps": s.apps, "groups": s.groups, "deployments": s.deployments, "queue": s.queue, "tasks": s.tasks, "info": s.info,
		"leader": s.leader, "events": s.events, "pods": s.pods, "plugins": s.plugins,
	}
	handler := handlers[top]
	if handler == nil {
		message(w, http.StatusInternalServerError, "URI not found")
		return
	}
	if top != "events" && !acceptsJSON(r) {
		message(w, http.StatusNotAcceptable, "Not Acceptable")
		return
	}
	handler(w, r, rest)
}

func acceptsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	if accept == "" {
		return true
	}
	for _, part := range strings.Split(accept, ",") {
		kind, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		if kind == "*/*" || kind == "application/*" || kind == "application/json" {
			return true
		}
	}
	return false
}

func reply(w http.ResponseWriter, status int, body any) {
	text, err := app.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"message":"not representable"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func message(w http.ResponseWriter, status int, text string) {
	reply(w, status, map[string]any{"message": text})
}

// missing is the 404 of things looked up by GET, which has details; those of changes have none.
func missing(w http.ResponseWriter, text string) {
	reply(w, http.StatusNotFound, map[string]any{"message": text, "details": []any{}})
}

// NotFound is an answer 404 to a change.
type NotFound string

func (e NotFound) Error() string { return string(e) }

// Conflict is an answer 409.
type Conflict string

func (e Conflict) Error() string { return string(e) }

// BadRequest is an answer 400.
type BadRequest struct{ Message, Details string }

func (e BadRequest) Error() string { return e.Message }

func fail(w http.ResponseWriter, err error) {
	var (
		invalid  *app.Invalid
		unfit    app.Unprocessable
		locked   *core.Locked
		tooMany  core.TooMany
		none     core.ErrNoDeployment
		missing  NotFound
		conflict Conflict
		bad      BadRequest
	)
	switch {
	case errors.As(err, &invalid):
		reply(w, http.StatusUnprocessableEntity, map[string]any{"message": invalid.Message, "details": invalid.Details})
	case errors.As(err, &unfit):
		message(w, http.StatusUnprocessableEntity, err.Error())
	case errors.As(err, &locked):
		ids := []map[string]string{}
		for _, id := range locked.Deployments {
			ids = append(ids, map[string]string{"id": id})
		}
		reply(w, http.StatusConflict, map[string]any{"message": err.Error(), "deployments": ids})
	case errors.As(err, &tooMany):
		message(w, http.StatusForbidden, err.Error())
	case errors.As(err, &none):
		reply(w, http.StatusNotFound, map[string]any{"message": err.Error(), "details": []any{}})
	case errors.As(err, &missing):
		message(w, http.StatusNotFound, err.Error())
	case errors.As(err, &conflict):
		message(w, http.StatusConflict, err.Error())
	case errors.As(err, &bad):
		body := map[string]any{"message": bad.Message}
		if bad.Details != "" {
			body["details"] = bad.Details
		}
		reply(w, http.StatusBadRequest, body)
	default:
		message(w, http.StatusInternalServerError, err.Error())
	}
}

// read takes the body as JSON of the wanted kind.
func read(r *http.Request, into any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, biggest))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return &app.Invalid{Message: "Invalid JSON", Details: []app.Detail{{Path: "/", Errors: []string{"error.expected.jsobject"}}}}
		}
		return BadRequest{"Invalid JSON", wording(err.Error())}
	}
	return nil
}

func wording(text string) string {
	if text == "unexpected end of JSON input" {
		return "Unexpected end-of-input within/between Object entries"
	}
	return text
}

func deployed(w http.ResponseWriter, status int, plan *core.Plan) {
	w.Header().Set("Marathon-Deployment-Id", plan.ID)
	reply(w, status, map[string]string{"deploymentId": plan.ID, "version": plan.Version})
}

func yes(r *http.Request, name string, otherwise bool) bool {
	if text := r.URL.Query().Get(name); text != "" {
		return strings.EqualFold(text, "true")
	}
	return otherwise
}

func location(r *http.Request, id string) string {
	return "http://" + r.Host + id
}
