package api

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"datacentre/lab/doubles/marathon/conf"
	"datacentre/lab/doubles/marathon/core"
	"datacentre/lab/doubles/marathon/store"
)

type silentMesos struct{}

func (silentMesos) Call(string, any) error { return nil }

type site struct {
	*httptest.Server
	t     *testing.T
	front *Front
	conf  *conf.Config
}

// newSite is a leading Marathon at a Mesos that never offers anything.
func newSite(t *testing.T, args ...string) *site {
	t.Helper()
	c, err := conf.Load(nil, append([]string{"--master", "m:5050", "--hostname", "h", "--http_port", "1"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(store.NewMemory(), "/marathon/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := core.New(c, kept, silentMesos{}, core.NewBus(100))
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	engine.Start(stop)
	engine.SetFramework("F", "")
	front := NewFront(c)
	front.Leads(c.Self(), &Server{Core: engine, Conf: c, Version: "v", Leader: front.Leader, Abdicate: func() {}})
	server := httptest.NewServer(Common(c, front))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); close(stop) })
	return &site{server, t, front, c}
}

func (s *site) ask(method, path, body string) (int, map[string]any, http.Header) {
	s.t.Helper()
	request, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		out["text"] = string(text)
	}
	return response.StatusCode, out, response.Header
}

func TestAnswers(t *testing.T) {
	s := newSite(t)
	const a = `{"id":"/g/a","cmd":"sleep 1","cpus":0.1,"mem":16,"labels":{"team":"x"}}`
	steps := []struct {
		method, path, body string
		status             int
		want               string // in the reply
	}{
		{"GET", "/ping", "", 200, "pong"},
		{"GET", "/v2/apps/g/a", "", 404, "App '/g/a' does not exist"},
		{"POST", "/v2/apps", a, 201, `"id":"/g/a"`},
		{"POST", "/v2/apps", a, 409, "An app with id [/g/a] already exists."},
		{"POST", "/v2/apps", `{"id": "x", `, 400, "Unexpected end-of-input"},
		{"POST", "/v2/apps", `[]`, 422, "error.expected.jsobject"},
		{"POST", "/v2/apps", `{"id":"/x"}`, 422, "AppDefinition must either contain"},
		{"PUT", "/v2/apps/g/a", `{"instances":2}`, 409, "App is locked"},
		{"PUT", "/v2/apps/g/a?force=true", `{"instances":2}`, 200, "deploymentId"},
		{"PATCH", "/v2/apps/g/none", `{"instances":2}`, 404, "App '/g/none' does not exist"},
		{"PUT", "/v2/apps/g/new", `{"cmd":"sleep 1"}`, 201, "deploymentId"},
		{"PUT", "/v2/apps/g/a?force=true", `{"version":"2000-01-01T00:00:00.000Z"}`, 404, "does not exist in version"},
		{"PUT", "/v2/apps/g/a?force=true", `{"version":"2000-01-01T00:00:00.000Z","cpus":1}`, 422, "may only be combined"},
		{"GET", "/v2/apps?label=team%3D%3Dx", "", 200, `"id":"/g/a"`},
		{"GET", "/v2/apps?label=team!%3Dx", "", 200, `"id":"/g/new"`},
		{"GET", "/v2/apps?label=team%20in%20(x,y)", "", 200, `"id":"/g/a"`},
		{"GET", "/v2/apps?id=NEW", "", 200, `"id":"/g/new"`},
		{"GET", "/v2/apps/g/*", "", 200, `"*"`},
		{"GET", "/v2/apps/g/a/versions", "", 200, "versions"},
		{"GET", "/v2/apps/g/a/tasks", "", 200, `"tasks":[]`},
		{"GET", "/v2/groups/g", "", 200, `"enforceRole":false`},
		{"GET", "/v2/groups/none", "", 404, "Group '/none' does not exist"},
		{"POST", "/v2/groups", `{"id":"/g"}`, 409, "Group /g is already created. Use PUT to change this group."},
		{"PUT", "/v2/groups/h?dryRun=true", `{"apps":[{"id":"b","cmd":"sleep 1"}]}`, 200, "StartApplication"},
		{"GET", "/v2/groups/h", "", 404, "does not exist"},
		{"PUT", "/v2/groups/h", `{"apps":[{"id":"b","cmd":"sleep 1"},{"id":"c","cmd":"sleep 1","dependencies":["b"]}]}`, 200, "deploymentId"},
		{"PUT", "/v2/groups/h?force=true", `{"apps":[{"id":"b","cmd":"sleep 1","dependencies":["b2"]},{"id":"b2","cmd":"sleep 1","dependencies":["b"]}]}`, 422, "cycles"},
		{"DELETE", "/v2/groups/h", "", 409, "App is locked"},
		{"DELETE", "/v2/groups/h?force=true", "", 200, "deploymentId"},
		{"DELETE", "/v2/deployments/none", "", 404, "DeploymentPlan none does not exist"},
		{"POST", "/v2/tasks/delete", `{"ids":["nonsense"]}`, 400, "Invalid task id 'nonsense'"},
		{"DELETE", "/v2/apps/g/a/tasks?scale=true&wipe=true", "", 400, "You cannot use scale and wipe at the same time."},
		{"DELETE", "/v2/queue/g/a/delay", "", 204, ""},
		{"DELETE", "/v2/queue/none/delay", "", 404, "Application /none not found in tasks queue."},
		{"GET", "/v2/queue?embed=lastUnusedOffers", "", 200, "lastUnusedOffers"},
		{"GET", "/v2/info", "", 200, `"frameworkId":"F"`},
		{"POST", "/v2/info/x", "", 200, "marathon_config"},
		{"GET", "/v2/events", "", 405, "not supported"},
		{"GET", "/v2/nothing", "", 500, "URI not found"},
		{"GET", "/", "", 302, ""},
	}
	for _, step := range steps {
		status, body, _ := s.ask(step.method, step.path, step.body)
		text, _ := json.Marshal(body)
		unescaped := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(text))
		if status != step.status || !strings.Contains(unescaped, step.want) {
			t.Errorf("%s %s: %d %s; want %d %s", step.method, step.path, status, text, step.status, step.want)
		}
	}
}

