package conf

// Info gives the three objects that /v2/info shows of the configuration.
func (c *Config) Info() (marathon, zookeeper, http map[string]any) {
	v := c.v
	optional := func(name string) any {
		if text := v.text(name); text != "" {
			return text
		}
		return nil
	}
	marathon = map[string]any{
		"master": c.Redacted("master"), "ha": c.HA, "checkpoint": c.Checkpoint, "hostname": c.Hostname,
		"access_control_allow_origin": optional("access_control_allow_origin"), "default_network_name": optional("default_network_name"),
		"env_vars_prefix": optional("env_vars_prefix"), "webui_url": optional("webui_url"), "features": append([]string{}, c.Features...),
		"executor": v.text("executor"), "framework_name": c.FrameworkName, "mesos_bridge_name": v.text("mesos_bridge_name"),
		"mesos_leader_ui_url": optional("mesos_leader_ui_url"), "mesos_role": c.Role, "mesos_user": c.MesosUser,
		"new_group_enforce_role": title(v.text("new_group_enforce_role")), "store_cache": v.on("store_cache"),
		"maintenance_mode": v.on("maintenance_mode"), "leader_proxy_connection_timeout_ms": v.number("leader_proxy_connection_timeout"),
		"leader_proxy_read_timeout_ms": v.number("leader_proxy_read_timeout"), "launch_token": v.number("launch_tokens"),
	}
	for _, name := range []string{"decline_offer_duration", "failover_timeout", "launch_token_refresh_interval", "local_port_max",
		"local_port_min", "max_instances_per_offer", "mesos_heartbeat_failure_threshold", "mesos_heartbeat_interval",
		"min_revive_offers_interval", "offer_matching_timeout", "on_elected_prepare_timeout", "reconciliation_initial_delay",
		"reconciliation_interval", "scale_apps_initial_delay", "scale_apps_interval", "task_launch_confirm_timeout",
		"task_launch_timeout", "task_lost_expunge_initial_delay", "task_lost_expunge_interval", "task_reservation_timeout"} {
		marathon[name] = v.number(name)
	}
	zookeeper = map[string]any{"zk": c.Redacted("zk"), "zk_compression": v.on("zk_compression")}
	for _, name := range []string{"zk_compression_threshold", "zk_connection_timeout", "zk_max_node_size", "zk_max_versions",
		"zk_session_timeout", "zk_timeout"} {
		zookeeper[name] = v.number(name)
	}
	http = map[string]any{"http_port": v.number("http_port"), "https_port": v.number("https_port")}
	return marathon, zookeeper, http
}

func title(word string) string {
	switch word {
	case "top":
		return "Top"
	default:
		return "Off"
	}
}
