// Package store keeps Marathon's state in ZooKeeper, below <zk path>/state.
package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// Conn is the part of a ZooKeeper session that the store needs.
type Conn interface {
	Get(path string) ([]byte, *zk.Stat, error)
	Set(path string, data []byte, version int32) (*zk.Stat, error)
	Create(path string, data []byte, flags int32, acl []zk.ACL) (string, error)
	Delete(path string, version int32) error
	Children(path string) ([]string, *zk.Stat, error)
}

const (
	compressFrom = 65536
	retryPause   = 200 * time.Millisecond
)

// Store writes in the background, one change after the other; Flush waits for what was given before.
type Store struct {
	conn Conn
	root string
	acl  []zk.ACL

	mu      sync.Mutex
	wake    *sync.Cond
	pending map[string][]byte // nil: delete
	order   []string
	busy    bool
	failed  error
}

// Open makes root (an absolute path) with its parents and starts the writer.
func Open(conn Conn, root string, acl []zk.ACL) (*Store, error) {
	s := &Store{conn: conn, root: strings.TrimSuffix(root, "/"), acl: acl, pending: map[string][]byte{}}
	s.wake = sync.NewCond(&s.mu)
	if err := s.parents(s.root + "/x"); err != nil {
		return nil, err
	}
	go s.writer()
	return s, nil
}

// Put keeps value under key ("app/name"); a nil value removes the key.
func (s *Store) Put(key string, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, waiting := s.pending[key]; !waiting {
		s.order = append(s.order, key)
	}
	s.pending[key] = value
	s.wake.Broadcast()
}

// Flush waits until everything given so far is in ZooKeeper.
func (s *Store) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for (len(s.order) > 0 || s.busy) && s.failed == nil {
		s.wake.Wait()
	}
	return s.failed
}

// Get reads a key; nil when there is none.
func (s *Store) Get(key string) ([]byte, error) {
	data, _, err := s.conn.Get(s.path(key))
	if errors.Is(err, zk.ErrNoNode) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s in ZooKeeper: %w", s.path(key), err)
	}
	return expand(data)
}

// List reads all keys right below dir, by name.
func (s *Store) List(dir string) (map[string][]byte, error) {
	names, _, err := s.conn.Children(s.root + "/" + dir)
	if errors.Is(err, zk.ErrNoNode) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s/%s in ZooKeeper: %w", s.root, dir, err)
	}
	sort.Strings(names)
	out := map[string][]byte{}
	for _, name := range names {
		value, err := s.Get(dir + "/" + name)
		if err != nil {
			return nil, err
		}
		if value != nil {
			out[name] = value
		}
	}
	return out, nil
}

func (s *Store) path(key string) string { return s.root + "/" + key }

func (s *Store) writer() {
	for {
		s.mu.Lock()
		s.busy = false
		s.wake.Broadcast()
		for len(s.order) == 0 {
			s.wake.Wait()
		}
		key := s.order[0]
		value := s.pending[key]
		s.order = s.order[1:]
		delete(s.pending, key)
		s.busy = true
		s.mu.Unlock()
		err := s.write(key, value)
		for away(err) {
			time.Sleep(retryPause)
			err = s.write(key, value)
		}
		if err != nil {
			log.Printf("writing %s: %v", s.path(key), err)
			s.mu.Lock()
			s.failed = err
			s.mu.Unlock()
		}
	}
}

// away tells that the ensemble did not answer: what is to be written then waits for it. A session that is
// lost for good ends the process, which is not the store's business.
func away(err error) bool {
	return errors.Is(err, zk.ErrConnectionClosed) || errors.Is(err, zk.ErrNoServer) || errors.Is(err, zk.ErrSessionMoved)
}

func (s *Store) write(key string, value []byte) error {
	path := s.path(key)
	if value == nil {
		if err := s.conn.Delete(path, -1); err != nil && !errors.Is(err, zk.ErrNoNode) {
			return err
		}
		return nil
	}
	data, err := shrink(value)
	if err != nil {
		return err
	}
	_, err = s.conn.Set(path, data, -1)
	if !errors.Is(err, zk.ErrNoNode) {
		return err
	}
	if err := s.parents(path); err != nil {
		return err
	}
	_, err = s.conn.Create(path, data, 0, s.acl)
	return err
}

func (s *Store) parents(path string) error {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	at := ""
	for _, part := range parts[:len(parts)-1] {
		at += "/" + part
		if _, err := s.conn.Create(at, nil, 0, s.acl); err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return fmt.Errorf("creating %s in ZooKeeper: %w", at, err)
		}
	}
	return nil
}

func shrink(value []byte) ([]byte, error) {
	if len(value) < compressFrom {
		return value, nil
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(value); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

func expand(data []byte) ([]byte, error) {
	if len(data) < 2 || data[0] != 0x1f || data[1] != 0x8b {
		if data == nil {
			data = []byte{}
		}
		return data, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
