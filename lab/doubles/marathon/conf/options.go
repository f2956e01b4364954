// Package conf reads Marathon's command line and MARATHON_* environment as Marathon 1.11 does.
package conf

type kind int

const (
	text    kind = iota // any string
	integer             // a number
	flag                // no value, only present or absent
	toggle              // --name or --disable_name
)

type option struct {
	name  string
	kind  kind
	value string // the default; "" for none
}

// options lists what Marathon 1.11 takes, with its defaults. Times are milliseconds where it says so.
var options = []option{
	{"master", text, ""}, {"zk", text, "zk://localhost:2181/marathon"}, {"hostname", text, ""},
	{"http_port", integer, "8080"}, {"http_address", text, ""}, {"https_port", integer, "8443"}, {"https_address", text, ""},
	{"disable_http", flag, "false"}, {"ssl_keystore_path", text, ""}, {"ssl_keystore_password", text, ""},
	{"http_credentials", text, ""}, {"http_realm", text, "Mesosphere"}, {"http_compression", toggle, "true"},
	{"assets_path", text, ""}, {"webui_url", text, ""}, {"http_max_concurrent_requests", integer, ""},
	{"access_control_allow_origin", text, ""}, {"mesos_leader_ui_url", text, ""},
	{"failover_timeout", integer, "604800"}, {"ha", toggle, "true"}, {"checkpoint", toggle, "true"},
	{"local_port_min", integer, "10000"}, {"local_port_max", integer, "20000"}, {"executor", text, "//cmd"},
	{"mesos_role", text, "*"}, {"new_group_enforce_role", text, "off"}, {"default_accepted_resource_roles", text, ""},
	{"accepted_resource_roles_default_behavior", text, "any"}, {"graceful_shutdown_timeout", integer, "45000"},
	{"task_launch_confirm_timeout", integer, "300000"}, {"task_launch_timeout", integer, "300000"},
	{"task_reservation_timeout", integer, "20000"}, {"reconciliation_initial_delay", integer, "15000"},
	{"reconciliation_interval", integer, "600000"}, {"scale_apps_initial_delay", integer, "15000"},
	{"scale_apps_interval", integer, "300000"}, {"mesos_user", text, "root"}, {"framework_name", text, "marathon"},
	{"mesos_authentication", toggle, "false"}, {"mesos_authentication_principal", text, ""},
	{"mesos_authentication_secret_file", text, ""}, {"mesos_authentication_secret", text, ""},
	{"env_vars_prefix", text, ""}, {"max_apps", integer, ""}, {"on_elected_prepare_timeout", integer, "180000"},
	{"leader_election_backend", text, "curator"}, {"mesos_heartbeat_interval", integer, "15000"},
	{"mesos_heartbeat_failure_threshold", integer, "5"}, {"draining_seconds", integer, "0"},
	{"maintenance_mode", toggle, "true"}, {"gpu_scheduling_behavior", text, "restricted"},
	{"max_concurrent_marathon_health_checks", integer, "256"}, {"mesos_bridge_name", text, "mesos-bridge"},
	{"default_network_name", text, ""}, {"zk_timeout", integer, "10000"}, {"zk_session_timeout", integer, "10000"},
	{"zk_connection_timeout", integer, "10000"}, {"zk_compression", toggle, "true"},
	{"zk_compression_threshold", integer, "65536"}, {"zk_max_node_size", integer, "1024000"},
	{"zk_operation_max_retries", integer, "5"}, {"zk_operation_base_retry_sleep_ms", integer, "10"},
	{"zk_max_versions", integer, "50"}, {"zk_max_concurrency", integer, "32"}, {"internal_store_backend", text, "zk"},
	{"store_cache", toggle, "true"}, {"storage_compaction_interval", integer, "30"},
	{"storage_compaction_scan_batch_size", integer, "32"}, {"group_versions_cache_size", integer, "1000"},
	{"internal_version_caching", toggle, "true"}, {"storage_execution_context_size", integer, ""},
	{"leader_proxy_max_open_connections", integer, "64"}, {"leader_proxy_connection_timeout", integer, "5000"},
	{"leader_proxy_read_timeout", integer, "10000"}, {"leader_proxy_ssl_ignore_hostname", flag, "false"},
	{"event_stream_max_outstanding_messages", integer, "1024"}, {"launch_token_refresh_interval", integer, "30000"},
	{"launch_tokens", integer, "100"}, {"max_queued_root_group_updates", integer, "500"},
	{"group_manager_request_timeout", integer, "10000"}, {"group_manager_execution_context_size", integer, ""},
	{"max_running_deployments", integer, "100"}, {"decline_offer_duration", integer, "120000"},
	{"launch_queue_request_timeout", integer, "3000"}, {"task_operation_notification_timeout", integer, "30000"},
	{"min_revive_offers_interval", integer, "5000"}, {"suppress_offers", toggle, "true"},
	{"mesos_offer_constraints", toggle, "false"}, {"min_mesos_offer_constraints_update_interval", integer, "1000"},
	{"offer_matching_timeout", integer, "3000"}, {"max_instances_per_offer", integer, "5"},
	{"max_parallel_offers", integer, ""}, {"max_queued_offers", integer, "1024"}, {"backup_location", text, ""},
	{"task_lost_expunge_initial_delay", integer, "300000"}, {"task_lost_expunge_interval", integer, "30000"},
	{"kill_chunk_size", integer, "100"}, {"kill_retry_timeout", integer, "30000"},
	{"task_tracker_request_timeout", integer, "10000"}, {"task_update_request_timeout", integer, "10000"},
	{"instance_tracker_num_parallel_updates", integer, "16"}, {"instance_tracker_num_parallel_loads", integer, "16"},
	{"instance_tracker_update_queue_size", integer, "4096"}, {"max_parallel_status_updates", integer, "20"},
	{"max_queued_status_updates", integer, "10000"}, {"max_actor_startup_time", integer, "10000"},
	{"scheduler_actions_execution_context_size", integer, ""}, {"app_info_module_execution_context_size", integer, ""},
	{"default_info_service_execution_context_size", integer, ""}, {"deployment_manager_request_timeout", integer, "1000"},
	{"killsPerBatch", integer, "100"}, {"killBatchDuration", integer, "10000"}, {"metrics", toggle, "false"},
	{"logging_level", text, ""}, {"logstash", text, ""}, {"sentry", text, ""}, {"sentry_tags", text, ""},
	{"enable_features", text, ""}, {"deprecated_features", text, ""}, {"plugin_dir", text, ""}, {"plugin_conf", text, ""},
	{"metrics_name_prefix", text, "marathon"}, {"metrics_statsd", toggle, "false"}, {"metrics_statsd_host", text, ""},
	{"metrics_statsd_port", integer, ""}, {"metrics_statsd_transmission_interval_ms", integer, "10000"},
	{"metrics_datadog", toggle, "false"}, {"metrics_datadog_protocol", text, "udp"}, {"metrics_datadog_host", text, ""},
	{"metrics_datadog_port", integer, ""}, {"metrics_datadog_api_key", text, ""},
	{"metrics_datadog_transmission_interval_ms", integer, "10000"}, {"metrics_prometheus", toggle, "true"},
	{"metrics_histogram_reservoir_highest_trackable_value", integer, "3600000000000"},
	{"metrics_histogram_reservoir_significant_digits", integer, "3"},
	{"metrics_histogram_reservoir_reset_periodically", toggle, "true"},
	{"metrics_histogram_reservoir_resetting_interval_ms", integer, "5000"},
	{"metrics_histogram_reservoir_resetting_chunks", integer, "0"},
}

var features = map[string]bool{
	"vips": true, "task_killing": true, "secrets": true, "external_volumes": true, "gpu_resources": true,
}
