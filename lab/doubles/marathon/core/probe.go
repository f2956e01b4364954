package core

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"datacentre/lab/doubles/marathon/app"
)

// noAddress is why a task cannot be asked that has no address in its container network yet.
const noAddress = "UnsupportedOperationException: Health check failed: unable to get the task's effective IP address"

// target is the host:port that a check of Marathon's asks, "" when the task has no address. In a container network that
// is always the task's own address there, with the host's port too when one is mapped: so does Marathon 1.11.
func target(i *Instance, check app.HealthCheck) string {
	index := 0
	if check.PortIndex != nil {
		index = *check.PortIndex
	}
	_, port := endpoint(i, index)
	if check.Port != nil {
		port = *check.Port
	}
	host := i.Agent.Host
	if !i.App.HostNetwork() && !i.App.Bridge() {
		if len(i.Task.Addresses) == 0 {
			return ""
		}
		host = i.Task.Addresses[0].IP
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// endpoint is where the port of that index is reached: at the agent, or in the container's own network.
func endpoint(i *Instance, index int) (string, int) {
	all := i.App.Mappings()
	if len(all) == 0 {
		if index < len(i.Task.HostPorts) {
			return i.Agent.Host, i.Task.HostPorts[index]
		}
		return i.Agent.Host, 0
	}
	bound := 0
	for n, m := range all {
		if n == index {
			if m.HostPort == nil {
				if len(i.Task.Addresses) > 0 {
					return i.Task.Addresses[0].IP, m.ContainerPort
				}
				return i.Agent.Host, m.ContainerPort
			}
			if bound < len(i.Task.HostPorts) {
				return i.Agent.Host, i.Task.HostPorts[bound]
			}
		}
		if m.HostPort != nil {
			bound++
		}
	}
	return i.Agent.Host, 0
}

var prober = &http.Client{
	Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// probe asks once; cause is "" when the answer was good, and ignored tells that it counts for nothing.
func probe(check app.HealthCheck, address string) (cause string, ignored bool) {
	if address == "" {
		return noAddress, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), max(time.Duration(check.TimeoutSeconds)*time.Second, time.Second))
	defer cancel()
	if check.Protocol == "TCP" {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return reason(err, address), false
		}
		_ = conn.Close()
		return "", false
	}
	path := "/"
	if check.Path != nil {
		path = "/" + strings.TrimPrefix(*check.Path, "/")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.ToLower(check.Protocol)+"://"+address+path, nil)
	if err != nil {
		return err.Error(), false
	}
	request.Header.Set("User-Agent", "marathon")
	response, err := prober.Do(request)
	if err != nil {
		return reason(err, address), false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
	switch {
	case response.StatusCode >= 200 && response.StatusCode <= 399:
		return "", false
	case response.StatusCode < 200 && check.IgnoreHTTP1xx != nil && *check.IgnoreHTTP1xx:
		return "", true
	}
	return response.Status, false
}

// reason words a failure as Marathon's HTTP client does.
func reason(err error, address string) string {
	var timeout net.Error
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "The http server closed the connection unexpectedly before delivering responses for 1 outstanding requests"
	case errors.Is(err, syscall.ECONNRESET):
		return "The connection closed with error: Connection reset"
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("Tcp command [Connect(%s,None,List(),Some(10 seconds),true)] failed because of java.net.ConnectException: Connection refused", address)
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "TimeoutException: " + address + " did not answer in time"
	}
	return err.Error()
}
