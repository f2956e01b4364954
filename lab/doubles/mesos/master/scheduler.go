package master

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"datacentre/lab/doubles/mesos/web"
	"datacentre/lab/doubles/mesos/wire"
)

// serveScheduler is /api/v1/scheduler.
func (m *Master) serveScheduler(w http.ResponseWriter, r *http.Request) {
	if !m.ready(w, r) {
		return
	}
	if r.Method != http.MethodPost {
		web.WrongMethod(w, r, http.MethodPost)
		return
	}
	if !jsonBody(w, r) {
		return
	}
	var call wire.Call
	if !decode(w, r, &call) {
		return
	}
	if problem := invalidCall(&call); problem != "" {
		web.Text(w, http.StatusBadRequest, "Failed to validate scheduler::Call: "+problem)
		return
	}
	if call.Type == "SUBSCRIBE" {
		m.serveStream(w, r, &call)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.frameworks[call.FrameworkID.Value]
	stream := r.Header.Get("Mesos-Stream-Id")
	switch {
	case f == nil:
		web.Text(w, http.StatusBadRequest, "Framework cannot be found")
	case !f.connected:
		web.Text(w, http.StatusForbidden, "Framework is not subscribed")
	case stream == "":
		web.Text(w, http.StatusBadRequest, "All non-subscribe calls should include the 'Mesos-Stream-Id' header")
	case stream != f.streamID:
		web.Text(w, http.StatusBadRequest, "The stream ID '"+stream+"' included in this request didn't match the stream ID currently "+
			"associated with framework ID "+f.id)
	default:
		f.calls[strings.ToLower(call.Type)]++
		if m.perform(f, &call) {
			web.Empty(w, http.StatusAccepted)
		} else {
			web.Text(w, http.StatusNotImplemented, "the double does not implement "+call.Type)
		}
	}
}

// ready answers in place of the handler when this master cannot serve.
func (m *Master) ready(w http.ResponseWriter, r *http.Request) bool {
	m.mu.Lock()
	elected, recovered := m.elected(), m.recovered
	m.mu.Unlock()
	if !elected {
		m.redirect(w, r)
		return false
	}
	if !recovered {
		web.Text(w, http.StatusServiceUnavailable, "Master has not finished recovery")
		return false
	}
	return true
}

// jsonBody refuses requests whose body or reply would not be JSON.
func jsonBody(w http.ResponseWriter, r *http.Request) bool {
	kind := r.Header.Get("Content-Type")
	if kind == "" {
		web.Text(w, http.StatusBadRequest, "Expecting 'Content-Type' to be present")
		return false
	}
	if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
		web.Text(w, http.StatusUnsupportedMediaType, "Expecting 'Content-Type' of application/json (the double reads no protobuf)")
		return false
	}
	if accept := r.Header.Get("Accept"); accept != "" && !strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*") {
		web.Text(w, http.StatusNotAcceptable, "Expecting 'Accept' to allow 'application/json' (the double writes no protobuf)")
		return false
	}
	return true
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	body, err := io.ReadAll(r.Body)
	if err == nil && !json.Valid(body) {
		err = fmt.Errorf("syntax error")
	}
	if err != nil {
		web.Text(w, http.StatusBadRequest, "Failed to parse body into JSON: "+err.Error())
		return false
	}
	if err := json.Unmarshal(body, into); err != nil {
		web.Text(w, http.StatusBadRequest, "Failed to convert JSON into Call protobuf: "+err.Error())
		return false
	}
	return true
}

// invalidCall says what is missing in a call.
func invalidCall(c *wire.Call) string {
	missing := func(absent bool, name string) string {
		if absent {
			return "Expecting '" + name + "' to be present"
		}
		return ""
	}
	if c.Type == "" {
		return "Expecting 'type' to be present"
	}
	if c.Type == "SUBSCRIBE" {
		if c.Subscribe == nil || c.Subscribe.FrameworkInfo == nil {
			return "Expecting 'subscribe' to be present"
		}
		id := c.Subscribe.FrameworkInfo.ID
		if c.FrameworkID != nil && (id == nil || id.Value != c.FrameworkID.Value) {
			return "'framework_id' differs from 'subscribe.framework_info.id'"
		}
		return ""
	}
	if c.FrameworkID == nil {
		return "Expecting 'framework_id' to be present"
	}
	switch c.Type {
	case "ACCEPT":
		return missing(c.Accept == nil, "accept")
	case "DECLINE":
		return missing(c.Decline == nil, "decline")
	case "KILL":
		return missing(c.Kill == nil, "kill")
	case "ACKNOWLEDGE":
		return missing(c.Acknowledge == nil, "acknowledge")
	case "RECONCILE":
		return missing(c.Reconcile == nil, "reconcile")
	}
	return ""
}

