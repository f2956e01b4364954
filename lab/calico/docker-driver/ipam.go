package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"

	v3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"
	cerrors "github.com/projectcalico/calico/libcalico-go/lib/errors"
	"github.com/projectcalico/calico/libcalico-go/lib/ipam"
	cnet "github.com/projectcalico/calico/libcalico-go/lib/net"
	"github.com/projectcalico/calico/libcalico-go/lib/options"
)

const (
	// anyPool is Docker's pool of a network that was made without a subnet: addresses of every Calico pool. The name, and those
	// of the address spaces, are the libnetwork plugin's.
	anyPool     = "CalicoPoolIPv4"
	anyCIDR     = "0.0.0.0/0"
	localSpace  = "CalicoLocalAddressSpace"
	globalSpace = "CalicoGlobalAddressSpace"

	gatewayKey     = "com.docker.network.gateway"
	addressTypeKey = "RequestAddressType"

	// handlePrefix is before every handle of an address that this driver took, so that it gives back no other.
	handlePrefix = "libnetwork."
)

type poolLister interface {
	List(ctx context.Context, opts options.ListOptions) (*v3.IPPoolList, error)
}

type addressStore interface {
	AutoAssign(ctx context.Context, args ipam.AutoAssignArgs) (*ipam.IPAMAssignments, *ipam.IPAMAssignments, error)
	AssignIP(ctx context.Context, args ipam.AssignIPArgs) error
	GetAssignmentAttributes(ctx context.Context, addr cnet.IP) (map[string]string, *string, error)
	ReleaseIPs(ctx context.Context, ips ...ipam.ReleaseOptions) ([]cnet.IP, error)
}

// ipamDriver gives Docker the addresses of Calico's IPAM. Docker's name of a pool is its CIDR.
type ipamDriver struct {
	node      string
	pools     poolLister
	addresses addressStore
	// prepare comes before each address that is given.
	prepare func(context.Context) error
}

func (d *ipamDriver) handler() http.Handler {
	mux := newPlugin("IpamDriver")
	handle(mux, "/IpamDriver.GetCapabilities", func(context.Context, empty) (map[string]bool, error) {
		return map[string]bool{"RequiresMACAddress": false}, nil
	})
	handle(mux, "/IpamDriver.GetDefaultAddressSpaces", func(context.Context, empty) (map[string]string, error) {
		return map[string]string{"LocalDefaultAddressSpace": localSpace, "GlobalDefaultAddressSpace": globalSpace}, nil
	})
	handle(mux, "/IpamDriver.RequestPool", d.requestPool)
	// Pools are Calico's: nothing is kept of a network's use of one.
	handle(mux, "/IpamDriver.ReleasePool", func(context.Context, empty) (empty, error) { return empty{}, nil })
	handle(mux, "/IpamDriver.RequestAddress", d.requestAddress)
	handle(mux, "/IpamDriver.ReleaseAddress", d.releaseAddress)
	return mux
}

func (d *ipamDriver) requestPool(ctx context.Context, request requestPoolRequest) (requestPoolAnswer, error) {
	// A gateway of no address keeps Docker from asking for one: a container's is 169.254.1.1, on its own link.
	data := map[string]string{gatewayKey: anyCIDR}
	switch {
	case request.V6:
		return requestPoolAnswer{}, errors.New("this driver gives IPv4 addresses only: leave --ipv6 and IPv6 subnets out")
	case request.SubPool != "":
		return requestPoolAnswer{}, fmt.Errorf("Calico gives addresses of whole IP pools: leave --ip-range %s out, or make an IP pool of it and say --subnet %s",
			request.SubPool, request.SubPool)
	case len(request.Options) > 0:
		return requestPoolAnswer{}, errors.New("the driver calico-ipam has no options: leave --ipam-opt out")
	case request.Pool == "":
		return requestPoolAnswer{PoolID: anyPool, Pool: anyCIDR, Data: data}, nil
	}
	_, wanted, err := net.ParseCIDR(request.Pool)
	if err != nil {
		return requestPoolAnswer{}, fmt.Errorf("--subnet %s is not a network in CIDR form", request.Pool)
	}
	pools, err := d.pools.List(ctx, options.ListOptions{})
	if err != nil {
		return requestPoolAnswer{}, fmt.Errorf("Calico's IP pools: %w", err)
	}
	known := []string{}
	for _, pool := range pools.Items {
		if pool.Spec.CIDR != wanted.String() {
			known = append(known, pool.Spec.CIDR)
		} else if pool.Spec.Disabled {
			return requestPoolAnswer{}, fmt.Errorf("the Calico IP pool %s (%s) is disabled: set its disabled to false, or take another", pool.Name, pool.Spec.CIDR)
		} else {
			return requestPoolAnswer{PoolID: pool.Spec.CIDR, Pool: pool.Spec.CIDR, Data: data}, nil
		}
	}
	slices.Sort(known)
	if len(known) == 0 {
		known = []string{"none"}
	}
	return requestPoolAnswer{}, fmt.Errorf("--subnet must be the CIDR of a Calico IP pool, and %s is none's (there are: %s): make that pool first with calicoctl, or name another",
		wanted, strings.Join(known, ", "))
}

