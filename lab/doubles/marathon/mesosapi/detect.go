package mesosapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"datacentre/lab/doubles/internal/election"
)

// Detect tells the leading master's host:port each time it changes, "" for none. master is zk://…, or a
// host:port that always leads.
func Detect(ctx context.Context, master string, sessionTimeout time.Duration, fn func(address string)) error {
	if !strings.HasPrefix(master, "zk://") {
		fn(strings.TrimPrefix(master, "http://"))
		<-ctx.Done()
		return ctx.Err()
	}
	hosts, auth, path, err := election.ParseURL(master)
	if err != nil {
		return fmt.Errorf("--master: %w", err)
	}
	conn, _, err := election.Dial(hosts, sessionTimeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := election.Authenticate(conn, auth); err != nil {
		return err
	}
	return election.WatchLeader(ctx, conn, path, "json.info_", func(_ string, data []byte) {
		fn(NodeAddress(data))
	})
}

// NodeAddress reads a master's host:port out of its node in ZooKeeper; "" when it cannot.
func NodeAddress(node []byte) string {
	var info MasterInfo
	if len(node) == 0 || json.Unmarshal(node, &info) != nil {
		return ""
	}
	host, port := info.Hostname, info.Port
	if info.Address != nil {
		port = info.Address.Port
		if host = info.Address.IP; host == "" {
			host = info.Address.Hostname
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}
