package agent

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// volumeText gives one -v of docker run, and the driver that the volume asks for.
func volumeText(v wire.Volume, o runOptions, driver bool) (string, string, error) {
	inside := v.ContainerPath
	if !filepath.IsAbs(inside) {
		inside = filepath.Join(o.mapped, inside)
	}
	mode := map[string]string{"RW": "rw", "RO": "ro"}[v.Mode]
	if mode == "" {
		return "", "", errors.New("Unsupported volume mode")
	}
	if v.HostPath != nil {
		host := *v.HostPath
		if !filepath.IsAbs(host) && !filepath.IsAbs(v.ContainerPath) {
			return "", "", fmt.Errorf("Both host_path '%s' and container_path '%s' of a volume are relative", host, v.ContainerPath)
		}
		if !filepath.IsAbs(host) && !driver {
			host = filepath.Join(o.sandbox, host)
		}
		return host + ":" + inside + ":" + mode, "", nil
	}
	if v.Source != nil && v.Source.Type == "DOCKER_VOLUME" && v.Source.DockerVolume != nil {
		return v.Source.DockerVolume.Name + ":" + inside + ":" + mode, v.Source.DockerVolume.Driver, nil
	}
	return "", "", errors.New("Host path or volume source is required")
}

// networkOf gives the value of --net: a parameter `net` or `network` goes before the task's own.
func networkOf(c *wire.ContainerInfo) (string, error) {
	for _, p := range c.Docker.Parameters {
		if p.Key == "net" || p.Key == "network" {
			return p.Value, nil
		}
	}
	switch c.Docker.Network {
	case "", "HOST":
		return "host", nil
	case "BRIDGE":
		return "bridge", nil
	case "NONE":
		return "none", nil
	case "USER":
		if len(c.NetworkInfos) == 0 {
			return "", errors.New("No network info found in container info")
		}
		if len(c.NetworkInfos) > 1 {
			return "", errors.New("Only a single network can be defined in Docker run")
		}
		if c.NetworkInfos[0].Name == "" {
			return "", errors.New("No network name found in network info")
		}
		return c.NetworkInfos[0].Name, nil
	}
	return "", errors.New("Unsupported Network mode: " + c.Docker.Network)
}

// portArgs gives the -p of docker run; every host port must be among the task's resources.
func portArgs(d *wire.DockerInfo, set resources.Set, network string) ([]string, error) {
	if len(d.PortMappings) == 0 {
		return nil, nil
	}
	if network == "host" || network == "none" {
		return nil, errors.New("Port mappings are only supported for bridge and user-defined networks")
	}
	ranges := set.Ranges("ports")
	if len(ranges) == 0 {
		return nil, errors.New("Port mappings require port resources")
	}
	var args []string
	for _, m := range d.PortMappings {
		found := false
		for _, r := range ranges {
			found = found || (m.HostPort >= r.Begin && m.HostPort <= r.End)
		}
		if !found {
			return nil, fmt.Errorf("Port [%d] not included in resources", m.HostPort)
		}
		text := strconv.FormatUint(m.HostPort, 10) + ":" + strconv.FormatUint(m.ContainerPort, 10)
		if m.Protocol != "" {
			text += "/" + strings.ToLower(m.Protocol)
		}
		args = append(args, "-p", text)
	}
	return args, nil
}
