package cni

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// call is one question to a plugin.
type call struct{ command, id, network, device, namespace string }

// hostPath is the PATH of plugins when the agent has none.
const hostPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// invoke runs a plugin with the network's description, as it was kept, on its standard input, and gives what it printed.
// Without namespace the plugin only frees what it keeps elsewhere, as the address.
func (i *Isolator) invoke(ctx context.Context, program string, c call) (string, error) {
	given, err := os.Open(i.root.config(c.id, c.network))
	if err != nil {
		return "", err
	}
	defer given.Close()
	path := os.Getenv("PATH")
	if path == "" {
		path = hostPath
	}
	var out, errs bytes.Buffer
	run := exec.CommandContext(ctx, program)
	run.Stdin, run.Stdout, run.Stderr, run.WaitDelay = given, &out, &errs, time.Second
	run.Env = []string{"CNI_COMMAND=" + c.command, "CNI_CONTAINERID=" + c.id, "CNI_PATH=" + i.plugins, "CNI_IFNAME=" + c.device, "PATH=" + path}
	if c.command == "ADD" {
		// An ADD that outlived the agent could come after the DEL of the next one, and leave an address behind.
		run.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		runtime.LockOSThread() // the signal comes when the thread ends that started the process
		defer runtime.UnlockOSThread()
	}
	if c.namespace != "" {
		run.Env = append(run.Env, "CNI_NETNS="+c.namespace)
	}
	err = run.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.String(), nil
	case !errors.As(err, &exit):
		return "", fmt.Errorf("Failed to execute the CNI plugin '%s': %w", program, err)
	}
	if ctx.Err() != nil {
		return "", fmt.Errorf("The CNI plugin '%s' was killed, as its %s for container %s took too long or was not wanted any more", program,
			c.command, c.id)
	}
	verb := "attach container " + c.id + " to"
	if c.command == "DEL" {
		verb = "detach container " + c.id + " from"
	}
	return "", fmt.Errorf("The CNI plugin '%s' failed to %s CNI network '%s': stdout='%s', stderr='%s'", program, verb, c.network,
		out.String(), errs.String())
}