// serveStream answers SUBSCRIBE: events in RecordIO frames for as long as both sides are there.
func (m *Master) serveStream(w http.ResponseWriter, r *http.Request, call *wire.Call) {
	if r.Header.Get("Mesos-Stream-Id") != "" {
		web.Text(w, http.StatusBadRequest, "Subscribe calls should not include the 'Mesos-Stream-Id' header")
		return
	}
	f, box, stream := m.subscribe(*call.Subscribe.FrameworkInfo, call.Subscribe.SuppressedRoles, r.RemoteAddr)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Mesos-Stream-Id", stream)
	w.WriteHeader(http.StatusOK)
	done := make(chan struct{})
	defer close(done)
	if f != nil {
		defer m.hungUp(f, box)
		go func() {
			beat := time.NewTicker(heartbeat)
			defer beat.Stop()
			for {
				select {
				case <-done:
					return
				case <-beat.C:
					box.Push(wire.Event{Type: "HEARTBEAT"})
				}
			}
		}()
	}
	control := http.NewResponseController(w)
	for {
		events, ok := box.Next(r.Context())
		if !ok {
			return
		}
		_ = control.SetWriteDeadline(time.Now().Add(time.Minute))
		for _, e := range events {
			data, err := json.Marshal(e)
			if err != nil {
				return
			}
			if _, err := io.WriteString(w, strconv.Itoa(len(data))+"\n"+string(data)); err != nil {
				return
			}
		}
		if control.Flush() != nil {
			return
		}
	}
}

// perform does a call of a subscribed framework; false when the double does not know it. Callers hold mu.
func (m *Master) perform(f *framework, c *wire.Call) bool {
	switch c.Type {
	case "TEARDOWN":
		m.removeFramework(f)
	case "ACCEPT":
		m.accept(f, c.Accept.OfferIDs, c.Accept.Operations, c.Accept.Filters)
	case "DECLINE":
		m.count("master/messages_decline_offers")
		offers, _ := m.takeOffers(f, c.Decline.OfferIDs)
		for _, o := range offers {
			f.refuse(o.agent.id, o.role, o.set, c.Decline.Filters)
		}
		m.wake()
	case "REVIVE":
		m.count("master/messages_revive_offers")
		f.revive(c.Revive)
		m.wake()
	case "SUPPRESS":
		m.count("master/messages_suppress_offers")
		for _, role := range f.named(c.Suppress) {
			f.suppressed[role] = true
		}
	case "KILL":
		m.kill(f, c.Kill.TaskID.Value, c.Kill.AgentID, c.Kill.KillPolicy)
	case "ACKNOWLEDGE":
		m.acknowledge(f, c.Acknowledge.AgentID.Value, c.Acknowledge.TaskID.Value, c.Acknowledge.UUID)
	case "RECONCILE":
		m.count("master/messages_reconcile_tasks")
		if len(c.Reconcile.Tasks) == 0 {
			m.reconcileAll(f)
		}
		for _, t := range c.Reconcile.Tasks {
			m.reconcileOne(f, t.TaskID.Value, t.AgentID)
		}
	case "REQUEST", "MESSAGE", "SHUTDOWN":
		// Hints and messages for custom executors, which the double does not run.
	default:
		return false
	}
	return true
}

func (f *framework) named(r *wire.Roles) []string {
	if r == nil || len(r.Roles) == 0 {
		return f.info.AllRoles()
	}
	return r.Roles
}

// revive lifts suppression and filters of the named roles.
func (f *framework) revive(r *wire.Roles) {
	for _, role := range f.named(r) {
		delete(f.suppressed, role)
		kept := f.filters[:0]
		for _, x := range f.filters {
			if x.role != role {
				kept = append(kept, x)
			}
		}
		f.filters = kept
	}
}