func (d *ipamDriver) requestAddress(ctx context.Context, request addressRequest) (requestAddressAnswer, error) {
	if request.Options[addressTypeKey] == gatewayKey {
		return requestAddressAnswer{}, fmt.Errorf("a Calico network has no gateway of its own, containers' is %s: leave --gateway out", gateway)
	}
	if err := d.prepare(ctx); err != nil {
		return requestAddressAnswer{}, err
	}
	handle := newHandle(d.node)
	attributes := map[string]string{ipam.AttributeNode: d.node}
	if request.Address != "" {
		ip := net.ParseIP(request.Address)
		if ip.To4() == nil {
			return requestAddressAnswer{}, fmt.Errorf("%q is not an IPv4 address", request.Address)
		}
		if pool := poolNet(request.PoolID); pool != nil && !pool.Contains(ip) {
			return requestAddressAnswer{}, fmt.Errorf("%s is not in this network's IP pool %s: choose one that is", ip, pool)
		}
		args := ipam.AssignIPArgs{IP: cnet.IP{IP: ip}, HandleID: &handle, Attrs: attributes, Hostname: d.node}
		if err := d.addresses.AssignIP(ctx, args); err != nil {
			var taken cerrors.ErrorResourceAlreadyExists
			if errors.As(err, &taken) {
				return requestAddressAnswer{}, fmt.Errorf("%s is taken: choose another, or see whose it is with 'calicoctl ipam show --ip=%s'", ip, ip)
			}
			return requestAddressAnswer{}, fmt.Errorf("Calico did not give %s: %w", ip, err)
		}
		return requestAddressAnswer{Address: ip.String() + "/32"}, nil
	}
	args := ipam.AutoAssignArgs{Num4: 1, HandleID: &handle, Attrs: attributes, Hostname: d.node, IntendedUse: v3.IPPoolAllowedUseWorkload}
	if pool := poolNet(request.PoolID); pool != nil {
		args.IPv4Pools = []cnet.IPNet{{IPNet: *pool}}
	} else if request.PoolID != anyPool {
		return requestAddressAnswer{}, fmt.Errorf("the pool %q is not of this driver: make the network anew", request.PoolID)
	}
	given, _, err := d.addresses.AutoAssign(ctx, args)
	if err != nil {
		return requestAddressAnswer{}, fmt.Errorf("Calico gave no address of pool %s to node %s (is the pool disabled or not for this node, or has calico-node never run here?): %w", request.PoolID, d.node, err)
	}
	if len(given.IPs) != 1 {
		return requestAddressAnswer{}, fmt.Errorf("Calico gave no address of pool %s: it may be full ('calicoctl ipam show'), not for node %s, or disabled; %v",
			request.PoolID, d.node, given.PartialFulfillmentError())
	}
	return requestAddressAnswer{Address: given.IPs[0].IP.String() + "/32"}, nil
}

func (d *ipamDriver) releaseAddress(ctx context.Context, request addressRequest) (empty, error) {
	address, _, _ := strings.Cut(request.Address, "/")
	ip := net.ParseIP(address)
	// Docker gives back the gateway as well, which is no address.
	if ip == nil || ip.IsUnspecified() {
		return empty{}, nil
	}
	_, handle, err := d.addresses.GetAssignmentAttributes(ctx, cnet.IP{IP: ip})
	var absent cerrors.ErrorResourceDoesNotExist
	if errors.As(err, &absent) {
		// Not given to anybody, or of a pool that is disabled or gone, of which Calico tells no more: giving back serves both.
		_, err = d.addresses.ReleaseIPs(ctx, ipam.ReleaseOptions{Address: ip.String()})
		return empty{}, err
	} else if err != nil {
		return empty{}, fmt.Errorf("whose %s is: %w", ip, err)
	}
	if handle == nil || !strings.HasPrefix(*handle, handlePrefix) {
		log.Printf("Docker gives back %s, which is not of its networks (handle %s): left as it is", ip, orNone(handle))
		return empty{}, nil
	}
	return empty{}, d.release(ctx, ip, *handle)
}

// releaseOwn gives back an address, in CIDR form, if it is one that this node's driver took.
func (d *ipamDriver) releaseOwn(ctx context.Context, address string) error {
	ip, _, err := net.ParseCIDR(address)
	if err != nil {
		return err
	}
	_, handle, err := d.addresses.GetAssignmentAttributes(ctx, cnet.IP{IP: ip})
	var absent cerrors.ErrorResourceDoesNotExist
	if errors.As(err, &absent) || (err == nil && (handle == nil || !strings.HasPrefix(*handle, handlesOf(d.node)))) {
		return nil
	} else if err != nil {
		return fmt.Errorf("whose %s is: %w", ip, err)
	}
	return d.release(ctx, ip, *handle)
}

// release is with the handle, so that an address that changed hands meanwhile stays.
func (d *ipamDriver) release(ctx context.Context, ip net.IP, handle string) error {
	_, err := d.addresses.ReleaseIPs(ctx, ipam.ReleaseOptions{Address: ip.String(), Handle: handle})
	var other cerrors.ErrorBadHandle
	if err != nil && !errors.As(err, &other) {
		return fmt.Errorf("%s was not given back: %w", ip, err)
	}
	return nil
}

// handlesOf is what the handles of a node's addresses begin with.
func handlesOf(node string) string { return strings.ToLower(handlePrefix + node + ".") }

// newHandle names one assignment. Docker asks for an address before it has a container, so no name of one can be in it.
func newHandle(node string) string {
	random := make([]byte, 8)
	_, _ = rand.Read(random)
	return handlesOf(node) + hex.EncodeToString(random)
}

// poolNet is the network that a pool's name is; nil when it is none.
func poolNet(poolID string) *net.IPNet {
	_, network, err := net.ParseCIDR(poolID)
	if err != nil {
		return nil
	}
	return network
}

func orNone(text *string) string {
	if text == nil {
		return "none"
	}
	return *text
}
