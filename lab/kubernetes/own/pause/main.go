// Command pause is the first process of a pod: it holds the pod's namespaces, and reaps what the pod's containers leave when
// they share its process namespace. This project's own, in the place of Kubernetes' program of that name
// (build/pause/linux/pause.c), which is C and in no Go module; it behaves the same.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Stamped by build.sh.
var version = "unknown"

func main() {
	for _, argument := range os.Args[1:] {
		if argument == "-v" || argument == "-V" {
			fmt.Println("pause of the lab", version)
			return
		}
	}
	if os.Getpid() != 1 {
		// No error: it is of use elsewhere too.
		fmt.Fprintln(os.Stderr, "Warning: pause should be the first process")
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			fmt.Fprintln(os.Stderr, "Shutting down, got signal:", received)
			return
		}
		// One signal may stand for several children.
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 && err != syscall.EINTR {
				break
			}
		}
	}
}
