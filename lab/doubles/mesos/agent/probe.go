package agent

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Marks of processes of the agent's own program that are not the agent.
const (
	// ExecutorFlag is an executor's: it starts one command, outlives the agent, and leaves the command's end in a file.
	// Its value is the run's place under meta.
	ExecutorFlag = "--lab-executor="
	// awaitFlag follows it when the executor has to wait for its network.
	awaitFlag = "--lab-await"
	// ProbeFlag is a check's of an address, started in a task's network. Its value is http, https or tcp://host:port.
	ProbeFlag = "--lab-probe="
)

// Helped does what a helper process is asked for, and tells whether this is one.
func Helped(args []string) bool {
	if len(args) == 0 {
		return false
	}
	var err error
	if dir, ok := strings.CutPrefix(args[0], ExecutorFlag); ok {
		signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
		if len(args) > 1 && args[1] == awaitFlag {
			err = await()
		}
		if err == nil {
			err = Execute(dir)
		}
	} else if target, ok := strings.CutPrefix(args[0], ProbeFlag); ok {
		err = ask(context.Background(), target)
	} else {
		return false
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// prober takes any certificate, as the real one's curl does.
var prober = &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}

// ask makes one check of an address: a connection, or a reply with a status from 200 to 399.
func ask(ctx context.Context, target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	if u.Scheme == "tcp" {
		conn, err := (&net.Dialer{Timeout: time.Minute}).DialContext(ctx, "tcp", u.Host)
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	reply, err := prober.RoundTrip(request)
	if err != nil {
		return err
	}
	_ = reply.Body.Close()
	if reply.StatusCode < 200 || reply.StatusCode >= 400 {
		return fmt.Errorf("Unexpected HTTP response code: %d", reply.StatusCode)
	}
	return nil
}
