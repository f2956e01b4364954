package cni

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"datacentre/lab/doubles/mesos/build"
)

// object is JSON whose members go on as they came.
type object = map[string]json.RawMessage

// networks knows in which file each network is described. Without dir there are none.
type networks struct {
	dir, plugins string

	mu    sync.Mutex
	files map[string]string
}

// readNetworks reads all files of a directory, whatever they are called. One that cannot be used, or that names a
// network for the second time, is told and passed over.
func readNetworks(dir, plugins string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("Unable to list the CNI network configuration directory '%s': %w", dir, err)
	}
	files := map[string]string{}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			build.Errorf("Failed to read CNI network configuration file '%s': %v", path, err)
			continue
		}
		c, err := parseConfig(text)
		if err != nil {
			build.Errorf("Failed to parse CNI network configuration file '%s': %v", path, err)
			continue
		}
		skipped := fmt.Sprintf("Skipping network '%s' , from configuration file '%s', since we failed to find", c.name, path)
		switch {
		case files[c.name] != "":
			build.Errorf("Multiple network configuration for a CNI network is not allowed. Skipping configuration file '%s' since network %s already exists",
				path, c.name)
		case which(c.plugin, plugins) == "":
			build.Errorf("%s CNI plugin '%s' used by this network.", skipped, c.plugin)
		case c.ipam != "" && which(c.ipam, plugins) == "":
			build.Errorf("%s IPAM plugin '%s' used by this network.", skipped, c.ipam)
		default:
			files[c.name] = path
		}
	}
	return files, nil
}

// which finds a program in a search path.
func which(program, path string) string {
	for _, dir := range strings.Split(path, ":") {
		full := filepath.Join(dir, program)
		if info, err := os.Stat(full); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return full
		}
	}
	return ""
}

// config gives the description of a network as its file has it now. All files are read anew when the network is not
// known, or is not in its file any more.
func (n *networks) config(name string) (object, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if path := n.files[name]; path != "" {
		found, err := readConfig(name, path)
		if err == nil {
			return found, nil
		}
		build.Warnf("Removing the network '%s' from cache due to failure to validate the configuration: %v", name, err)
		delete(n.files, name)
	}
	if n.dir != "" {
		files, err := readNetworks(n.dir, n.plugins)
		if err != nil {
			return nil, fmt.Errorf("Encountered error while loading CNI config during a cache-miss for CNI network '%s': %w", name, err)
		}
		n.files = files
		if path := files[name]; path != "" {
			return readConfig(name, path)
		}
	}
	return nil, fmt.Errorf("Unknown CNI network '%s'", name)
}

// readConfig reads the description of a network and makes sure that it is that network's.
func readConfig(name, path string) (object, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("Failed to read CNI network configuration file: '%s': %w", path, err)
	}
	var found object
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, fmt.Errorf("Failed to parse CNI network configuration file: '%s': %w", path, err)
	}
	own, err := word(found, "name")
	if err != nil {
		return nil, fmt.Errorf("Cannot determine the 'name' of the CNI network for this configuration %w", err)
	}
	if own != name {
		return nil, fmt.Errorf("The current CNI configuration network('%s') does not match the network name: '%s'", own, name)
	}
	return found, nil
}

// word gives a member that must be a text.
func word(from object, member string) (string, error) {
	raw, ok := from[member]
	if !ok {
		return "", fmt.Errorf("'%s' is missing", member)
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("'%s' is not a string", member)
	}
	return text, nil
}
