package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"datacentre/lab/doubles/internal/election"
	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// Detect follows the leading master in ZooKeeper (or takes a fixed host:port) until ctx ends.
func (a *Agent) Detect(ctx context.Context) error {
	go a.linkForever(ctx)
	url := a.flags.String("master")
	if !strings.HasPrefix(url, "zk://") {
		a.detected(&masterInfo{Hostname: strings.Split(url, ":")[0], PID: "master@" + strings.TrimPrefix(url, "master@")})
		<-ctx.Done()
		return ctx.Err()
	}
	hosts, auth, dir, err := election.ParseURL(url)
	if err != nil {
		return err
	}
	conn, _, err := election.Dial(hosts, a.flags.Duration("zk_session_timeout"))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := election.Authenticate(conn, auth); err != nil {
		return err
	}
	return election.WatchLeader(ctx, conn, dir, "json.info_", func(_ string, data []byte) {
		var m *masterInfo
		if data != nil {
			m = &masterInfo{}
			if err := json.Unmarshal(data, m); err != nil {
				build.Warnf("the leading master's node cannot be read: %v", err)
				m = nil
			}
		}
		a.detected(m)
	})
}

func (a *Agent) detected(m *masterInfo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m == nil {
		build.Logf("No leading master is detected")
	} else {
		build.Logf("New master detected at %s", m.PID)
	}
	a.master = m
	a.registered = false
	select {
	case a.relink <- struct{}{}:
	default:
	}
}

// linkForever keeps a registration with whoever leads, and begins anew when another leads or the link breaks.
func (a *Agent) linkForever(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		select {
		case <-a.relink:
			attempt = 0
		default:
		}
		a.mu.Lock()
		m := a.master
		a.mu.Unlock()
		if m != nil {
			linked, cancel := context.WithCancel(ctx)
			over := make(chan error, 1)
			go func() { over <- a.link(linked, m) }()
			select {
			case err := <-over:
				if ctx.Err() == nil {
					build.Warnf("Master at %s: %v; reregistering", m.PID, err)
				}
			case <-a.relink:
				cancel()
				<-over
				attempt = -1
			}
			cancel()
			a.mu.Lock()
			if a.registered {
				attempt = 0
			}
			a.registered = false
			a.mu.Unlock()
		}
		// The real one waits a random part of the backoff factor, doubled at each try, up to a minute.
		limit := min(a.flags.Duration("registration_backoff_factor")<<min(max(attempt, 0), 6), time.Minute)
		pause := time.Duration(rand.Int64N(int64(limit) + 1))
		if m == nil || attempt < 0 {
			pause = 200 * time.Millisecond
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		case <-a.relink:
			select {
			case a.relink <- struct{}{}:
			default:
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// link registers and then does what the master says until the connection ends.
func (a *Agent) link(ctx context.Context, m *masterInfo) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	body, err := json.Marshal(a.hello())
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+m.endpoint()+"/lab/agent", bytes.NewReader(body))
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: 70 * time.Second}
	defer transport.CloseIdleConnections()
	reply, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(reply.Body, 1000))
		if reply.StatusCode == http.StatusForbidden {
			a.shutDown(m, string(text))
		}
		return fmt.Errorf("registration refused with status %d: %s", reply.StatusCode, text)
	}
	decoder := json.NewDecoder(reply.Body)
	for {
		var message wire.ToAgent
		if err := decoder.Decode(&message); err != nil {
			return fmt.Errorf("lost the master: %w", err)
		}
		if message.Kind == "error" {
			return fmt.Errorf("the master gave this agent up: %s", message.Message)
		}
		if message.Kind == "registered" {
			go a.watchPings(ctx, cancel, time.Duration(message.Timeout*float64(time.Second)))
		}
		a.obey(m, message)
	}
}

// watchPings ends a link over which no ping came for as long as the master itself waits.
func (a *Agent) watchPings(ctx context.Context, cancel func(), limit time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(limit / 10):
		}
		a.mu.Lock()
		quiet := time.Since(a.lastPing)
		a.mu.Unlock()
		if quiet > limit {
			build.Warnf("No pings from master received within %s", limit)
			cancel()
			return
		}
	}
}

// hello is what the agent says of itself when it registers.
func (a *Agent) hello() wire.Hello {
	a.mu.Lock()
	defer a.mu.Unlock()
	hello := wire.Hello{Info: a.info, Version: build.Shown(), IP: a.self.IP, Frameworks: map[string]wire.FrameworkInfo{}}
	for _, r := range a.runs {
		task := r.Task
		task.Statuses = append([]wire.TaskStatus{}, r.Task.Statuses...)
		hello.Tasks = append(hello.Tasks, &task)
		if f, ok := a.frameworks[r.Task.FrameworkID]; ok {
			hello.Frameworks[r.Task.FrameworkID] = f
		}
	}
	return hello
}

// say sends one message to the master; the link's end is noticed elsewhere, so an error is only told.
func (a *Agent) say(m *masterInfo, message wire.FromAgent) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	reply, err := a.client.Post("http://"+m.endpoint()+"/lab/agent/say", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	_, _ = io.Copy(io.Discard, reply.Body)
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", reply.StatusCode)
	}
	return nil
}

// obey does what one message asks.
func (a *Agent) obey(m *masterInfo, message wire.ToAgent) {
	a.mu.Lock()
	id := a.id()
	a.lastPing = time.Now()
	a.mu.Unlock()
	framework := ""
	if message.Framework != nil && message.Framework.ID != nil {
		framework = message.Framework.ID.Value
	}
	switch message.Kind {
	case "registered":
		a.becameRegistered(m, message.AgentID)
	case "ping":
		go func() { _ = a.say(m, wire.FromAgent{Kind: "pong", AgentID: id}) }()
	case "framework":
		a.mu.Lock()
		a.noteFramework(*message.Framework)
		a.mu.Unlock()
	case "launch":
		a.launch(*message.Framework, *message.Task, message.Role)
	case "kill":
		a.kill(framework, message.TaskID, message.Policy)
	case "ack":
		a.acknowledged(framework, message.TaskID, message.UUID)
	case "reconcile":
		a.reconcile(*message.Framework, message.TaskID)
	case "shutdown_framework":
		a.shutdownFramework(message.TaskID)
	case "shutdown":
		a.shutDown(m, message.Message)
	}
}

// shutDown ends all tasks, and then the agent, which a supervisor starts again. Source: Mesos 1.11, src/slave/slave.cpp, shutdown.
func (a *Agent) shutDown(m *masterInfo, why string) {
	build.Logf("Agent asked to shut down by %s because '%s'", m.PID, why)
	a.shutdownAll()
	a.leaving.Wait()
	a.exit("Agent asked to shut down: %s", why)
}

// becameRegistered keeps the id that the master gave.
func (a *Agent) becameRegistered(m *masterInfo, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.id() == "" {
		a.info.ID = &wire.ID{Value: id}
		if err := a.checkpointInfo(); err != nil {
			a.exit("Failed to checkpoint the agent's id: %v", err)
		}
		build.Logf("Registered with master %s; given agent ID %s", m.PID, id)
	} else if a.id() != id {
		a.exit("Registered but got wrong id: %s (expected: %s). Committing suicide", id, a.id())
	} else {
		build.Logf("Re-registered with master %s", m.PID)
	}
	a.registered = true
	for _, r := range a.runs {
		r.retry()
	}
}
