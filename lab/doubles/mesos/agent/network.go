package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/cni"
	"datacentre/lab/doubles/mesos/wire"
)

// networksOf gives the CNI networks that a task is to join, or why it cannot.
func (a *Agent) networksOf(c *wire.ContainerInfo) ([]wire.NetworkInfo, error) {
	if c == nil || c.Type == "DOCKER" || a.cni == nil {
		return nil, nil
	}
	wanted := cni.Wanted(c)
	if err := a.cni.Check(wanted); err != nil {
		return nil, err
	}
	if len(wanted) > 0 && c.Mesos != nil && c.Mesos.Image != nil {
		return nil, errors.New("The lab's double has Docker run the images of the Mesos containerizer, and cannot give those a CNI network")
	}
	return wanted, nil
}

// gate holds an executor back that was started in namespaces of its own, until its networks are there.
type gate struct {
	pid  int
	file *os.File
}

// attach starts the executor behind a gate and has its networks given to it. After an error there is something to
// detach.
func (r *run) attach(ctx context.Context, c *prepared) (*gate, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	shim, err := r.shim("mesos-executor", awaitFlag)
	if err != nil {
		return nil, err
	}
	shim.ExtraFiles = []*os.File{read}
	shim.SysProcAttr.Cloneflags = cni.Flags
	err = shim.Start()
	_ = read.Close()
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("Failed to fork: %w", err)
	}
	go func() { _ = shim.Wait() }()
	g := &gate{pid: shim.Process.Pid, file: write}
	hostname := ""
	if container, err := r.Task.Info.ContainerOf(); err == nil && container != nil {
		hostname = container.Hostname
	}
	setup, got, err := r.agent.cni.Attach(ctx, r.ContainerID, g.pid, c.networks, hostname)
	if err != nil {
		g.drop()
		return nil, fmt.Errorf("Collect failed: %w", err)
	}
	c.command.Setup = &setup
	r.agent.mu.Lock()
	defer r.agent.mu.Unlock()
	r.Networks = got
	r.save()
	return g, nil
}

// open lets the executor go on.
func (g *gate) open() error {
	defer g.file.Close()
	_, err := g.file.Write([]byte{1})
	return err
}

// drop ends the executor that still waits. A gate that is not there is fine.
func (g *gate) drop() {
	if g != nil {
		_ = g.file.Close()
		_ = syscall.Kill(g.pid, syscall.SIGKILL)
	}
}

// await is the executor's side of the gate: the agent is gone when it closes without a word.
func await() error {
	gate := os.NewFile(3, "gate")
	defer gate.Close()
	if n, _ := gate.Read(make([]byte, 1)); n == 0 {
		return errors.New("Failed to synchronize with agent (it's probably exited)")
	}
	return nil
}

// detach takes the run's networks away. What fails is left to the agent's next start.
func (r *run) detach() {
	if r.agent.cni == nil || r.Docker {
		return
	}
	if err := r.agent.cni.Detach(r.ContainerID); err != nil {
		build.Errorf("Failed to clean up an isolator when destroying container %s: %v", r.ContainerID, err)
	}
}

// apart tells whether the task has a network of its own that only its namespace sees for sure.
func (r *run) apart() bool { return !r.Docker && len(r.Networks) > 0 }

// shownNetworks are the networks and addresses in the task's reports: the agent's address when it has none of its own.
func (r *run) shownNetworks() []wire.NetworkInfo {
	if len(r.Networks) > 0 {
		return r.Networks
	}
	return []wire.NetworkInfo{{IPAddresses: []wire.IPAddress{{Protocol: "IPv4", IPAddress: r.agent.self.IP}}}}
}

// dockerNetworks are those of a Docker container: what the task says of its network, with the addresses it got there.
func (r *run) dockerNetworks(found inspected) []wire.NetworkInfo {
	addresses := found.addresses()
	if len(addresses) == 0 {
		return nil
	}
	var info wire.NetworkInfo
	if c, err := r.Task.Info.ContainerOf(); err == nil && c != nil && len(c.NetworkInfos) > 0 {
		info = c.NetworkInfos[0]
	}
	info.IPAddresses = addresses
	return []wire.NetworkInfo{info}
}

// inside gives a command line that runs in the task's namespaces. Its working directory is the sandbox.
func inside(pid int, sandbox string, argv []string) []string {
	return append([]string{"nsenter", "--target", fmt.Sprint(pid), "--mount", "--uts", "--net", "--", "/bin/sh", "-c", `cd "$0" && exec "$@"`,
		sandbox}, argv...)
}

// probeInside asks an address from within the task's network: a process of its own, as a thread that changes its
// namespace could be used for something else.
func (r *run) probeInside(ctx context.Context, target string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return runCheck(exec.CommandContext(ctx, "nsenter", "--net="+r.agent.cni.Namespace(r.ContainerID), "--", self, ProbeFlag+target))
}
