// Package leader elects one Marathon in ZooKeeper in the layout of Curator's LeaderLatch.
package leader

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"

	"datacentre/lab/doubles/internal/election"
)

const retryPause = 300 * time.Millisecond

// Latch is this process's place in the queue for the leadership.
type Latch struct {
	conn *zk.Conn
	dir  string
	node string
}

// Join puts a node with self (host:port) in dir (<zk path>/leader-curator).
func Join(ctx context.Context, conn *zk.Conn, dir, self string) (*Latch, error) {
	node, err := election.Contend(ctx, conn, dir, "_c_"+uuid()+"-latch-", []byte(self))
	if err != nil {
		return nil, err
	}
	return &Latch{conn: conn, dir: dir, node: node}, nil
}

// Leave gives the place up, so that the next one leads at once.
func (l *Latch) Leave() error {
	err := l.conn.Delete(l.dir+"/"+l.node, -1)
	if errors.Is(err, zk.ErrNoNode) {
		return nil
	}
	return err
}

// Watch tells who leads each time that changes ("" for nobody), and whether it is this process. It returns
// with an error when the node of this process is gone.
func (l *Latch) Watch(ctx context.Context, fn func(leader string, mine bool)) error {
	told, known := false, ""
	for {
		children, _, events, err := l.conn.ChildrenW(l.dir)
		if err != nil {
			if err := l.wait(ctx, nil); err != nil {
				return err
			}
			continue
		}
		queue := Order(children)
		if !contains(queue, l.node) {
			return fmt.Errorf("the node %s in ZooKeeper is gone", l.node)
		}
		if first := queue[0]; !told || first != known {
			data, _, err := l.conn.Get(l.dir + "/" + first)
			if err != nil {
				if err := l.wait(ctx, nil); err != nil {
					return err
				}
				continue
			}
			told, known = true, first
			fn(string(data), first == l.node)
		}
		if err := l.wait(ctx, events); err != nil {
			return err
		}
	}
}

func (l *Latch) wait(ctx context.Context, events <-chan zk.Event) error {
	var pause <-chan time.Time
	if events == nil {
		pause = time.After(retryPause)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-events:
		return nil
	case <-pause:
		return nil
	}
}

// Order sorts the latch nodes by their sequence numbers; other nodes are left out.
func Order(children []string) []string {
	var nodes []string
	for _, name := range children {
		if strings.Contains(name, "-latch-") {
			nodes = append(nodes, name)
		}
	}
	sort.Slice(nodes, func(i, j int) bool { return sequence(nodes[i]) < sequence(nodes[j]) })
	return nodes
}

func sequence(name string) string { return name[strings.LastIndexByte(name, '-')+1:] }

func contains(list []string, text string) bool {
	for _, s := range list {
		if s == text {
			return true
		}
	}
	return false
}

func uuid() string {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		panic(err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
