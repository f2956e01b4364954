package agent

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"datacentre/lab/doubles/internal/flagfile"
	"datacentre/lab/doubles/mesos/resources"
)

const (
	megabyte = 1 << 20
	gigabyte = 1 << 30
)

// Host is what an agent finds on its machine, in bytes.
type Host struct {
	CPUs   int
	Memory uint64
	Disk   uint64
}

// FindHost asks the machine; the disk is that of the file system of dir.
func FindHost(dir string) Host {
	h := Host{CPUs: runtime.NumCPU(), Memory: gigabyte, Disk: 10 * gigabyte}
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		h.Memory = info.Totalram * uint64(info.Unit)
	}
	var fs syscall.Statfs_t
	if syscall.Statfs(dir, &fs) == nil {
		h.Disk = fs.Blocks * uint64(fs.Frsize)
	}
	return h
}

// Offered gives what an agent offers: what --resources names, and for what it does not name all cpus, memory
// less 1 GB (half of it under 2 GB), disk less 5 GB (half under 10 GB), ports 31000-32000.
func Offered(flags *flagfile.Set, h Host) (resources.Set, error) {
	role := flags.String("default_role")
	text := flags.String("resources")
	// A path is read, as the flag's type allows.
	if strings.HasPrefix(text, "/") {
		data, err := os.ReadFile(text)
		if err != nil {
			return nil, fmt.Errorf("Failed to determine agent resources: %w", err)
		}
		text = string(data)
	}
	set, named, err := resources.Parse(text, role)
	if err != nil {
		return nil, fmt.Errorf("Failed to determine agent resources: %w", err)
	}
	memory := h.Memory / 2
	if h.Memory >= 2*gigabyte {
		memory = h.Memory - gigabyte
	}
	disk := h.Disk / 2
	if h.Disk >= 10*gigabyte {
		disk = h.Disk - 5*gigabyte
	}
	for _, detected := range [][2]string{
		{"cpus", strconv.Itoa(h.CPUs)}, {"mem", strconv.FormatUint(memory/megabyte, 10)},
		{"disk", strconv.FormatUint(disk/megabyte, 10)}, {"ports", "[31000-32000]"},
	} {
		if !named[detected[0]] {
			if set, err = set.Put(detected[0], role, detected[1]); err != nil {
				return nil, err
			}
		}
	}
	return set, nil
}
