// Package replog imitates Mesos' replicated log: replicas with the real states, the recovery that leads from one to the next, and a
// coordinator whose reads and writes need a quorum. In the place of a log stands one value, which each write replaces whole.
// Source: Mesos 1.11, src/log/recover.cpp, replica.cpp, coordinator.cpp.
package replog

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"datacentre/lab/doubles/mesos/build"
)

// Status is what a replica may do. Only one that votes promises and writes.
type Status string

// The states, by their real names. A replica whose file is missing is empty.
const (
	Empty      Status = "EMPTY"
	Starting   Status = "STARTING"
	Recovering Status = "RECOVERING"
	Voting     Status = "VOTING"
)

// Entry is the value with what tells the newer of two: who wrote it, and which of its writes it was.
type Entry struct {
	Proposal int64           `json:"proposal"`
	Position int64           `json:"position"`
	Value    json.RawMessage `json:"value,omitempty"`
}

func (e Entry) newerThan(other Entry) bool {
	return e.Proposal > other.Proposal || (e.Proposal == other.Proposal && e.Position > other.Position)
}

// stored is what a replica must not forget.
type stored struct {
	Status   Status `json:"status"`
	Promised int64  `json:"promised"`
	Entry    Entry  `json:"entry"`
}

// Replica is one master's copy, kept in a file of its folder. Without a folder it is kept in memory.
type Replica struct {
	path string

	mu  sync.Mutex
	now stored
}

// Open reads the replica that lies in the folder; a missing one is empty, as one whose folder was put aside.
func Open(folder string) (*Replica, error) {
	r := &Replica{now: stored{Status: Empty}}
	if folder == "" {
		return r, nil
	}
	r.path = filepath.Join(folder, "replica.json")
	data, err := os.ReadFile(r.path)
	if os.IsNotExist(err) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &r.now)
	}
	if err != nil {
		return nil, fmt.Errorf("Failed to recover the log: the replica %s cannot be read: %w", r.path, err)
	}
	return r, nil
}

// Status gives the state that the replica is in.
func (r *Replica) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now.Status
}

// promised gives the highest proposal that the replica has promised to.
func (r *Replica) promised() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now.Promised
}

// edit changes what is stored, on disk before in memory.
func (r *Replica) edit(change func(*stored)) error {
	next := r.now
	change(&next)
	if r.path != "" {
		if err := writeSynced(r.path, next); err != nil {
			return err
		}
	}
	r.now = next
	return nil
}

func (r *Replica) become(status Status, change func(*stored)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	build.Logf("Updating replica status to %s", status)
	return r.edit(func(s *stored) {
		s.Status = status
		if change != nil {
			change(s)
		}
	})
}

func writeSynced(path string, value stored) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Kinds of requests, and what is answered to the latter two.
const (
	askStatus  = "recover"
	askPromise = "promise"
	askWrite   = "write"

	accepted = "accept"
	rejected = "reject"
	ignored  = "ignored"
)

// Request is what one replica asks of another.
type Request struct {
	Kind     string `json:"kind"`
	Proposal int64  `json:"proposal"`
	Entry    Entry  `json:"entry"`
}

// Reply is what it answers.
type Reply struct {
	Result   string `json:"result,omitempty"`
	Status   Status `json:"status"`
	Promised int64  `json:"promised"`
	Entry    Entry  `json:"entry"`
}

// Answer is the replica's part in a round. One that does not vote ignores all but the question for its state.
func (r *Replica) Answer(request Request) (Reply, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	result, err := "", error(nil)
	switch {
	case request.Kind == askStatus:
	case r.now.Status != Voting:
		build.Logf("Replica ignoring %s request as it is in %s status", request.Kind, r.now.Status)
		result = ignored
	case request.Kind == askPromise && request.Proposal <= r.now.Promised, request.Kind == askWrite && request.Proposal < r.now.Promised:
		result = rejected
	case request.Kind == askPromise:
		result, err = accepted, r.edit(func(s *stored) { s.Promised = request.Proposal })
	case request.Kind == askWrite:
		// One that was overtaken on its way by a later one of the same leader changes nothing.
		result = accepted
		if request.Entry.newerThan(r.now.Entry) {
			err = r.edit(func(s *stored) { s.Promised, s.Entry = request.Proposal, request.Entry })
		}
	default:
		err = fmt.Errorf("the request %q is unknown", request.Kind)
	}
	return Reply{Result: result, Status: r.now.Status, Promised: r.now.Promised, Entry: r.now.Entry}, err
}
