package election

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"time"

	"github.com/go-zookeeper/zk"
)

const sequenceDigits = 10

// WatchLeader calls fn with the node of the lowest sequence among those of dir whose name is prefix and a
// sequence, each time another one leads, and with nil data when nobody does or when the ensemble has been
// out of reach for a session's length. It returns when ctx ends (ctx.Err()), when the connection is closed
// for good, or on an error that waiting does not mend (such as lack of permission).
func WatchLeader(ctx context.Context, conn *zk.Conn, dir, prefix string, fn func(node string, data []byte)) error {
	w := &watcher{conn: conn, dir: dir, prefix: prefix, fn: fn}
	for {
		events, err := w.look()
		switch {
		case err == nil:
		case transient(err):
			if err := w.sleep(ctx, nil, retryPause); err != nil {
				return err
			}
			continue
		default:
			return err
		}
		if err := w.sleep(ctx, events, 0); err != nil {
			return err
		}
	}
}

type watcher struct {
	conn     *zk.Conn
	dir      string
	prefix   string
	fn       func(string, []byte)
	told     bool
	leader   string
	awayFrom time.Time
}

func (w *watcher) tell(node string, data []byte) {
	if w.told && node == w.leader {
		return
	}
	w.told, w.leader = true, node
	w.fn(node, data)
}

// look reads the directory once, tells what changed and leaves a watch for the next change.
func (w *watcher) look() (<-chan zk.Event, error) {
	if w.conn.State() != zk.StateHasSession {
		return nil, zk.ErrConnectionClosed
	}
	children, _, events, err := w.conn.ChildrenW(w.dir)
	if errors.Is(err, zk.ErrNoNode) {
		exists, _, created, err := w.conn.ExistsW(w.dir)
		if err != nil {
			return nil, err
		}
		if !exists {
			w.tell("", nil)
			return created, nil
		}
		return nil, zk.ErrConnectionClosed
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s in ZooKeeper: %w", w.dir, err)
	}
	for _, child := range candidates(children, w.prefix) {
		if w.told && child == w.leader {
			return events, nil
		}
		data, _, err := w.conn.Get(join(w.dir, child))
		if errors.Is(err, zk.ErrNoNode) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if data == nil {
			data = []byte{}
		}
		w.tell(child, data)
		return events, nil
	}
	w.tell("", nil)
	return events, nil
}

// sleep waits for the watch, the end of ctx or, when limit is given, that time; meanwhile it notices when
// the ensemble is away for too long.
func (w *watcher) sleep(ctx context.Context, events <-chan zk.Event, limit time.Duration) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	var over <-chan time.Time
	if limit > 0 {
		over = time.After(limit)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-events:
			return nil
		case <-over:
			w.noticeAbsence()
			return nil
		case <-tick.C:
			if w.noticeAbsence() {
				return nil
			}
		}
	}
}

func (w *watcher) noticeAbsence() bool {
	if w.conn.State() == zk.StateHasSession {
		w.awayFrom = time.Time{}
		return false
	}
	if w.awayFrom.IsZero() {
		w.awayFrom = time.Now()
	}
	if time.Since(w.awayFrom) < settingsOf(w.conn).timeout {
		return false
	}
	w.tell("", nil)
	return true
}

// candidates gives the names that are prefix and a ten digit sequence, lowest first.
func candidates(children []string, prefix string) []string {
	var names []string
	for _, name := range children {
		if len(name) != len(prefix)+sequenceDigits || name[:len(prefix)] != prefix {
			continue
		}
		if _, err := strconv.Atoi(name[len(prefix):]); err == nil {
			names = append(names, name)
		}
	}
	sort.Slice(names, func(i, j int) bool { return names[i][len(prefix):] < names[j][len(prefix):] })
	return names
}
