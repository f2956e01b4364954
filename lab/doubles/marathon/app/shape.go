package app

import (
	"fmt"
	"math"
	"regexp"
	"strings"
)

var (
	pathID     = regexp.MustCompile(`^(/?((\.\.)|(([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9]))?($|/))+$`)
	legacyName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
)

// field describes one member: what it is and what it may be.
type field struct {
	is       string // string, int, number, bool, object, array, any
	required bool
	min, max float64
	pattern  *regexp.Regexp
	oneOf    []string
	of       map[string]field // members of an object, or of the objects of an array
	items    string           // what the elements of an array are
}

const none = math.SmallestNonzeroFloat64

func at(min float64) field             { return field{is: "number", min: min, max: none} }
func whole(min float64) field          { return field{is: "int", min: min, max: none} }
func port() field                      { return field{is: "int", min: 0, max: 65535} }
func word(of ...string) field          { return field{is: "string", oneOf: of} }
func object(of map[string]field) field { return field{is: "object", of: of} }
func array(of map[string]field) field  { return field{is: "array", items: "object", of: of} }
func strs() field                      { return field{is: "array", items: "string"} }

var mappingShape = map[string]field{
	"containerPort": port(), "hostPort": port(), "labels": object(nil), "name": {is: "string", pattern: legacyName},
	"protocol": word("tcp", "udp", "udp,tcp"), "servicePort": port(), "networkNames": strs(),
}

var appShape = map[string]field{
	"id": {is: "string", required: true, pattern: pathID}, "acceptedResourceRoles": strs(), "args": strs(),
	"backoffFactor": at(1), "backoffSeconds": whole(0), "cmd": word(), "constraints": {is: "array", items: "array"},
	"container": object(map[string]field{
		"type": word("MESOS", "DOCKER"), "volumes": array(map[string]field{"containerPath": word(), "hostPath": word(), "mode": word("RO", "RW")}),
		"portMappings": array(mappingShape),
		"docker": object(map[string]field{
			"image": {is: "string", required: true}, "forcePullImage": {is: "bool"}, "privileged": {is: "bool"},
			"network": word("BRIDGE", "HOST", "NONE", "USER"), "portMappings": array(mappingShape),
			"parameters": array(map[string]field{"key": {is: "string", required: true}, "value": {is: "string", required: true}}),
		}),
	}),
	"cpus": at(0.001), "dependencies": strs(), "disk": at(0), "env": object(nil), "executor": word(),
	"fetch": array(map[string]field{"uri": {is: "string", required: true}, "extract": {is: "bool"}, "executable": {is: "bool"}, "cache": {is: "bool"}}),
	"healthChecks": array(map[string]field{
		"command": object(nil), "gracePeriodSeconds": whole(0), "intervalSeconds": whole(0), "maxConsecutiveFailures": whole(0),
		"path": word(), "port": port(), "portIndex": port(), "timeoutSeconds": whole(none), "delaySeconds": whole(0), "ignoreHttp1xx": {is: "bool"},
		"protocol": word("HTTP", "HTTPS", "TCP", "COMMAND", "MESOS_TCP", "MESOS_HTTP", "MESOS_HTTPS"), "ipProtocol": word("IPv4", "IPv6"),
	}),
	"instances": whole(0), "labels": object(nil), "maxLaunchDelaySeconds": whole(0), "mem": at(0), "gpus": whole(0),
	"ipAddress": object(nil), "networks": array(map[string]field{"mode": word("host", "container", "container/bridge"), "name": word(), "labels": object(nil)}),
	"ports": {is: "array", items: "int"}, "portDefinitions": array(map[string]field{"port": port(), "protocol": word("tcp", "udp", "udp,tcp"),
		"name": {is: "string", pattern: legacyName}, "labels": object(nil)}),
	"readinessChecks": array(nil), "requirePorts": {is: "bool"}, "secrets": object(nil), "taskKillGracePeriodSeconds": whole(0),
	"upgradeStrategy": object(map[string]field{"maximumOverCapacity": {is: "number", max: 1}, "minimumHealthCapacity": {is: "number", max: 1}}),
	"uris":            strs(), "user": word(), "version": word(), "killSelection": word("YOUNGEST_FIRST", "OLDEST_FIRST"), "tty": {is: "bool"}, "role": word(),
	"unreachableStrategy": {is: "any"}, "check": {is: "any"}, "resourceLimits": object(nil), "executorResources": object(nil), "residency": object(nil),
}

// CheckShape complains of members of the wrong type or out of bounds; members it does not know are let pass,
// as Marathon does. A partial update need not have an id.
func CheckShape(raw map[string]any, partial bool) error {
	var c complaints
	if _, ok := raw["id"]; !ok && !partial {
		c.add("/id", "error.path.missing")
	}
	members(&c, "", raw, appShape, true)
	return c.shape()
}

func members(c *complaints, path string, raw map[string]any, shape map[string]field, top bool) {
	for name, f := range shape {
		value, ok := raw[name]
		if !ok || value == nil {
			if f.required && !top {
				c.add(path+"/"+name, "error.path.missing")
			}
			continue
		}
		f.check(c, path+"/"+name, value)
	}
}

func (f field) check(c *complaints, path string, value any) {
	switch f.is {
	case "string":
		text, ok := value.(string)
		switch {
		case !ok:
			c.add(path, "error.expected.jsstring")
		case f.pattern != nil && !f.pattern.MatchString(text):
			c.add(path, "error.pattern")
		case len(f.oneOf) > 0 && !contains(f.oneOf, text):
			c.add(path, fmt.Sprintf("error.unknown.enum.literal (%s)", strings.Join(f.oneOf, ", ")))
		}
	case "int", "number":
		number, ok := value.(float64)
		switch {
		case !ok || f.is == "int" && number != math.Trunc(number):
			c.add(path, "error.expected.jsnumber")
		case f.min != none && number < f.min:
			c.add(path, "error.min")
		case f.max != none && number > f.max:
			c.add(path, "error.max")
		}
	case "bool":
		if _, ok := value.(bool); !ok {
			c.add(path, "error.expected.jsboolean")
		}
	case "object":
		inner, ok := value.(map[string]any)
		if !ok {
			c.add(path, "error.expected.jsobject")
			return
		}
		members(c, path, inner, f.of, false)
	case "array":
		elements, ok := value.([]any)
		if !ok {
			c.add(path, "error.expected.jsarray")
			return
		}
		for i, element := range elements {
			item := field{is: f.items, of: f.of, min: none, max: none}
			item.check(c, fmt.Sprintf("%s(%d)", path, i), element)
		}
	}
}

func contains(list []string, text string) bool {
	for _, s := range list {
		if s == text {
			return true
		}
	}
	return false
}
