package election

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

const retryPause = 200 * time.Millisecond

// Contend makes dir with its parents and in it an ephemeral sequential node whose name begins with prefix
// (which may be empty, as for Mesos's log_replicas). It returns the node's name without the directory, and
// tries again while the ensemble is away; ctx ends that. The node lives as long as the session.
func Contend(ctx context.Context, conn *zk.Conn, dir, prefix string, data []byte) (node string, err error) {
	for attempt := 0; ; attempt++ {
		node, err = contendOnce(ctx, conn, dir, prefix, data, attempt > 0)
		if err == nil || !transient(err) {
			return node, err
		}
		if err := pause(ctx); err != nil {
			return "", err
		}
	}
}

func contendOnce(ctx context.Context, conn *zk.Conn, dir, prefix string, data []byte, again bool) (string, error) {
	if err := waitSession(ctx, conn); err != nil {
		return "", err
	}
	if err := makeParents(conn, dir); err != nil {
		return "", err
	}
	if again {
		// The connection may have broken after the node was made and before we were told so.
		if mine := ownNode(conn, dir, prefix, data); mine != "" {
			return mine, nil
		}
	}
	full, err := conn.Create(join(dir, prefix), data, zk.FlagEphemeral|zk.FlagSequence, aclOf(conn))
	if err != nil {
		return "", fmt.Errorf("creating %s in ZooKeeper: %w", join(dir, prefix), err)
	}
	return full[strings.LastIndexByte(full, '/')+1:], nil
}

func ownNode(conn *zk.Conn, dir, prefix string, data []byte) string {
	children, _, err := conn.Children(dir)
	if err != nil {
		return ""
	}
	for _, child := range candidates(children, prefix) {
		value, stat, err := conn.Get(join(dir, child))
		if err == nil && stat.EphemeralOwner == conn.SessionID() && string(value) == string(data) {
			return child
		}
	}
	return ""
}

func makeParents(conn *zk.Conn, dir string) error {
	path := ""
	for _, part := range strings.Split(strings.Trim(dir, "/"), "/") {
		if part == "" {
			continue
		}
		path += "/" + part
		_, err := conn.Create(path, nil, 0, aclOf(conn))
		if err != nil && !errors.Is(err, zk.ErrNodeExists) {
			if exists, _, existsErr := conn.Exists(path); existsErr == nil && exists {
				continue
			}
			return fmt.Errorf("creating %s in ZooKeeper: %w", path, err)
		}
	}
	return nil
}

func waitSession(ctx context.Context, conn *zk.Conn) error {
	for conn.State() != zk.StateHasSession {
		if err := pause(ctx); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(retryPause):
		return nil
	}
}

func transient(err error) bool {
	return errors.Is(err, zk.ErrConnectionClosed) || errors.Is(err, zk.ErrNoServer) ||
		errors.Is(err, zk.ErrSessionExpired) || errors.Is(err, zk.ErrSessionMoved)
}

func join(dir, name string) string {
	return strings.TrimSuffix(dir, "/") + "/" + name
}
