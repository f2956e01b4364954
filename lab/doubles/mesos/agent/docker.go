package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// dockerCLI is the docker command as --docker and --docker_socket name it.
type dockerCLI struct{ path, socket, config string }

// configOf gives what --docker_config names: JSON, or the path of a file with it, which is read once.
func configOf(flag string) (string, error) {
	if !strings.HasPrefix(flag, "/") {
		return flag, nil
	}
	text, err := os.ReadFile(flag)
	if err != nil {
		return "", fmt.Errorf("Failed to load flag 'docker_config': Error reading file '%s': %w", flag, err)
	}
	return string(text), nil
}

func (d dockerCLI) host() string { return "unix://" + strings.TrimPrefix(d.socket, "unix://") }

// argv gives a command line of docker.
func (d dockerCLI) argv(args ...string) []string {
	return append([]string{d.path, "-H", d.host()}, args...)
}

// run runs docker to its end and gives what it printed; the error is worded as the real agent's.
func (d dockerCLI) run(ctx context.Context, env []string, args ...string) (string, error) {
	argv := d.argv(args...)
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	c.Env = append(os.Environ(), env...)
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &exit):
		return "", fmt.Errorf("Failed to run '%s': exited with status %d; stderr='%s'", strings.Join(argv, " "), exit.ExitCode(), errs.String())
	case err != nil:
		return "", fmt.Errorf("Failed to create subprocess '%s': %w", d.path, err)
	}
	return out.String(), nil
}

func (d dockerCLI) version() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, d.path, "-H", d.host(), "--version").Output()
	return strings.TrimSpace(string(out)), err
}

// pull makes sure that the image is there.
func (d dockerCLI) pull(ctx context.Context, sandbox, image string, force bool) error {
	if !strings.Contains(image[strings.LastIndexByte(image, '/')+1:], ":") && !strings.Contains(image, "@") {
		image += ":latest"
	}
	if !force {
		if _, err := d.run(ctx, nil, "inspect", image); err == nil {
			return nil
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	home, err := d.home(sandbox)
	if err != nil {
		return err
	}
	if home != sandbox {
		defer os.RemoveAll(home)
	}
	_, err = d.run(ctx, []string{"HOME=" + home}, "pull", image)
	return err
}

// home is where docker looks for logins: in the sandbox, whatever the agent's own home has, or in the agent's --docker_config.
func (d dockerCLI) home(sandbox string) (string, error) {
	for _, file := range []string{"/.docker/config.json", "/.dockercfg"} {
		if _, err := os.Stat(sandbox + file); err == nil {
			return sandbox, nil
		}
	}
	if d.config == "" {
		return sandbox, nil
	}
	home, err := os.MkdirTemp(sandbox, ".docker-")
	if err == nil {
		err = os.Mkdir(home+"/.docker", 0o700)
	}
	if err == nil {
		err = os.WriteFile(home+"/.docker/config.json", []byte(d.config), 0o600)
	}
	return home, err
}

// inspected is what is used of `docker inspect`.
type inspected struct {
	State struct {
		Pid     int
		Running bool
	}
	HostConfig      struct{ NetworkMode string }
	NetworkSettings struct {
		IPAddress string
		Networks  map[string]struct{ IPAddress, GlobalIPv6Address string }
	}
}

// addresses gives those on the network that the container was started with, as the real one looks for them.
func (i inspected) addresses() []wire.IPAddress {
	n, found := i.NetworkSettings.Networks[i.HostConfig.NetworkMode]
	if !found {
		n.IPAddress = i.NetworkSettings.IPAddress
	}
	var out []wire.IPAddress
	if n.IPAddress != "" {
		out = append(out, wire.IPAddress{Protocol: "IPv4", IPAddress: n.IPAddress})
	}
	if n.GlobalIPv6Address != "" {
		out = append(out, wire.IPAddress{Protocol: "IPv6", IPAddress: n.GlobalIPv6Address})
	}
	return out
}

func (d dockerCLI) inspect(name string) (inspected, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := d.run(ctx, nil, "inspect", name)
	if err != nil {
		return inspected{}, err
	}
	var list []inspected
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
		return inspected{}, fmt.Errorf("Failed to parse the output of docker inspect: %v", err)
	}
	return list[0], nil
}

// runOptions are the values of `docker run` that do not come from the task.
type runOptions struct {
	name, sandbox, mapped, role string
	cfs                         bool
	label                       string
}

// runArgs gives the arguments of `docker run` for a task, in the real executor's order.
func runArgs(task *wire.TaskInfo, c *wire.ContainerInfo, o runOptions) ([]string, error) {
	d := c.Docker
	set, err := resources.FromWire(task.Resources)
	if err != nil {
		return nil, err
	}
	args := []string{"run"}
	if d.Privileged {
		args = append(args, "--privileged")
	}
	if cpus := set.Scalar("cpus"); cpus > 0 {
		args = append(args, "--cpu-shares", strconv.Itoa(max(int(1024*cpus), 2)))
		if o.cfs {
			args = append(args, "--cpu-quota", strconv.Itoa(max(int(100000*cpus), 1000)))
		}
	}
	if mem := set.Scalar("mem"); mem > 0 {
		args = append(args, "--memory", strconv.FormatInt(int64(max(mem, 32)*megabyte), 10))
	}
	for _, v := range task.Command.Variables() {
		args = append(args, "-e", v.Name+"="+v.Value)
	}
	args = append(args, "-e", "MESOS_SANDBOX="+o.mapped, "-e", "MESOS_CONTAINER_NAME="+o.name, "-e", "MESOS_ALLOCATION_ROLE="+o.role)
	driver := d.VolumeDriver
	for _, v := range c.Volumes {
		text, named, err := volumeText(v, o, d.VolumeDriver != "")
		if err != nil {
			return nil, err
		}
		if driver != "" && named != "" && driver != named {
			return nil, errors.New("Only one volume driver per task is supported")
		}
		if named != "" {
			driver = named
		}
		args = append(args, "-v", text)
	}
	args = append(args, "-v", o.sandbox+":"+o.mapped)
	if driver != "" {
		args = append(args, "--volume-driver="+driver)
	}
	network, err := networkOf(c)
	if err != nil {
		return nil, err
	}
	args = append(args, "--net", network)
	if c.Hostname != "" {
		if network == "host" {
			return nil, errors.New("Unable to set hostname with host network mode")
		}
		args = append(args, "--hostname", c.Hostname)
	}
	ports, err := portArgs(d, set, network)
	if err != nil {
		return nil, err
	}
	args = append(args, ports...)
	if task.Command.InShell() && task.Command.Value != nil {
		args = append(args, "--entrypoint", "/bin/sh")
	}
	args = append(args, "--name", o.name)
	if o.label != "" {
		args = append(args, "--label", o.label)
	}
	for _, p := range d.Parameters {
		if p.Key != "net" && p.Key != "network" {
			args = append(args, "--"+p.Key+"="+p.Value)
		}
	}
	args = append(args, d.Image)
	switch {
	case task.Command.InShell() && task.Command.Value != nil:
		args = append(args, "-c", *task.Command.Value)
	case task.Command.InShell():
		return nil, errors.New("Shell specified but no command value provided")
	default:
		if task.Command.Value != nil {
			args = append(args, *task.Command.Value)
		}
		args = append(args, task.Command.Arguments...)
	}
	return args, nil
}
