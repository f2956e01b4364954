// Package agent imitates mesos-agent: registration, checkpoints, tasks in Docker or as plain commands.
package agent

import (
	"strings"

	"datacentre/lab/doubles/internal/flagfile"
)

// unset are the flags without a default, taken as text.
var unset = strings.Fields(`acls advertise_ip advertise_port agent_features agent_subsystems allowed_devices attributes
authenticate_http_executors bounding_capabilities cgroups_net_cls_primary_handle cgroups_net_cls_secondary_handles
check_agent_port_range_only container_logger container_ports_isolated_range container_ports_watch_interval credential
csi_plugin_config_dir default_container_dns default_container_info default_container_shm_size disk_profile_adaptor docker_config
docker_mesos_image domain domain_socket_location effective_capabilities egress_burst egress_ceil_limit egress_flow_classifier_parent
egress_rate_limit_per_container egress_rate_per_cpu egress_unique_flow_per_container enforce_container_ports
ephemeral_ports_per_container eth0_name executor_environment_variables executor_reregistration_retry_interval external_log_file
firewall_rules hadoop_home hooks host_path_volume_force_creation hostname http_authenticators http_credentials image_gc_config
image_providers image_provisioner_backend ingress_burst ingress_ceil_limit ingress_isolate_existing_containers
ingress_rate_limit_per_container ingress_rate_per_cpu ip ip6 ip6_discovery_command ip_discovery_command jwt_secret_key lo_name log_dir
master master_detector maximum_egress_rate_limit maximum_ingress_rate_limit minimum_egress_rate_limit minimum_ingress_rate_limit
modules modules_dir network_cni_config_dir network_cni_plugins_dir network_enable_rate_statistics network_enable_snmp_statistics
network_enable_socket_statistics_details network_enable_socket_statistics_summary network_link_speed
network_rate_statistics_interval network_rate_statistics_window nvidia_gpu_devices perf_events qos_controller resource_estimator
resource_provider_config_dir resources seccomp_config_dir seccomp_profile_name secret_resolver volume_gid_range xfs_kill_containers
xfs_project_range xfs_quota_headroom`)

// defaults are the flags with one, as seen in the real agent's /flags: name=value, one a line of its kind.
var defaults = map[flagfile.Kind]string{
	flagfile.Text: `appc_simple_discovery_uri_prefix=http:// appc_store_dir=/tmp/mesos/store/appc authenticatee=crammd5 authorizer=local
cgroups_hierarchy=/sys/fs/cgroup cgroups_root=mesos containerizers=mesos default_role=* docker=docker
docker_registry=https://registry-1.docker.io docker_socket=/var/run/docker.sock docker_store_dir=/tmp/mesos/store/docker
docker_volume_checkpoint_dir=/var/run/mesos/isolators/docker/volume fetcher_cache_dir=/tmp/mesos/fetch frameworks_home=
isolation=posix/cpu,posix/mem launcher=posix launcher_dir=/usr/libexec/mesos logging_level=INFO reconfiguration_policy=equal
recover=reconnect runtime_dir=/var/run/mesos sandbox_directory=/mnt/mesos/sandbox
systemd_runtime_directory=/run/systemd/system`,
	flagfile.Boolean: `authenticate_http_readonly=false authenticate_http_readwrite=false cgroups_cpu_enable_pids_and_tids_count=false
cgroups_enable_cfs=false cgroups_limit_swap=false disallow_sharing_agent_ipc_namespace=false
disallow_sharing_agent_pid_namespace=false docker_ignore_runtime=false docker_kill_orphans=true docker_volume_chown=false
enforce_container_disk_quota=false gc_non_executor_container_sandboxes=false help=false hostname_lookup=true
http_command_executor=false http_executor_domain_sockets=false initialize_driver_logging=true memory_profiling=false
network_cni_metrics=true network_cni_root_dir_persist=false quiet=false revocable_cpu_low_priority=true strict=true
switch_user=true systemd_enable_support=true version=false`,
	flagfile.Duration: `authentication_backoff_factor=1secs authentication_timeout_max=1mins authentication_timeout_min=5secs
cgroups_destroy_timeout=1mins container_disk_watch_interval=15secs disk_watch_interval=1mins docker_remove_delay=6hrs
docker_stop_timeout=0ns executor_registration_timeout=1mins executor_reregistration_timeout=2secs
executor_shutdown_grace_period=5secs fetcher_stall_timeout=1mins gc_delay=1weeks http_heartbeat_interval=30secs
oversubscribed_resources_interval=15secs perf_duration=10secs perf_interval=1mins qos_correction_interval_min=0ns
recovery_timeout=15mins registration_backoff_factor=1secs zk_session_timeout=10secs`,
	flagfile.Integer: `logbufsecs=0 max_completed_executors_per_framework=150 port=5051`,
	flagfile.Number:  `gc_disk_headroom=0.1`,
	flagfile.Bytes:   `fetcher_cache_size=2GB`,
}

// Flags gives the flags of mesos-agent.
func Flags() *flagfile.Set {
	list := []flagfile.Flag{{Name: "work_dir", Required: true}}
	for _, name := range unset {
		list = append(list, flagfile.Flag{Name: name})
	}
	for kind, text := range defaults {
		for _, pair := range strings.Fields(text) {
			name, value, _ := strings.Cut(pair, "=")
			list = append(list, flagfile.Flag{Name: name, Kind: kind, Default: flagfile.Default(value)})
		}
	}
	return flagfile.New("mesos-agent", flagfile.Mesos, list)
}
