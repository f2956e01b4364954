package master

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"

	"datacentre/lab/doubles/internal/election"
	"datacentre/lab/doubles/internal/flagfile"
	"datacentre/lab/doubles/mesos/build"
)

// nodePrefix is how Mesos's ZooKeeper nodes begin.
const nodePrefix = "json.info_"

// Lead contends for leadership in ZooKeeper, or leads at once when there is none, and serves allocation and
// pings while ctx lasts. It calls the master's exit when leadership is lost.
func (m *Master) Lead(ctx context.Context) error {
	go m.allocateForever(ctx)
	url := m.flags.String("zk")
	if url == "" {
		go m.recoverLog(ctx)
		m.detected(ctx, &m.info)
		<-ctx.Done()
		return ctx.Err()
	}
	hosts, auth, dir, err := election.ParseURL(url)
	if err != nil {
		return err
	}
	timeout := m.flags.Duration("zk_session_timeout")
	conn, _, err := election.Dial(hosts, timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := election.Authenticate(conn, auth); err != nil {
		return err
	}
	go m.recoverLog(ctx)
	go m.joinLog(ctx, hosts, auth, path.Join(dir, "log_replicas"), timeout)
	go m.contend(ctx, conn, dir, timeout)
	return election.WatchLeader(ctx, conn, dir, nodePrefix, func(node string, data []byte) {
		var info *Info
		if data != nil {
			info = &Info{}
			if err := json.Unmarshal(data, info); err != nil {
				m.exit("Failed to detect the leading master: Failed to parse data of '%s': %v; committing suicide!", node, err)
			}
		}
		m.detected(ctx, info)
	})
}

// contend keeps a node in the directory, and ends a leader whose session is lost.
func (m *Master) contend(ctx context.Context, conn *zk.Conn, dir string, timeout time.Duration) {
	data, _ := json.Marshal(m.info)
	for {
		node, err := election.Contend(ctx, conn, dir, nodePrefix, data)
		if err != nil {
			if ctx.Err() == nil {
				m.exit("Failed to contend: %v", err)
			}
			return
		}
		build.Logf("A new candidate (id='%s') has entered the contest for leadership", strings.TrimPrefix(node, nodePrefix))
		lost := untilLost(ctx, conn, path.Join(dir, node), timeout)
		if ctx.Err() != nil {
			return
		}
		m.mu.Lock()
		leading := m.elected()
		m.mu.Unlock()
		if leading {
			m.exit("Lost candidacy as a leader... committing suicide! (%s)", lost)
		}
		build.Logf("Lost candidacy as a follower... Contend again")
	}
}

// untilLost waits until the node of this session is gone: removed, or its session ended or out of touch for as
// long as a session may be. It says which.
func untilLost(ctx context.Context, conn *zk.Conn, node string, timeout time.Duration) string {
	session := conn.SessionID()
	var away time.Time
	for i := 1; ; i++ {
		if wait(ctx, 100*time.Millisecond) != nil {
			return ""
		}
		if conn.State() != zk.StateHasSession {
			if away.IsZero() {
				away = time.Now()
			}
			if time.Since(away) >= timeout {
				return "ZooKeeper session timed out"
			}
			continue
		}
		away = time.Time{}
		if conn.SessionID() != session {
			return "ZooKeeper session expired"
		}
		if i%20 == 0 {
			if exists, _, err := conn.Exists(node); err == nil && !exists {
				return "the node " + node + " was removed"
			}
		}
	}
}

// detected takes note of who leads.
func (m *Master) detected(ctx context.Context, leader *Info) {
	m.mu.Lock()
	was := m.elected()
	m.leader = leader
	is := m.elected()
	if is && !was {
		m.electedAt = time.Now()
		m.metrics["master/elected"] = 1
	}
	m.mu.Unlock()
	switch {
	case is && !was:
		build.Logf("Elected as the leading master!")
		go m.recover(ctx)
	case is:
		build.Logf("Re-elected as the leading master")
	case leader != nil:
		build.Logf("The newly elected leader is %s with id %s", leader.PID, leader.ID)
		if was {
			m.exit("Conceded leadership to another master... committing suicide!")
		}
	default:
		build.Logf("No master was elected.")
		if was {
			m.exit("Lost leadership after indecisive election... committing suicide!")
		}
	}
}

// recoverLog brings this master's replica to vote.
func (m *Master) recoverLog(ctx context.Context) {
	if err := m.registry.log.Recover(ctx, m.flags.Bool("log_auto_initialize")); err != nil && ctx.Err() == nil {
		m.fatal("Failed to recover the log: %v", err)
	}
}

// recover reads the registry from a quorum of replicas, of which the own one is to be one; until then no agent or framework is served.
// A leader that cannot ends, and another one tries.
func (m *Master) recover(ctx context.Context) {
	build.Logf("Recovering from registrar")
	limit := m.flags.Duration("registry_fetch_timeout")
	fetching, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := m.registry.fetch(fetching); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("Failed to perform fetch within %s", flagfile.FormatDuration(limit))
		}
		if ctx.Err() == nil {
			m.fatal("Recovery failed: Failed to recover registrar: %v", err)
		}
		return
	}
	build.Logf("Successfully recovered registrar")
	record := m.registry.current()
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, info := range record.Agents {
		m.recovering[id] = info
	}
	m.recovered = true
	build.Logf("Recovered %d agents from the registry; allowing %s for agents to reregister", len(record.Agents), m.flags.String("agent_reregister_timeout"))
	if len(record.Agents) > 0 {
		time.AfterFunc(m.flags.Duration("agent_reregister_timeout"), m.giveUpRecovering)
	}
}

// joinLog keeps this master among the log's replicas and the registry informed of the others.
func (m *Master) joinLog(ctx context.Context, hosts []string, auth, dir string, timeout time.Duration) {
	conn, _, err := election.Dial(hosts, timeout)
	if err != nil {
		return
	}
	defer conn.Close()
	if election.Authenticate(conn, auth) != nil {
		return
	}
	pid := []byte("log-replica(1)@" + strings.TrimPrefix(m.info.PID, "master@"))
	for ctx.Err() == nil {
		if _, err := election.Contend(ctx, conn, dir, "", pid); err != nil {
			build.Warnf("Failed to join the replicated log's network: %v", err)
			continue
		}
		session := conn.SessionID()
		for ctx.Err() == nil && conn.SessionID() == session {
			if conn.State() == zk.StateHasSession {
				m.registry.log.SetPeers(replicas(conn, dir, string(pid)))
			}
			if wait(ctx, 500*time.Millisecond) != nil {
				return
			}
		}
	}
}

// replicas gives the addresses of the other replicas.
func replicas(conn *zk.Conn, dir, own string) []string {
	children, _, err := conn.Children(dir)
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	var peers []string
	for _, child := range children {
		data, _, err := conn.Get(path.Join(dir, child))
		pid := string(data)
		if _, address, ok := strings.Cut(pid, "@"); err == nil && ok && pid != own && !seen[address] {
			seen[address] = true
			peers = append(peers, address)
		}
	}
	sort.Strings(peers)
	return peers
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
