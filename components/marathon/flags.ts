import { nearest } from "../../config/faults";
import { systemdWord } from "../step/container";

/**
 * Marathon's options, by what they take. Source: the Conf traits of Marathon 1.11 and its docs/command-line-flags.md.
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Said by their name alone, or by `disable_` and their name. */
export const toggles = words(`
    metrics http_compression ha checkpoint mesos_authentication maintenance_mode zk_compression suppress_offers mesos_offer_constraints
    metrics_histogram_reservoir_reset_periodically metrics_statsd metrics_datadog metrics_prometheus store_cache internal_version_caching
`);

/** Said by their name alone. */
const alone = words("disable_http leader_proxy_ssl_ignore_hostname");

const numbers = words(`
    http_port https_port http_max_concurrent_requests failover_timeout local_port_min local_port_max graceful_shutdown_timeout
    task_launch_confirm_timeout task_launch_timeout task_reservation_timeout reconciliation_initial_delay reconciliation_interval
    scale_apps_initial_delay scale_apps_interval max_apps on_elected_prepare_timeout mesos_heartbeat_interval
    mesos_heartbeat_failure_threshold draining_seconds max_concurrent_marathon_health_checks zk_timeout zk_session_timeout
    zk_connection_timeout zk_compression_threshold zk_max_node_size zk_operation_max_retries zk_operation_base_retry_sleep_ms
    zk_max_versions zk_max_concurrency storage_compaction_interval storage_compaction_scan_batch_size group_versions_cache_size
    storage_execution_context_size leader_proxy_max_open_connections leader_proxy_connection_timeout leader_proxy_read_timeout
    event_stream_max_outstanding_messages launch_token_refresh_interval launch_tokens max_queued_root_group_updates
    group_manager_request_timeout group_manager_execution_context_size max_running_deployments decline_offer_duration
    launch_queue_request_timeout task_operation_notification_timeout min_revive_offers_interval
    min_mesos_offer_constraints_update_interval offer_matching_timeout max_instances_per_offer max_parallel_offers max_queued_offers
    task_lost_expunge_initial_delay task_lost_expunge_interval kill_chunk_size kill_retry_timeout task_tracker_request_timeout
    task_update_request_timeout instance_tracker_num_parallel_updates instance_tracker_num_parallel_loads
    instance_tracker_update_queue_size max_parallel_status_updates max_queued_status_updates max_actor_startup_time
    scheduler_actions_execution_context_size app_info_module_execution_context_size default_info_service_execution_context_size
    deployment_manager_request_timeout metrics_statsd_port metrics_statsd_transmission_interval_ms metrics_datadog_port
    metrics_datadog_transmission_interval_ms metrics_histogram_reservoir_highest_trackable_value
    metrics_histogram_reservoir_significant_digits metrics_histogram_reservoir_resetting_interval_ms
    metrics_histogram_reservoir_resetting_chunks
`);

const texts = words(`
    master zk hostname http_address https_address ssl_keystore_path ssl_keystore_password http_credentials http_realm assets_path
    webui_url access_control_allow_origin mesos_leader_ui_url executor mesos_role new_group_enforce_role default_accepted_resource_roles
    accepted_resource_roles_default_behavior mesos_user framework_name mesos_authentication_principal mesos_authentication_secret_file
    mesos_authentication_secret env_vars_prefix leader_election_backend gpu_scheduling_behavior mesos_bridge_name default_network_name
    internal_store_backend backup_location logging_level logstash sentry sentry_tags enable_features deprecated_features plugin_dir
    plugin_conf metrics_name_prefix metrics_statsd_host metrics_datadog_protocol metrics_datadog_host metrics_datadog_api_key
`);

type Kind = "toggle" | "alone" | "number" | "text";

/** What an option takes; undefined for one that is not known. */
export function kindOf(name: string): Kind | undefined {
    const plain = name.replace(/^disable_/, "");
    return alone.includes(name) ? "alone" : toggles.includes(plain) ? "toggle" : numbers.includes(name) ? "number" : texts.includes(name) ? "text" : undefined;
}

export const nearestOption = (name: string): string | undefined =>
    nearest(name, [...toggles, ...toggles.map((one) => `disable_${one}`), ...alone, ...numbers, ...texts]);

/** The same option the other way round. */
const opposite = (name: string): string => (name.startsWith("disable_") ? name.slice("disable_".length) : `disable_${name}`);

/**
 * An option as Marathon's command has it. One that takes no value stands alone, for `true` as for no value; of one that is not
 * known, no value means so as well.
 */
export function wordsOf(name: string, value: string): string[] {
    const kind = kindOf(name);
    if (kind === "toggle" || kind === "alone") {
        return value !== "false" ? [`--${name}`] : kind === "toggle" ? [`--${opposite(name)}`] : [];
    }
    return kind === undefined && value === "" ? [`--${name}`] : [`--${name}`, value];
}

/** The same as it stands in a unit file; nothing for what is not said. */
export function unitOption(name: string, value: string): string[] {
    const [option, ...rest] = wordsOf(name, value);
    return option === undefined ? [] : [[option, ...rest.map(systemdWord)].join(" ")];
}
