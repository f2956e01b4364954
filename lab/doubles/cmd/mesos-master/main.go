// Command mesos-master is the datacentre lab double of mesos-master. It takes the real one's flags, as
// --name=value or MESOS_NAME.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/master"
	"datacentre/lab/doubles/mesos/netself"
)

func main() {
	flags := master.Flags()
	err := flags.Load(os.Args[1:], os.Environ(), "MESOS_")
	switch {
	case flags.Bool("help"):
		flags.Usage(os.Stdout)
		return
	case flags.Bool("version"):
		fmt.Printf("mesos %s (%s)\n", build.Shown(), build.Label("mesos-master"))
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "%v\n\nSee `mesos-master --help` for a list of supported flags.\n", err)
		os.Exit(1)
	}
	if err := build.LogTo(flags.String("log_dir"), "mesos-master", flags.String("logging_level"), flags.Bool("quiet")); err != nil {
		build.Exitf("%v", err)
	}
	for _, warning := range flags.Warnings {
		build.Warnf("%s", warning)
	}
	self, err := netself.Of(flags)
	if err != nil {
		build.Exitf("%v", err)
	}
	build.Logf("This is %s", build.Label("mesos-master"))
	build.Logf("Version: %s", build.Shown())
	if flags.String("registry") == "replicated_log" {
		dir, given := flags.Lookup("work_dir")
		if !given {
			build.Exitf("--work_dir needed for replicated log based registry")
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			build.Exitf("Failed to create work directory '%s': %v", dir, err)
		}
		if flags.Given("zk") && !flags.Given("quorum") {
			build.Exitf("Need to specify --quorum for replicated log based registry when using ZooKeeper")
		}
	}
	if url := flags.String("zk"); url != "" && !strings.HasPrefix(url, "zk://") {
		build.Exitf("Error parsing ZooKeeper URL: Expecting 'zk://' at the beginning of the URL")
	}
	m := master.New(flags, self.IP, self.Hostname, build.Exitf)
	if err := m.Check(); err != nil {
		build.Exitf("%v", err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(self.Listen, flags.String("port")))
	if err != nil {
		build.Exitf("Failed to initialize: Failed to bind on %s:%s: %v", self.IP, flags.String("port"), err)
	}
	build.Logf("Master started on %s:%s", self.IP, flags.String("port"))
	go func() { build.Exitf("%v", http.Serve(listener, m.Handler())) }()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := m.Lead(ctx); err != nil && ctx.Err() == nil {
		build.Exitf("Failed to detect the leading master: %v; committing suicide!", err)
	}
}
