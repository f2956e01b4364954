package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// errTimedOut is the cause of a launch that executor_registration_timeout ended.
var errTimedOut = errors.New("executor registration timeout")

// launch starts a task in the background.
func (a *Agent) launch(framework wire.FrameworkInfo, info wire.TaskInfo, role string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	build.Logf("Got assigned task '%s' for framework %s", info.TaskID.Value, framework.ID.Value)
	a.noteFramework(framework)
	if a.runs[runKey(framework.ID.Value, info.TaskID.Value)] != nil {
		return
	}
	r, err := a.newRun(framework.ID.Value, info, role)
	if err != nil {
		build.Errorf("task %s cannot be launched: %v", info.TaskID.Value, err)
		return
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	timer := time.AfterFunc(a.flags.Duration("executor_registration_timeout"), func() { cancel(errTimedOut) })
	r.cancel = func() { cancel(context.Canceled) }
	go func() {
		defer timer.Stop()
		r.start(ctx, framework)
	}()
}

// start fetches, pulls, joins networks and starts; what goes wrong becomes the task's end.
func (r *run) start(ctx context.Context, framework wire.FrameworkInfo) {
	c, err := r.prepare(ctx, framework)
	var g *gate
	if err == nil && len(c.networks) > 0 {
		g, err = r.attach(ctx, &c)
	}
	a := r.agent
	// As in the real one a launch that failed is reported when all is cleaned up, and a kill meanwhile at once.
	failed := err != nil && ctx.Err() == nil
	if failed {
		r.detach()
	}
	if !r.mayStart(ctx, c, err) {
		g.drop()
		if !failed {
			r.detach()
		}
		return
	}
	if err = r.startExecutor(c.command, g); err != nil {
		g.drop()
		r.detach()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		r.failLaunch(err)
		return
	}
	if !r.Docker {
		r.nowRunning(r.Networks)
	} else {
		go r.awaitContainer()
	}
	go r.watch()
}

// mayStart reports TASK_STARTING, or why there is nothing to start.
func (r *run) mayStart(ctx context.Context, c prepared, err error) bool {
	a := r.agent
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case r.Killed:
		r.report(wire.TaskStatus{State: "TASK_KILLED", Source: "SOURCE_AGENT", Reason: "REASON_TASK_KILLED_DURING_LAUNCH",
			Message: "Executor terminated"})
	case errors.Is(context.Cause(ctx), errTimedOut):
		r.report(wire.TaskStatus{State: "TASK_FAILED", Source: "SOURCE_AGENT", Reason: "REASON_EXECUTOR_REGISTRATION_TIMEOUT",
			Message: "Executor did not register within " + a.flags.String("executor_registration_timeout")})
	case err != nil:
		r.failLaunch(err)
	default:
		r.Started = true
		r.report(wire.TaskStatus{State: "TASK_STARTING"})
		if c.refused == nil {
			return true
		}
		r.report(wire.TaskStatus{State: "TASK_FAILED", Message: c.refused.Error()})
	}
	return false
}

func (r *run) failLaunch(err error) {
	r.report(wire.TaskStatus{State: "TASK_FAILED", Source: "SOURCE_AGENT", Reason: "REASON_CONTAINER_LAUNCH_FAILED",
		Message: "Failed to launch container: " + err.Error()})
}

// prepared is a command ready to be started, or why docker run cannot be asked for.
type prepared struct {
	command
	refused  error
	networks []wire.NetworkInfo // that the Mesos containerizer has to join
}

// prepare brings what the task needs onto this machine and gives its command.
func (r *run) prepare(ctx context.Context, framework wire.FrameworkInfo) (prepared, error) {
	a, task := r.agent, &r.Task.Info
	container, err := task.ContainerOf()
	if err != nil {
		return prepared{}, err
	}
	networks, err := a.networksOf(container)
	if err != nil {
		return prepared{}, err
	}
	if container, err = a.contain(container); err != nil {
		return prepared{}, err
	}
	if task.Command == nil {
		task.Command = &wire.CommandInfo{}
	}
	if err := fetchAll(ctx, task.Command.URIs, r.Sandbox); err != nil {
		return prepared{}, fmt.Errorf("Failed to fetch all URIs for container '%s': %w", r.ContainerID, err)
	}
	if container == nil || container.Docker == nil {
		c, err := a.plainCommand(r, framework)
		if len(networks) > 0 {
			c.networks, c.Env = networks, append(c.Env, "LIBPROCESS_IP=0.0.0.0")
		}
		return c, err
	}
	r.Docker = true
	if err := a.docker.pull(ctx, r.Sandbox, container.Docker.Image, container.Docker.ForcePullImage); err != nil {
		return prepared{}, err
	}
	args, err := runArgs(task, container, runOptions{name: r.name(), sandbox: r.Sandbox, mapped: a.flags.String("sandbox_directory"),
		role: r.Task.Role, cfs: a.flags.Bool("cgroups_enable_cfs"), label: a.label()})
	if err != nil {
		return prepared{refused: fmt.Errorf("Failed to create docker run options: %w", err)}, nil
	}
	first := "Registered docker executor on " + a.self.Hostname + "\nStarting task " + task.TaskID.Value + "\n"
	if err := os.WriteFile(filepath.Join(r.Sandbox, "stdout"), []byte(first), 0o644); err != nil {
		return prepared{}, err
	}
	return prepared{command: command{Argv: a.docker.argv(args...), Env: os.Environ(), Dir: r.Sandbox}}, nil
}

