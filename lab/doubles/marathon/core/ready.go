package core

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"datacentre/lab/doubles/marathon/app"
)

// readiness is what the readiness check of an instance found.
type readiness struct {
	ready  bool
	asking bool
	next   time.Time
	last   *ReadinessResult
}

// ReadinessResult is one of readinessCheckResults.
type ReadinessResult struct {
	Name         string         `json:"name"`
	TaskID       string         `json:"taskId"`
	Ready        bool           `json:"ready"`
	LastResponse map[string]any `json:"lastResponse,omitempty"`
}

func (c *Core) isReady(i *Instance) bool {
	if len(i.App.ReadinessChecks) == 0 {
		return true
	}
	r := c.ready[i.ID]
	return r != nil && r.ready
}

// askReadiness asks running instances of deployments under way that were not ready yet.
func (c *Core) askReadiness(now time.Time) {
	for _, i := range c.instances {
		if i.Condition != Running || len(i.App.ReadinessChecks) == 0 || !c.locked(i.App.ID) {
			continue
		}
		if c.ready[i.ID] == nil {
			c.ready[i.ID] = &readiness{}
		}
		r := c.ready[i.ID]
		if r.ready || r.asking || now.Before(r.next) {
			continue
		}
		check := i.App.ReadinessChecks[0]
		r.asking, r.next = true, now.Add(time.Duration(check.IntervalSeconds)*time.Second)
		host, port := endpoint(i, portNamed(i.App, check.PortName))
		url := strings.ToLower(check.Protocol) + "://" + net.JoinHostPort(host, strconv.Itoa(port)) + check.Path
		go c.askReady(i.ID, i.Task.ID, check, url)
	}
}

func portNamed(a *app.App, name string) int {
	for n, m := range a.Mappings() {
		if m.Name == name {
			return n
		}
	}
	for n, d := range a.PortDefinitions {
		if d.Name == name {
			return n
		}
	}
	return 0
}

func (c *Core) askReady(instanceID, taskID string, check app.ReadinessCheck, url string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(check.TimeoutSeconds)*time.Second)
	defer cancel()
	result := &ReadinessResult{Name: check.Name, TaskID: taskID}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err == nil {
		var response *http.Response
		if response, err = prober.Do(request); err == nil {
			body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<16))
			_ = response.Body.Close()
			for _, code := range check.HTTPStatusCodesForReady {
				result.Ready = result.Ready || code == response.StatusCode
			}
			if check.PreserveLastResponse {
				result.LastResponse = map[string]any{"status": response.StatusCode, "contentType": response.Header.Get("Content-Type"), "body": string(body)}
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.ready[instanceID]; r != nil {
		r.asking, r.ready, r.last = false, result.Ready, result
		c.poke()
	}
}

// Readiness gives the results for an application's instances.
func (c *Core) Readiness(appID string) []ReadinessResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []ReadinessResult{}
	for _, i := range c.of(appID) {
		if r := c.ready[i.ID]; r != nil && r.last != nil {
			out = append(out, *r.last)
		}
	}
	return out
}
