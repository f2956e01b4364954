package cni

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"datacentre/lab/doubles/mesos/build"
)

// delTime bounds one DEL. The real one waits as long as a plugin takes.
const delTime = 2 * time.Minute

// Detach ends what still runs in a container's network and takes the network away. A container that has none is no
// error. When a plugin fails the state stays, for the next start of the agent.
func (i *Isolator) Detach(id string) error {
	if i.root == "" {
		return nil
	}
	lock, _ := i.detaches.LoadOrStore(id, &sync.Mutex{})
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	dir := i.root.container(id)
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return nil
	}
	handle := isHandle(i.root.namespace(id))
	if handle {
		endAll(i.root.namespace(id))
	}
	names, err := folders(dir)
	if err != nil {
		return fmt.Errorf("Failed to list CNI network names: %w", err)
	}
	var failures []error
	for _, network := range names {
		if err := i.detach(id, network, handle); err != nil {
			failures = append(failures, err)
		}
	}
	if err := joined(failures); err != nil {
		return err
	}
	if handle {
		if err := syscall.Unmount(i.root.namespace(id), 0); err != nil {
			return fmt.Errorf("Failed to unmount the network namespace handle '%s': %w", i.root.namespace(id), err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("Failed to remove the container directory '%s': %w", dir, err)
	}
	build.Logf("Removed the container directory '%s'", dir)
	return nil
}

// detach has the plugin take one network away, with the description it was added with.
func (i *Isolator) detach(id, network string, handle bool) error {
	devices, err := folders(filepath.Join(i.root.container(id), network))
	if err != nil || len(devices) == 0 {
		return err
	}
	path := i.root.config(id, network)
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		build.Warnf("Skip detach since network config file for container %s and network name '%s' does not exist", id, network)
		return nil
	}
	var given object
	if err == nil {
		err = json.Unmarshal(text, &given)
	}
	if err != nil {
		return fmt.Errorf("Failed to parse CNI network configuration file: '%s': %w", path, err)
	}
	name, err := word(given, "type")
	if err != nil {
		return fmt.Errorf("Could not find the CNI plugin to use for network %s with CNI configuration '%s': %w", network, path, err)
	}
	program := which(name, i.plugins)
	if program == "" {
		return fmt.Errorf("Unable to find the plugin %s required to detach %s to network '%s'", name, id, network)
	}
	ctx, cancel := context.WithTimeout(context.Background(), delTime)
	defer cancel()
	c := call{command: "DEL", id: id, network: network, device: devices[0]}
	if handle { // after a reboot the file is there, and no namespace behind it
		c.namespace = i.root.namespace(id)
	}
	build.Logf("Invoking CNI plugin '%s' to detach container %s from network '%s'", program, id, network)
	if _, err := i.invoke(ctx, program, c); err != nil {
		return err
	}
	return os.RemoveAll(i.root.device(id, network, devices[0]))
}

// identity tells a file from all others.
func identity(path string) (device, inode uint64, ok bool) {
	var s syscall.Stat_t
	if syscall.Stat(path, &s) != nil {
		return 0, 0, false
	}
	return uint64(s.Dev), s.Ino, true
}

// isHandle tells whether a file is a network namespace: those lie on a device of their own.
func isHandle(path string) bool {
	device, _, ok := identity(path)
	own, _, _ := identity("/proc/self/ns/net")
	return ok && device == own
}

// endAll kills the processes of a network namespace and waits until they are gone, as the real launcher does with a
// container's.
func endAll(namespace string) {
	_, inside, ok := identity(namespace)
	if _, own, _ := identity("/proc/self/ns/net"); !ok || inside == own {
		return
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		left := 0
		places, _ := filepath.Glob("/proc/[0-9]*/ns/net")
		for _, place := range places {
			if _, one, ok := identity(place); !ok || one != inside {
				continue
			}
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(place)))); err == nil {
				left++
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		if left == 0 {
			return
		}
	}
	build.Warnf("processes of the namespace %s did not end within 5secs", namespace)
}
