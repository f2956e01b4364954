package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
)

// link is a pair of interfaces: the host's end, and the one that Docker takes into the container.
type link struct {
	name    string
	peer    string
	peerMAC net.HardwareAddr
	mtu     int
	// routes are the container's addresses, in CIDR form.
	routes []string
}

type links interface {
	add(link link) error
	remove(name string) error
	exists(name string) (bool, error)
}

// hostLinks are the host's. It sets a link up as Calico's CNI plugin does; Felix finds the interface by its name and keeps
// route, neighbour and rules from then on.
type hostLinks struct{}

// hostMAC is on the host's end of every Calico interface: one that is set spares the kernel a random one, which other
// programs might change. Source: Calico's cni-plugin, pkg/dataplane/linux.
var hostMAC = net.HardwareAddr{0xee, 0xee, 0xee, 0xee, 0xee, 0xee}

func (h hostLinks) add(l link) error {
	// What an ended attempt left would be in the way.
	if err := h.remove(l.name); err != nil {
		return err
	}
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MTU, attributes.HardwareAddr = l.name, l.mtu, hostMAC
	veth := &netlink.Veth{LinkAttrs: attributes, PeerName: l.peer, PeerHardwareAddr: l.peerMAC}
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("the interfaces %s and %s were not made: %w", l.name, l.peer, err)
	}
	if err := h.setUp(l); err != nil {
		return errors.Join(err, h.remove(l.name))
	}
	return nil
}

func (h hostLinks) setUp(l link) error {
	settings := []struct{ path, value string }{
		{"conf/%s/proxy_arp", "1"},
		{"conf/%s/forwarding", "1"},
		{"conf/%s/route_localnet", "1"},
		{"neigh/%s/proxy_delay", "0"},
	}
	for _, setting := range settings {
		path := "/proc/sys/net/ipv4/" + fmt.Sprintf(setting.path, l.name)
		if err := os.WriteFile(path, []byte(setting.value), 0o644); err != nil {
			return err
		}
	}
	host, err := netlink.LinkByName(l.name)
	if err != nil {
		return fmt.Errorf("the interface %s: %w", l.name, err)
	}
	if err := netlink.LinkSetUp(host); err != nil {
		return fmt.Errorf("the interface %s: %w", l.name, err)
	}
	for _, address := range l.routes {
		_, destination, err := net.ParseCIDR(address)
		if err != nil {
			return err
		}
		route := netlink.Route{LinkIndex: host.Attrs().Index, Dst: destination, Scope: netlink.SCOPE_LINK}
		if err := netlink.RouteReplace(&route); err != nil {
			return fmt.Errorf("the route to %s by %s: %w", address, l.name, err)
		}
	}
	return nil
}

func (hostLinks) exists(name string) (bool, error) {
	_, err := netlink.LinkByName(name)
	var absent netlink.LinkNotFoundError
	if errors.As(err, &absent) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("the interface %s: %w", name, err)
	}
	return true, nil
}

// remove takes both ends away, wherever the second is. One that is not there is no fault.
func (h hostLinks) remove(name string) error {
	exists, err := h.exists(name)
	if err != nil || !exists {
		return err
	}
	if err := netlink.LinkDel(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}}); err != nil {
		// The container's end may have gone meanwhile, and this one with it.
		if still, again := h.exists(name); again == nil && !still {
			return nil
		}
		return fmt.Errorf("the interface %s was not removed: %w", name, err)
	}
	return nil
}
