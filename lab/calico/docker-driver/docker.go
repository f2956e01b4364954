package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// dockerAPI is what the driver asks of the engine on its host. Source: docs.docker.com/engine/api/v1.25.
type dockerAPI struct {
	client *http.Client
}

type dockerNetwork struct {
	ID         string `json:"Id"`
	Name       string
	Options    map[string]string
	Containers map[string]struct{ EndpointID string }
}

type dockerContainer struct {
	Config struct{ Labels map[string]string }
}

func newDockerAPI(socket string) *dockerAPI {
	return &dockerAPI{client: &http.Client{
		// An engine that is starting takes connections and answers none.
		Timeout: 5 * time.Second,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", socket)
			},
			DisableKeepAlives: true,
		},
	}}
}

// networks are those of driver calico.
func (d *dockerAPI) networks(ctx context.Context) ([]dockerNetwork, error) {
	networks := []dockerNetwork{}
	err := d.get(ctx, "/networks?filters="+url.QueryEscape(`{"driver":{"calico":true}}`), &networks)
	return networks, err
}

func (d *dockerAPI) network(ctx context.Context, id string) (dockerNetwork, error) {
	network := dockerNetwork{}
	return network, d.get(ctx, "/networks/"+url.PathEscape(id), &network)
}

func (d *dockerAPI) container(ctx context.Context, id string) (dockerContainer, error) {
	container := dockerContainer{}
	return container, d.get(ctx, "/containers/"+url.PathEscape(id)+"/json", &container)
}

func (d *dockerAPI) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/v1.25"+path, nil)
	if err != nil {
		return err
	}
	response, err := d.client.Do(request)
	if err != nil {
		// The address is a socket's; only the cause says something.
		var cause *url.Error
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return fmt.Errorf("the engine's API: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the engine's API answers %s", response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
