package core

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"
	"time"

	"datacentre/lab/doubles/marathon/mesosapi"
)

// Link keeps this Marathon subscribed at the leading master until ctx ends.
func (c *Core) Link(ctx context.Context, client *mesosapi.Client) error {
	addresses := make(chan string, 16)
	failed := make(chan error, 2)
	go func() {
		failed <- mesosapi.Detect(ctx, c.Conf.Master, c.Conf.SessionTimeout, func(address string) { addresses <- address })
	}()
	master := ""
	stop := func() {}
	for {
		select {
		case <-ctx.Done():
			stop()
			return ctx.Err()
		case err := <-failed:
			stop()
			return err
		case next := <-addresses:
			if next == master {
				continue
			}
			stop()
			stop = func() {}
			if master = next; master == "" {
				log.Print("no master leads at present")
				continue
			}
			log.Printf("the leading master is %s", master)
			inner, cancel := context.WithCancel(ctx)
			stop = cancel
			go c.subscribe(inner, client, master, failed)
		}
	}
}

// subscribe tries until ctx ends. A framework that was torn down is forgotten, and that ends this Marathon as it
// ends the real one: the next start registers anew.
func (c *Core) subscribe(ctx context.Context, client *mesosapi.Client, master string, failed chan<- error) {
	pause := 500 * time.Millisecond
	for ctx.Err() == nil {
		err := client.Subscribe(ctx, master, c.present(), c.event)
		if ctx.Err() != nil {
			return
		}
		log.Printf("subscription at %s: %v", master, err)
		if errors.Is(err, mesosapi.ErrGone) {
			c.ForgetFramework()
			failed <- errors.Join(err, c.store.Flush())
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, 5*time.Second)
	}
}

// present is how this Marathon registers.
func (c *Core) present() mesosapi.Framework {
	f := mesosapi.Framework{User: c.Conf.MesosUser, Name: c.Conf.FrameworkName, FailoverTimeout: c.Conf.FailoverTimeout.Seconds(),
		Checkpoint: c.Conf.Checkpoint, Hostname: c.Conf.Hostname, Principal: c.Conf.Principal, WebUI: "http://" + c.Conf.Self(),
		Roles: []string{c.Conf.Role}, Capabilities: []map[string]any{{"type": "PARTITION_AWARE"}, {"type": "REGION_AWARE"}, {"type": "MULTI_ROLE"}}}
	if slices.Contains(c.Conf.Features, "task_killing") {
		f.Capabilities = append(f.Capabilities, map[string]any{"type": "TASK_KILLING_STATE"})
	}
	if id := c.Framework(); id != "" {
		f.ID = &mesosapi.ID{Value: id}
	}
	return f
}

func (c *Core) event(e mesosapi.Event) {
	switch e.Type {
	case "SUBSCRIBED":
		ui := ""
		if m := e.Subscribed.Master; m != nil && m.Hostname != "" {
			ui = fmt.Sprintf("http://%s:%d/", m.Hostname, m.Port)
		}
		log.Printf("registered as %s", e.Subscribed.Framework.Value)
		c.SetFramework(e.Subscribed.Framework.Value, ui)
	case "OFFERS":
		c.Offers(e.Offers.Offers)
	case "UPDATE":
		c.Status(e.Update.Status)
	case "FAILURE":
		if e.Failure != nil && e.Failure.Executor == nil {
			log.Printf("the agent %s is lost", e.Failure.Agent.Value)
		}
	case "ERROR":
		if e.Error != nil {
			log.Printf("the master says: %s", e.Error.Message)
		}
	}
}
