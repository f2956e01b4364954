package core

import (
	"regexp"
	"sort"
	"strconv"
	"strings"

	"datacentre/lab/doubles/marathon/app"
)

var unfit = regexp.MustCompile(`[^a-zA-Z0-9_]+`)

const longestLabel = 512

// environment is what a task finds in its environment, by name.
func environment(a *app.App, taskID, host, prefix string, hostPorts []*int, enforceRole bool) map[string]string {
	env := map[string]string{
		"MESOS_TASK_ID": taskID, "MARATHON_APP_ID": a.ID, "MARATHON_APP_VERSION": a.Version,
		"MARATHON_APP_RESOURCE_CPUS": number(a.CPUs), "MARATHON_APP_RESOURCE_MEM": number(a.Mem),
		"MARATHON_APP_RESOURCE_DISK": number(a.Disk), "MARATHON_APP_RESOURCE_GPUS": strconv.Itoa(a.GPUs),
		"MARATHON_APP_ENFORCE_GROUP_ROLE": strings.ToUpper(strconv.FormatBool(enforceRole)),
	}
	if a.Docker() && a.Container.Docker != nil {
		env["MARATHON_APP_DOCKER_IMAGE"] = a.Container.Docker.Image
	}
	var names []string
	for key, value := range a.Labels {
		if len(key) < longestLabel && len(value) < longestLabel {
			name := strings.ToUpper(unfit.ReplaceAllString(key, "_"))
			names = append(names, name)
			env["MARATHON_APP_LABEL_"+name] = value
		}
	}
	sort.Strings(names)
	env["MARATHON_APP_LABELS"] = strings.Join(names, " ")
	for name, value := range portEnvironment(a, hostPorts) {
		env[prefix+name] = value
	}
	env[prefix+"HOST"] = host
	for name, value := range a.Env {
		if text, ok := value.(string); ok {
			env[name] = text
		}
	}
	return env
}

func number(f app.Float) string {
	text, _ := f.MarshalJSON()
	return string(text)
}

// portEnvironment names the ports by index (PORT0), by what was asked for (PORT_80) and by name (PORT_HTTP).
func portEnvironment(a *app.App, hostPorts []*int) map[string]string {
	env := map[string]string{}
	if len(hostPorts) == 0 {
		return env
	}
	type asked struct {
		name string
		port int
	}
	var requests []asked
	if mappings := a.Mappings(); len(mappings) > 0 {
		for _, m := range mappings {
			requests = append(requests, asked{m.Name, m.ContainerPort})
		}
	} else {
		for _, d := range a.PortDefinitions {
			requests = append(requests, asked{d.Name, d.Port})
		}
	}
	var all []string
	for i, r := range requests {
		effective := r.port
		if hostPorts[i] != nil {
			effective = *hostPorts[i]
			env["PORT"+strconv.Itoa(i)] = strconv.Itoa(effective)
			all = append(all, strconv.Itoa(effective))
		} else if effective != 0 {
			env["PORT"+strconv.Itoa(i)] = strconv.Itoa(effective)
		}
		key := r.port
		if key == 0 {
			key = effective
		}
		env["PORT_"+strconv.Itoa(key)] = strconv.Itoa(effective)
		if r.name != "" {
			env["PORT_"+strings.ToUpper(r.name)] = strconv.Itoa(effective)
		}
	}
	if len(all) > 0 {
		env["PORT"] = all[0]
	}
	env["PORTS"] = strings.Join(all, ",")
	return env
}
