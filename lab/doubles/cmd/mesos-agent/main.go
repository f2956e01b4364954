// Command mesos-agent is the datacentre lab double of mesos-agent. It takes the real one's flags, as
// --name=value or MESOS_NAME.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"datacentre/lab/doubles/mesos/agent"
	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/program"
)

func main() {
	if agent.Helped(os.Args[1:]) {
		return
	}
	flags := agent.Flags()
	if !program.Begin("mesos-agent", flags) {
		return
	}
	if flags.String("master") == "" {
		build.Exitf("Missing required option `--master` or `--master_detector`")
	}
	self := program.Self("mesos-agent", flags)
	a, err := agent.New(flags, self, build.Exitf)
	if err != nil {
		build.Exitf("%v", err)
	}
	program.Serve("Agent", flags, self, a.Handler())
	if err := a.Recover(); err != nil {
		build.Exitf("%s", a.RecoveryFailed(err))
	}
	a.KillOrphans()
	if flags.String("recover") == "cleanup" {
		a.CleanUp()
		build.Logf("Cleaned up; the agent ends as --recover=cleanup asks")
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	leave := make(chan os.Signal, 1)
	signal.Notify(leave, syscall.SIGUSR1)
	go func() {
		<-leave
		build.Logf("Received SIGUSR1; unregistering and shutting down")
		a.Unregister()
		os.Exit(0)
	}()
	if err := a.Detect(ctx); err != nil && ctx.Err() == nil {
		build.Exitf("Failed to detect a master: %v", err)
	}
}
