package cni

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// Namespace is the file that stands for a container's network namespace.
func (i *Isolator) Namespace(id string) string { return i.root.namespace(id) }

// Attach gives a container its networks: pid is a process that waits in namespaces of its own. It gives back what
// that process has to set up and the networks with their addresses. After an error Detach has to be called.
func (i *Isolator) Attach(ctx context.Context, id string, pid int, wanted []wire.NetworkInfo, hostname string) (Setup, []wire.NetworkInfo, error) {
	if err := os.MkdirAll(i.root.container(id), 0o755); err != nil {
		return Setup{}, nil, fmt.Errorf("Failed to create the container directory at '%s': %w", i.root.container(id), err)
	}
	if err := hold(pid, i.root.namespace(id)); err != nil {
		return Setup{}, nil, err
	}
	if hostname == "" {
		hostname = id
	}
	var failures []error
	var got []wire.NetworkInfo
	var dns resolver
	first := ""
	for n, info := range wanted {
		r, err := i.attach(ctx, id, "eth"+strconv.Itoa(n), info)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		status, err := statusOf(info, r)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		got = append(got, status)
		dns.add(i.dns.resolverOf(info.Name, r))
		if address, _ := r.address(); first == "" {
			first = address
		}
	}
	if err := joined(failures); err != nil {
		return Setup{}, nil, err
	}
	setup, err := i.files(id, hostname, first, dns)
	return setup, got, err
}

// hold binds a process's network namespace to a file, so that it stays when the process has ended.
func hold(pid int, target string) error {
	source := fmt.Sprintf("/proc/%d/ns/net", pid)
	file, err := os.Create(target)
	if err != nil {
		return fmt.Errorf("Failed to create the bind mount point: %w", err)
	}
	_ = file.Close()
	if err := syscall.Mount(source, target, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("Failed to mount the network namespace handle from '%s' to '%s': %w", source, target, err)
	}
	return nil
}

// attach has the plugin add one network to a container.
func (i *Isolator) attach(ctx context.Context, id, device string, info wire.NetworkInfo) (result, error) {
	network := info.Name
	given, err := i.networks.config(network)
	if err != nil {
		return result{}, fmt.Errorf("Could not get valid CNI configuration for network '%s': %w", network, err)
	}
	dir := i.root.device(id, network, device)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return result{}, fmt.Errorf("Failed to create interface directory for the interface '%s' of the network '%s': %w", device, network, err)
	}
	if err := addArgs(given, info); err != nil {
		return result{}, err
	}
	name, err := word(given, "type")
	if err != nil {
		return result{}, fmt.Errorf("Could not find the CNI plugin to use for network '%s': %w", network, err)
	}
	program := which(name, i.plugins)
	if program == "" {
		return result{}, fmt.Errorf("Unable to find the plugin %s required to attach %s to network '%s'", name, id, network)
	}
	text, err := json.Marshal(given)
	if err == nil {
		// What was added has to be taken away with the same description, whatever becomes of the file.
		err = os.WriteFile(i.root.config(id, network), text, 0o644)
	}
	if err != nil {
		return result{}, fmt.Errorf("Failed to checkpoint the CNI network configuration '%s': %w", text, err)
	}
	build.Logf("Invoking CNI plugin '%s' to attach container %s to network '%s'", program, id, network)
	said, err := i.invoke(ctx, program, call{command: "ADD", id: id, network: network, device: device, namespace: i.root.namespace(id)})
	if err != nil {
		return result{}, err
	}
	r, err := parseResult([]byte(said))
	if err != nil {
		return result{}, fmt.Errorf("Failed to parse the output of the CNI plugin '%s': %w", program, err)
	}
	if r.IP4 != nil {
		build.Logf("Got assigned IPv4 address '%s' from CNI network '%s' for container %s", r.IP4.IP, network, id)
	}
	if err := os.WriteFile(filepath.Join(dir, "network.info"), []byte(said), 0o644); err != nil {
		return result{}, fmt.Errorf("Failed to checkpoint the output of CNI plugin '%s': %w", said, err)
	}
	return r, nil
}

// addArgs adds what Mesos tells its plugins: args."org.apache.mesos".network_info, the container's own words on the
// network with its labels.
func addArgs(given object, info wire.NetworkInfo) error {
	args := object{}
	if raw, ok := given["args"]; ok {
		if err := json.Unmarshal(raw, &args); err != nil {
			return fmt.Errorf("Invalid 'args' found in CNI network configuration file: %w", err)
		}
	}
	if _, ok := args["org.apache.mesos"]; ok {
		return errors.New("'org.apache.mesos' in 'args' should not be set in CNI network configuration file. It is reserved by Mesos")
	}
	for n := range info.IPAddresses {
		if info.IPAddresses[n].Protocol == "" {
			info.IPAddresses[n].Protocol = "IPv4"
		}
	}
	mesos, err := json.Marshal(map[string]any{"network_info": info})
	if err != nil {
		return err
	}
	args["org.apache.mesos"] = mesos
	given["args"], err = json.Marshal(args)
	return err
}

// statusOf is how a network shows in the task's status: the container's own words with the address it got.
func statusOf(info wire.NetworkInfo, r result) (wire.NetworkInfo, error) {
	info.IPAddresses = nil
	address, err := r.address()
	if err != nil {
		return info, err
	}
	if address != "" {
		info.IPAddresses = append(info.IPAddresses, wire.IPAddress{Protocol: "IPv4", IPAddress: address})
	}
	if r.IP6 != nil {
		info.IPAddresses = append(info.IPAddresses, wire.IPAddress{Protocol: "IPv6", IPAddress: r.IP6.IP})
	}
	return info, nil
}

// files writes the container's own hosts, hostname and resolv.conf.
func (i *Isolator) files(id, hostname, address string, dns resolver) (Setup, error) {
	dir := i.root.container(id)
	hosts := "127.0.0.1 localhost\n"
	if address != "" {
		hosts += address + " " + hostname + "\n"
	}
	s := Setup{Hostname: hostname, Hosts: filepath.Join(dir, "hosts"), HostnameFile: filepath.Join(dir, "hostname"), Resolver: "/etc/resolv.conf"}
	content := map[string]string{s.Hosts: hosts, s.HostnameFile: hostname}
	if len(dns.Nameservers) > 0 {
		s.Resolver = filepath.Join(dir, "resolv.conf")
		content[s.Resolver] = dns.text()
	} else if _, err := os.Stat(s.Resolver); err != nil {
		return s, errors.New("Cannot find host's /etc/resolv.conf")
	}
	for path, text := range content {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return s, fmt.Errorf("Failed to write '%s': %w", path, err)
		}
	}
	return s, nil
}
