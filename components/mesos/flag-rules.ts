import { error, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";
import type { Flags } from "./plan";

/** Flags that are on or off, of masters and agents alike and of either. Source: Mesos 1.11, docs/configuration. */
const switches = (text: string): readonly string[] => text.trim().split(/\s+/);
const common = switches("authenticate_http_readonly authenticate_http_readwrite hostname_lookup initialize_driver_logging quiet");
const ofMasters = switches(`
    authenticate authenticate_agents authenticate_frameworks authenticate_http_frameworks authenticate_slaves filter_gpu_resources
    log_auto_initialize publish_per_framework_metrics require_agent_domain root_submissions
`);
const ofAgents = switches(`
    authenticate_http_executors check_agent_port_range_only disallow_sharing_agent_ipc_namespace disallow_sharing_agent_pid_namespace
    docker_kill_orphans docker_volume_chown egress_unique_flow_per_container enforce_container_disk_quota enforce_container_ports
    gc_non_executor_container_sandboxes http_command_executor network_cni_metrics network_cni_root_dir_persist
    network_enable_snmp_statistics network_enable_socket_statistics_details network_enable_socket_statistics_summary
    revocable_cpu_low_priority strict switch_user systemd_enable_support
`);

/** Flags with which a master or an agent ends at its start. */
export const flagRules = ({ mesos: { masterFlags, agentFlags } }: DataCentre): Fault[] => [
    ...onOrOff("masterFlags", masterFlags, [...common, ...ofMasters]),
    ...onOrOff("agentFlags", agentFlags, [...common, ...ofAgents]),
    ...headroom(agentFlags),
];

const onOrOff = (group: string, flags: Flags, names: readonly string[]): Fault[] =>
    Object.entries(flags).flatMap(([name, value]) => {
        const plain = name.replace(/^no_/, "");
        if (name !== plain && names.includes(plain)) {
            return [error(["mesos", group, name], `Mesos has no flag ${name}`, `write ${plain}: "false"`)];
        }
        return !names.includes(name) || value === "true" || value === "false"
            ? []
            : [error(["mesos", group, name], `the flag ${name} is on or off, and this is ${value === "" ? "nothing" : value}`, 'write "true" or "false"')];
    });

/** Source: Mesos 1.11, src/slave/slave.cpp, initialize. */
function headroom(flags: Flags): Fault[] {
    const value = flags["gc_disk_headroom"];
    return value === undefined || (/^[0-9.]+$/.test(value) && Number(value) <= 1)
        ? []
        : [error(["mesos", "agentFlags", "gc_disk_headroom"], `${value} is no share of the disk`, 'write a number from 0 to 1, such as "0.1"')];
}
