package cni

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"datacentre/lab/doubles/mesos/build"
)

// root is the directory of the state: <container>/ns, <container>/<network>/network.conf (what the plugin was given)
// and <container>/<network>/<interface>/network.info (what it said).
type root string

func (r root) container(id string) string { return filepath.Join(string(r), id) }
func (r root) namespace(id string) string { return filepath.Join(r.container(id), "ns") }
func (r root) config(id, network string) string {
	return filepath.Join(r.container(id), network, "network.conf")
}
func (r root) device(id, network, dev string) string {
	return filepath.Join(r.container(id), network, dev)
}

// folders gives the names of the directories in a directory.
func folders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, entry := range entries {
		if entry.IsDir() {
			out = append(out, entry.Name())
		}
	}
	return out, nil
}

// makeRoot makes the directory and sees to it that it lies on a shared mount with peers of its own. Else the copy of the
// mounts that each container gets would hold the namespaces of all others, and none would go away at its end.
func makeRoot(dir string) (root, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("Failed to create CNI network information root directory at '%s': %w", dir, err)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return "", fmt.Errorf("Failed to determine canonical path of CNI network information root directory '%s': %w", dir, err)
	}
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", fmt.Errorf("Failed to get mount table: %w", err)
	}
	target, fit := mountOf(string(table), dir)
	if fit {
		return root(dir), nil
	}
	if target != dir {
		build.Logf("Bind mounting '%s' and making it a shared mount", dir)
		if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
			return "", fmt.Errorf("Failed to bind mount '%s' and make it a shared mount: %w", dir, err)
		}
	}
	for _, flag := range []uintptr{syscall.MS_PRIVATE, syscall.MS_SHARED} {
		if err := syscall.Mount("", dir, "", flag, ""); err != nil {
			return "", fmt.Errorf("Failed to make '%s' a shared mount: %w", dir, err)
		}
	}
	return root(dir), nil
}

// mountOf gives the mount that a directory lies on, and whether it is shared and none above it has the same peers.
func mountOf(table, dir string) (target string, fit bool) {
	peers := ""
	var above []string
	for _, line := range strings.Split(table, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 7 || fields[4] != "/" && fields[4] != dir && !strings.HasPrefix(dir, fields[4]+"/") {
			continue
		}
		if target != "" {
			above = append(above, peers)
		}
		// A later line is mounted over or below the earlier ones.
		target, peers = fields[4], ""
		for _, optional := range fields[6:] {
			if optional == "-" {
				break
			}
			if strings.HasPrefix(optional, "shared:") {
				peers = optional
			}
		}
	}
	return target, peers != "" && !slices.Contains(above, peers)
}
