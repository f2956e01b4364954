package replog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"datacentre/lab/doubles/mesos/build"
)

// Path is where a replica is asked by the others.
const Path = "/lab/log"

// Log is a replica, and the others as far as they are known.
type Log struct {
	*Replica
	quorum int
	client *http.Client
	done   chan struct{} // closed when the own replica votes

	mu    sync.Mutex
	peers []string // host:port
}

// New joins a replica with those that are told later. The quorum is this master's own; nobody compares it with that of others.
func New(replica *Replica, quorum int) *Log {
	return &Log{Replica: replica, quorum: quorum, client: &http.Client{Timeout: 2 * time.Second}, done: make(chan struct{})}
}

// SetPeers tells the addresses of the other replicas.
func (l *Log) SetPeers(peers []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.peers = peers
}

func (l *Log) others() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.peers...)
}

// Size counts the replicas that are known, the own one included.
func (l *Log) Size() int { return len(l.others()) + 1 }

// Recovered tells whether the own replica votes, as registrar/log/recovered does.
func (l *Log) Recovered() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// broadcast asks all replicas at once, and hands their answers on until one is enough or all have come. A replica that does not answer
// is passed over.
func (l *Log) broadcast(ctx context.Context, request Request, enough func(Reply) bool) {
	peers := l.others()
	replies := make(chan *Reply, len(peers)+1)
	for _, peer := range peers {
		// Each is asked to the end, also after enough of them have answered: a write is for every replica.
		go func() { replies <- l.ask(peer, request) }()
	}
	go func() {
		reply, err := l.Answer(request)
		if err != nil {
			build.Errorf("Error writing to log: %v", err)
			replies <- nil
			return
		}
		replies <- &reply
	}()
	for range len(peers) + 1 {
		select {
		case reply := <-replies:
			if reply != nil && enough(*reply) {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (l *Log) ask(peer string, request Request) *Reply {
	body, err := json.Marshal(request)
	if err != nil {
		return nil
	}
	answer, err := l.client.Post("http://"+peer+Path, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	var reply Reply
	if answer.StatusCode != http.StatusOK || json.NewDecoder(answer.Body).Decode(&reply) != nil {
		return nil
	}
	return &reply
}

// ServeHTTP answers the other replicas.
func (l *Log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request Request
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reply, err := l.Answer(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply)
}

// enoughReplicas waits until a quorum of replicas is known, of whatever state.
func (l *Log) enoughReplicas(ctx context.Context) error {
	for l.Size() < l.quorum {
		if err := wait(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("%d of %d replicas are known: %w", l.Size(), l.quorum, err)
		}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
