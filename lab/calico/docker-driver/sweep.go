package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"time"

	libapiv3 "github.com/projectcalico/calico/libcalico-go/lib/apis/v3"
	cerrors "github.com/projectcalico/calico/libcalico-go/lib/errors"
	wepnames "github.com/projectcalico/calico/libcalico-go/lib/names"
	"github.com/projectcalico/calico/libcalico-go/lib/options"
	"github.com/projectcalico/calico/libcalico-go/lib/watch"
)

const (
	sweepInterval = 20 * time.Second
	sweepRetry    = 5 * time.Second
	sweepTimeout  = 20 * time.Second
)

// endpointStore is Calico's of endpoints. Source: libcalico-go, lib/clientv3.
type endpointStore interface {
	Create(ctx context.Context, res *libapiv3.WorkloadEndpoint, opts options.SetOptions) (*libapiv3.WorkloadEndpoint, error)
	Update(ctx context.Context, res *libapiv3.WorkloadEndpoint, opts options.SetOptions) (*libapiv3.WorkloadEndpoint, error)
	Delete(ctx context.Context, namespace, name string, opts options.DeleteOptions) (*libapiv3.WorkloadEndpoint, error)
	Get(ctx context.Context, namespace, name string, opts options.GetOptions) (*libapiv3.WorkloadEndpoint, error)
	List(ctx context.Context, opts options.ListOptions) (*libapiv3.WorkloadEndpointList, error)
	Watch(ctx context.Context, opts options.ListOptions) (watch.Interface, error)
}

// sweeper removes endpoints of containers that are gone. When an engine or its host went down, Docker gives the containers'
// addresses back as it starts and does not tell the network driver (moby/libnetwork, endpoint.deleteEndpoint with force):
// such an endpoint would go on to speak for an address that others get, in everybody's policies.
// An endpoint is gone when this host has no interface of its name.
type sweeper struct {
	node      string
	endpoints endpointStore
	links     links
	release   func(context.Context, string) error

	mutex    sync.Mutex
	started  bool
	suspects map[string]bool
}

// ensure sweeps once before the first address is given and the first endpoint made: until then nothing without an interface
// can be on its way, and an address of what is gone is nobody else's.
func (s *sweeper) ensure(ctx context.Context) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.started {
		return nil
	}
	live, gone, err := s.sort(ctx)
	if err != nil {
		return err
	}
	for _, endpoint := range gone {
		if err := s.remove(ctx, endpoint); err != nil {
			return err
		}
		for _, address := range endpoint.Spec.IPNetworks {
			if live[address] {
				continue
			}
			if err := s.release(ctx, address); err != nil {
				return err
			}
		}
	}
	s.started = true
	return nil
}

// again sweeps what was without an interface the last time too: a new endpoint has none until Docker joins a container to it.
// Addresses are left to Docker, which was there to give them back.
func (s *sweeper) again(ctx context.Context) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, gone, err := s.sort(ctx)
	if err != nil {
		return err
	}
	suspects := map[string]bool{}
	for _, endpoint := range gone {
		if !s.suspects[endpoint.Name] {
			suspects[endpoint.Name] = true
		} else if err := s.remove(ctx, endpoint); err != nil {
			return err
		}
	}
	s.suspects = suspects
	return nil
}

// run sweeps until the context ends.
func (s *sweeper) run(ctx context.Context) {
	sweep, pause := s.ensure, sweepRetry
	for {
		limited, cancel := context.WithTimeout(ctx, sweepTimeout)
		err := sweep(limited)
		cancel()
		if err != nil && ctx.Err() == nil {
			log.Printf("endpoints of containers that are gone: %v; tried again in %s", err, pause)
		} else {
			sweep, pause = s.again, sweepInterval
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// sort gives the addresses of this node's endpoints that have an interface, and the endpoints that have none.
func (s *sweeper) sort(ctx context.Context) (live map[string]bool, gone []*libapiv3.WorkloadEndpoint, err error) {
	prefix, err := wepnames.WorkloadEndpointIdentifiers{Node: s.node, Orchestrator: orchestrator}.CalculateWorkloadEndpointName(true)
	if err != nil {
		return nil, nil, err
	}
	all, err := s.endpoints.List(ctx, options.ListOptions{Namespace: orchestrator, Name: prefix, Prefix: true})
	if err != nil {
		return nil, nil, fmt.Errorf("Calico's endpoints: %w", err)
	}
	live = map[string]bool{}
	for i := range all.Items {
		endpoint := &all.Items[i]
		if endpoint.Spec.Node != s.node || endpoint.Spec.Orchestrator != orchestrator {
			continue
		}
		exists, err := s.links.exists(endpoint.Spec.InterfaceName)
		if err != nil {
			return nil, nil, err
		}
		if !exists {
			gone = append(gone, endpoint)
			continue
		}
		for _, address := range endpoint.Spec.IPNetworks {
			live[address] = true
		}
	}
	return live, gone, nil
}

func (s *sweeper) remove(ctx context.Context, endpoint *libapiv3.WorkloadEndpoint) error {
	_, err := s.endpoints.Delete(ctx, endpoint.Namespace, endpoint.Name, options.DeleteOptions{ResourceVersion: endpoint.ResourceVersion})
	var absent cerrors.ErrorResourceDoesNotExist
	if errors.As(err, &absent) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the Calico endpoint %s was not removed: %w", endpoint.Name, err)
	}
	log.Printf("removed the endpoint %.12s, %v: its container is gone, and Docker did not say so", endpoint.Spec.Endpoint, endpoint.Spec.IPNetworks)
	return nil
}
