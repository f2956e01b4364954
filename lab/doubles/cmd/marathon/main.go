// Command marathon is the lab double of Marathon.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"datacentre/lab/doubles/marathon/conf"
)

// version is what /v2/info tells; the build may set another one.
var version = "1.11.24"

const label = "datacentre lab double of marathon"

// The exit statuses of Marathon.
const (
	zookeeperUnreachable = 100
	zookeeperLost        = 101
	leadershipLost       = 103
	abdicated            = 105
	frameworkRemoved     = 110
	bindFailed           = 111
)

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds)
	log.SetOutput(os.Stdout)
	c, err := conf.Load(os.Environ(), os.Args[1:])
	var usage conf.UsageError
	switch {
	case errors.Is(err, conf.ErrVersion), errors.Is(err, conf.ErrHelp):
		fmt.Printf("%s, imitates Marathon %s\n", label, version)
		return
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "[scallop] Error: %s\n", err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%s, imitates Marathon %s; master %s, state in %s\n", label, version, c.Redacted("master"), c.Redacted("zk"))
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	os.Exit(run(ctx, c))
}
