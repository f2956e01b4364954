import { error, type Fault } from "../../config/faults";
import { entryFor } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import { describedDistribution, distributions } from "./distributions";
import { mesosLeaf } from "./schema";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Flags that came after 1.5. Source: src/master/flags.cpp and src/slave/flags.cpp of 1.5.3 and 1.11.0. */
const since1_6 = {
    masterFlags: words(`
        allocator_agent_recovery_factor allocator_recovery_timeout max_operator_event_stream_subscribers memory_profiling
        offer_constraints_re2_max_mem offer_constraints_re2_max_program_size publish_per_framework_metrics
    `),
    agentFlags: words(`
        cgroups_destroy_timeout container_ports_isolated_range csi_plugin_config_dir default_container_shm_size
        disallow_sharing_agent_ipc_namespace docker_ignore_runtime docker_volume_chown domain_socket_location enforce_container_ports
        gc_non_executor_container_sandboxes host_path_volume_force_creation http_executor_domain_sockets memory_profiling network_cni_metrics
        seccomp_config_dir seccomp_profile_name volume_gid_range xfs_kill_containers
    `),
};

/** What the described programs would not start with, and others would. */
export function distributionRules(dc: DataCentre): Fault[] {
    return [...groups.flatMap((group) => [...tooNew(dc, group), ...another(dc, group)]), ...controlGroups(dc)];
}

const groups = ["masterFlags", "agentFlags"] as const;
type Group = (typeof groups)[number];

const given = (dc: DataCentre, group: Group): string[] => Object.keys(dc.mesos[group]);

const tooNew = (dc: DataCentre, group: Group): Fault[] =>
    entryFor(mesosLeaf, dc)?.version.startsWith("1.5.") !== true
        ? []
        : given(dc, group)
              .filter((flag) => since1_6[group].includes(flag))
              .map((flag) => error(["mesos", group, flag], `Mesos 1.5 has no flag ${flag}, and does not start with it`, "take it out, or choose a newer version in datacentre:versions.mesos"));

/** Where the hosts tell whose Mesos it is, the journal says it. */
function another(dc: DataCentre, group: Group): Fault[] {
    const name = describedDistribution(dc);
    if (name === undefined) {
        return [];
    }
    const others = Object.values(distributions).flatMap(({ moreFlags }) => moreFlags).filter((flag) => !distributions[name].moreFlags.includes(flag));
    return given(dc, group)
        .filter((flag) => others.includes(flag))
        .map((flag) => error(["mesos", group, flag], `the Mesos that ${name} packages has no flag ${flag}, and does not start with it`, "take it out"));
}

/** Source: clusterd v1.11.0-0.9.0, src/linux/systemd.cpp, src/slave/flags.cpp. */
function controlGroups(dc: DataCentre): Fault[] {
    const { agentFlags, containerizers } = dc.mesos;
    if (describedDistribution(dc) !== "clusterd" || !containerizers.includes("docker")) {
        return [];
    }
    return [
        ...(agentFlags["systemd_enable_support"] === "true"
            ? [error(["mesos", "agentFlags", "systemd_enable_support"], "with it an agent looks for cgroup v1, and clusterd's Docker tasks need v2", 'take it out: it is "false"')]
            : []),
        ...(agentFlags["cgroups_limit_swap"] === "true"
            ? [error(["mesos", "agentFlags", "cgroups_limit_swap"], "cgroup v2, which clusterd's Docker tasks need, has no limit of swap, and no agent starts with this", "take it out")]
            : []),
    ];
}