func TestContentTypes(t *testing.T) {
	s := newSite(t)
	response, err := http.Post(s.URL+"/v2/apps", "application/x-www-form-urlencoded", strings.NewReader(`{"id":"/a","cmd":"sleep 1"}`))
	if err != nil || response.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("%v %v", response, err)
	}
	request, _ := http.NewRequest(http.MethodGet, s.URL+"/v2/tasks", nil)
	request.Header.Set("Accept", "text/plain")
	if response, err = http.DefaultClient.Do(request); err != nil || response.StatusCode != http.StatusNotAcceptable {
		t.Errorf("%v %v", response, err)
	}
	if response.Header.Get("X-Marathon-Leader") != "http://h:1" || response.Header.Get("X-Datacentre-Lab") != "double" {
		t.Errorf("%v", response.Header)
	}
}

func TestCredentials(t *testing.T) {
	s := newSite(t, "--http_credentials", "me:secret")
	if status, _, header := s.ask("GET", "/v2/apps", ""); status != http.StatusUnauthorized || !strings.Contains(header.Get("WWW-Authenticate"), "Mesosphere") ||
		header.Get("X-Marathon-Leader") != "" || header.Get("X-Frame-Options") != "" {
		t.Errorf("%d %v", status, header)
	}
	request, _ := http.NewRequest(http.MethodGet, s.URL+"/v2/apps", nil)
	request.SetBasicAuth("me", "secret")
	if response, err := http.DefaultClient.Do(request); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%v %v", response, err)
	}
}

func TestEventFilter(t *testing.T) {
	s := newSite(t)
	request, _ := http.NewRequest(http.MethodGet, s.URL+"/v2/events?event_type=group_change_success", nil)
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("%v %v", response, err)
	}
	defer response.Body.Close()
	time.Sleep(50 * time.Millisecond)
	s.ask("POST", "/v2/apps", `{"id":"/a","cmd":"sleep 1"}`)
	lines := bufio.NewReader(response.Body)
	if first, err := lines.ReadString('\n'); err != nil || first != "event: group_change_success\r\n" {
		t.Errorf("%q %v", first, err)
	}
	if data, err := lines.ReadString('\n'); err != nil || !strings.Contains(data, `"groupId":"/"`) {
		t.Errorf("%q %v", data, err)
	}
}

func TestStandby(t *testing.T) {
	leading := newSite(t)
	c, err := conf.Load(nil, []string{"--master", "m:5050", "--hostname", "standby", "--http_port", "2"})
	if err != nil {
		t.Fatal(err)
	}
	front := NewFront(c)
	standby := &site{httptest.NewServer(Common(c, front)), t, front, c}
	defer standby.Close()
	at := strings.TrimPrefix(leading.URL, "http://")
	front.Leads(at, nil)
	status, _, header := standby.ask("POST", "/v2/apps", `{"id":"/a","cmd":"sleep 1"}`)
	if status != http.StatusCreated || header.Get("X-Marathon-Via") != "1.1 standby:2" || header.Get("Marathon-Deployment-Id") == "" ||
		header.Get("X-Marathon-Leader") != "http://h:1" {
		t.Errorf("proxied: %d %v", status, header)
	}
	if status, _, header = standby.ask("GET", "/v2/events?event_type=x", ""); status != http.StatusFound || header.Get("Location") != "http://"+at+"/v2/events?event_type=x" ||
		header.Get("X-Marathon-Leader") != "" {
		t.Errorf("events: %d %v", status, header)
	}
	// Who has the header of this very Marathon has been here: refused before the leader is asked, in every spelling of it.
	for via, want := range map[string]int{"1.1 standby:2": http.StatusBadGateway, "1.1 other:2": http.StatusOK} {
		request, _ := http.NewRequest(http.MethodGet, standby.URL+"/v2/apps", nil)
		request.Header["x-marathon-via"] = []string{"1.1 another:2", via}
		response, err := http.DefaultClient.Do(request)
		if err != nil || response.StatusCode != want || (want != http.StatusOK) != (response.Header.Get("X-Marathon-Leader") == "") {
			t.Errorf("passed by %s: %v %v", via, response, err)
		}
	}
	front.Leads(strings.TrimPrefix(standby.URL, "http://"), nil)
	if status, body, _ := standby.ask("GET", "/v2/apps", ""); status != http.StatusBadGateway || !strings.Contains(body["text"].(string), "Detected proxying loop.") {
		t.Errorf("loop: %d %v", status, body)
	}
	front.Leads("127.0.0.1:1", nil)
	if status, body, header := standby.ask("GET", "/v2/apps", ""); status != http.StatusBadGateway ||
		!strings.Contains(body["text"].(string), "Connection to leader refused.") || header.Get("X-Marathon-Leader") != "" {
		t.Errorf("refused: %d %v", status, body)
	}
	front.Leads("", nil)
	if status, body, _ := standby.ask("GET", "/ping", ""); status != http.StatusBadGateway || !strings.Contains(body["text"].(string), "Could not determine the current leader") {
		t.Errorf("nobody leads: %d %v", status, body)
	}
}
