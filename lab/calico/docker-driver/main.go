// Command calico-docker-driver gives Docker networks addresses and policy of Calico 3: it is the network driver `calico` and
// the IPAM driver `calico-ipam` of Docker's plugin protocol. It is this project's own. Calico's libnetwork plugin, whose
// behaviour it follows, ends with Calico 2.6.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/projectcalico/calico/libcalico-go/lib/apiconfig"
	"github.com/projectcalico/calico/libcalico-go/lib/clientv3"
	"github.com/sirupsen/logrus"
)

// calicoVersion is that of the libraries, set by build.sh.
var calicoVersion = "unknown"

func banner() string {
	return "calico-docker-driver: the datacentre lab's Docker network and IPAM driver, on the libraries of Calico " + calicoVersion +
		"; NOT Calico's libnetwork plugin, which exists for Calico 2.6 only"
}

func main() {
	version := flag.Bool("version", false, "say what this is, and end")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "%s\n\nusage: calico-docker-driver [--version]\n\n%s", banner(), environment)
	}
	flag.Parse()
	if *version {
		fmt.Println(banner())
		return
	}
	log.SetFlags(0)
	log.Print(banner())
	if err := run(); err != nil {
		log.Fatalf("error: %v", err)
	}
}

func run() error {
	settings, err := readSettings(os.Getenv, os.ReadFile)
	if err != nil {
		return err
	}
	// Calico's libraries tell each step of an assignment; only what is out of order is of use here.
	logrus.SetOutput(os.Stderr)
	logrus.SetLevel(logrus.WarnLevel)
	if settings.debug {
		logrus.SetLevel(logrus.DebugLevel)
	}
	datastore, err := apiconfig.LoadClientConfigFromEnvironment()
	if err != nil {
		return err
	}
	// The client connects when it is used: Docker finds the driver even while etcd is away.
	client, err := clientv3.New(*datastore)
	if err != nil {
		return fmt.Errorf("Calico's client: %w", err)
	}
	docker := newDockerAPI(settings.dockerSocket)
	ipam := &ipamDriver{node: settings.node, pools: client.IPPools(), addresses: client.IPAM()}
	sweeper := &sweeper{node: settings.node, endpoints: client.WorkloadEndpoints(), links: hostLinks{}, release: ipam.releaseOwn}
	ipam.prepare = sweeper.ensure
	network := &networkDriver{
		node:           settings.node,
		mtu:            settings.mtu,
		endpoints:      client.WorkloadEndpoints(),
		profiles:       client.Profiles(),
		names:          newNames(settings.namesFile, docker.networks),
		createProfiles: settings.createProfiles,
		links:          hostLinks{},
		sweeper:        sweeper,
	}
	if settings.labelEndpoints {
		network.labels = &labeller{docker: docker, endpoints: client.WorkloadEndpoints(), timeout: settings.labelTimeout}
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go sweeper.run(ctx)
	return serveAll(ctx, settings, map[string]http.Handler{"calico": network.handler(), "calico-ipam": ipam.handler()})
}

// serveAll serves each handler on the socket of its name until the context ends or one of them fails.
func serveAll(ctx context.Context, settings settings, handlers map[string]http.Handler) error {
	failed := make(chan error, len(handlers))
	servers := []*http.Server{}
	for name, handler := range handlers {
		listener, err := listen(settings.socketFolder, name)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, server)
		go func() { failed <- server.Serve(listener) }()
	}
	log.Printf("node %s: Docker reaches the drivers calico and calico-ipam in %s", settings.node, settings.socketFolder)
	notifyReady(os.Getenv("NOTIFY_SOCKET"))
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		log.Print("ending; networks and their containers stay as they are")
	}
	// What Docker has asked for is finished: an address that was given must be told.
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, server := range servers {
		err = errors.Join(err, server.Shutdown(deadline))
	}
	return err
}
