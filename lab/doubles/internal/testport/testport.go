// Package testport finds ports for tests.
package testport

import (
	"net"
	"testing"
)

// Free gives a TCP port of 127.0.0.1 that nobody listens on at the moment.
func Free(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
