package main

import (
	"context"
	"errors"
	"log"
	"maps"
	"strings"
	"time"

	libapiv3 "github.com/projectcalico/calico/libcalico-go/lib/apis/v3"
	"github.com/projectcalico/calico/libcalico-go/lib/options"
)

// labelPrefix is before a container's labels that its endpoint gets too, without it.
const labelPrefix = "org.projectcalico.label."

const labelInterval = 100 * time.Millisecond

// labeller gives endpoints the labels of their containers. Docker knows which container an endpoint is of only after the
// driver has made it, so this happens a moment later; policies by such labels hold from then on.
type labeller struct {
	docker    *dockerAPI
	endpoints endpointStore
	timeout   time.Duration
}

func (l *labeller) label(networkID, endpointID string, endpoint *libapiv3.WorkloadEndpoint) {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	for {
		err := l.try(ctx, networkID, endpointID, endpoint)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			log.Printf("the endpoint %.12s has none of its container's labels: %v", endpointID, err)
			return
		case <-time.After(labelInterval):
		}
	}
}

var errNoContainer = errors.New("Docker names no container for it yet")

func (l *labeller) try(ctx context.Context, networkID, endpointID string, endpoint *libapiv3.WorkloadEndpoint) error {
	network, err := l.docker.network(ctx, networkID)
	if err != nil {
		return err
	}
	id := containerOf(network, endpointID)
	if id == "" {
		return errNoContainer
	}
	container, err := l.docker.container(ctx, id)
	if err != nil {
		return err
	}
	wanted := endpointLabels(container.Config.Labels)
	if len(wanted) == 0 {
		return nil
	}
	current, err := l.endpoints.Get(ctx, endpoint.Namespace, endpoint.Name, options.GetOptions{})
	if err != nil {
		return err
	}
	labels := maps.Clone(current.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, wanted)
	current.Labels = labels
	_, err = l.endpoints.Update(ctx, current, options.SetOptions{})
	return err
}

// containerOf is the container that has the endpoint. Until Docker knows it, the endpoint itself stands there, as ep-….
func containerOf(network dockerNetwork, endpointID string) string {
	for id, container := range network.Containers {
		if container.EndpointID == endpointID && !strings.HasPrefix(id, "ep-") {
			return id
		}
	}
	return ""
}

func endpointLabels(all map[string]string) map[string]string {
	labels := map[string]string{}
	for key, value := range all {
		if name, ok := strings.CutPrefix(key, labelPrefix); ok && name != "" {
			labels[name] = value
		}
	}
	return labels
}
