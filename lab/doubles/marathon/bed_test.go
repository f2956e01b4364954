package marathon_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"datacentre/lab/doubles/internal/testport"
)

// bed is two Marathons at a real ZooKeeper and a Mesos master with two agents.
type bed struct {
	t       *testing.T
	dir     string
	ports   [2]int
	leader  int // index of the one that leads
	image   string
	mu      sync.Mutex
	events  []map[string]any
	process [2]*exec.Cmd
}

func recordings(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("DATACENTRE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "recordings")
	if _, err := os.Stat(filepath.Join(dir, "022-marathon-ping.json")); err != nil {
		t.Skipf("the recordings of the real Marathon are not at %s (DATACENTRE_SHARED names the folder above)", dir)
	}
	return dir
}

func newBed(t *testing.T) *bed {
	t.Helper()
	zk := os.Getenv("DATACENTRE_TEST_ZK")
	if zk == "" {
		t.Skip("DATACENTRE_TEST_ZK=host:port is not given: it needs a ZooKeeper with a Mesos master (at /mesos) and two agents")
	}
	b := &bed{t: t, dir: t.TempDir(), image: os.Getenv("DATACENTRE_TEST_IMAGE")}
	if b.image == "" {
		b.image = "bb:1"
	}
	binary := filepath.Join(b.dir, "marathon")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/marathon").CombinedOutput(); err != nil {
		t.Fatalf("building: %v %s", err, out)
	}
	state := fmt.Sprintf("zk://%s/test-marathon-%d", zk, time.Now().UnixNano())
	for i := range b.ports {
		b.ports[i] = testport.Free(t)
		log, err := os.Create(filepath.Join(b.dir, fmt.Sprintf("marathon%d.log", i)))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, "--master", "zk://"+zk+"/mesos", "--zk", state, "--hostname", "127.0.0.1", "--http_port", fmt.Sprint(b.ports[i]),
			"--failover_timeout", "1") // so that the master soon forgets what a test leaves behind
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		b.process[i] = cmd
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			if t.Failed() {
				text, _ := os.ReadFile(log.Name())
				t.Logf("%s: %s", log.Name(), text)
			}
		})
		b.until(30*time.Second, "an answer of Marathon", func() bool { return b.status(i, "/v2/info") == http.StatusOK })
	}
	b.until(30*time.Second, "a framework id", func() bool { return b.get("/v2/info")["frameworkId"] != nil })
	go b.listen()
	return b
}

func (b *bed) until(limit time.Duration, what string, fn func() bool) {
	b.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if fn() {
			return
		}
	}
	b.t.Fatalf("%s did not come in %s", what, limit)
}

func (b *bed) url(i int, path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d/%s", b.ports[i], strings.TrimPrefix(path, "/"))
}

func (b *bed) status(i int, path string) int {
	response, err := http.Get(b.url(i, path))
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func (b *bed) get(path string) map[string]any {
	response, err := http.Get(b.url(b.leader, path))
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	out := map[string]any{}
	_ = json.NewDecoder(response.Body).Decode(&out)
	return out
}

// app waits until a number in an application's counts is what it shall be.
func (b *bed) app(id, count string, wanted float64) {
	b.t.Helper()
	b.until(60*time.Second, fmt.Sprintf("%s of %s = %v", count, id, wanted), func() bool {
		a, _ := b.get("/v2/apps" + id)["app"].(map[string]any)
		return a[count] == wanted
	})
}

func (b *bed) quiet(id string) {
	b.t.Helper()
	b.until(60*time.Second, "the end of the deployments of "+id, func() bool {
		a, _ := b.get("/v2/apps" + id)["app"].(map[string]any)
		list, _ := a["deployments"].([]any)
		return a != nil && len(list) == 0
	})
}

// replay sends a recorded request and holds the reply against the recorded one.
func (b *bed) replay(dir, number string) map[string]any {
	b.t.Helper()
	r := load(b.t, dir, number)
	return b.compare(r, r.Request.Path)
}

func (b *bed) compare(r recording, path string) map[string]any {
	b.t.Helper()
	target := b.leader
	if strings.HasSuffix(r.Request.To, ":8082") && b.leader == 0 {
		target = 1
	}
	var body io.Reader
	if r.Request.Body != nil {
		text, isText := r.Request.Body.(string)
		if !isText {
			encoded, _ := json.Marshal(r.Request.Body)
			text = strings.ReplaceAll(string(encoded), `"bb:1"`, `"`+b.image+`"`)
		}
		body = bytes.NewReader([]byte(text))
	}
	request, err := http.NewRequest(r.Request.Method, b.url(target, path), body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	if r.Name == "tasks-text" {
		request.Header.Set("Accept", "text/plain")
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	var got any
	if err := json.Unmarshal(text, &got); err != nil {
		b.t.Errorf("%s: not JSON: %s", r.Name, text)
	}
	c := &comparison{image: b.image}
	if response.StatusCode != r.Response.Status {
		c.fault("status %d is wanted, got %d", r.Response.Status, response.StatusCode)
	}
	c.headers(r.Response.Headers, response.Header)
	c.bodies("", "", r.Response.Body, got)
	for _, fault := range c.faults {
		b.t.Errorf("%s (%s %s): %s", r.Name, r.Request.Method, r.Request.Path, fault)
	}
	out, _ := got.(map[string]any)
	return out
}

func (b *bed) listen() {
	request, _ := http.NewRequest(http.MethodGet, b.url(0, "/v2/events"), nil)
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			event := map[string]any{}
			if json.Unmarshal([]byte(data), &event) == nil {
				b.mu.Lock()
				b.events = append(b.events, event)
				b.mu.Unlock()
			}
		}
	}
}

func (b *bed) seen() []map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]map[string]any(nil), b.events...)
}

// remove deletes an application and waits until it is gone.
func (b *bed) remove(id string) {
	b.t.Helper()
	request, _ := http.NewRequest(http.MethodDelete, b.url(b.leader, "/v2/apps"+id), nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = response.Body.Close()
	b.until(30*time.Second, "the end of "+id, func() bool {
		response, err := http.Get(b.url(b.leader, "/v2/deployments"))
		if err != nil {
			return false
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return !strings.Contains(string(text), `"`+id+`"`)
	})
}
