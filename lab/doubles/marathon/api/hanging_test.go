package api

import (
	"strings"
	"testing"
)

// deployments gives their ids, as GET /v2/deployments lists them.
func (s *site) deployments() string {
	_, body, _ := s.ask("GET", "/v2/deployments", "")
	text, _ := body["text"].(string)
	return text
}

// Seen on Marathon 1.11.24: the deployment of a definition that is there already has no steps, so it conflicts with none.
func TestADeploymentThatHangsStaysUntilItIsCancelled(t *testing.T) {
	s := newSite(t)
	const a = `{"id":"/a","cmd":"sleep 1","cpus":0.1,"mem":16}`
	_, first, _ := s.ask("PUT", "/v2/apps/a?force=true&partialUpdate=false", a)
	id, _ := first["deploymentId"].(string)
	if id == "" || !strings.Contains(s.deployments(), id) {
		t.Fatalf("%v %s", first, s.deployments())
	}
	for _, query := range []string{"?force=true&partialUpdate=false", "?partialUpdate=false"} {
		status, again, _ := s.ask("PUT", "/v2/apps/a"+query, a)
		other, _ := again["deploymentId"].(string)
		if status != 200 || other == "" || other == id || strings.Contains(s.deployments(), other) || !strings.Contains(s.deployments(), id) {
			t.Errorf("%s: %d %v; %s", query, status, again, s.deployments())
		}
	}
	if _, shown, _ := s.ask("GET", "/v2/apps/a", ""); shown["app"].(map[string]any)["version"] != first["version"] {
		t.Errorf("another version: %v", shown)
	}
	if status, _, _ := s.ask("DELETE", "/v2/deployments/"+id+"?force=true", ""); status != 202 || strings.Contains(s.deployments(), id) {
		t.Errorf("cancelled: %d, %s", status, s.deployments())
	}
	if _, shown, _ := s.ask("GET", "/v2/apps/a", ""); shown["app"].(map[string]any)["version"] != first["version"] {
		t.Errorf("rolled back: %v", shown)
	}
	if status, again, _ := s.ask("POST", "/v2/apps/a/restart?force=true", ""); status != 200 || again["version"] == first["version"] ||
		!strings.Contains(s.deployments(), "RestartApplication") {
		t.Errorf("restarted: %d %v, %s", status, again, s.deployments())
	}
}
