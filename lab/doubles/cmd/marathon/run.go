package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/go-zookeeper/zk"

	"datacentre/lab/doubles/internal/election"
	"datacentre/lab/doubles/marathon/api"
	"datacentre/lab/doubles/marathon/conf"
	"datacentre/lab/doubles/marathon/core"
	"datacentre/lab/doubles/marathon/leader"
	"datacentre/lab/doubles/marathon/mesosapi"
	"datacentre/lab/doubles/marathon/store"
)

// abdication waits this long, so that the reply to DELETE /v2/leader gets out.
const abdication = 500 * time.Millisecond

// run serves, contends for the leadership and leads; it returns the exit status.
func run(ctx context.Context, c *conf.Config) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listener, err := net.Listen("tcp", net.JoinHostPort(c.HTTPAddress, strconv.Itoa(c.HTTPPort)))
	if err != nil {
		log.Printf("listening: %v", err)
		return bindFailed
	}
	front := api.NewFront(c)
	server := &http.Server{Handler: api.Common(c, front), ReadHeaderTimeout: 30 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()

	conn, acl, err := dial(ctx, c)
	if err != nil {
		log.Printf("ZooKeeper: %v", err)
		return zookeeperUnreachable
	}
	defer conn.Close()
	ends := make(chan int, 8)
	go watchSession(ctx, conn, c.SessionTimeout, func() { ends <- zookeeperLost })

	latch, err := leader.Join(ctx, conn, c.ZKPath+"/leader-curator", c.Self())
	if err != nil {
		if ctx.Err() != nil {
			return 0
		}
		log.Printf("joining the election: %v", err)
		return zookeeperUnreachable
	}
	leading := false
	go func() {
		err := latch.Watch(ctx, func(who string, mine bool) {
			log.Printf("the leader is %q", who)
			switch {
			case mine && !leading:
				leading = true
				front.Leads(c.Self(), nil)
				go lead(ctx, c, conn, acl, front, latch, ends)
			case !mine && leading:
				front.Leads("", nil)
				ends <- leadershipLost
			case !mine:
				front.Leads(who, nil)
			}
		})
		if ctx.Err() == nil {
			log.Printf("the election: %v", err)
			ends <- leadershipLost
		}
	}()
	select {
	case <-ctx.Done():
		front.Leads("", nil)
		if err := latch.Leave(); err != nil {
			log.Printf("leaving the election: %v", err)
		}
		return 0
	case status := <-ends:
		front.Leads("", nil)
		log.Printf("ending with status %d", status)
		return status
	}
}

func dial(ctx context.Context, c *conf.Config) (*zk.Conn, []zk.ACL, error) {
	conn, _, err := election.Dial(c.ZKHosts, c.SessionTimeout)
	if err != nil {
		return nil, nil, err
	}
	for conn.State() != zk.StateHasSession {
		select {
		case <-ctx.Done():
			conn.Close()
			return nil, nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	acl := zk.WorldACL(zk.PermAll)
	if c.ZKAuth != "" {
		acl = append(zk.AuthACL(zk.PermAll), zk.WorldACL(zk.PermRead)...)
	}
	return conn, acl, election.Authenticate(conn, c.ZKAuth)
}

// watchSession tells when the ensemble has been away for longer than a session lasts.
func watchSession(ctx context.Context, conn *zk.Conn, limit time.Duration, lost func()) {
	away := time.Time{}
	for ctx.Err() == nil {
		time.Sleep(500 * time.Millisecond)
		switch {
		case conn.State() == zk.StateHasSession:
			away = time.Time{}
		case away.IsZero():
			away = time.Now()
		case time.Since(away) > limit:
			log.Print("ZooKeeper cannot be reached")
			lost()
			return
		}
	}
}

// lead loads the state, opens the interface and keeps to the master.
func lead(ctx context.Context, c *conf.Config, conn *zk.Conn, acl []zk.ACL, front *api.Front, latch *leader.Latch, ends chan<- int) {
	kept, err := store.Open(conn, c.ZKPath+"/state", acl)
	if err != nil {
		log.Printf("the state in ZooKeeper: %v", err)
		ends <- zookeeperLost
		return
	}
	client := &mesosapi.Client{Principal: c.Principal, Secret: c.Secret}
	engine, err := core.New(c, kept, client, core.NewBus(c.EventBacklog))
	if err != nil {
		log.Printf("the state in ZooKeeper: %v", err)
		ends <- zookeeperLost
		return
	}
	engine.Start(ctx.Done())
	front.Leads(c.Self(), &api.Server{Core: engine, Conf: c, Version: version, Leader: front.Leader, Abdicate: func() {
		go func() {
			time.Sleep(abdication)
			if err := kept.Flush(); err != nil {
				log.Printf("the state in ZooKeeper: %v", err)
			}
			if err := latch.Leave(); err != nil {
				log.Printf("leaving the election: %v", err)
			}
			ends <- abdicated
		}()
	}})
	log.Print("leading")
	if err := engine.Link(ctx, client); err != nil && ctx.Err() == nil {
		log.Printf("the link to Mesos: %v", err)
		if errors.Is(err, mesosapi.ErrGone) {
			ends <- frameworkRemoved
			return
		}
		ends <- leadershipLost
	}
}
