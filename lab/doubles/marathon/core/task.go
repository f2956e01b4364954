package core

import (
	"sort"

	"datacentre/lab/doubles/marathon/app"
	"datacentre/lab/doubles/marathon/conf"
	"datacentre/lab/doubles/marathon/mesosapi"
)

type object = map[string]any

// taskInfo describes the task to Mesos.
func taskInfo(a *app.App, taskID string, offer *mesosapi.Offer, m *match, conf *conf.Config, enforceRole bool) object {
	info := object{"name": app.Host(a.ID), "task_id": object{"value": taskID}, "agent_id": object{"value": offer.Agent.Value},
		"resources": m.resources, "command": command(a, taskID, offer.Hostname, conf.EnvPrefix, m.hostPorts, enforceRole),
		"discovery": discovery(a, m.hostPorts)}
	if len(a.Labels) > 0 {
		info["labels"] = object{"labels": pairs(a.Labels)}
	}
	if container := containerInfo(a, taskID, m.hostPorts, conf.Bridge); container != nil {
		info["container"] = container
	}
	if a.TaskKillGracePeriodSeconds != nil {
		info["kill_policy"] = object{"grace_period": object{"nanoseconds": int64(*a.TaskKillGracePeriodSeconds) * 1e9}}
	}
	for _, h := range a.HealthChecks {
		if !h.ByMarathon() {
			info["health_check"] = healthInfo(a, h, m.hostPorts)
			break
		}
	}
	return info
}

func pairs(labels map[string]string) []object {
	out := []object{}
	for key, value := range labels {
		out = append(out, object{"key": key, "value": value})
	}
	sort.Slice(out, func(i, j int) bool { return out[i]["key"].(string) < out[j]["key"].(string) })
	return out
}

func command(a *app.App, taskID, host, prefix string, hostPorts []*int, enforceRole bool) object {
	env := environment(a, taskID, host, prefix, hostPorts, enforceRole)
	variables := []object{}
	for name, value := range env {
		variables = append(variables, object{"name": name, "type": "VALUE", "value": value})
	}
	sort.Slice(variables, func(i, j int) bool { return variables[i]["name"].(string) < variables[j]["name"].(string) })
	out := object{"environment": object{"variables": variables}, "shell": true}
	if a.Cmd != nil && *a.Cmd != "" {
		out["value"] = *a.Cmd
	} else {
		out["shell"] = false
	}
	if len(a.Args) > 0 {
		out["shell"], out["arguments"] = false, a.Args
		if a.Container == nil {
			out["value"] = a.Args[0]
		}
	}
	if len(a.Fetch) > 0 {
		uris := []object{}
		for _, f := range a.Fetch {
			uri := object{"value": f.URI, "extract": f.Extract, "executable": f.Executable, "cache": f.Cache}
			if f.DestPath != "" {
				uri["output_file"] = f.DestPath
			}
			uris = append(uris, uri)
		}
		out["uris"] = uris
	}
	if a.User != nil {
		out["user"] = *a.User
	}
	return out
}

func discovery(a *app.App, hostPorts []*int) object {
	ports := []object{}
	if mappings := a.Mappings(); len(mappings) > 0 {
		for i, m := range mappings {
			number, scope := m.ContainerPort, "container"
			if hostPorts[i] != nil {
				number, scope = *hostPorts[i], "host"
			}
			labels := pairs(m.Labels)
			labels = append(labels, object{"key": "network-scope", "value": scope})
			ports = append(ports, namedPort(number, m.Name, m.Protocol, labels))
		}
	} else {
		for i, d := range a.PortDefinitions {
			if i < len(hostPorts) && hostPorts[i] != nil {
				ports = append(ports, namedPort(*hostPorts[i], d.Name, d.Protocol, pairs(d.Labels)))
			}
		}
	}
	return object{"visibility": "FRAMEWORK", "name": app.Host(a.ID), "ports": object{"ports": ports}}
}

func namedPort(number int, name, protocol string, labels []object) object {
	port := object{"number": number, "protocol": protocol}
	if name != "" {
		port["name"] = name
	}
	if len(labels) > 0 {
		port["labels"] = object{"labels": labels}
	}
	return port
}

func healthInfo(a *app.App, h app.HealthCheck, hostPorts []*int) object {
	out := object{"delay_seconds": h.DelaySeconds, "grace_period_seconds": h.GracePeriodSeconds, "interval_seconds": h.IntervalSeconds,
		"timeout_seconds": h.TimeoutSeconds, "consecutive_failures": h.MaxConsecutiveFailures}
	port := insidePort(a, h, hostPorts)
	switch {
	case h.Command != nil:
		out["type"] = "COMMAND"
		out["command"] = object{"shell": true, "value": h.Command.Value}
	case h.Protocol == "MESOS_TCP":
		out["type"] = "TCP"
		out["tcp"] = object{"port": port, "protocol": "IPV4"}
	default:
		out["type"] = "HTTP"
		scheme := "http"
		if h.Protocol == "MESOS_HTTPS" {
			scheme = "https"
		}
		path := "/"
		if h.Path != nil {
			path = *h.Path
		}
		out["http"] = object{"scheme": scheme, "port": port, "path": path, "protocol": "IPV4"}
	}
	return out
}

// insidePort is the port as the task itself sees it: executors check from within its network.
func insidePort(a *app.App, h app.HealthCheck, hostPorts []*int) int {
	if h.Port != nil {
		return *h.Port
	}
	index := 0
	if h.PortIndex != nil {
		index = *h.PortIndex
	}
	if all := a.Mappings(); index < len(all) {
		if all[index].ContainerPort != 0 || hostPorts[index] == nil {
			return all[index].ContainerPort
		}
	}
	if index < len(hostPorts) && hostPorts[index] != nil {
		return *hostPorts[index]
	}
	return 0
}
