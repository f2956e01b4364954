package conf

import (
	"fmt"
	"os"
	"strings"
	"time"

	"datacentre/lab/doubles/internal/election"
)

// Config is the parsed command line with the defaults filled in.
type Config struct {
	v *values

	Master      string // zk://… or host:port
	ZK          string
	ZKHosts     []string
	ZKAuth      string
	ZKPath      string // without slash at its end
	Hostname    string
	HTTPPort    int
	HTTPAddress string
	User        string // of the HTTP credentials
	Password    string
	Principal   string
	Secret      string
	Features    []string
	HA          bool
	Role        string
	MaxPerOffer int

	FailoverTimeout  time.Duration
	SessionTimeout   time.Duration
	DeclineOffer     time.Duration
	ReviveInterval   time.Duration
	ScaleApps        time.Duration
	ScaleAppsFirst   time.Duration
	Reconcile        time.Duration
	ReconcileFirst   time.Duration
	LaunchTimeout    time.Duration
	ConfirmTimeout   time.Duration
	KillRetry        time.Duration
	ExpungeInterval  time.Duration
	ProxyConnect     time.Duration
	ProxyRead        time.Duration
	FrameworkName    string
	MesosUser        string
	Suppress         bool
	Checkpoint       bool
	DefaultNetwork   string
	Bridge           string // what Mesos calls its bridge
	DefaultRoles     []string
	PortMin, PortMax int
	MaxDeployments   int
	EventBacklog     int
	EnvPrefix        string
}

// Load parses args after the environment, so that the command line has the last word.
func Load(environ, args []string) (*Config, error) {
	v, err := parse(append(EnvArgs(environ), args...))
	if err != nil {
		return nil, err
	}
	c := &Config{v: v, Master: v.text("master"), ZK: v.text("zk")}
	if c.Master == "" {
		return nil, UsageError("Required option 'master' not found")
	}
	if err := c.network(); err != nil {
		return nil, err
	}
	c.times()
	c.FrameworkName, c.MesosUser = v.text("framework_name"), v.text("mesos_user")
	c.Suppress, c.Checkpoint, c.HA = v.on("suppress_offers"), v.on("checkpoint"), v.on("ha")
	c.Role, c.DefaultNetwork, c.EnvPrefix = v.text("mesos_role"), v.text("default_network_name"), v.text("env_vars_prefix")
	c.Bridge = v.text("mesos_bridge_name")
	c.DefaultRoles = list(v.text("default_accepted_resource_roles"))
	c.PortMin, c.PortMax = int(v.number("local_port_min")), int(v.number("local_port_max"))
	c.MaxPerOffer, c.MaxDeployments = int(v.number("max_instances_per_offer")), int(v.number("max_running_deployments"))
	c.EventBacklog = int(v.number("event_stream_max_outstanding_messages"))
	c.Features = list(v.text("enable_features"))
	for _, f := range c.Features {
		if !features[f] {
			return nil, UsageError(fmt.Sprintf("Bad arguments for option 'enable_features': '%s' - Unknown features specified: %s.",
				v.text("enable_features"), f))
		}
	}
	return c, c.secrets()
}

func (c *Config) network() error {
	var err error
	c.ZKHosts, c.ZKAuth, c.ZKPath, err = election.ParseURL(c.ZK)
	if err != nil {
		return UsageError(fmt.Sprintf("Bad arguments for option 'zk': '%s' - %s", c.Redacted("zk"), err))
	}
	c.ZKPath = strings.TrimSuffix(c.ZKPath, "/")
	c.HTTPPort, c.HTTPAddress, c.Hostname = int(c.v.number("http_port")), c.v.text("http_address"), c.v.text("hostname")
	if c.Hostname == "" {
		if c.Hostname, err = os.Hostname(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) times() {
	ms := func(name string) time.Duration { return time.Duration(c.v.number(name)) * time.Millisecond }
	c.FailoverTimeout = time.Duration(c.v.number("failover_timeout")) * time.Second
	c.SessionTimeout, c.DeclineOffer = ms("zk_session_timeout"), ms("decline_offer_duration")
	c.ReviveInterval, c.ScaleApps, c.ScaleAppsFirst = ms("min_revive_offers_interval"), ms("scale_apps_interval"), ms("scale_apps_initial_delay")
	c.Reconcile, c.ReconcileFirst = ms("reconciliation_interval"), ms("reconciliation_initial_delay")
	c.LaunchTimeout, c.ConfirmTimeout, c.KillRetry = ms("task_launch_timeout"), ms("task_launch_confirm_timeout"), ms("kill_retry_timeout")
	c.ExpungeInterval = ms("task_lost_expunge_interval")
	c.ProxyConnect, c.ProxyRead = ms("leader_proxy_connection_timeout"), ms("leader_proxy_read_timeout")
}

func (c *Config) secrets() error {
	if credentials := c.v.text("http_credentials"); credentials != "" {
		user, password, ok := strings.Cut(credentials, ":")
		if !ok {
			return UsageError("Bad arguments for option 'http_credentials': expected user:password")
		}
		c.User, c.Password = user, password
	}
	c.Principal = c.v.text("mesos_authentication_principal")
	c.Secret = c.v.text("mesos_authentication_secret")
	if file := c.v.text("mesos_authentication_secret_file"); file != "" {
		body, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading --mesos_authentication_secret_file: %w", err)
		}
		c.Secret = strings.TrimRight(string(body), "\r\n")
	}
	return nil
}

// Realm is what an unauthenticated client is told.
func (c *Config) Realm() string { return c.v.text("http_realm") }

// Self is the host:port that the other Marathons and the clients know this one by.
func (c *Config) Self() string { return fmt.Sprintf("%s:%d", c.Hostname, c.HTTPPort) }

// Redacted gives a URL option without its password.
func (c *Config) Redacted(name string) string {
	url := c.v.text(name)
	head, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 && at < len(rest) {
		return head + "://xxxxxxxx:xxxxxxxx@" + rest[at+1:]
	}
	return url
}

func list(text string) []string {
	var out []string
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
