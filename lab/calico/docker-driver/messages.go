package main

// Docker's messages of the calls that this driver reads or answers.
// Source: github.com/moby/libnetwork, drivers/remote/api and ipams/remote/api.

type createNetworkRequest struct {
	NetworkID string
	Options   map[string]any
	IPv4Data  []ipamData
	IPv6Data  []ipamData
}

type ipamData struct {
	AddressSpace string
	Pool         string
	Gateway      string
}

// endpointRequest is of CreateEndpoint, DeleteEndpoint, EndpointOperInfo, Join and Leave.
type endpointRequest struct {
	NetworkID  string
	EndpointID string
	Interface  *endpointInterface `json:",omitempty"`
}

type endpointInterface struct {
	Address     string `json:",omitempty"`
	AddressIPv6 string `json:",omitempty"`
	MacAddress  string `json:",omitempty"`
}

func (i *endpointInterface) String() string {
	if i == nil {
		return "none"
	}
	return i.Address + " " + i.MacAddress
}

type createEndpointAnswer struct {
	Interface endpointInterface
}

type operInfoAnswer struct {
	Value map[string]string
}

type joinAnswer struct {
	InterfaceName interfaceName
	Gateway       string
	StaticRoutes  []staticRoute
}

// interfaceName is what Docker moves into the container, and the name that it gets there before a number.
type interfaceName struct {
	SrcName   string
	DstPrefix string
}

type staticRoute struct {
	Destination string
	// RouteType is 1 for a destination that is on the link, 0 for one behind NextHop.
	RouteType int
	NextHop   string
}

type requestPoolRequest struct {
	AddressSpace string
	Pool         string
	SubPool      string
	Options      map[string]string
	V6           bool
}

type requestPoolAnswer struct {
	PoolID string
	Pool   string
	Data   map[string]string
}

// addressRequest is of RequestAddress and ReleaseAddress.
type addressRequest struct {
	PoolID  string
	Address string
	Options map[string]string
}

type requestAddressAnswer struct {
	Address string
	Data    map[string]string
}
