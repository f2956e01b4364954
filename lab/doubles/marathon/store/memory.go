package store

import (
	"sort"
	"strings"
	"sync"

	"github.com/go-zookeeper/zk"
)

// Memory is a Conn without ZooKeeper, for tests.
type Memory struct {
	mu    sync.Mutex
	nodes map[string][]byte
}

// NewMemory is empty but for the root.
func NewMemory() *Memory { return &Memory{nodes: map[string][]byte{"": nil}} }

// Get reads a node.
func (m *Memory) Get(path string) ([]byte, *zk.Stat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.nodes[path]
	if !ok {
		return nil, nil, zk.ErrNoNode
	}
	return data, &zk.Stat{}, nil
}

// Set writes a node that exists.
func (m *Memory) Set(path string, data []byte, _ int32) (*zk.Stat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.nodes[path]; !ok {
		return nil, zk.ErrNoNode
	}
	m.nodes[path] = data
	return &zk.Stat{}, nil
}

// Create makes a node whose parent exists.
func (m *Memory) Create(path string, data []byte, _ int32, _ []zk.ACL) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.nodes[path]; ok {
		return "", zk.ErrNodeExists
	}
	if _, ok := m.nodes[path[:strings.LastIndexByte(path, '/')]]; !ok {
		return "", zk.ErrNoNode
	}
	m.nodes[path] = data
	return path, nil
}

// Delete removes a node.
func (m *Memory) Delete(path string, _ int32) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.nodes[path]; !ok {
		return zk.ErrNoNode
	}
	delete(m.nodes, path)
	return nil
}

// Children lists the names right below.
func (m *Memory) Children(path string) ([]string, *zk.Stat, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.nodes[path]; !ok {
		return nil, nil, zk.ErrNoNode
	}
	var out []string
	for name := range m.nodes {
		if strings.HasPrefix(name, path+"/") && !strings.Contains(name[len(path)+1:], "/") {
			out = append(out, name[len(path)+1:])
		}
	}
	sort.Strings(out)
	return out, &zk.Stat{}, nil
}
