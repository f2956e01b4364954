// Package election chooses and finds leaders in ZooKeeper the way Mesos does: every contender holds an
// ephemeral sequential node in one directory, and the lowest sequence leads.
package election

import (
	"fmt"
	"net"
	"strings"
)

// DefaultPort is ZooKeeper's client port, used when a host in the URL names none.
const DefaultPort = "2181"

// ParseURL takes apart zk://[user:pass@]h1[:p1],h2[:p2][/path]. The hosts come back with ports, auth is
// "user:pass" or "", and path begins with a slash and has none at its end ("/" for the root).
func ParseURL(url string) (hosts []string, auth string, path string, err error) {
	const scheme = "zk://"
	url = strings.TrimSpace(url)
	if !strings.HasPrefix(url, scheme) {
		return nil, "", "", fmt.Errorf("expecting 'zk://' at the beginning of the URL")
	}
	rest := strings.TrimPrefix(url, scheme)
	path = "/"
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		rest, path = rest[:i], "/"+strings.Trim(rest[i:], "/")
	}
	if strings.Contains(path, "//") {
		return nil, "", "", fmt.Errorf("the path of the ZooKeeper URL holds an empty part; write it once between slashes")
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		auth, rest = rest[:i], rest[i+1:]
		if !strings.Contains(auth, ":") {
			return nil, "", "", fmt.Errorf("expecting 'user:password' before the '@' of the ZooKeeper URL")
		}
	}
	for _, host := range strings.Split(rest, ",") {
		host = strings.TrimSpace(host)
		if host == "" {
			return nil, "", "", fmt.Errorf("expecting 'host:port' between the commas of the ZooKeeper URL")
		}
		if _, _, splitErr := net.SplitHostPort(host); splitErr != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), DefaultPort)
		}
		hosts = append(hosts, host)
	}
	return hosts, auth, path, nil
}
