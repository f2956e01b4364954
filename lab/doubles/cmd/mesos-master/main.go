// Command mesos-master is the datacentre lab double of mesos-master. It takes the real one's flags, as
// --name=value or MESOS_NAME.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/master"
	"datacentre/lab/doubles/mesos/program"
)

func main() {
	flags := master.Flags()
	if !program.Begin("mesos-master", flags) {
		return
	}
	self := program.Self("mesos-master", flags)
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
	m, err := master.New(flags, self.IP, self.Hostname, build.Exitf, build.Fatalf)
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		build.Exitf("%v", err)
	}
	program.Serve("Master", flags, self, m.Handler())
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := m.Lead(ctx); err != nil && ctx.Err() == nil {
		build.Exitf("Failed to detect the leading master: %v; committing suicide!", err)
	}
}
