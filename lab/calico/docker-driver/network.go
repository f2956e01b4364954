package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const (
	// profileOption says which Calico profile a network's containers have: docker network create -o org.projectcalico.profile=NAME.
	// Without it, the profile has the network's name.
	profileOption = "org.projectcalico.profile"

	genericKey = "com.docker.network.generic"
	ipv6Key    = "com.docker.network.enable_ipv6"
)

// networkDriver makes Calico's endpoints of Docker's. It keeps nothing: what there is lies in Calico's datastore and in the
// kernel, so it may end and begin again while containers run.
type networkDriver struct {
	node           string
	mtu            func() int
	endpoints      endpointStore
	profiles       profileStore
	names          *names
	createProfiles bool
	links          links
	labels         *labeller
	sweeper        *sweeper
}

func (d *networkDriver) handler() http.Handler {
	mux := newPlugin("NetworkDriver")
	nothing := func(context.Context, empty) (empty, error) { return empty{}, nil }
	handle(mux, "/NetworkDriver.GetCapabilities", func(context.Context, empty) (map[string]string, error) {
		return map[string]string{"Scope": "global", "ConnectivityScope": "global"}, nil
	})
	handle(mux, "/NetworkDriver.CreateNetwork", d.createNetwork)
	handle(mux, "/NetworkDriver.DeleteNetwork", d.deleteNetwork)
	handle(mux, "/NetworkDriver.CreateEndpoint", d.createEndpoint)
	handle(mux, "/NetworkDriver.DeleteEndpoint", d.deleteEndpoint)
	handle(mux, "/NetworkDriver.EndpointOperInfo", func(context.Context, endpointRequest) (operInfoAnswer, error) {
		return operInfoAnswer{Value: map[string]string{}}, nil
	})
	handle(mux, "/NetworkDriver.Join", d.join)
	handle(mux, "/NetworkDriver.Leave", d.leave)
	// Swarm's networks, and ports of the host's that lead to a container's: containers here are reached by their own addresses.
	for _, call := range []string{"AllocateNetwork", "FreeNetwork", "DiscoverNew", "DiscoverDelete", "ProgramExternalConnectivity", "RevokeExternalConnectivity"} {
		handle(mux, "/NetworkDriver."+call, nothing)
	}
	return mux
}

func (d *networkDriver) createNetwork(ctx context.Context, request createNetworkRequest) (empty, error) {
	profile, err := checkOptions(request.Options)
	if err != nil {
		return empty{}, err
	}
	if len(request.IPv6Data) > 0 {
		return empty{}, errors.New("this driver gives IPv4 addresses only: leave --ipv6 and IPv6 subnets out")
	}
	for _, data := range request.IPv4Data {
		// Docker tells no driver which IPAM driver a network has; the gateway that ours gives is no other's.
		if data.Gateway != anyCIDR {
			return empty{}, errors.New("a network of driver calico has its addresses from Calico: add --ipam-driver calico-ipam")
		}
	}
	// Whoever made the network hears of a name that cannot be, not the first who starts a container. Without the option
	// that must wait: Docker does not tell the network's name.
	if profile != "" {
		return empty{}, d.ensureProfile(ctx, profile)
	}
	return empty{}, nil
}

// deleteNetwork has nothing to remove: pool and profile are Calico's, and other networks may have them too.
func (d *networkDriver) deleteNetwork(_ context.Context, request endpointRequest) (empty, error) {
	d.names.forget(request.NetworkID)
	return empty{}, nil
}

// checkOptions refuses what this driver does not do, and gives the profile that the options name, if they do.
func checkOptions(all map[string]any) (string, error) {
	refused, profile, named := []string{}, "", false
	for key, value := range all {
		switch value := value.(type) {
		case bool:
			if value && key == ipv6Key {
				return "", errors.New("this driver gives IPv4 addresses only: leave --ipv6 out")
			}
			if value {
				refused = append(refused, "--"+strings.TrimPrefix(key, "com.docker.network."))
			}
		case map[string]any:
			for option, text := range value {
				if key == genericKey && option == profileOption {
					profile, named = fmt.Sprint(text), true
				} else {
					refused = append(refused, "--opt "+option)
				}
			}
		default:
			refused = append(refused, key)
		}
	}
	if len(refused) > 0 {
		slices.Sort(refused)
		return "", fmt.Errorf("a Calico network has no %s: leave it out, and say who may reach whom in Calico's policies; the one option is --opt %s=NAME",
			strings.Join(refused, ", "), profileOption)
	}
	if named {
		return profile, checkProfileName(profile)
	}
	return "", nil
}
