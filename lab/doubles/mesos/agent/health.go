package agent

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

func secondsOr(value *float64, otherwise float64) time.Duration {
	if value != nil {
		otherwise = *value
	}
	return time.Duration(otherwise * float64(time.Second))
}

// checkHealth makes the task's own checks (COMMAND, HTTP or TCP) while it runs. A change is reported; too many
// failures in a row outside the time of grace end the task. The defaults are the API's.
func (r *run) checkHealth() {
	h, err := r.Task.Info.HealthCheckOf()
	if err != nil || h == nil {
		return
	}
	interval, grace := secondsOr(h.IntervalSeconds, 10), secondsOr(h.GracePeriodSeconds, 10)
	limit := uint32(3)
	if h.ConsecutiveFailures != nil {
		limit = *h.ConsecutiveFailures
	}
	begin := time.Now()
	next := secondsOr(h.DelaySeconds, 15)
	var failures uint32
	var last *bool
	healthyOnce := false
	for {
		select {
		case <-r.ended:
			return
		case <-time.After(next):
		}
		next = interval
		err := r.checkOnce(h, secondsOr(h.TimeoutSeconds, 20))
		healthy := err == nil
		if healthy {
			failures, healthyOnce = 0, true
		} else {
			build.Warnf("Health check of task %s failed: %v", r.Task.Info.TaskID.Value, err)
			if !healthyOnce && time.Since(begin) < grace {
				continue
			}
			failures++
		}
		kill := !healthy && limit > 0 && failures >= limit
		r.agent.mu.Lock()
		if r.Killed {
			r.agent.mu.Unlock()
			return
		}
		// The real one repeats an unhealthy report at each failure, a healthy one only when it changes.
		if !healthy || last == nil || !*last {
			r.report(wire.TaskStatus{State: "TASK_RUNNING", Healthy: &healthy, Reason: "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED"})
		}
		if kill {
			r.Unhealthy = true
			r.end(nil)
		}
		r.agent.mu.Unlock()
		if kill {
			return
		}
		last = &healthy
	}
}

// checkOnce makes one check.
func (r *run) checkOnce(h *wire.HealthCheck, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if h.Command != nil {
		return r.checkCommand(ctx, h.Command)
	}
	host, apart := r.checkHost()
	target := ""
	switch {
	case h.HTTP != nil:
		scheme := h.HTTP.Scheme
		if scheme == "" {
			scheme = "http"
		}
		target = scheme + "://" + net.JoinHostPort(host, strconv.Itoa(h.HTTP.Port)) + "/" + strings.TrimPrefix(h.HTTP.Path, "/")
	case h.TCP != nil:
		target = "tcp://" + net.JoinHostPort(host, strconv.Itoa(h.TCP.Port))
	default:
		return fmt.Errorf("the health check has neither command nor HTTP nor TCP")
	}
	if apart {
		return r.probeInside(ctx, target)
	}
	return ask(ctx, target)
}

// checkHost is where the task's ports are seen: from this machine, or apart, in the task's own network.
func (r *run) checkHost() (host string, apart bool) {
	r.agent.mu.Lock()
	defer r.agent.mu.Unlock()
	if r.apart() {
		return "127.0.0.1", true
	}
	for _, network := range r.Networks {
		for _, address := range network.IPAddresses {
			return address.IPAddress, false
		}
	}
	return "127.0.0.1", false
}

// checkCommand runs a command in the task's container, or in its sandbox.
func (r *run) checkCommand(ctx context.Context, c *wire.CommandInfo) error {
	if c.Value == nil {
		return fmt.Errorf("the command of the health check has no value")
	}
	argv := append([]string{*c.Value}, c.Arguments...)
	if c.InShell() {
		argv = []string{"/bin/sh", "-c", *c.Value}
	} else if len(c.Arguments) > 0 {
		argv = append([]string{*c.Value}, c.Arguments[1:]...)
	}
	var sandboxed command
	if r.Docker {
		argv = r.agent.docker.argv(append([]string{"exec", r.name()}, argv...)...)
	} else if err := load(r.meta+"/exec.json", &sandboxed); err != nil {
		return err
	}
	var p process
	if sandboxed.Setup != nil && load(r.meta+"/pid.json", &p) == nil {
		argv = inside(p.Executor, sandboxed.Dir, argv)
	}
	check := exec.CommandContext(ctx, argv[0], argv[1:]...)
	if !r.Docker {
		check.Dir, check.Env = sandboxed.Dir, sandboxed.Env
		for _, v := range c.Variables() {
			check.Env = append(check.Env, v.Name+"="+v.Value)
		}
	}
	return runCheck(check)
}

// runCheck runs a check in a process of its own; what it prints says why it failed.
func runCheck(check *exec.Cmd) error {
	check.WaitDelay = time.Second
	if out, err := check.CombinedOutput(); err != nil {
		return fmt.Errorf("Command returned: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
