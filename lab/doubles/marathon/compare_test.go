package marathon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// recording is one request to the real Marathon and what it answered.
type recording struct {
	Name    string `json:"name"`
	Request struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		To     string `json:"to"`
		Body   any    `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	} `json:"response"`
}

func load(t *testing.T, dir, number string) recording {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, number+"-*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no recording %s in %s", number, dir)
	}
	for _, name := range names {
		if len(names) > 1 && strings.Contains(name, "cleanup") {
			continue
		}
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var r recording
		if err := json.Unmarshal(body, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Fatalf("only a clean-up is recorded as %s", number)
	return recording{}
}

// changing names the members whose values differ from run to run; their types are compared all the same.
var changing = map[string]bool{
	"version": true, "versions": true, "timestamp": true, "lastScalingAt": true, "lastConfigChangeAt": true, "deploymentId": true, "id": true,
	"stagedAt": true, "startedAt": true, "host": true, "hostname": true, "slaveId": true, "agentId": true, "ports": true, "ipAddress": true,
	"taskId": true, "instanceId": true, "leader": true, "averageSeconds": true, "medianSeconds": true, "since": true, "firstSuccess": true,
	"lastSuccess": true, "lastFailure": true, "lastFailureCause": true, "consecutiveFailures": true, "port": true, "frameworkId": true,
	"name": true, "buildref": true, "master": true, "zk": true, "mesos_leader_ui_url": true, "http_port": true, "servicePorts": true,
	"timeLeftSeconds": true, "lastUnusedOfferAt": true, "lastUsedOfferAt": true, "processedOffersCount": true, "unusedOffersCount": true,
	"declined": true, "processed": true, "failover_timeout": true, "begin": true, "end": true, "scalar": true,
}

// may names members that are there only at times.
var may = map[string]bool{"lastTaskFailure": true, "lastUsedOfferAt": true, "lastUnusedOfferAt": true, "lastFailure": true,
	"lastFailureCause": true, "firstSuccess": true, "lastSuccess": true, "startedAt": true, "stagedAt": true, "message": false}

type comparison struct {
	image  string // stands in for the recorded image
	faults []string
}

func (c *comparison) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *comparison) bodies(path, key string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			c.fault("%s: an object is wanted, got %T", path, got)
			return
		}
		for name := range w {
			if _, there := g[name]; !there && !may[name] {
				c.fault("%s/%s is missing", path, name)
			}
		}
		for name, value := range g {
			if _, known := w[name]; !known && !may[name] {
				c.fault("%s/%s is not in the recording (%v)", path, name, value)
			} else if known {
				c.bodies(path+"/"+name, name, w[name], value)
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok {
			c.fault("%s: an array is wanted, got %T", path, got)
			return
		}
		if len(w) != len(g) && !changing[key] {
			c.fault("%s: %d elements are wanted, got %d", path, len(w), len(g))
		}
		w, g = ordered(w), ordered(g)
		for i := range w {
			if i < len(g) {
				c.bodies(fmt.Sprintf("%s(%d)", path, i), key, w[i], g[i])
			}
		}
	case nil:
		if got != nil && !changing[key] {
			c.fault("%s: null is wanted, got %v", path, got)
		}
	default:
		c.scalars(path, key, want, got)
	}
}

func (c *comparison) scalars(path, key string, want, got any) {
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		c.fault("%s: %T is wanted, got %T", path, want, got)
		return
	}
	text, isText := want.(string)
	if key == "image" && text == "bb:1" {
		return
	}
	// An id that is a path names an application and is the same in every run.
	if changing[key] && !(key == "id" && isText && strings.HasPrefix(text, "/")) {
		return
	}
	// Why a check failed depends on what answers at the port.
	const killed = "Task was killed since health check failed. Reason: "
	if other, _ := got.(string); strings.HasPrefix(text, killed) && strings.HasPrefix(other, killed) {
		return
	}
	if want != got {
		c.fault("%s: %v is wanted, got %v", path, want, got)
	}
}

// ordered sorts elements that have a name, a path or an application, since their order means nothing.
func ordered(list []any) []any {
	key := func(v any) string {
		m, _ := v.(map[string]any)
		for _, name := range []string{"path", "reason", "app", "id"} {
			if text, ok := m[name].(string); ok {
				return name + text
			}
		}
		if steps, ok := m["affectedApps"].([]any); ok {
			return fmt.Sprint(steps)
		}
		if a, ok := m["app"].(map[string]any); ok {
			return fmt.Sprint(a["id"])
		}
		return ""
	}
	out := append([]any(nil), list...)
	sort.SliceStable(out, func(i, j int) bool { return key(out[i]) < key(out[j]) })
	return out
}

func (c *comparison) headers(want map[string]string, got http.Header) {
	for name, value := range want {
		have := got.Get(name)
		if have == "" {
			c.fault("header %s is missing", name)
		}
		if name == "Content-Type" && !strings.HasPrefix(have, value) {
			c.fault("header %s: %s is wanted, got %s", name, value, have)
		}
		if name == "X-Marathon-Via" && !strings.HasPrefix(have, "1.1 ") {
			c.fault("header %s: %s", name, have)
		}
	}
	if _, recorded := want["X-Marathon-Via"]; !recorded && got.Get("X-Marathon-Via") != "" {
		c.fault("the leader's own reply came through a proxy")
	}
}
