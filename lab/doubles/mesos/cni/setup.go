package cni

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// Flags are the namespaces that a container with a network of its own is started in.
const Flags = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS

// Setup is what the first process of such a container sets up, in its own namespaces: its files are bound over those
// in /etc.
type Setup struct {
	Hostname     string `json:"hostname"`
	Hosts        string `json:"hosts"`
	HostnameFile string `json:"hostname_file"`
	Resolver     string `json:"resolver"`
}

// Apply does it. The caller has been started with Flags; nothing of it shows outside.
func (s Setup) Apply() error {
	if err := s.apply(); err != nil {
		return fmt.Errorf("Failed to setup hostname and network files: %w", err)
	}
	return nil
}

func (s Setup) apply() error {
	if err := syscall.Mount("", "/", "", syscall.MS_SLAVE|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("Failed to mark `/` as a SLAVE mount: %w", err)
	}
	for _, pair := range [][2]string{{s.Hosts, "/etc/hosts"}, {s.HostnameFile, "/etc/hostname"}, {s.Resolver, "/etc/resolv.conf"}} {
		source, target := pair[0], pair[1]
		if _, err := os.Stat(target); os.IsNotExist(err) && target != "/etc/resolv.conf" {
			if err := os.WriteFile(target, nil, 0o644); err != nil {
				return fmt.Errorf("Unable to create missing mount point %s on host filesystem: %w", target, err)
			}
		}
		const flags = syscall.MS_BIND | syscall.MS_NOEXEC | syscall.MS_NODEV | syscall.MS_NOSUID
		if err := syscall.Mount(source, target, "", flags, ""); err != nil {
			return fmt.Errorf("Failed to bind mount from '%s' to '%s': %w", source, target, err)
		}
	}
	if err := syscall.Sethostname([]byte(s.Hostname)); err != nil {
		return fmt.Errorf("Failed to set the hostname of the container to '%s': %w", s.Hostname, err)
	}
	if out, err := exec.Command("ip", "link", "set", "dev", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("Failed to bring up the loopback interface: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
