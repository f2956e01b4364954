package mesos

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"datacentre/lab/doubles/internal/testport"
	"datacentre/lab/doubles/mesos/wire"
)

// plugin is a CNI plugin that puts an address on the loopback of the namespace and notes what it was asked.
const plugin = `#!/bin/sh
echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME ${CNI_NETNS:-none}" >>"$(dirname "$0")/calls"
cat >"$(dirname "$0")/stdin.$CNI_COMMAND"
[ "$CNI_COMMAND" = ADD ] || exit 0
nsenter --net="$CNI_NETNS" ip address add 10.98.7.6/32 dev lo || exit 1
echo '{"cniVersion": "0.2.0", "ip4": {"ip": "10.98.7.6/32"}, "dns": {"nameservers": ["10.98.7.1"]}}'
`

// TestContainerNetwork is a task's life in a network of its own: the agent is started anew in between, and the task
// ends while there is none.
func TestContainerNetwork(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("networks of containers need root")
	}
	bin, work, plugins, configs := programs(t), t.TempDir(), t.TempDir(), t.TempDir()
	state := filepath.Join(work, "isolators/network/cni")
	write := func(path, text string, mode os.FileMode) {
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(plugins, "fake"), plugin, 0o755)
	write(filepath.Join(configs, "own.conf"), `{"name": "own", "type": "fake", "cniVersion": "0.2.0"}`, 0o644)
	masterPort, agentPort, inner := strconv.Itoa(testport.Free(t)), strconv.Itoa(testport.Free(t)), testport.Free(t)
	start(t, filepath.Join(bin, "mesos-master"), "--work_dir="+t.TempDir(), "--ip=127.0.0.1", "--port="+masterPort, "--hostname=127.0.0.1")
	agent := []string{filepath.Join(bin, "mesos-agent"), "--master=127.0.0.1:" + masterPort, "--work_dir=" + work, "--ip=127.0.0.1",
		"--port=" + agentPort, "--hostname=127.0.0.1", "--containerizers=mesos", "--registration_backoff_factor=100ms", "--isolation=network/cni",
		"--network_cni_plugins_dir=" + plugins, "--network_cni_config_dir=" + configs, "--network_cni_root_dir_persist",
		"--resources=cpus:1;mem:64;disk:10;ports:[31000-31009]"}
	// After the agents: the tasks that a test which fails leaves, and the mount that the agent made.
	t.Cleanup(func() {
		_ = exec.Command(agent[0], append(agent[1:], "--recover=cleanup")...).Run()
		_ = syscall.Unmount(state, syscall.MNT_DETACH)
	})
	first := start(t, agent...)
	s := newScheduler(t, "127.0.0.1:"+masterPort)
	join := func(name string) map[string]any {
		return map[string]any{"container": map[string]any{"type": "MESOS", "network_infos": []any{map[string]any{"name": name,
			"labels": map[string]any{"labels": []any{map[string]any{"key": "tier", "value": "web"}}}}}}}
	}

	s.launch("lost", "sleep 300", join("nowhere"))
	if got := s.await("lost", "TASK_FAILED"); got.Message != "Failed to launch container: Unknown CNI network 'nowhere'" {
		t.Errorf("%+v", got)
	}
	// It serves on its loopback alone, and knows its address, its name and its name server.
	script := `grep -q "^10.98.7.6 $(hostname)$" /etc/hosts && [ "$(cat /etc/hostname)" = "$(hostname)" ] && grep -q 10.98.7.1 /etc/resolv.conf &&
		exec ` + bin + `/mesos-master --work_dir=$MESOS_SANDBOX/m --ip=127.0.0.1 --hostname=x --port=` + strconv.Itoa(inner)
	s.launch("web", script, join("own"), map[string]any{"health_check": map[string]any{"type": "HTTP", "delay_seconds": 0, "interval_seconds": 0.2,
		"grace_period_seconds": 20, "http": map[string]any{"port": inner, "path": "/health"}}})
	healthy := func(id string) (found wire.TaskStatus) {
		eventually(t, "health of "+id, func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, status := range s.reports {
				if status.TaskID.Value == id && status.Healthy != nil && *status.Healthy {
					found = status
				}
			}
			return found.State != ""
		})
		return found
	}
	networks := healthy("web").ContainerStatus.NetworkInfos
	if len(networks) != 1 || networks[0].Name != "own" || len(networks[0].IPAddresses) != 1 || networks[0].IPAddresses[0].IPAddress != "10.98.7.6" ||
		networks[0].Labels == nil || networks[0].Labels.Labels[0].Value != "web" {
		t.Errorf("%+v", networks)
	}
	s.launch("check", "sleep 300", join("own"), map[string]any{"health_check": map[string]any{"type": "COMMAND", "delay_seconds": 0,
		"command": map[string]any{"value": "ip address show dev lo | grep -q 10.98.7.6"}}})
	healthy("check")
	s.call("KILL", "kill", map[string]any{"task_id": wire.ID{Value: "check"}})
	s.await("check", "TASK_KILLED")
	calls := func(count int) []string {
		var lines []string
		eventually(t, strconv.Itoa(count)+" calls of the plugin", func() bool {
			text, _ := os.ReadFile(filepath.Join(plugins, "calls"))
			lines = strings.Split(strings.TrimSpace(string(text)), "\n")
			return len(lines) == count
		})
		return lines
	}
	id := healthy("web").ContainerStatus.ContainerID.Value
	place := filepath.Join(state, id, "ns")
	if got := calls(3); got[0] != "ADD "+id+" eth0 "+place || !strings.HasPrefix(got[2], "DEL ") || strings.Contains(got[2], id) {
		t.Errorf("%q", got)
	}
	const want = `{"args":{"org.apache.mesos":{"network_info":{"name":"own","labels":{"labels":[{"key":"tier","value":"web"}]}}}},` +
		`"cniVersion":"0.2.0","name":"own","type":"fake"}`
	if text, _ := os.ReadFile(filepath.Join(plugins, "stdin.ADD")); string(text) != want {
		t.Errorf("the plugin was given %s", text)
	}

	left := func(count int) {
		eventually(t, strconv.Itoa(count)+" containers in the state", func() bool {
			list, err := os.ReadDir(state)
			return err == nil && len(list) == count
		})
	}
	left(1)

	_ = first.Process.Signal(syscall.SIGTERM)
	_, _ = first.Process.Wait()
	second := start(t, agent...)
	eventually(t, "a second report of health", func() bool { // the checks go on
		s.mu.Lock()
		defer s.mu.Unlock()
		n := 0
		for _, status := range s.reports {
			if status.TaskID.Value == "web" && status.Healthy != nil && *status.Healthy {
				n++
			}
		}
		return n > 1
	})
	_ = second.Process.Signal(syscall.SIGTERM)
	_, _ = second.Process.Wait()
	var who struct{ Command int }
	found, _ := filepath.Glob(filepath.Join(work, "meta/slaves/*/frameworks/*/executors/web/runs", id, "pid.json"))
	if text, err := os.ReadFile(found[0]); err != nil || json.Unmarshal(text, &who) != nil || who.Command < 2 {
		t.Fatalf("no pid in %s: %v", text, err)
	}
	_ = syscall.Kill(who.Command, syscall.SIGKILL)
	start(t, agent...)
	if got := s.await("web", "TASK_FAILED"); got.Message != "Command terminated with signal Killed" {
		t.Errorf("%+v", got)
	}
	if got := calls(4); got[3] != "DEL "+id+" eth0 "+place {
		t.Errorf("%q", got)
	}
	left(0)
}
