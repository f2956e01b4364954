package agent

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"datacentre/lab/doubles/internal/flagfile"
	"datacentre/lab/doubles/mesos/cni"
)

// isolators are the real agent's own (src/slave/containerizer/mesos/containerizer.cpp). The double takes their names; only
// network/cni does something here.
var isolators = strings.Fields(`filesystem/posix filesystem/linux filesystem/shared posix/cpu posix/mem posix/rlimits cgroups/all
cgroups/blkio cgroups/cpu cgroups/cpuset cgroups/devices cgroups/hugetlb cgroups/mem cgroups/net_cls cgroups/net_prio
cgroups/perf_event cgroups/pids appc/runtime docker/runtime linux/devices linux/capabilities linux/nnp namespaces/ipc namespaces/pid
volume/sandbox_path docker/volume volume/host_path volume/image volume/secret volume/csi disk/du disk/xfs linux/seccomp gpu/nvidia
network/cni network/port_mapping network/ports environment_secret process cgroups posix/disk`)

// containerizer makes what the Mesos containerizer needs: its isolator of networks, nil when another one was chosen.
// The error is worded as the real one's.
func containerizer(flags *flagfile.Set) (*cni.Isolator, error) {
	chosen := map[string]bool{}
	names := split(flags.String("isolation"))
	filesystems, networks := 0, 0
	for _, name := range names {
		if chosen[name] {
			return nil, fmt.Errorf("Duplicate entries found in --isolation flag '[ %s ]'", strings.Join(names, ", "))
		}
		chosen[name] = true
		if strings.HasPrefix(name, "filesystem/") {
			filesystems++
		}
		if strings.HasPrefix(name, "network/") && name != "network/ports" {
			networks++
		}
	}
	switch {
	case filesystems > 1:
		return nil, errors.New("Using multiple filesystem isolators simultaneously is disallowed")
	case networks > 1:
		return nil, errors.New("Using multiple network isolators simultaneously is disallowed")
	}
	if err := imagesPossible(flags, chosen); err != nil {
		return nil, err
	}
	if launcher := flags.String("launcher"); launcher != "linux" && launcher != "posix" {
		return nil, fmt.Errorf("Failed to create launcher: Unknown or unsupported launcher: %s", launcher)
	}
	var isolator *cni.Isolator
	if networks == 0 || chosen["network/cni"] {
		base := flags.String("runtime_dir")
		if flags.Bool("network_cni_root_dir_persist") {
			base = flags.String("work_dir")
		}
		base, err := filepath.Abs(base)
		if err == nil {
			isolator, err = cni.New(cni.Options{PluginsDir: flags.String("network_cni_plugins_dir"),
				ConfigDir: flags.String("network_cni_config_dir"), Base: base, DNS: flags.String("default_container_dns")})
		}
		if err != nil {
			return nil, fmt.Errorf("Failed to create isolator 'network/cni': %w", err)
		}
	}
	for _, name := range names {
		// A module may bring isolators of any name.
		if !contains(isolators, name) && !flags.Given("modules") && !flags.Given("modules_dir") {
			return nil, fmt.Errorf("Unknown or unsupported isolator '%s'", name)
		}
	}
	return isolator, nil
}

// imagesPossible tells why --image_providers cannot be had with the other flags.
func imagesPossible(flags *flagfile.Set, chosen map[string]bool) error {
	if !flags.Given("image_providers") {
		return nil
	}
	if !chosen["filesystem/linux"] {
		return errors.New("The 'filesystem/linux' isolator must be enabled for container image support")
	}
	if flags.Given("launcher") && flags.String("launcher") != "linux" {
		return errors.New("The 'linux' launcher must be used for container image support")
	}
	for _, provider := range split(flags.String("image_providers")) {
		if name := strings.ToUpper(provider); name != "APPC" && name != "DOCKER" {
			return fmt.Errorf("Failed to create provisioner: Unknown image type '%s'", provider)
		} else if name == "DOCKER" && !chosen["docker/runtime"] {
			return errors.New("Docker runtime isolator has to be specified if 'DOCKER' is included in 'image_providers'. " +
				"Please add 'docker/runtime' to '--isolation' flags")
		}
	}
	return nil
}

// split gives the parts of a list with commas, without empty ones.
func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

func contains(list []string, text string) bool {
	for _, one := range list {
		if one == text {
			return true
		}
	}
	return false
}
