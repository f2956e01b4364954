package marathonlb

import (
	"context"
	"fmt"
	"log"
	"time"
)

// settle lets a burst of events become one reload.
const settle = 300 * time.Millisecond

// Run keeps HAProxy's configuration what Marathon's applications ask for, until ctx ends or HAProxy does.
func Run(ctx context.Context, a *Args, env func(string) string, proxy *Proxy) error {
	if err := Prepare(a, env); err != nil {
		return err
	}
	client := NewClient(a.Marathons, a.Auth)
	if a.Dry {
		apps, err := client.Apps(ctx)
		if err != nil {
			return err
		}
		config, _ := Render(Services(apps, a), a, env)
		fmt.Print(config)
		return nil
	}
	// Until Marathon answers, HAProxy serves its health check and no application.
	if err := proxy.Apply(Render(nil, a, env)); err != nil {
		return err
	}
	defer proxy.Stop()
	refresh := make(chan struct{}, 1)
	poke := func() {
		select {
		case refresh <- struct{}{}:
		default:
		}
	}
	if a.Mode == "sse" {
		go follow(ctx, NewClient(a.Marathons, a.Auth), poke)
	} else {
		poke()
	}
	every := time.NewTicker(a.PollEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-proxy.ended:
			proxy.cmd = nil
			return fmt.Errorf("haproxy ended: %w", err)
		case <-every.C:
			if a.Mode == "poll" {
				poke()
			}
		case <-refresh:
			pause(ctx, settle)
			if err := update(ctx, client, a, env, proxy); err != nil {
				log.Printf("%v", err)
				time.AfterFunc(2*time.Second, poke)
			}
		}
	}
}

// follow keeps an event stream open at one of the Marathons; a new stream means to look anew.
func follow(ctx context.Context, client *Client, poke func()) {
	wait := time.Second
	for ctx.Err() == nil {
		err := client.Events(ctx, func() { wait = time.Second; poke() }, poke)
		if ctx.Err() != nil {
			return
		}
		log.Printf("events: %v", err)
		client.at = (client.at + 1) % len(client.urls)
		pause(ctx, wait)
		wait = min(2*wait, 15*time.Second)
	}
}

func update(ctx context.Context, client *Client, a *Args, env func(string) string, proxy *Proxy) error {
	apps, err := client.Apps(ctx)
	if err != nil {
		return err
	}
	err = proxy.Apply(Render(Services(apps, a), a, env))
	if err == nil {
		return nil
	}
	log.Printf("%v", err)
	return proxy.Apply(Render(Services(valid(apps, a, env, proxy), a), a, env))
}

// valid leaves out the applications whose labels make the configuration unacceptable.
func valid(apps []App, a *Args, env func(string) string, proxy *Proxy) []App {
	var good []App
	for _, one := range apps {
		config, _ := Render(Services(append(good[:len(good):len(good)], one), a), a, env)
		if err := replaceFile(a.Config+".trial", config); err != nil {
			continue
		}
		if err := proxy.Check(a.Config + ".trial"); err != nil {
			log.Printf("invalid configuration caused by app %s; it will be excluded", one.ID)
			continue
		}
		good = append(good, one)
	}
	return good
}
