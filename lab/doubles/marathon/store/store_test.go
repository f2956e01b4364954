package store

import (
	"bytes"
	"testing"

	"github.com/go-zookeeper/zk"
)

// shaky loses its connection at the first writes.
type shaky struct {
	*Memory
	left int
}

func (s *shaky) Set(path string, data []byte, version int32) (*zk.Stat, error) {
	if s.left > 0 {
		s.left--
		return nil, zk.ErrConnectionClosed
	}
	return s.Memory.Set(path, data, version)
}

func TestStoreWaitsForTheEnsemble(t *testing.T) {
	conn := &shaky{Memory: NewMemory(), left: 2}
	s, err := Open(conn, "/m/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Put("a/b", []byte("1"))
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get("a/b"); err != nil || string(got) != "1" {
		t.Errorf("%s %v", got, err)
	}
}

func TestStoreKeepsAndForgets(t *testing.T) {
	memory := NewMemory()
	s, err := Open(memory, "/marathon/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("marathon "), 20000)
	s.Put("group/root", big)
	s.Put("instance/a", []byte("1"))
	s.Put("instance/b", []byte("2"))
	s.Put("instance/a", nil)
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get("group/root"); err != nil || !bytes.Equal(got, big) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if raw, _, _ := memory.Get("/marathon/state/group/root"); len(raw) > len(big)/2 {
		t.Errorf("not compressed: %d bytes", len(raw))
	}
	list, err := s.List("instance")
	if err != nil || len(list) != 1 || string(list["b"]) != "2" {
		t.Errorf("%v %v", list, err)
	}
	if none, err := s.Get("nothing/here"); none != nil || err != nil {
		t.Errorf("%v %v", none, err)
	}
}
