// Package program is what the mains of mesos-master and mesos-agent have in common: flags, log, address, listener.
package program

import (
	"fmt"
	"net"
	"net/http"
	"os"

	"datacentre/lab/doubles/internal/flagfile"
	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/netself"
)

// Begin reads the flags from the command line and MESOS_* and opens the log. False tells that help or the version was
// asked for, and given; flags that cannot be taken end the program with status 1.
func Begin(name string, flags *flagfile.Set) bool {
	err := flags.Load(os.Args[1:], os.Environ(), "MESOS_")
	switch {
	case flags.Bool("help"):
		flags.Usage(os.Stdout)
		return false
	case flags.Bool("version"):
		fmt.Printf("mesos %s (%s)\n", build.Shown(), build.Label(name))
		return false
	case err != nil:
		fmt.Fprintf(os.Stderr, "%v\n\nSee `%s --help` for a list of supported flags.\n", err, name)
		os.Exit(1)
	}
	if err := build.LogTo(flags.String("log_dir"), name, flags.String("logging_level"), flags.Bool("quiet")); err != nil {
		build.Exitf("%v", err)
	}
	for _, warning := range flags.Warnings {
		build.Warnf("%s", warning)
	}
	return true
}

// Self finds the program's own address and says in the log what this is.
func Self(name string, flags *flagfile.Set) netself.Self {
	self, err := netself.Of(flags)
	if err != nil {
		build.Exitf("%v", err)
	}
	build.Logf("This is %s", build.Label(name))
	build.Logf("Version: %s", build.Shown())
	return self
}

// Serve listens on the port of the flags and answers in the background; title is what the log calls the program.
func Serve(title string, flags *flagfile.Set, self netself.Self, handler http.Handler) {
	port := flags.String("port")
	listener, err := net.Listen("tcp", net.JoinHostPort(self.Listen, port))
	if err != nil {
		build.Exitf("Failed to initialize: Failed to bind on %s:%s: %v", self.IP, port, err)
	}
	build.Logf("%s started on %s:%s", title, self.IP, port)
	go func() { build.Exitf("%v", http.Serve(listener, handler)) }()
}