// contain says in what a task is to be run: nil is a plain command. A Docker image under the Mesos containerizer
// is run by Docker too, in the host's network: the double cannot unpack images itself.
func (a *Agent) contain(c *wire.ContainerInfo) (*wire.ContainerInfo, error) {
	none := fmt.Errorf("None of the enabled containerizers (%s) could create a container for the provided TaskInfo/ExecutorInfo message",
		a.flags.String("containerizers"))
	switch {
	case c == nil:
		// The Docker containerizer leaves out what names no container.
		if !a.has("mesos") {
			return nil, none
		}
		return nil, nil
	case c.Type == "DOCKER":
		if !a.has("docker") {
			return nil, none
		}
		return c, nil
	case !a.has("mesos"):
		return nil, none
	case c.Mesos == nil || c.Mesos.Image == nil:
		return nil, nil
	}
	if image := c.Mesos.Image; image.Docker != nil {
		if !contains(split(strings.ToLower(a.flags.String("image_providers"))), "docker") {
			return nil, fmt.Errorf("No container image provider is enabled for DOCKER images (see --image_providers)")
		}
		run := *c
		run.Docker = &wire.DockerInfo{Image: image.Docker.Name, Network: "HOST", ForcePullImage: image.Cached != nil && !*image.Cached}
		return &run, nil
	}
	return nil, fmt.Errorf("Unsupported container image type: %s", c.Mesos.Image.Type)
}

// plainCommand is a command in its sandbox.
func (a *Agent) plainCommand(r *run, framework wire.FrameworkInfo) (prepared, error) {
	task := &r.Task.Info
	env := []string{"MESOS_SANDBOX=" + r.Sandbox, "MESOS_DIRECTORY=" + r.Sandbox, "MESOS_SLAVE_ID=" + r.Task.AgentID,
		"MESOS_FRAMEWORK_ID=" + r.Task.FrameworkID, "MESOS_EXECUTOR_ID=" + task.TaskID.Value, "MESOS_CHECKPOINT=1",
		"MESOS_SLAVE_PID=" + a.pid(), "MESOS_AGENT_ENDPOINT=" + a.pid()[len("slave(1)@"):], "LIBPROCESS_IP=" + a.self.IP, "LIBPROCESS_PORT=0",
		"MESOS_ALLOCATION_ROLE=" + r.Task.Role, "PATH=" + os.Getenv("PATH")}
	for _, v := range task.Command.Variables() {
		env = append(env, v.Name+"="+v.Value)
	}
	c := command{Env: env, Dir: r.Sandbox}
	name := task.Command.User
	if name == "" {
		name = framework.User
	}
	if a.flags.Bool("switch_user") && name != "" && name != "root" && os.Getuid() == 0 {
		if _, err := credentialOf(name); err != nil {
			return prepared{}, err
		}
		c.User = name
	}
	switch {
	case task.Command.Value == nil:
		return prepared{}, errors.New("the command has no value")
	case task.Command.InShell():
		c.Argv = []string{"/bin/sh", "-c", *task.Command.Value}
	case len(task.Command.Arguments) > 0:
		// The first argument is the name the program sees, as execve has it.
		c.Argv = append([]string{*task.Command.Value}, task.Command.Arguments[1:]...)
	default:
		c.Argv = []string{*task.Command.Value}
	}
	return prepared{command: c}, nil
}

// label marks this agent's containers, so that whoever tries doubles can tell which are whose.
func (a *Agent) label() string {
	return fmt.Sprintf("org.datacentre.double.agent=%s:%d", a.self.IP, a.flags.Int("port"))
}
