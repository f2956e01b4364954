package core

import "datacentre/lab/doubles/marathon/app"

// containerInfo is the task's container, nil for a plain command in the host's network.
func containerInfo(a *app.App, taskID string, hostPorts []*int, bridge string) object {
	if a.Container == nil {
		if a.HostNetwork() {
			return nil
		}
		return object{"type": "MESOS", "mesos": object{}, "network_infos": networkInfos(a, hostPorts, bridge)}
	}
	out := object{"type": a.Container.Type}
	volumes := []object{}
	for _, v := range a.Container.Volumes {
		if v.HostPath != "" {
			volumes = append(volumes, object{"container_path": v.ContainerPath, "host_path": v.HostPath, "mode": v.Mode})
		}
	}
	if len(volumes) > 0 {
		out["volumes"] = volumes
	}
	image := a.Container.Docker
	if a.Container.Type != "DOCKER" || image == nil {
		mesos := object{}
		if image != nil {
			mesos["image"] = object{"type": "DOCKER", "docker": object{"name": image.Image}, "cached": !image.ForcePullImage}
		}
		out["mesos"] = mesos
		if !a.HostNetwork() {
			out["network_infos"] = networkInfos(a, hostPorts, bridge)
		}
		return out
	}
	parameters := []object{}
	for _, p := range image.Parameters {
		parameters = append(parameters, object{"key": p.Key, "value": p.Value})
	}
	parameters = append(parameters, object{"key": "label", "value": "MESOS_TASK_ID=" + taskID})
	docker := object{"image": image.Image, "privileged": image.Privileged, "force_pull_image": image.ForcePullImage, "parameters": parameters,
		"network": "HOST"}
	if !a.HostNetwork() {
		docker["network"] = "USER"
		if a.Bridge() {
			docker["network"] = "BRIDGE"
		} else {
			// The name is all that Docker is told of a network.
			out["network_infos"] = []object{{"name": a.Networks[0].Name}}
		}
		docker["port_mappings"] = dockerMappings(a, hostPorts)
	}
	out["docker"] = docker
	return out
}

// mapped gives the mappings that have a port of the host, with both ports known.
func mapped(a *app.App, hostPorts []*int) []app.PortMapping {
	var out []app.PortMapping
	for i, m := range a.Mappings() {
		if hostPorts[i] == nil {
			continue
		}
		m.HostPort = hostPorts[i]
		if m.ContainerPort == 0 {
			m.ContainerPort = *hostPorts[i]
		}
		out = append(out, m)
	}
	return out
}

func dockerMappings(a *app.App, hostPorts []*int) []object {
	out := []object{}
	for _, m := range mapped(a, hostPorts) {
		for _, protocol := range protocols(m.Protocol) {
			out = append(out, object{"host_port": *m.HostPort, "container_port": m.ContainerPort, "protocol": protocol})
		}
	}
	return out
}

func protocols(text string) []string {
	if text == "udp,tcp" {
		return []string{"udp", "tcp"}
	}
	return []string{text}
}

// networkInfos are the networks of a container of the Mesos containerizer: names, labels and the ports of the host.
func networkInfos(a *app.App, hostPorts []*int, bridge string) []object {
	out := []object{}
	for _, n := range a.Networks {
		info := object{"ip_addresses": []object{{"protocol": "IPv4"}}, "name": n.Name, "labels": object{}}
		if n.Mode == "container/bridge" {
			info["name"] = bridge
		}
		if len(n.Labels) > 0 {
			info["labels"] = object{"labels": pairs(n.Labels)}
		}
		ports := []object{}
		for _, m := range mapped(a, hostPorts) {
			if len(m.NetworkNames) == 0 || len(m.NetworkNames) == 1 && m.NetworkNames[0] == info["name"] {
				ports = append(ports, object{"host_port": *m.HostPort, "container_port": m.ContainerPort, "protocol": m.Protocol})
			}
		}
		if len(ports) > 0 {
			info["port_mappings"] = ports
		}
		out = append(out, info)
	}
	return out
}
