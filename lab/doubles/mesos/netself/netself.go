// Package netself finds the address and the name a program goes by when its flags do not say.
package netself

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"

	"datacentre/lab/doubles/internal/flagfile"
)

// Self is where a program listens and how others reach it.
type Self struct {
	Listen   string // host part to bind, "" for all
	IP       string // advertised
	Hostname string
}

// Of reads --ip, --advertise_ip, --ip_discovery_command, --hostname and --hostname_lookup.
func Of(flags *flagfile.Set) (Self, error) {
	var s Self
	ip, given := flags.Lookup("ip")
	if command, ok := flags.Lookup("ip_discovery_command"); ok {
		if given {
			return s, fmt.Errorf("Only one of `--ip` or `--ip_discovery_command` should be specified")
		}
		out, err := exec.Command("sh", "-c", command).Output()
		if err != nil {
			return s, fmt.Errorf("Failed to run the --ip_discovery_command: %v", err)
		}
		ip, given = strings.TrimSpace(string(out)), true
	}
	if given {
		if net.ParseIP(ip) == nil {
			return s, fmt.Errorf("Failed to parse the IP '%s' of --ip", ip)
		}
		s.Listen, s.IP = ip, ip
		if ip == "0.0.0.0" {
			s.Listen, s.IP = "", own()
		}
	} else {
		s.IP = own()
	}
	if advertised, ok := flags.Lookup("advertise_ip"); ok {
		s.IP = advertised
	}
	s.Hostname = flags.String("hostname")
	if s.Hostname == "" {
		s.Hostname = s.IP
		if flags.Bool("hostname_lookup") {
			if names, err := net.LookupAddr(s.IP); err == nil && len(names) > 0 {
				s.Hostname = strings.TrimSuffix(names[0], ".")
			}
		}
	}
	return s, nil
}

// own gives the address of this machine's name, else its first that is not loopback.
func own() string {
	if name, err := os.Hostname(); err == nil {
		if addresses, err := net.LookupIP(name); err == nil {
			for _, a := range addresses {
				if v4 := a.To4(); v4 != nil {
					return v4.String()
				}
			}
		}
	}
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}
