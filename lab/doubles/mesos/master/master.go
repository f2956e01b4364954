package master

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"

	"datacentre/lab/doubles/internal/flagfile"
	"datacentre/lab/doubles/mesos/build"
	"datacentre/lab/doubles/mesos/resources"
	"datacentre/lab/doubles/mesos/wire"
)

// capabilities of the master, as its ZooKeeper node and /state name them.
var capabilities = []string{"AGENT_UPDATE", "AGENT_DRAINING", "QUOTA_V2"}

// Info is what a master writes into its ZooKeeper node.
type Info struct {
	Address      wire.Address      `json:"address"`
	Capabilities []wire.Capability `json:"capabilities"`
	Hostname     string            `json:"hostname"`
	ID           string            `json:"id"`
	IP           uint32            `json:"ip"`
	PID          string            `json:"pid"`
	Port         int               `json:"port"`
	Version      string            `json:"version"`
}

// NewInfo describes a master of that id at that address. The integer form of the address is in network order,
// read on a little-endian machine, as the real one writes it.
func NewInfo(id, ip, hostname string, port int) Info {
	info := Info{Address: wire.Address{Hostname: hostname, IP: ip, Port: port}, Hostname: hostname, ID: id, Port: port,
		PID: fmt.Sprintf("master@%s:%d", ip, port), Version: build.Shown()}
	if v4 := net.ParseIP(ip).To4(); v4 != nil {
		info.IP = binary.LittleEndian.Uint32(v4)
	}
	for _, c := range capabilities {
		info.Capabilities = append(info.Capabilities, wire.Capability{Type: c})
	}
	return info
}

// Master is one master. All that follows mu is guarded by it.
type Master struct {
	flags    *flagfile.Set
	info     Info
	started  time.Time
	registry *registry
	exit     func(format string, args ...any)
	fatal    func(format string, args ...any)

	mu            sync.Mutex
	leader        *Info
	electedAt     time.Time
	recovered     bool
	agents        map[string]*agent
	recovering    map[string]wire.AgentInfo // in the registry, not back yet
	frameworks    map[string]*framework
	completed     []*framework
	offers        map[string]*offer
	nextAgent     int
	nextFramework int
	nextOffer     int
	metrics       map[string]float64
	wakeAllocator chan struct{}
}

// agent is a registered agent.
type agent struct {
	id           string
	info         wire.AgentInfo
	ip           string
	version      string
	registered   time.Time
	reregistered time.Time
	total        resources.Set
	tasks        map[string]*wire.Task // by framework id and task id, see taskKey
	box          *wire.Outbox[wire.ToAgent]
	connected    bool
	deactivated  bool
	emptying     bool
	pinged       bool
	missed       int
	stop         chan struct{}
}

// framework is a framework that is or was subscribed.
type framework struct {
	id           string
	info         wire.FrameworkInfo
	pid          string
	streamID     string
	box          *wire.Outbox[wire.Event]
	connected    bool
	recovered    bool
	registered   time.Time
	reregistered time.Time
	unregistered time.Time
	tasks        map[string]*wire.Task
	unreachable  []*wire.Task
	completed    []*wire.Task
	suppressed   map[string]bool
	filters      []filter
	timer        *time.Timer
	calls        map[string]float64
	events       map[string]float64
}

// New makes a master that is not yet contending. What ends it says why: exit in order, fatal as a failed check does.
func New(flags *flagfile.Set, ip, hostname string, exit, fatal func(string, ...any)) (*Master, error) {
	m := &Master{
		flags: flags, info: NewInfo(wire.NewID(), ip, hostname, flags.Int("port")), started: time.Now(), exit: exit, fatal: fatal,
		agents: map[string]*agent{}, recovering: map[string]wire.AgentInfo{}, frameworks: map[string]*framework{},
		offers: map[string]*offer{}, metrics: map[string]float64{}, wakeAllocator: make(chan struct{}, 1),
	}
	// Without ZooKeeper a master is alone, and without the log it keeps its registry in memory.
	quorum, workDir := flags.Int("quorum"), flags.String("work_dir")
	if flags.String("zk") == "" {
		quorum = 1
	}
	if flags.String("registry") == "in_memory" {
		quorum, workDir = 1, ""
	}
	var err error
	m.registry, err = newRegistry(workDir, quorum)
	return m, err
}

// elected tells whether this master leads. Callers hold mu.
func (m *Master) elected() bool { return m.leader != nil && m.leader.ID == m.info.ID }

func (m *Master) count(name string) { m.metrics[name]++ }

func taskKey(frameworkID, taskID string) string { return frameworkID + "/" + taskID }

// now gives the time as the API's floating seconds.
func now() float64 { return seconds(time.Now()) }

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixNano()/1000) / 1e6
}

// used gives what the tasks of an agent hold; ended tasks hold nothing.
func (a *agent) used() resources.Set {
	var sum resources.Set
	for _, t := range a.tasks {
		sum = sum.Plus(held(t))
	}
	return sum
}

func (f *framework) used() resources.Set {
	var sum resources.Set
	for _, t := range f.tasks {
		sum = sum.Plus(held(t))
	}
	return sum
}

func held(t *wire.Task) resources.Set {
	if wire.Terminal(t.State) || t.State == "TASK_UNREACHABLE" {
		return nil
	}
	set, err := resources.FromWire(t.Info.Resources)
	if err != nil {
		return nil
	}
	return set
}
