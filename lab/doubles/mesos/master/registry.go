package master

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"

	"datacentre/lab/doubles/mesos/replog"
	"datacentre/lab/doubles/mesos/wire"
)

// record is what survives a change of leader: the agents, by id, and the maintenance schedule.
type record struct {
	Agents      map[string]wire.AgentInfo `json:"agents"`
	Unreachable map[string]float64        `json:"unreachable"`
	Gone        map[string]float64        `json:"gone"`
	Schedule    *schedule                 `json:"schedule,omitempty"`
	Draining    map[string]draining       `json:"draining"`
	Deactivated map[string]bool           `json:"deactivated"`
}

func (r record) clone() record {
	c := record{Agents: map[string]wire.AgentInfo{}, Unreachable: map[string]float64{}, Gone: map[string]float64{}, Schedule: r.Schedule,
		Draining: map[string]draining{}, Deactivated: map[string]bool{}}
	for k, v := range r.Agents {
		c.Agents[k] = v
	}
	for k, v := range r.Unreachable {
		c.Unreachable[k] = v
	}
	for k, v := range r.Gone {
		c.Gone[k] = v
	}
	for k, v := range r.Draining {
		c.Draining[k] = v
	}
	for k, v := range r.Deactivated {
		c.Deactivated[k] = v
	}
	return c
}

// registry is a leader's view of what the replicated log holds. A master that does not lead has an empty one.
type registry struct {
	log     *replog.Log
	writing sync.Mutex // held for the length of one change

	coordinator *replog.Coordinator // guarded by writing

	mu     sync.Mutex
	record record
}

// newRegistry opens the replica below the work directory; without one it is kept in memory.
func newRegistry(workDir string, quorum int) (*registry, error) {
	folder := ""
	if workDir != "" {
		folder = filepath.Join(workDir, "replicated_log")
	}
	replica, err := replog.Open(folder)
	if err != nil {
		return nil, err
	}
	return &registry{log: replog.New(replica, quorum), record: record{}.clone()}, nil
}

func (r *registry) current() record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.clone()
}

// fetch begins a term: it takes the newest record of a quorum of replicas, and writes it as its own.
func (r *registry) fetch(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.coordinator = r.log.Coordinate()
	value, err := r.coordinator.Elect(ctx)
	if err != nil {
		return err
	}
	var read record
	if value != nil {
		if err := json.Unmarshal(value, &read); err != nil {
			return fmt.Errorf("the registry cannot be read: %w", err)
		}
	}
	return r.put(ctx, read.clone())
}

// change edits the record, here when a quorum has it.
func (r *registry) change(ctx context.Context, edit func(*record)) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	next := r.current()
	edit(&next)
	return r.put(ctx, next)
}

func (r *registry) put(ctx context.Context, next record) error {
	value, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := r.coordinator.Write(ctx, value); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record = next.clone()
	return nil
}

// size gives the length of the record in bytes.
func (r *registry) size() int {
	data, _ := json.Marshal(r.current())
	return len(data)
}
