package agent

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"datacentre/lab/doubles/internal/flagfile"
	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/cni"
	"datacentre/lab/doubles/mesos/netself"
	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// Agent is one agent. All that follows mu is guarded by it.
type Agent struct {
	flags   *flagfile.Set
	self    netself.Self
	paths   paths
	docker  dockerCLI
	cni     *cni.Isolator // nil when the Mesos containerizer is off, or has another isolator of networks
	started time.Time
	total   resources.Set
	exit    func(format string, args ...any)
	client  *http.Client
	leaving sync.WaitGroup // networks that are being taken away

	mu         sync.Mutex
	info       wire.AgentInfo
	frameworks map[string]wire.FrameworkInfo
	runs       map[string]*run // by framework id and task id
	completed  []*run
	master     *masterInfo
	registered bool
	lastPing   time.Time
	relink     chan struct{}
}

// masterInfo is what an agent needs of a master's ZooKeeper node.
type masterInfo struct {
	Hostname string       `json:"hostname"`
	PID      string       `json:"pid"`
	Address  wire.Address `json:"address"`
}

// endpoint gives the address to speak to.
func (m *masterInfo) endpoint() string { return strings.TrimPrefix(m.PID, "master@") }

// New makes an agent, not yet recovered.
func New(flags *flagfile.Set, self netself.Self, exit func(string, ...any)) (*Agent, error) {
	work := flags.String("work_dir")
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, fmt.Errorf("Failed to create agent work directory '%s': %w", work, err)
	}
	for name, allowed := range map[string]string{"reconfiguration_policy": "equal additive", "recover": "reconnect cleanup"} {
		if !strings.Contains(" "+allowed+" ", " "+flags.String(name)+" ") {
			return nil, fmt.Errorf("Unknown value '%s' of --%s: use one of %s", flags.String(name), name, allowed)
		}
	}
	for _, name := range strings.Split(flags.String("containerizers"), ",") {
		if name != "docker" && name != "mesos" {
			return nil, fmt.Errorf("Failed to create a containerizer: Unknown or unsupported containerizer: %s", name)
		}
	}
	total, err := Offered(flags, FindHost(work))
	if err != nil {
		return nil, err
	}
	config, err := configOf(flags.String("docker_config"))
	if err != nil {
		return nil, err
	}
	a := &Agent{
		flags: flags, self: self, paths: paths{work}, started: time.Now(), total: total, exit: exit,
		docker:     dockerCLI{path: flags.String("docker"), socket: flags.String("docker_socket"), config: config},
		client:     &http.Client{Timeout: 10 * time.Second},
		frameworks: map[string]wire.FrameworkInfo{}, runs: map[string]*run{}, relink: make(chan struct{}, 1),
		info: wire.AgentInfo{Hostname: self.Hostname, Port: flags.Int("port"), Resources: total.Wire(""),
			Attributes: resources.ParseAttributes(flags.String("attributes")), Checkpoint: true},
	}
	if a.has("mesos") {
		if a.cni, err = containerizer(flags); err != nil {
			return nil, fmt.Errorf("Failed to create a containerizer: Could not create MesosContainerizer: %w", err)
		}
	}
	if a.has("docker") {
		if _, err := a.docker.version(); err != nil {
			return nil, fmt.Errorf("Failed to create a containerizer: Could not create DockerContainerizer: Failed to create docker: "+
				"Failed to get docker version: %w", err)
		}
	}
	return a, nil
}

// has tells whether a containerizer is among --containerizers.
func (a *Agent) has(containerizer string) bool {
	for _, name := range strings.Split(a.flags.String("containerizers"), ",") {
		if name == containerizer {
			return true
		}
	}
	return false
}

// Recover reads the checkpoint of an earlier run: the agent keeps its id when what it is has not changed beyond
// the policy, and takes its tasks back. The error is why it may not start.
func (a *Agent) Recover() error {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	last, err := os.ReadFile(a.paths.bootID())
	rebooted := err == nil && string(last) != string(boot)
	var before wire.AgentInfo
	err = load(filepath.Join(a.paths.latest(), "slave.info"), &before)
	switch {
	case os.IsNotExist(err):
		build.Logf("No committed checkpointed state found; starting as a new agent")
	case err != nil && a.flags.Bool("strict"):
		return fmt.Errorf("Failed to read the checkpointed agent info: %w", err)
	case err != nil:
		build.Warnf("Failed to read the checkpointed agent info: %v; starting as a new agent", err)
	default:
		if err := Compatible(a.flags.String("reconfiguration_policy"), before, a.info); err != nil {
			if !rebooted {
				return err
			}
			build.Warnf("Agent host rebooted and its configuration changed (%v); starting as a new agent", err)
			break
		}
		a.mu.Lock()
		a.info.ID = before.ID
		a.mu.Unlock()
		build.Logf("Recovered agent id %s", before.ID.Value)
		a.recoverRuns()
	}
	if a.info.ID != nil {
		if err := a.checkpointInfo(); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(a.paths.meta(), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(a.paths.bootID(), boot, 0o644); err != nil {
		return err
	}
	build.Logf("Finished recovery")
	return nil
}

// RecoveryFailed is the text with which the agent ends when Recover gave an error.
func (a *Agent) RecoveryFailed(err error) string {
	return fmt.Sprintf("Failed to perform recovery: %v\n"+
		"If the configuration of this agent was changed on purpose and its id is to stay, a wider `--reconfiguration_policy` may allow it.\n\n"+
		"To restart this agent with a new agent id instead, do as follows:\nrm -f %s\n"+
		"This ensures that the agent does not recover old live executors.\n\nFinally, restart the agent.", err, a.paths.latest())
}

// checkpointInfo writes slave.info and points `latest` to it. The agent's id is known.
func (a *Agent) checkpointInfo() error {
	dir := filepath.Join(a.paths.agentDir(), a.info.ID.Value)
	if err := save(filepath.Join(dir, "slave.info"), a.info); err != nil {
		return err
	}
	return linkLatest(dir)
}

// id gives the agent's id, "" before the first registration. Callers hold mu.
func (a *Agent) id() string {
	if a.info.ID == nil {
		return ""
	}
	return a.info.ID.Value
}

func (a *Agent) pid() string { return fmt.Sprintf("slave(1)@%s:%d", a.self.IP, a.flags.Int("port")) }

func now() float64 { return float64(time.Now().UnixNano()/1000) / 1e6 }
