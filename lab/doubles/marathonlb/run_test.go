package marathonlb

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"datacentre/lab/doubles/internal/testport"
)

// stage is a Marathon that tells what it is told to, and the ports of one HAProxy.
type stage struct {
	mu      sync.Mutex
	apps    string
	streams []chan string
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v2/events" {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, _ = io.WriteString(w, `{"apps":[`+s.apps+`]}`)
		return
	}
	stream := make(chan string, 10)
	s.mu.Lock()
	s.streams = append(s.streams, stream)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	w.(http.Flusher).Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case text := <-stream:
			_, _ = io.WriteString(w, text)
			w.(http.Flusher).Flush()
		}
	}
}

func (s *stage) set(apps string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps = apps
	for _, stream := range s.streams {
		stream <- "event: status_update_event\r\ndata: {}\r\n\r\n"
	}
}

func fetch(url, host string) string {
	request, _ := http.NewRequest(http.MethodGet, url, nil)
	request.Host = host
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return fmt.Sprintf("%d %s", response.StatusCode, text)
}

func until(t *testing.T, what string, fn func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if fn() {
			return
		}
	}
	t.Fatalf("%s did not come about", what)
}

// echo answers every line with its name, for as long as the connection lives.
func echo(t *testing.T, name string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buffer := make([]byte, 100)
				for {
					if _, err := conn.Read(buffer); err != nil {
						return
					}
					if _, err := io.WriteString(conn, name); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func say(conn net.Conn) string {
	_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := io.WriteString(conn, "?\n"); err != nil {
		return err.Error()
	}
	buffer := make([]byte, 100)
	n, err := conn.Read(buffer)
	if err != nil {
		return err.Error()
	}
	return string(buffer[:n])
}

// TestWithRealHAProxy: the health check, routes by port and by virtual host, a reload that does not cut
// connections, a second Marathon when the first one is gone, and an application with bad labels.
func TestWithRealHAProxy(t *testing.T) {
	if _, err := exec.LookPath("haproxy"); err != nil {
		t.Skip("haproxy is not in the PATH")
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "web") }))
	defer web.Close()
	_, webPort, _ := net.SplitHostPort(strings.TrimPrefix(web.URL, "http://"))
	one, two := echo(t, "one"), echo(t, "two")
	marathon := &stage{}
	first, second := httptest.NewServer(marathon), httptest.NewServer(marathon)
	defer second.Close()
	var ports [6]int
	for n := range ports {
		ports[n] = testport.Free(t)
	}
	stats, vhosts, https, appID, tcp, webService := ports[0], ports[1], ports[2], ports[3], ports[4], ports[5]
	a := &Args{Mode: "sse", Marathons: []string{first.URL, second.URL}, Groups: []string{"external"}, Config: filepath.Join(t.TempDir(), "haproxy.cfg"),
		PollEvery: time.Hour}
	settings := env("HAPROXY_HEAD", strings.ReplaceAll(head(a), "0.0.0.0:9090", fmt.Sprintf("127.0.0.1:%d", stats)),
		"HAPROXY_HTTP_FRONTEND_HEAD", fmt.Sprintf("\nfrontend marathon_http_in\n  bind 127.0.0.1:%d\n  mode http\n", vhosts),
		"HAPROXY_HTTPS_FRONTEND_HEAD", fmt.Sprintf("\nfrontend marathon_https_in\n  bind 127.0.0.1:%d ssl {sslCerts}\n  mode http\n", https),
		"HAPROXY_HTTP_FRONTEND_APPID_HEAD", fmt.Sprintf("\nfrontend marathon_http_appid_in\n  bind 127.0.0.1:%d\n  mode http\n", appID))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, a, settings, NewProxy(a)) }()
	defer func() { cancel(); <-ended }()
	at := func(port int, path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", port, path) }
	until(t, "the health check", func() bool { return strings.HasPrefix(fetch(at(stats, "/_haproxy_health_check"), ""), "200") })

	service := func(id string, service int, labels string, task string) string {
		return fmt.Sprintf(`{"id":%q,"labels":{"HAPROXY_GROUP":"external"%s},"portDefinitions":[{"port":%d}],"tasks":[{"id":"t","host":"127.0.0.1","state":"TASK_RUNNING","ports":[%s]}]}`,
			id, labels, service, task)
	}
	webApp := service("/web", webService, `,"HAPROXY_0_VHOST":"web.lab"`, webPort)
	until(t, "a stream", func() bool { marathon.mu.Lock(); defer marathon.mu.Unlock(); return len(marathon.streams) > 0 })
	marathon.set(webApp + "," + service("/echo", tcp, "", fmt.Sprint(one)))
	until(t, "the route by virtual host", func() bool { return fetch(at(vhosts, "/"), "web.lab") == "200 web" })
	if got := fetch(at(webService, "/"), ""); got != "200 web" {
		t.Errorf("by service port: %s", got)
	}
	if got := fetch(at(vhosts, "/"), "other.lab"); !strings.HasPrefix(got, "503") {
		t.Errorf("an unknown host: %s", got)
	}
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", tcp))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := say(conn); got != "one" {
		t.Fatalf("before: %s", got)
	}
	marathon.set(webApp + "," + service("/echo", tcp, "", fmt.Sprint(two)))
	until(t, "the other backend", func() bool {
		fresh, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", tcp))
		if err != nil {
			t.Errorf("refused during the reload: %v", err)
			return true
		}
		defer fresh.Close()
		return say(fresh) == "two"
	})
	if got := say(conn); got != "one" {
		t.Errorf("the old connection after the reload: %s", got)
	}
	if got := fetch(at(stats, "/_haproxy_getconfig"), ""); !strings.Contains(got, "backend echo_") {
		t.Errorf("getconfig: %s", got)
	}
	if got := fetch(at(stats, "/_haproxy_getvhostmap"), ""); !strings.Contains(got, "web.lab web_") {
		t.Errorf("getvhostmap: %s", got)
	}
	if response, err := http.Get(at(stats, "/_haproxy_getconfig")); err != nil || response.Header.Get("X-Datacentre-Lab") != "double" {
		t.Errorf("label: %v %v", response, err)
	} else {
		_ = response.Body.Close()
	}
	if got := fetch(at(stats, "/haproxy?stats"), ""); !strings.Contains(got, "Statistics Report") {
		t.Errorf("stats: %.100s", got)
	}
	first.CloseClientConnections()
	first.Close()
	until(t, "a stream from the second Marathon", func() bool { marathon.mu.Lock(); defer marathon.mu.Unlock(); return len(marathon.streams) > 1 })
	bad := service("/bad", testport.Free(t), `,"HAPROXY_0_BALANCE":"sideways"`, fmt.Sprint(one))
	marathon.set(webApp + "," + bad + "," + service("/echo", tcp, "", fmt.Sprint(one)))
	until(t, "the first backend again", func() bool {
		fresh, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", tcp))
		if err != nil {
			return false
		}
		defer fresh.Close()
		return say(fresh) == "one"
	})
	if got := fetch(at(stats, "/_haproxy_getconfig"), ""); strings.Contains(got, "backend bad_") {
		t.Error("an application that HAProxy does not take is in its configuration")
	}
}
