package election

import (
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// settings remembers what a connection cannot be asked for later.
type settings struct {
	timeout time.Duration
	authed  bool
}

var (
	knownMu sync.Mutex
	known   = map[*zk.Conn]settings{}
)

// silent keeps the client library's own chatter out of the logs.
type silent struct{}

func (silent) Printf(string, ...any) {}

// Dial connects to the ensemble; the session is established in the background and told on the channel. The
// channel drops events that nobody reads in time, so use it as a hint and conn.State() as the fact.
func Dial(hosts []string, sessionTimeout time.Duration) (*zk.Conn, <-chan zk.Event, error) {
	conn, events, err := zk.Connect(hosts, sessionTimeout, zk.WithLogger(silent{}), zk.WithLogInfo(false))
	if err != nil {
		return nil, nil, err
	}
	knownMu.Lock()
	known[conn] = settings{timeout: sessionTimeout}
	knownMu.Unlock()
	return conn, events, nil
}

// Authenticate gives the session the "user:pass" of the URL; nodes made from then on belong to that user
// and are readable by everybody, as Mesos makes them. An empty auth does nothing.
func Authenticate(conn *zk.Conn, auth string) error {
	if auth == "" {
		return nil
	}
	if err := conn.AddAuth("digest", []byte(auth)); err != nil {
		return err
	}
	knownMu.Lock()
	defer knownMu.Unlock()
	s := known[conn]
	s.authed = true
	known[conn] = s
	return nil
}

func settingsOf(conn *zk.Conn) settings {
	knownMu.Lock()
	defer knownMu.Unlock()
	s, ok := known[conn]
	if !ok || s.timeout <= 0 {
		s.timeout = 10 * time.Second
	}
	return s
}

func aclOf(conn *zk.Conn) []zk.ACL {
	if !settingsOf(conn).authed {
		return zk.WorldACL(zk.PermAll)
	}
	return append(zk.AuthACL(zk.PermAll), zk.WorldACL(zk.PermRead)...)
}
