package master

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"datacentre/lab/doubles/mesos/wire"
)

// record is what survives a change of leader: the agents, by id. Term is the leader's ZooKeeper sequence, so
// that a deposed leader's late write loses.
type record struct {
	Term        int64                     `json:"term"`
	Version     int64                     `json:"version"`
	Agents      map[string]wire.AgentInfo `json:"agents"`
	Unreachable map[string]float64        `json:"unreachable"`
	Gone        map[string]float64        `json:"gone"`
}

func (r record) newerThan(other record) bool {
	return r.Term > other.Term || (r.Term == other.Term && r.Version > other.Version)
}

func (r record) clone() record {
	c := record{Term: r.Term, Version: r.Version, Agents: map[string]wire.AgentInfo{}, Unreachable: map[string]float64{}, Gone: map[string]float64{}}
	for k, v := range r.Agents {
		c.Agents[k] = v
	}
	for k, v := range r.Unreachable {
		c.Unreachable[k] = v
	}
	for k, v := range r.Gone {
		c.Gone[k] = v
	}
	return c
}

// registry keeps this master's replica in a file and hands a leader's changes to the other masters: a change
// counts when `quorum` replicas, its own included, have it.
type registry struct {
	path    string
	client  *http.Client
	writing sync.Mutex // held for the length of one change

	mu     sync.Mutex
	record record
	peers  []string // host:port of the other replicas
}

func newRegistry(workDir string) *registry {
	r := &registry{client: &http.Client{Timeout: 2 * time.Second}, record: record{}.clone()}
	if workDir != "" {
		r.path = filepath.Join(workDir, "replicated_log", "registry.json")
	}
	return r
}

// load reads the file of an earlier run; a missing one is an empty registry.
func (r *registry) load() error {
	if r.path == "" {
		return nil
	}
	data, err := os.ReadFile(r.path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var read record
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("the replica %s cannot be read: %w", r.path, err)
	}
	r.record = read.clone()
	return nil
}

// take stores a record that is newer than the replica's and tells whether it was one.
func (r *registry) take(next record) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !next.newerThan(r.record) {
		return false, nil
	}
	if r.path != "" {
		data, err := json.Marshal(next)
		if err != nil {
			return false, err
		}
		if err := os.MkdirAll(filepath.Dir(r.path), 0o755); err != nil {
			return false, err
		}
		if err := os.WriteFile(r.path+".new", data, 0o644); err != nil {
			return false, err
		}
		if err := os.Rename(r.path+".new", r.path); err != nil {
			return false, err
		}
	}
	r.record = next.clone()
	return true, nil
}

func (r *registry) current() record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.clone()
}

func (r *registry) setPeers(peers []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.peers = peers
}

func (r *registry) peerList() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.peers...)
}

// each asks all peers at once and gives how many answered well; it does not wait for more than are needed, so
// that a dead peer costs no time.
func (r *registry) each(needed int, ask func(peer string) error) int {
	peers := r.peerList()
	answers := make(chan error, len(peers))
	for _, peer := range peers {
		go func() { answers <- ask(peer) }()
	}
	good := 0
	for range peers {
		if good >= needed {
			break
		}
		if <-answers == nil {
			good++
		}
	}
	return good
}

// fetch takes the newest record of at least quorum replicas and begins the new term with it.
func (r *registry) fetch(ctx context.Context, term int64, quorum int) error {
	for {
		var mu sync.Mutex
		newest := r.current()
		good := 1 + r.each(quorum-1, func(peer string) error {
			reply, err := r.client.Get("http://" + peer + "/lab/registry")
			if err != nil {
				return err
			}
			defer reply.Body.Close()
			var theirs record
			if err := json.NewDecoder(reply.Body).Decode(&theirs); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if theirs.newerThan(newest) {
				newest = theirs.clone()
			}
			return nil
		})
		mu.Lock()
		next := newest.clone()
		mu.Unlock()
		if good >= quorum {
			next.Term = max(term, next.Term)
			next.Version++
			return r.store(ctx, next, quorum)
		}
		if err := wait(ctx, 300*time.Millisecond); err != nil {
			return err
		}
	}
}

// store writes a record here and to the peers until quorum replicas have it.
func (r *registry) store(ctx context.Context, next record, quorum int) error {
	if _, err := r.take(next); err != nil {
		return err
	}
	body, err := json.Marshal(next)
	if err != nil {
		return err
	}
	for {
		good := 1 + r.each(quorum-1, func(peer string) error {
			reply, err := r.client.Post("http://"+peer+"/lab/registry", "application/json", bytes.NewReader(body))
			if err != nil {
				return err
			}
			defer reply.Body.Close()
			if reply.StatusCode != http.StatusOK {
				return fmt.Errorf("status %d", reply.StatusCode)
			}
			return nil
		})
		if good >= quorum {
			return nil
		}
		if err := wait(ctx, 300*time.Millisecond); err != nil {
			return err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// size gives the length of the record in bytes.
func (r *registry) size() int {
	data, _ := json.Marshal(r.current())
	return len(data)
}
