// Command mesos-agent is the datacentre lab double of mesos-agent. It takes the real one's flags, as
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

	"datacentre/lab/doubles/mesos/agent"
	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/netself"
)

func main() {
	if len(os.Args) == 2 && strings.HasPrefix(os.Args[1], agent.ExecutorFlag) {
		signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
		if err := agent.Execute(strings.TrimPrefix(os.Args[1], agent.ExecutorFlag)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flags := agent.Flags()
	err := flags.Load(os.Args[1:], os.Environ(), "MESOS_")
	switch {
	case flags.Bool("help"):
		flags.Usage(os.Stdout)
		return
	case flags.Bool("version"):
		fmt.Printf("mesos %s (%s)\n", build.Shown(), build.Label("mesos-agent"))
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "%v\n\nSee `mesos-agent --help` for a list of supported flags.\n", err)
		os.Exit(1)
	}
	if err := build.LogTo(flags.String("log_dir"), "mesos-agent", flags.String("logging_level"), flags.Bool("quiet")); err != nil {
		build.Exitf("%v", err)
	}
	for _, warning := range flags.Warnings {
		build.Warnf("%s", warning)
	}
	if flags.String("master") == "" {
		build.Exitf("Missing required option `--master` or `--master_detector`")
	}
	self, err := netself.Of(flags)
	if err != nil {
		build.Exitf("%v", err)
	}
	build.Logf("This is %s", build.Label("mesos-agent"))
	build.Logf("Version: %s", build.Shown())
	a, err := agent.New(flags, self, build.Exitf)
	if err != nil {
		build.Exitf("%v", err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(self.Listen, flags.String("port")))
	if err != nil {
		build.Exitf("Failed to initialize: Failed to bind on %s:%s: %v", self.IP, flags.String("port"), err)
	}
	build.Logf("Agent started on %s:%s", self.IP, flags.String("port"))
	go func() { build.Exitf("%v", http.Serve(listener, a.Handler())) }()
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
