package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	libapiv3 "github.com/projectcalico/calico/libcalico-go/lib/apis/v3"
	cerrors "github.com/projectcalico/calico/libcalico-go/lib/errors"
	wepnames "github.com/projectcalico/calico/libcalico-go/lib/names"
	"github.com/projectcalico/calico/libcalico-go/lib/options"
)

const (
	// orchestrator is the libnetwork plugin's name in endpoints, namespaces included: Calico's tools know it.
	orchestrator = "libnetwork"
	// gateway is every container's: an address of the link, for which the host answers by proxy ARP.
	gateway = "169.254.1.1"
	// interfacePrefix is what Felix knows endpoints' interfaces by, and what containers' own are called.
	interfacePrefix = "cali"
)

func (d *networkDriver) createEndpoint(ctx context.Context, request endpointRequest) (createEndpointAnswer, error) {
	if request.Interface == nil || request.Interface.Address == "" {
		return createEndpointAnswer{}, errors.New("the container has no address: add --ipam-driver calico-ipam when the network is made")
	}
	if request.Interface.AddressIPv6 != "" {
		return createEndpointAnswer{}, errors.New("this driver gives IPv4 addresses only")
	}
	ip, _, err := net.ParseCIDR(request.Interface.Address)
	if err != nil {
		return createEndpointAnswer{}, fmt.Errorf("Docker's address of the container: %w", err)
	}
	mac, chosen := macFor(ip), false
	if request.Interface.MacAddress != "" {
		if mac, err = net.ParseMAC(request.Interface.MacAddress); err != nil {
			return createEndpointAnswer{}, err
		}
		chosen = true
	}
	if err := d.sweeper.ensure(ctx); err != nil {
		return createEndpointAnswer{}, err
	}
	profile, err := d.names.profileOf(ctx, request.NetworkID)
	if err != nil {
		return createEndpointAnswer{}, err
	}
	if err := d.ensureProfile(ctx, profile); err != nil {
		return createEndpointAnswer{}, err
	}
	endpoint, err := d.describe(request.EndpointID)
	if err != nil {
		return createEndpointAnswer{}, err
	}
	endpoint.Spec.MAC = mac.String()
	endpoint.Spec.IPNetworks = []string{ip.String() + "/32"}
	endpoint.Spec.Profiles = []string{profile}
	if _, err := d.endpoints.Create(ctx, endpoint, options.SetOptions{}); err != nil {
		return createEndpointAnswer{}, fmt.Errorf("the Calico endpoint %s was not made: %w", endpoint.Name, err)
	}
	if d.labels != nil {
		go d.labels.label(request.NetworkID, request.EndpointID, endpoint)
	}
	answer := createEndpointAnswer{}
	// Docker refuses an answer that has what it said itself.
	if !chosen {
		answer.Interface.MacAddress = mac.String()
	}
	return answer, nil
}

func (d *networkDriver) deleteEndpoint(ctx context.Context, request endpointRequest) (empty, error) {
	endpoint, err := d.describe(request.EndpointID)
	if err != nil {
		return empty{}, err
	}
	// Leave has removed it, unless the host went down between.
	if err := d.links.remove(endpoint.Spec.InterfaceName); err != nil {
		return empty{}, err
	}
	_, err = d.endpoints.Delete(ctx, endpoint.Namespace, endpoint.Name, options.DeleteOptions{})
	var absent cerrors.ErrorResourceDoesNotExist
	if err != nil && !errors.As(err, &absent) {
		return empty{}, fmt.Errorf("the Calico endpoint %s was not removed: %w", endpoint.Name, err)
	}
	return empty{}, nil
}

func (d *networkDriver) join(ctx context.Context, request endpointRequest) (joinAnswer, error) {
	described, err := d.describe(request.EndpointID)
	if err != nil {
		return joinAnswer{}, err
	}
	endpoint, err := d.endpoints.Get(ctx, described.Namespace, described.Name, options.GetOptions{})
	if err != nil {
		return joinAnswer{}, fmt.Errorf("the Calico endpoint %s: %w", described.Name, err)
	}
	mac, err := net.ParseMAC(endpoint.Spec.MAC)
	if err != nil {
		return joinAnswer{}, fmt.Errorf("the Calico endpoint %s: %w", described.Name, err)
	}
	// Docker takes the second end into the container, and renames it.
	inside := "temp" + shortID(request.EndpointID)
	if err := d.links.add(link{name: endpoint.Spec.InterfaceName, peer: inside, peerMAC: mac, mtu: d.mtu(), routes: endpoint.Spec.IPNetworks}); err != nil {
		return joinAnswer{}, err
	}
	return joinAnswer{
		InterfaceName: interfaceName{SrcName: inside, DstPrefix: interfacePrefix},
		Gateway:       gateway,
		StaticRoutes:  []staticRoute{{Destination: gateway + "/32", RouteType: 1}},
	}, nil
}

func (d *networkDriver) leave(_ context.Context, request endpointRequest) (empty, error) {
	return empty{}, d.links.remove(interfacePrefix + shortID(request.EndpointID))
}

// describe is the Calico endpoint that Docker's is, without what its network gives it.
func (d *networkDriver) describe(endpointID string) (*libapiv3.WorkloadEndpoint, error) {
	if endpointID == "" {
		return nil, errors.New("Docker's request names no endpoint")
	}
	name, err := wepnames.WorkloadEndpointIdentifiers{Node: d.node, Orchestrator: orchestrator, Endpoint: endpointID}.CalculateWorkloadEndpointName(false)
	if err != nil {
		return nil, err
	}
	endpoint := libapiv3.NewWorkloadEndpoint()
	endpoint.Name = name
	endpoint.Namespace = orchestrator
	endpoint.Spec.Node = d.node
	endpoint.Spec.Orchestrator = orchestrator
	endpoint.Spec.Workload = orchestrator
	endpoint.Spec.Endpoint = endpointID
	endpoint.Spec.InterfaceName = interfacePrefix + shortID(endpointID)
	return endpoint, nil
}

// shortID is as much of an id as an interface's name of 15 bytes has room for after its prefix.
func shortID(id string) string { return id[:min(11, len(id))] }

// macFor is the address that Docker's own drivers would give: 02:42 and the IPv4 address. With it in Calico's endpoint,
// Felix needs not ask for it by ARP.
func macFor(ip net.IP) net.HardwareAddr {
	return append(net.HardwareAddr{0x02, 0x42}, ip.To4()...)
}
