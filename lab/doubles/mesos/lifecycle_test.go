package mesos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"datacentre/lab/doubles/internal/testport"
	"datacentre/lab/doubles/mesos/wire"
)

// scheduler is a framework that keeps what it is told and acknowledges every report.
type scheduler struct {
	t       *testing.T
	at      string
	stream  string
	mu      sync.Mutex
	id      wire.ID
	offers  []wire.Offer
	reports []wire.TaskStatus
}

func newScheduler(t *testing.T, at string) *scheduler {
	s := &scheduler{t: t, at: at}
	call := `{"type": "SUBSCRIBE", "subscribe": {"framework_info": {"user": "root", "name": "t", "roles": ["*"], "failover_timeout": 60,
		"capabilities": [{"type": "MULTI_ROLE"}, {"type": "PARTITION_AWARE"}]}}}`
	var reply *http.Response
	eventually(t, "a subscription", func() bool {
		var err error
		reply, err = http.Post("http://"+at+"/api/v1/scheduler", "application/json", strings.NewReader(call))
		return err == nil && reply.StatusCode == http.StatusOK
	})
	s.stream = reply.Header.Get("Mesos-Stream-Id")
	t.Cleanup(func() { _ = reply.Body.Close() })
	go s.listen(bufio.NewReader(reply.Body))
	return s
}

// listen takes RecordIO frames apart: a length in digits, a line's end, that many bytes.
func (s *scheduler) listen(from *bufio.Reader) {
	for {
		line, err := from.ReadString('\n')
		length, bad := strconv.Atoi(strings.TrimSpace(line))
		if err != nil || bad != nil {
			return
		}
		data := make([]byte, length)
		var e wire.Event
		if _, err := io.ReadFull(from, data); err != nil || json.Unmarshal(data, &e) != nil {
			return
		}
		s.mu.Lock()
		switch e.Type {
		case "SUBSCRIBED":
			s.id = e.Subscribed.FrameworkID
		case "OFFERS":
			s.offers = append(s.offers, e.Offers.Offers...)
		case "RESCIND":
			s.offers = nil
		case "UPDATE":
			status := e.Update.Status
			s.reports = append(s.reports, status)
			if len(status.UUID) > 0 {
				go s.call("ACKNOWLEDGE", "acknowledge", map[string]any{"agent_id": status.AgentID, "task_id": status.TaskID, "uuid": status.UUID})
			}
		}
		s.mu.Unlock()
	}
}

func (s *scheduler) call(kind, field string, value any) {
	s.mu.Lock()
	body, _ := json.Marshal(map[string]any{"type": kind, "framework_id": s.id, field: value})
	s.mu.Unlock()
	request, _ := http.NewRequest(http.MethodPost, "http://"+s.at+"/api/v1/scheduler", strings.NewReader(string(body)))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Mesos-Stream-Id", s.stream)
	if reply, err := http.DefaultClient.Do(request); err == nil {
		_ = reply.Body.Close()
	}
}

// launch starts a command with the first offer there is; more are further members of its description.
func (s *scheduler) launch(id, script string, more ...map[string]any) {
	s.t.Helper()
	var o wire.Offer
	eventually(s.t, "an offer for "+id, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.offers) == 0 {
			return false
		}
		o, s.offers = s.offers[0], s.offers[1:]
		return true
	})
	task := map[string]any{"name": id, "task_id": wire.ID{Value: id}, "agent_id": o.AgentID, "command": map[string]any{"value": script},
		"resources": []wire.Resource{{Name: "cpus", Type: "SCALAR", Scalar: &wire.Scalar{Value: 0.1}}}}
	for _, members := range more {
		maps.Copy(task, members)
	}
	s.call("ACCEPT", "accept", map[string]any{"offer_ids": []wire.ID{o.ID}, "filters": map[string]any{"refuse_seconds": 0},
		"operations": []any{map[string]any{"type": "LAUNCH", "launch": map[string]any{"task_infos": []any{task}}}}})
}

// await waits for a state of a task and gives the report.
func (s *scheduler) await(id, state string) wire.TaskStatus {
	s.t.Helper()
	var found wire.TaskStatus
	eventually(s.t, state+" of "+id, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, status := range s.reports {
			if status.TaskID.Value == id && status.State == state {
				found = status
				return true
			}
		}
		return false
	})
	return found
}

func TestTasksOutliveTheirAgent(t *testing.T) {
	bin, work := programs(t), t.TempDir()
	masterPort, agentPort := strconv.Itoa(testport.Free(t)), strconv.Itoa(testport.Free(t))
	start(t, filepath.Join(bin, "mesos-master"), "--work_dir="+t.TempDir(), "--ip=127.0.0.1", "--port="+masterPort, "--hostname=127.0.0.1")
	agent := func(more ...string) []string {
		return append([]string{filepath.Join(bin, "mesos-agent"), "--master=127.0.0.1:" + masterPort, "--work_dir=" + work, "--ip=127.0.0.1",
			"--port=" + agentPort, "--hostname=127.0.0.1", "--containerizers=mesos", "--registration_backoff_factor=100ms"}, more...)
	}
	const amounts = "--resources=cpus:1;mem:64;disk:10;ports:[31000-31009]"
	first := start(t, agent(amounts)...)
	s := newScheduler(t, "127.0.0.1:"+masterPort)

	s.launch("fails", "echo here; exit 3")
	if got := s.await("fails", "TASK_FAILED"); got.Message != "Command exited with status 3" || got.ContainerStatus == nil {
		t.Errorf("%+v", got)
	}
	s.launch("stays", "sleep 300")
	s.launch("ends", "while [ ! -e "+work+"/go ]; do sleep 0.05; done; exit 7")
	s.await("stays", "TASK_RUNNING")
	agentID := s.await("ends", "TASK_RUNNING").AgentID.Value

	_ = first.Process.Signal(syscall.SIGTERM)
	_, _ = first.Process.Wait()
	if out, err := exec.Command("touch", work+"/go").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for want, change := range map[string]string{
		"Incompatible agent info detected.": "--resources=cpus:2;mem:64;disk:10;ports:[31000-31009]",
		"To restart this agent with a new agent id instead, do as follows:\nrm -f " + work + "/meta/slaves/latest": "--resources=cpus:1;mem:64;disk:10;ports:[31100-31109]",
	} {
		argv := agent(change)
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", change, err, out)
		}
	}
	start(t, agent(amounts)...)
	if got := s.await("ends", "TASK_FAILED"); got.Message != "Command exited with status 7" || got.AgentID.Value != agentID {
		t.Errorf("%+v", got)
	}
	s.call("KILL", "kill", map[string]any{"task_id": wire.ID{Value: "stays"}})
	if got := s.await("stays", "TASK_KILLED"); got.Message != "Command terminated with signal Terminated" || got.AgentID.Value != agentID {
		t.Errorf("%+v", got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, status := range s.reports {
		if status.TaskID.Value == "stays" && status.State != "TASK_STARTING" && status.State != "TASK_RUNNING" && status.State != "TASK_KILLED" {
			t.Errorf("the task that was to stay became %s", fmt.Sprint(status))
		}
	}
}
