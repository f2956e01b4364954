package api

import (
	"net/http"
	"strings"
	"time"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/core"
	"datacentre/lab/doubles/marathon/mesosapi"
)

func (s *Server) queue(w http.ResponseWriter, r *http.Request, rest string) {
	if id, ok := strings.CutSuffix(rest, "/delay"); ok && r.Method == http.MethodDelete {
		if id = app.Resolve("/", id); !s.Core.ResetDelay(id) {
			missing(w, "Application "+id+" not found in tasks queue.")
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if r.Method != http.MethodGet {
		message(w, http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	}
	withOffers := false
	for _, e := range r.URL.Query()["embed"] {
		withOffers = withOffers || e == "lastUnusedOffers"
	}
	items := []map[string]any{}
	for _, q := range s.Core.Queue() {
		items = append(items, queueItem(q, withOffers, time.Now()))
	}
	reply(w, http.StatusOK, map[string]any{"queue": items})
}

func queueItem(q core.Queued, withOffers bool, now time.Time) map[string]any {
	left := q.Until.Sub(now)
	last := map[string]int{}
	for _, u := range q.Last {
		for _, reason := range core.Reasons {
			if contains(u.Reasons, reason) {
				last[reason]++
				break
			}
		}
	}
	summary := map[string]any{"processedOffersCount": q.Processed, "unusedOffersCount": q.UnusedCount,
		"rejectSummaryLastOffers": funnel(len(q.Last), last), "rejectSummaryLaunchAttempt": funnel(q.Processed, q.Rejected)}
	if !q.LastUnused.IsZero() {
		summary["lastUnusedOfferAt"] = app.Stamp(q.LastUnused)
	}
	if !q.LastUsed.IsZero() {
		summary["lastUsedOfferAt"] = app.Stamp(q.LastUsed)
	}
	item := map[string]any{"count": q.Count, "role": q.App.Role, "since": app.Stamp(q.Since), "app": q.App, "processedOffersSummary": summary,
		"delay": map[string]any{"timeLeftSeconds": max(0, int(left.Seconds())), "overdue": left < 0}}
	if withOffers {
		offers := []map[string]any{}
		for _, u := range q.Last {
			offers = append(offers, map[string]any{"offer": offerView(u.Offer), "reason": u.Reasons, "timestamp": app.Stamp(u.At)})
		}
		item["lastUnusedOffers"] = offers
	}
	return item
}

func contains(list []string, text string) bool {
	for _, s := range list {
		if s == text {
			return true
		}
	}
	return false
}

// funnel tells for each reason how many offers came that far and how many went no further.
func funnel(processed int, declined map[string]int) []map[string]any {
	out := []map[string]any{}
	for _, reason := range core.Reasons {
		out = append(out, map[string]any{"reason": reason, "declined": declined[reason], "processed": processed})
		processed -= declined[reason]
	}
	return out
}

func offerView(o mesosapi.Offer) map[string]any {
	resources := []map[string]any{}
	for _, r := range o.Resources {
		role := r.Role
		if role == "" {
			role = "*"
		}
		view := map[string]any{"name": r.Name, "role": role}
		if r.Scalar != nil {
			view["scalar"] = app.Float(r.Scalar.Value)
		}
		if r.Ranges != nil {
			view["ranges"] = r.Ranges.Range
		}
		resources = append(resources, view)
	}
	attributes := []map[string]any{}
	for _, a := range o.Attributes {
		view := map[string]any{"name": a.Name}
		switch {
		case a.Text != nil:
			view["text"] = a.Text.Value
		case a.Scalar != nil:
			view["scalar"] = app.Float(a.Scalar.Value)
		case a.Ranges != nil:
			view["ranges"] = a.Ranges.Range
		case a.Set != nil:
			view["set"] = a.Set.Item
		}
		attributes = append(attributes, view)
	}
	return map[string]any{"id": o.ID.Value, "hostname": o.Hostname, "agentId": o.Agent.Value, "resources": resources, "attributes": attributes}
}

func (s *Server) deployments(w http.ResponseWriter, r *http.Request, rest string) {
	id := strings.Trim(rest, "/")
	if r.Method == http.MethodDelete && id != "" {
		plan, err := s.Core.Cancel(id, yes(r, "force", false))
		switch {
		case err != nil:
			fail(w, err)
		case plan == nil:
			w.WriteHeader(http.StatusAccepted)
		default:
			deployed(w, http.StatusOK, plan)
		}
		return
	}
	if r.Method != http.MethodGet || id != "" {
		message(w, http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	}
	list := []map[string]any{}
	for _, d := range s.Core.Deployments() {
		actions := []map[string]any{}
		if d.Step < len(d.Plan.Steps) {
			for _, a := range d.Plan.Steps[d.Step].Actions {
				actions = append(actions, map[string]any{"action": a.Kind, "app": a.App.ID, "readinessCheckResults": s.Core.Readiness(a.App.ID)})
			}
		}
		list = append(list, map[string]any{"id": d.Plan.ID, "version": d.Plan.Version, "steps": d.Plan.StepsJSON(), "affectedApps": d.Plan.Apps(),
			"affectedPods": []any{}, "currentActions": actions, "currentStep": d.Step + 1, "totalSteps": len(d.Plan.Steps)})
	}
	reply(w, http.StatusOK, list)
}

func (s *Server) gauges() map[string]any {
	staged, running := 0, 0
	for _, i := range s.Core.Instances("") {
		switch i.Condition {
		case core.Running:
			running++
		case core.Provisioned, core.Staging, core.Starting:
			staged++
		}
	}
	groups := 0
	s.Core.Root().Walk(func(*app.Group) { groups++ })
	out := map[string]any{}
	for name, n := range map[string]int{"apps.active": len(s.Core.Root().All()), "groups.active": groups, "pods.active": 0,
		"instances.running": running, "instances.staged": staged, "deployments.active": len(s.Core.Deployments())} {
		out["marathon."+name+".gauge"] = map[string]any{"value": app.Float(n)}
	}
	return out
}
