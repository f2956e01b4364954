package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"datacentre/lab/doubles/mesos/cni"
)

// command is what an executor starts (exec.json).
type command struct {
	Argv  []string   `json:"argv"`
	Env   []string   `json:"env"`
	Dir   string     `json:"dir"`
	User  string     `json:"user,omitempty"`
	Setup *cni.Setup `json:"setup,omitempty"` // of the namespaces that the executor was started in
}

// process is who an executor and its command are (pid.json); the start time tells a pid that was given again.
type process struct {
	Executor int    `json:"executor"`
	Started  string `json:"started"`
	Command  int    `json:"command"`
	Since    string `json:"since"` // the command's start
}

// outcome is how the command ended (exit.json).
type outcome struct {
	Status int            `json:"status"`
	Signal syscall.Signal `json:"signal,omitempty"`
	Error  string         `json:"error,omitempty"`
}

// message gives the real executors' sentence; what is "Command" or "Container".
func (o outcome) message(what string) string {
	switch {
	case o.Error != "":
		return o.Error
	case o.Signal != 0:
		name := o.Signal.String()
		return what + " terminated with signal " + strings.ToUpper(name[:1]) + name[1:]
	}
	return fmt.Sprintf("%s exited with status %d", what, o.Status)
}

// Execute is the executor: it runs the command of dir/exec.json to its end.
func Execute(dir string) error {
	var c command
	if err := load(filepath.Join(dir, "exec.json"), &c); err != nil {
		return err
	}
	end := func(o outcome) error { return save(filepath.Join(dir, "exit.json"), o) }
	out, err := os.OpenFile(filepath.Join(c.Dir, "stdout"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return end(outcome{Error: err.Error()})
	}
	errs, err := os.OpenFile(filepath.Join(c.Dir, "stderr"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return end(outcome{Error: err.Error()})
	}
	if c.Setup != nil {
		if err := c.Setup.Apply(); err != nil {
			return end(outcome{Error: err.Error()})
		}
	}
	child := exec.Command(c.Argv[0], c.Argv[1:]...)
	child.Env, child.Dir, child.Stdout, child.Stderr = c.Env, c.Dir, out, errs
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if c.User != "" {
		credential, err := credentialOf(c.User)
		if err != nil {
			return end(outcome{Error: err.Error()})
		}
		child.SysProcAttr.Credential = credential
		_ = os.Chown(c.Dir, int(credential.Uid), int(credential.Gid))
	}
	if err := child.Start(); err != nil {
		return end(outcome{Error: "Failed to exec '" + c.Argv[0] + "': " + err.Error()})
	}
	// A command that ended already is still there as a zombie, as nobody has waited for it.
	_, since := birth(child.Process.Pid)
	me := process{Executor: os.Getpid(), Started: startTime(os.Getpid()), Command: child.Process.Pid, Since: since}
	if err := save(filepath.Join(dir, "pid.json"), me); err != nil {
		return err
	}
	err = child.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
			return end(outcome{Status: 128 + int(status.Signal()), Signal: status.Signal()})
		}
		return end(outcome{Status: exit.ExitCode()})
	}
	if err != nil {
		return end(outcome{Error: err.Error()})
	}
	return end(outcome{})
}

// credentialOf gives the ids of another user; nil when it is the present one.
func credentialOf(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("Failed to get user information for '%s': %w", name, err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// startTime gives a process's start in the kernel's ticks, "" when there is no such process or it is a zombie.
func startTime(pid int) string {
	if state, since := birth(pid); state != "Z" {
		return since
	}
	return ""
}

// birth gives a process's state and start.
func birth(pid int) (state, since string) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", ""
	}
	// The name in parentheses may hold spaces, so fields are counted behind it.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 20 {
		return "", ""
	}
	return fields[0], fields[19]
}

func (p process) alive() bool { return p.Executor > 0 && startTime(p.Executor) == p.Started }

// signal sends to the command's process group, unless its pid belongs to another process by now.
func (p process) signal(s syscall.Signal) {
	if p.Command > 1 && p.Since != "" && startTime(p.Command) == p.Since {
		_ = syscall.Kill(-p.Command, s)
	}
}

// startExecutor starts the executor of a run, detached from the agent, and waits until its command has started
// or it has ended. With a gate it waits already and is let go on.
func (r *run) startExecutor(c command, g *gate) error {
	if err := save(filepath.Join(r.meta, "exec.json"), c); err != nil {
		return err
	}
	title := "mesos-executor"
	if r.Docker {
		title = "mesos-docker-executor"
	}
	if g != nil {
		if err := g.open(); err != nil {
			return err
		}
	} else if image := r.agent.flags.String("docker_mesos_image"); r.Docker && image != "" {
		if err := r.startExecutorContainer(image, title); err != nil {
			return err
		}
	} else {
		shim, err := r.shim(title)
		if err == nil {
			err = shim.Start()
		}
		if err != nil {
			return err
		}
		go func() { _ = shim.Wait() }()
	}
	for i := 0; i < 500; i++ {
		var p process
		if load(filepath.Join(r.meta, "pid.json"), &p) == nil {
			return nil
		}
		if _, err := os.Stat(filepath.Join(r.meta, "exit.json")); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("the executor did not start within 5secs")
}

// shim is the executor's process, not yet started.
func (r *run) shim(title string, more ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	return &exec.Cmd{Path: self, Args: append([]string{title, ExecutorFlag + r.meta}, more...), Dir: "/",
		SysProcAttr: &syscall.SysProcAttr{Setsid: true}, Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}}, err
}

// startExecutorContainer starts the executor in a container of its own, as an agent does that runs in one itself
// (--docker_mesos_image): it outlives the agent's container. The image has to have no entrypoint, as the real one's.
func (r *run) startExecutorContainer(image, program string) error {
	socket := strings.TrimPrefix(r.agent.docker.socket, "unix://")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := r.agent.docker.run(ctx, nil, "run", "-d", "--rm", "--name", r.executorBox(), "--label", r.agent.label(),
		"--net", "host", "--pid=host", "--cap-add=SYS_ADMIN", "--cap-add=SYS_PTRACE",
		"-v", socket+":"+socket+":ro", "-v", r.Sandbox+":"+r.Sandbox+":rw", "-v", r.meta+":"+r.meta+":rw",
		image, filepath.Join(r.agent.flags.String("launcher_dir"), program), ExecutorFlag+r.meta)
	return err
}
