// Package mesos holds the doubles' packages; here they are held against what the real programs answered.
package mesos

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"datacentre/lab/doubles/internal/testport"
)

// recording is one request and what the real program answered to it.
type recording struct {
	Request  struct{ Method, Path, To string }
	Response struct {
		Status  int
		Headers map[string]string
		Body    any
	}
}

// The addresses of the recordings and what answered there.
var roles = map[string]string{"127.0.0.1:5053": "leader", "127.0.0.1:5051": "standby", "127.0.0.1:5052": "standby", "127.0.0.1:5061": "agent"}

func TestRecordings(t *testing.T) {
	shared, zk := os.Getenv("DATACENTRE_SHARED"), os.Getenv("DATACENTRE_TEST_ZK")
	if shared == "" || zk == "" {
		t.Skip("set DATACENTRE_SHARED (the folder that holds `recordings`) and DATACENTRE_TEST_ZK (host:port of a ZooKeeper) to compare with the recordings")
	}
	if _, err := exec.LookPath("docker"); err != nil {
		t.Skip("there is no docker command, which an agent with the recorded flags asks for its version")
	}
	var files []string
	for i := 1; i <= 21; i++ {
		found, _ := filepath.Glob(filepath.Join(shared, "recordings", fmt.Sprintf("%03d-mesos-*.json", i)))
		files = append(files, found...)
	}
	if len(files) != 21 {
		t.Fatalf("%d of the 21 recordings are in %s", len(files), shared)
	}
	bed := startBed(t, zk)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want recording
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			bed.replay(t, want)
		})
	}
}

// replay asks a double what the real one was asked, and compares status, headers and the body's shape.
func (b *bed) replay(t *testing.T, want recording) {
	request, err := http.NewRequest(want.Request.Method, "http://"+b.at[roles[want.Request.To]]+"/"+want.Request.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, _ := io.ReadAll(reply.Body)
	if reply.StatusCode != want.Response.Status {
		t.Errorf("status %d, recorded %d", reply.StatusCode, want.Response.Status)
	}
	if reply.Header.Get("X-Datacentre-Lab") != "double" {
		t.Error("the reply is not marked as a double's")
	}
	for name, value := range want.Response.Headers {
		value = strings.ReplaceAll(value, "127.0.0.1:5053", b.at["leader"])
		if got := reply.Header.Get(name); got != value {
			t.Errorf("header %s: %q, recorded %q", name, got, value)
		}
	}
	if _, recorded := want.Response.Headers["Content-Type"]; !recorded && reply.Header.Get("Content-Type") != "" {
		t.Errorf("a content type %q where none was recorded", reply.Header.Get("Content-Type"))
	}
	if text, ok := want.Response.Body.(string); ok {
		if string(body) != text {
			t.Errorf("body %q, recorded %q", body, text)
		}
		return
	}
	var got any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	for _, difference := range differences("", want.Response.Body, got) {
		t.Error(difference)
	}
}

// An id of a framework is part of metrics' names.
var frameworkID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{4}`)

// differences compares key sets and JSON types, not values. A recorded empty list says nothing of its elements.
func differences(path string, want, got any) []string {
	if a, b := fmt.Sprintf("%T", want), fmt.Sprintf("%T", got); a != b {
		return []string{fmt.Sprintf("%s: %s, recorded %s", path, b, a)}
	}
	var all []string
	switch w := want.(type) {
	case map[string]any:
		theirs, ours := named(w), named(got.(map[string]any))
		for name, value := range theirs {
			if mine, ok := ours[name]; ok {
				all = append(all, differences(path+"/"+name, value, mine)...)
			} else {
				all = append(all, path+": lacks "+name)
			}
		}
		for name := range ours {
			if _, ok := theirs[name]; !ok {
				all = append(all, path+": has "+name+", which was not recorded")
			}
		}
	case []any:
		g := got.([]any)
		if len(w) > 0 && len(g) == 0 {
			return []string{path + ": an empty list, recorded with elements"}
		}
		for i := range g {
			if len(w) > 0 {
				all = append(all, differences(fmt.Sprintf("%s[%d]", path, i), w[min(i, len(w)-1)], g[i])...)
			}
		}
	}
	sort.Strings(all)
	return all
}

func named(m map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range m {
		out[frameworkID.ReplaceAllString(name, "ID")] = value
	}
	return out
}

// bed is a cluster of doubles: three masters, two agents and a subscribed framework, as when it was recorded.
type bed struct {
	at map[string]string // role to host:port
}

func startBed(t *testing.T, zk string) *bed {
	bin := programs(t)
	url := fmt.Sprintf("zk://%s/recordings-%d", zk, os.Getpid())
	var masters []string
	for i := 0; i < 3; i++ {
		port := strconv.Itoa(testport.Free(t))
		masters = append(masters, "127.0.0.1:"+port)
		start(t, filepath.Join(bin, "mesos-master"), "--zk="+url, "--quorum=2", "--work_dir="+t.TempDir(), "--ip=127.0.0.1", "--port="+port, "--hostname=127.0.0.1")
	}
	b := &bed{at: map[string]string{}}
	eventually(t, "a leader", func() bool {
		for _, address := range masters {
			reply, err := http.DefaultTransport.RoundTrip(get("http://" + address + "/master/redirect"))
			if err != nil {
				return false
			}
			_ = reply.Body.Close()
			if reply.StatusCode != http.StatusTemporaryRedirect {
				return false
			}
			b.at["leader"] = strings.TrimPrefix(reply.Header.Get("Location"), "//")
		}
		return true
	})
	for _, address := range masters {
		if address != b.at["leader"] {
			b.at["standby"] = address
		}
	}
	for i := 1; i <= 2; i++ {
		port := strconv.Itoa(testport.Free(t))
		b.at["agent"] = "127.0.0.1:" + port
		start(t, filepath.Join(bin, "mesos-agent"), "--master="+url, "--work_dir="+t.TempDir(), "--ip=127.0.0.1", "--port="+port, "--hostname=127.0.0.1",
			"--containerizers=docker,mesos", fmt.Sprintf("--attributes=rack:r%d", i), "--no-systemd_enable_support", "--executor_registration_timeout=5mins",
			fmt.Sprintf("--resources=cpus:2;mem:1024;disk:4000;ports:[3%d000-3%d009]", i, i))
	}
	subscribe(t, b.at["leader"])
	eventually(t, "two agents", func() bool {
		var view struct{ Slaves []any }
		reply, err := http.Get("http://" + b.at["leader"] + "/slaves")
		if err != nil {
			return false
		}
		defer reply.Body.Close()
		return json.NewDecoder(reply.Body).Decode(&view) == nil && len(view.Slaves) == 2
	})
	return b
}

// subscribe keeps a framework like Marathon subscribed that wants no offers.
func subscribe(t *testing.T, leader string) {
	call := `{"type": "SUBSCRIBE", "subscribe": {"suppressed_roles": ["*"], "framework_info": {"user": "root", "name": "marathon", "roles": ["*"],
		"failover_timeout": 604800, "checkpoint": true, "hostname": "127.0.0.1", "webui_url": "http://127.0.0.1:8081",
		"capabilities": [{"type": "PARTITION_AWARE"}, {"type": "REGION_AWARE"}, {"type": "MULTI_ROLE"}]}}}`
	eventually(t, "a subscription", func() bool {
		reply, err := http.Post("http://"+leader+"/api/v1/scheduler", "application/json", strings.NewReader(call))
		if err != nil || reply.StatusCode != http.StatusOK {
			return false
		}
		t.Cleanup(func() { _ = reply.Body.Close() })
		return true
	})
}
