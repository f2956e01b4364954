package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const environment = `environment:
  NODENAME                    the node's name in Calico; default: what /var/lib/calico/nodename says
  ETCD_ENDPOINTS              http://a:2379,http://b:2379; also ETCD_CA_CERT_FILE, ETCD_CERT_FILE, ETCD_KEY_FILE
  CALICO_MTU                  bytes, of containers' interfaces; default: what Felix wrote to /var/lib/calico/mtu, else 1450
  DOCKER_HOST                 unix:///var/run/docker.sock
  CALICO_DEBUG                anything: what Calico's libraries do, step by step
  CALICO_LIBNETWORK_CREATE_PROFILES   false: a network's profile is somebody else's to make; default true
  CALICO_LIBNETWORK_LABEL_ENDPOINTS   true: containers' labels org.projectcalico.label.* go to their endpoints; default false
  CALICO_LIBNETWORK_LABEL_POLL_TIMEOUT   how long to wait for Docker to know a container, default 5s
`

const (
	nodenameFile = "/var/lib/calico/nodename"
	mtuFile      = "/var/lib/calico/mtu"
	// defaultMTU leaves VXLAN's 50 bytes free of an Ethernet's 1500.
	defaultMTU = 1450
)

type settings struct {
	node           string
	mtu            func() int
	dockerSocket   string
	socketFolder   string
	namesFile      string
	debug          bool
	createProfiles bool
	labelEndpoints bool
	labelTimeout   time.Duration
}

// readSettings reads the environment, and the files that calico-node writes for those who come after it.
func readSettings(getenv func(string) string, readFile func(string) ([]byte, error)) (settings, error) {
	s := settings{
		node:           getenv("NODENAME"),
		dockerSocket:   "/var/run/docker.sock",
		socketFolder:   "/run/docker/plugins",
		namesFile:      "/var/lib/calico/docker-networks.json",
		debug:          getenv("CALICO_DEBUG") != "",
		createProfiles: !strings.EqualFold(getenv("CALICO_LIBNETWORK_CREATE_PROFILES"), "false"),
		labelEndpoints: strings.EqualFold(getenv("CALICO_LIBNETWORK_LABEL_ENDPOINTS"), "true"),
		labelTimeout:   5 * time.Second,
	}
	if getenv("ETCD_ENDPOINTS") == "" {
		return s, errors.New("ETCD_ENDPOINTS is empty; set it to all of the cluster's etcd servers, http://a:2379,http://b:2379")
	}
	if s.node == "" {
		content, err := readFile(nodenameFile)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return s, err
		}
		if s.node = strings.TrimSpace(string(content)); s.node == "" {
			return s, fmt.Errorf("NODENAME is empty and there is no %s; set NODENAME to what calico-node on this host has", nodenameFile)
		}
	}
	if host := getenv("DOCKER_HOST"); host != "" {
		path, unix := strings.CutPrefix(host, "unix://")
		if !unix || path == "" {
			return s, fmt.Errorf("DOCKER_HOST %q is no unix:// socket; the driver serves the engine on its own host", host)
		}
		s.dockerSocket = path
	}
	if text := getenv("CALICO_LIBNETWORK_LABEL_POLL_TIMEOUT"); text != "" {
		timeout, err := time.ParseDuration(text)
		if err != nil || timeout <= 0 {
			return s, fmt.Errorf("CALICO_LIBNETWORK_LABEL_POLL_TIMEOUT %q is no duration such as 5s", text)
		}
		s.labelTimeout = timeout
	}
	if text := getenv("CALICO_MTU"); text != "" && text != "0" {
		mtu, err := strconv.Atoi(text)
		if err != nil || mtu < 576 || mtu > 65535 {
			return s, fmt.Errorf("CALICO_MTU %q is not a number of bytes from 576 to 65535", text)
		}
		s.mtu = func() int { return mtu }
	} else {
		// Read at each use: Felix writes it anew when the host's interfaces change.
		s.mtu = func() int { return mtuOf(readFile) }
	}
	return s, nil
}

func mtuOf(readFile func(string) ([]byte, error)) int {
	content, err := readFile(mtuFile)
	if err != nil {
		return defaultMTU
	}
	mtu, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || mtu < 576 {
		return defaultMTU
	}
	return mtu
}
