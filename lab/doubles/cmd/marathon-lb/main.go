// Command marathon-lb is the lab double of marathon-lb.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"datacentre/lab/doubles/marathonlb"
)

const label = "datacentre lab double of marathon-lb, imitates 1.15.0"

func main() {
	log.SetOutput(os.Stdout)
	args := os.Args[1:]
	if len(args) == 1 && args[0] == "--version" {
		fmt.Println(label)
		return
	}
	fmt.Println(label)
	a, err := marathonlb.ParseArgs(args, os.Getenv)
	var usage marathonlb.UsageError
	if errors.As(err, &usage) {
		fmt.Fprintf(os.Stderr, "[marathon-lb] %s\n", err)
		os.Exit(1)
	}
	if len(a.Dropped) > 0 {
		log.Printf("of several -m only the last counts, as in the real one: %v is not followed; name all after one -m", a.Dropped)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if err := marathonlb.Run(ctx, a, os.Getenv, marathonlb.NewProxy(a)); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}
