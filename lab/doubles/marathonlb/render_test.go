package marathonlb

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const someApps = `[
 {"id":"/dock/web","labels":{"HAPROXY_GROUP":"external","HAPROXY_0_VHOST":"web.lab,www.lab"},"networks":[{"mode":"container/bridge"}],
  "container":{"portMappings":[{"containerPort":80,"hostPort":0,"servicePort":10080}]},
  "healthChecks":[{"protocol":"HTTP","path":"/up","portIndex":0,"intervalSeconds":2,"timeoutSeconds":2,"maxConsecutiveFailures":3}],
  "tasks":[{"id":"t1","host":"127.0.0.1","state":"TASK_RUNNING","ports":[31001],"healthCheckResults":[{"alive":true}]},
           {"id":"t2","host":"127.0.0.2","state":"TASK_RUNNING","ports":[31002],"healthCheckResults":[{"alive":false}]},
           {"id":"t3","host":"127.0.0.1","state":"TASK_STAGING","ports":[31003]}]},
 {"id":"/db","labels":{"HAPROXY_GROUP":"internal,external","HAPROXY_0_PORT":"15432","HAPROXY_1_ENABLED":"false"},"networks":[{"mode":"host"}],
  "portDefinitions":[{"port":10001},{"port":10002}],
  "tasks":[{"id":"d1","host":"127.0.0.1","state":"TASK_RUNNING","ports":[31010,31011]}]},
 {"id":"/api","labels":{"HAPROXY_GROUP":"external","HAPROXY_0_VHOST":"web.lab","HAPROXY_0_PATH":"/api","HAPROXY_0_STICKY":"true","HAPROXY_0_AUTH":"realm:joe:secret"},
  "networks":[{"mode":"container","name":"calico"}],"container":{"portMappings":[{"containerPort":8000,"servicePort":10090}]},
  "tasks":[{"id":"a1","host":"127.0.0.1","state":"TASK_RUNNING","ports":[],"ipAddresses":[{"ipAddress":"10.1.2.3"}]},
           {"id":"a2","host":"127.0.0.1","state":"TASK_RUNNING","ports":[31030],"ipAddresses":[]}]},
 {"id":"/hidden","labels":{"HAPROXY_GROUP":"other"},"portDefinitions":[{"port":10004}],"tasks":[{"id":"h","host":"127.0.0.1","state":"TASK_RUNNING","ports":[31020]}]},
 {"id":"/none","labels":{"HAPROXY_GROUP":"external"},"portDefinitions":[{"port":10005}],"tasks":[]}]`

func apps(t *testing.T) []App {
	t.Helper()
	var out []App
	if err := json.Unmarshal([]byte(someApps), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestServices(t *testing.T) {
	var names []string
	count := map[string]int{}
	for _, s := range Services(apps(t), &Args{Groups: []string{"external"}}) {
		names = append(names, s.Name()+" "+s.Mode)
		count[s.Name()] = len(s.Backends)
	}
	if got := strings.Join(names, ", "); got != "api_10090 http, db_15432 tcp, dock_web_10080 http" {
		t.Errorf("got %s", got)
	}
	if count["dock_web_10080"] != 2 {
		t.Errorf("without --health-check both running tasks serve: %v", count)
	}
	for _, s := range Services(apps(t), &Args{Groups: []string{"*"}, HealthCheck: true}) {
		if s.Name() == "dock_web_10080" && (len(s.Backends) != 1 || s.Backends[0].Port != 31001) {
			t.Errorf("with it, only those that Marathon finds healthy: %+v", s.Backends)
		}
		if s.Name() == "api_10090" && (len(s.Backends) != 1 || s.Backends[0].IP != "10.1.2.3" || s.Backends[0].Port != 8000) {
			t.Errorf("a container with its own address, and one that has none yet: %+v", s.Backends)
		}
	}
	if got := Services(apps(t), &Args{Groups: []string{"external"}, Strict: true}); len(got) != 0 {
		t.Errorf("in strict mode nothing is enabled by itself: %+v", got)
	}
}

func TestRender(t *testing.T) {
	a := &Args{Groups: []string{"external"}, Config: filepath.Join(t.TempDir(), "haproxy.cfg")}
	if err := Prepare(a, env()); err != nil {
		t.Fatal(err)
	}
	config, vhosts := Render(Services(apps(t), a), a, env())
	for _, want := range []string{
		"frontend marathon_http_in\n  bind *:80\n", "bind *:443 ssl crt " + a.Dir() + "/cert.pem\n", "monitor-uri /_haproxy_health_check\n",
		"frontend db_15432\n  bind *:15432\n  mode tcp\n  use_backend db_15432\n", "use_backend dock_web_10080 if host_web_lab_dock_web\n",
		"option httpchk GET /up\n  timeout check 2s\n", "server 127_0_0_1_31001 127.0.0.1:31001 id ", " check inter 2s fall 4\n",
		"userlist user_api_10090\n  user joe password secret\n", "acl app__dock_web hdr(x-marathon-app-id) -i /dock/web\n", "path_beg /api\n",
	} {
		if !strings.Contains(config, want) {
			t.Errorf("%q is missing in\n%s", want, config)
		}
	}
	if strings.Index(config, "use_backend api_10090 if host") > strings.Index(config, "use_backend dock_web_10080 if host") {
		t.Error("a rule with a path goes before one without")
	}
	if !strings.Contains(vhosts, "www.lab dock_web_10080\n") {
		t.Errorf("map: %s", vhosts)
	}
	if strings.Contains(config, "db_10002") || strings.Contains(config, "hidden") {
		t.Error("what is disabled or of another group is there")
	}
	again, _ := Render(Services(apps(t), a), a, env())
	if again != config {
		t.Error("the same applications give another configuration")
	}
}

func TestHAProxyTakesTheConfiguration(t *testing.T) {
	if _, err := exec.LookPath("haproxy"); err != nil {
		t.Skip("haproxy is not in the PATH")
	}
	a := &Args{Groups: []string{"*"}, Config: filepath.Join(t.TempDir(), "haproxy.cfg")}
	if err := Prepare(a, env()); err != nil {
		t.Fatal(err)
	}
	config, _ := Render(Services(apps(t), a), a, env())
	if err := replaceFile(a.Config, config); err != nil {
		t.Fatal(err)
	}
	if err := NewProxy(a).Check(a.Config); err != nil {
		t.Error(err)
	}
}

func TestServerIDsAreStableAndUnique(t *testing.T) {
	taken := map[int64]bool{}
	first := serverID("a_1", taken)
	if again := serverID("a_1", taken); again == first || serverID("a_1", map[int64]bool{}) != first {
		t.Errorf("%d %d", first, again)
	}
}
