// Package cni imitates the isolator network/cni of the real agent's Mesos containerizer: CNI plugins give containers
// their networks and take them away again. It follows docs/cni.md and the isolator's sources in Apache Mesos
// (src/slave/containerizer/mesos/isolators/network/cni) in places, order and words.
package cni

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/wire"
)

// Options are the agent's flags that matter here; an empty text is a flag that was not given.
type Options struct {
	PluginsDir, ConfigDir string
	// Base is where the state lies: the work directory when it is to outlive a reboot, else the runtime directory.
	Base string
	// DNS is --default_container_dns, JSON.
	DNS string
}

// Isolator gives networks to containers. Without the two directories it knows no network, as the real one then.
type Isolator struct {
	root     root
	plugins  string
	networks *networks
	dns      defaultDNS
	detaches sync.Map // by container, a lock each: a task's end and a recovery may come together
}

// New makes the place of the state and reads the networks. The error is worded as the real one's.
func New(o Options) (*Isolator, error) {
	if o.PluginsDir == "" && o.ConfigDir == "" {
		return &Isolator{networks: &networks{}}, nil
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("The 'network/cni' isolator requires root permissions")
	}
	if o.PluginsDir == "" {
		return nil, errors.New("Missing required '--network_cni_plugins_dir' flag")
	}
	if o.ConfigDir == "" {
		return nil, errors.New("Missing required '--network_cni_config_dir' flag")
	}
	if _, err := os.Stat(o.ConfigDir); err != nil {
		return nil, fmt.Errorf("The CNI network configuration directory '%s' does not exist", o.ConfigDir)
	}
	dns, err := parseDNS(o.DNS)
	if err != nil {
		return nil, fmt.Errorf("Failed to parse --default_container_dns: %w", err)
	}
	known := &networks{dir: o.ConfigDir, plugins: o.PluginsDir}
	if known.files, err = readNetworks(o.ConfigDir, o.PluginsDir); err != nil {
		return nil, fmt.Errorf("Unable to load CNI config: %w", err)
	}
	place, err := makeRoot(filepath.Join(o.Base, "isolators/network/cni"))
	if err != nil {
		return nil, err
	}
	return &Isolator{root: place, plugins: o.PluginsDir, networks: known, dns: dns}, nil
}

// Wanted gives the networks that a container names; those without a name mean the host's.
func Wanted(c *wire.ContainerInfo) []wire.NetworkInfo {
	var out []wire.NetworkInfo
	for _, info := range c.NetworkInfos {
		if info.Name != "" {
			out = append(out, info)
		}
	}
	return out
}

// Check tells before anything is started why the networks cannot be had: one is not known, or is named twice.
func (i *Isolator) Check(wanted []wire.NetworkInfo) error {
	seen := map[string]bool{}
	for _, info := range wanted {
		if _, err := i.networks.config(info.Name); err != nil {
			return err
		}
		if seen[info.Name] {
			return fmt.Errorf("Attempted to join CNI network '%s' multiple times", info.Name)
		}
		seen[info.Name] = true
	}
	return nil
}

// Recover takes away the networks of the containers that are not live, as those are that ended while no agent ran,
// and before a reboot. What fails is told and tried again at the next start.
func (i *Isolator) Recover(live map[string]bool) {
	if i.root == "" {
		return
	}
	entries, err := os.ReadDir(string(i.root))
	if err != nil {
		build.Errorf("Unable to list CNI network information root directory '%s': %v", i.root, err)
		return
	}
	var all sync.WaitGroup
	defer all.Wait()
	for _, entry := range entries {
		if id := entry.Name(); !live[id] {
			build.Logf("Removing unknown orphaned container %s", id)
			all.Go(func() {
				if err := i.Detach(id); err != nil {
					build.Errorf("Failed to cleanup unknown orphaned container %s: %v", id, err)
				}
			})
		}
	}
}

// joined makes one error of many, a line each.
func joined(list []error) error {
	var lines []string
	for _, err := range list {
		lines = append(lines, err.Error())
	}
	if len(lines) == 0 {
		return nil
	}
	return errors.New(strings.Join(lines, "\n"))
}
