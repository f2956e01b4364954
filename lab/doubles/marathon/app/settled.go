package app

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// kept tells whether Mesos keeps disk for the tasks.
func (a *App) kept() bool { return a.hasVolume(func(v Volume) bool { return len(v.Persistent) > 0 }) }

func (a *App) outside() bool { return a.hasVolume(func(v Volume) bool { return len(v.External) > 0 }) }

func (a *App) hasVolume(is func(Volume) bool) bool {
	if a.Container == nil {
		return false
	}
	for _, v := range a.Container.Volumes {
		if is(v) {
			return true
		}
	}
	return false
}

// strategies fills in what depends on the volumes.
func (a *App) strategies(raw map[string]any) {
	if raw["upgradeStrategy"] == nil && (a.kept() || a.outside()) {
		a.UpgradeStrategy = UpgradeStrategy{0, 0.5}
	}
	if raw["unreachableStrategy"] == nil && a.kept() {
		a.UnreachableStrategy = Unreachable{Disabled: true}
	}
}

// validateSettled are the rules that depend on Marathon's flags, and on disk that stays or comes from outside.
func (a *App) validateSettled(s Settings) error {
	var c complaints
	a.validateKept(&c, s)
	a.validateFeatures(&c, s)
	a.validateOutside(&c)
	a.validateCommands(&c)
	return c.rules()
}

// validRoles are Marathon's own role and, below a group at the top, that group's.
func (a *App) validRoles(s Settings) []string {
	parts := strings.Split(strings.Trim(a.ID, "/"), "/")
	if len(parts) > 1 {
		return []string{s.Role, parts[0]}
	}
	return []string{s.Role}
}

func (a *App) validateKept(c *complaints, s Settings) {
	valid := a.validRoles(s)
	if a.Role != valid[0] && a.Role != valid[len(valid)-1] {
		c.add("/role", fmt.Sprintf("got %s, expected one of: %s", a.Role, strings.Join(valid, ", ")))
	}
	if !a.kept() {
		return
	}
	if a.Role == "*" {
		c.add("/role", "Resident apps cannot have the role *")
	}
	if len(a.AcceptedResourceRoles) > 0 && (len(a.AcceptedResourceRoles) > 1 || a.AcceptedResourceRoles[0] != "*") {
		c.add("/acceptedResourceRoles", `A resident app must have `+"`acceptedResourceRoles = [\"*\"]`.")
	}
	if !a.UnreachableStrategy.Disabled {
		c.add("/", "unreachableStrategy must be disabled for resident tasks")
	}
	if a.UpgradeStrategy.MaximumOverCapacity != 0 {
		c.add("/upgradeStrategy/maximumOverCapacity", "got "+fmt.Sprint(float64(a.UpgradeStrategy.MaximumOverCapacity))+", expected 0.0")
	}
}

func (a *App) validateFeatures(c *complaints, s Settings) {
	on := map[string]bool{}
	for _, f := range s.Features {
		on[f] = true
	}
	need := func(is bool, path, feature string) {
		if is && !on[feature] {
			c.add(path, "Feature "+feature+" is not enabled. Enable with --enable_features "+feature+")")
		}
	}
	need(a.GPUs > 0, "/", "gpu_resources")
	need(len(a.Secrets) > 0, "/secrets", "secrets")
	need(a.outside(), "/container/volumes", "external_volumes")
}

// external is a volume of a driver of DVDI.
type external struct {
	Name     string            `json:"name"`
	Provider string            `json:"provider"`
	Size     *int              `json:"size"`
	Options  map[string]string `json:"options"`
}

var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

func (a *App) validateOutside(c *complaints) {
	if !a.outside() {
		return
	}
	for i, v := range a.Container.Volumes {
		var e external
		// Options of CSI have another form, which shape.go does not look at either.
		if len(v.External) == 0 || json.Unmarshal(v.External, &e) != nil || e.Provider == "csi" {
			continue
		}
		at := fmt.Sprintf("/container/volumes(%d)/external", i)
		if e.Provider != "dvdi" {
			c.add(at+"/provider", "is unknown provider")
			continue
		}
		if !label.MatchString(e.Options["dvdi/driver"]) {
			c.add(at+`/options("dvdi/driver")`, "not defined")
		}
		if a.Docker() && (len(e.Options) > 1 || e.Size != nil) {
			c.add(at+"/options", "must only contain dvdi/driver")
		}
		if !a.Docker() && v.Mode == "RO" {
			c.add(fmt.Sprintf("/container/volumes(%d)/mode", i), "got RO, expected RW")
		}
		if a.Instances > 1 {
			c.add("/", fmt.Sprintf("Number of instances is limited to 1 when declaring DVDI volumes in app [%s]", a.ID))
		}
		if a.UpgradeStrategy.MaximumOverCapacity != 0 {
			c.add("/upgradeStrategy/maximumOverCapacity", "got 1.0, expected 0.0")
		}
	}
}

// validateCommands refuses what the real one cannot make a check of.
func (a *App) validateCommands(c *complaints) {
	for i, h := range a.HealthChecks {
		if h.Command != nil && h.Protocol != "COMMAND" {
			c.add(fmt.Sprintf("/healthChecks(%d)", i), "illegal protocol "+h.Protocol+" specified with command")
		}
	}
}
