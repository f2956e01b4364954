// Package master imitates mesos-master: election, registry, offers, tasks and the HTTP sides.
package master

import "datacentre/lab/doubles/internal/flagfile"

func text(name, value string) flagfile.Flag {
	return flagfile.Flag{Name: name, Default: flagfile.Default(value)}
}

func kind(k flagfile.Kind, name, value string) flagfile.Flag {
	return flagfile.Flag{Name: name, Kind: k, Default: flagfile.Default(value)}
}

// unset are the flags without a default, all taken as text.
var unset = []string{"acls", "advertise_ip", "advertise_port", "cluster", "credentials", "domain", "external_log_file",
	"fair_sharing_excluded_resource_names", "firewall_rules", "hooks", "hostname", "http_framework_authenticators", "ip",
	"ip_discovery_command", "log_dir", "master_contender", "master_detector", "modules", "modules_dir", "rate_limits", "roles",
	"weights", "whitelist", "work_dir", "zk"}

// Flags gives the flags of mesos-master with the defaults seen in its /flags.
func Flags() *flagfile.Set {
	const (
		b = flagfile.Boolean
		n = flagfile.Integer
		d = flagfile.Duration
	)
	list := []flagfile.Flag{
		{Name: "agent_ping_timeout", Alias: "slave_ping_timeout", Kind: d, Default: flagfile.Default("15secs")},
		{Name: "agent_reregister_timeout", Alias: "slave_reregister_timeout", Kind: d, Default: flagfile.Default("10mins")},
		{Name: "agent_removal_rate_limit", Alias: "slave_removal_rate_limit"},
		{Name: "authenticate_agents", Alias: "authenticate_slaves", Kind: b, Default: flagfile.Default("false")},
		{Name: "authenticate_frameworks", Alias: "authenticate", Kind: b, Default: flagfile.Default("false")},
		{Name: "max_agent_ping_timeouts", Alias: "max_slave_ping_timeouts", Kind: n, Default: flagfile.Default("5")},
		{Name: "max_executors_per_agent", Alias: "max_executors_per_slave"},
		{Name: "recovery_agent_removal_limit", Alias: "recovery_slave_removal_limit", Default: flagfile.Default("100%")},
		{Name: "authenticate_http_readwrite", Alias: "authenticate_http", Kind: b, Default: flagfile.Default("false")},
		{Name: "offer_timeout", Kind: d}, {Name: "quorum", Kind: n},
		kind(d, "allocation_interval", "1secs"), text("allocator", "hierarchical"),
		kind(flagfile.Number, "allocator_agent_recovery_factor", "0.8"), kind(d, "allocator_recovery_timeout", "10mins"),
		kind(b, "authenticate_http_frameworks", "false"), kind(b, "authenticate_http_readonly", "false"),
		kind(d, "authentication_v0_timeout", "15secs"), text("authenticators", "crammd5"), text("authorizers", "local"),
		kind(b, "filter_gpu_resources", "true"), text("framework_sorter", "drf"), kind(b, "help", "false"),
		kind(b, "hostname_lookup", "true"), text("http_authenticators", "basic"), kind(b, "initialize_driver_logging", "true"),
		kind(b, "log_auto_initialize", "true"), kind(n, "logbufsecs", "0"), text("logging_level", "INFO"),
		kind(n, "max_completed_frameworks", "50"), kind(n, "max_completed_tasks_per_framework", "1000"),
		kind(n, "max_operator_event_stream_subscribers", "1000"), kind(n, "max_unreachable_tasks_per_framework", "1000"),
		kind(b, "memory_profiling", "false"), text("min_allocatable_resources", "cpus:0.01|mem:32"),
		kind(flagfile.Bytes, "offer_constraints_re2_max_mem", "4KB"), kind(n, "offer_constraints_re2_max_program_size", "100"),
		kind(n, "port", "5050"), kind(b, "publish_per_framework_metrics", "true"), kind(b, "quiet", "false"),
		text("registry", "replicated_log"), kind(d, "registry_fetch_timeout", "1mins"), kind(d, "registry_gc_interval", "15mins"),
		kind(d, "registry_max_agent_age", "2weeks"), kind(n, "registry_max_agent_count", "102400"),
		kind(d, "registry_store_timeout", "20secs"), kind(b, "registry_strict", "false"), kind(b, "require_agent_domain", "false"),
		text("role_sorter", "drf"), kind(b, "root_submissions", "true"), kind(b, "version", "false"),
		text("webui_dir", "/usr/share/mesos/webui"), kind(d, "zk_session_timeout", "10secs"),
	}
	for _, name := range unset {
		list = append(list, flagfile.Flag{Name: name})
	}
	return flagfile.New("mesos-master", flagfile.Mesos, list)
}
