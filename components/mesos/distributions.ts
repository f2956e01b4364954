import { distributionOf, isImaged } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import { mesosLeaf } from "./schema";

/**
 * How packages of Mesos lay out an agent. Masters are mesos-master in all of them.
 *
 * Sources: mesosphere/mesos-deb-packaging; Mesos 1.5 and 1.11, support/packaging/common, whose unit has the old name and whose wrapper
 * reads files of the new one; clusterd v1.11.0-0.9.0, CMakeLists.txt and support/packaging/common.
 */
export interface Layout {
    /** The agent's unit. */
    readonly unit: "mesos-slave" | "mesos-agent";
    /** After which its files are named: flags in /etc/FILES, and what comes before them in /etc/default/FILES. */
    readonly files: "mesos-slave" | "mesos-agent";
    /** What the unit calls `mesos-init-wrapper` with; the wrapper reads the files of that name. */
    readonly verb: "slave" | "agent";
}

/** A version of control groups. */
type Cgroup = 1 | 2;

interface DistributionFacts {
    readonly layout: Layout;
    /** The control groups that agents take, for each containerizer. */
    readonly cgroups: Readonly<Record<"docker" | "mesos", readonly Cgroup[]>>;
    /** Flags that agents must be told to run in them. */
    readonly agentFlags: Readonly<Record<string, string>>;
    /** Flags that Apache's programs have not. */
    readonly moreFlags: readonly string[];
}

/** Systemd's support looks for a hierarchy that only version 1 has. Source: src/linux/systemd.cpp of both. */
const apache = { cgroups: { docker: [1], mesos: [1] }, agentFlags: {}, moreFlags: [] } as const;

export type DistributionName = (typeof mesosLeaf.distributions)[number]["name"];

export const distributions: Readonly<Record<DistributionName, DistributionFacts>> = {
    mesosphere: { ...apache, layout: { unit: "mesos-slave", files: "mesos-slave", verb: "slave" } },
    apache: { ...apache, layout: { unit: "mesos-slave", files: "mesos-agent", verb: "agent" } },
    clusterd: {
        layout: { unit: "mesos-agent", files: "mesos-agent", verb: "agent" },
        // With version 1 the Docker containerizer of 0.9.0 asks version 2 for a task's limits all the same.
        // Source: src/slave/containerizer/docker.cpp.
        cgroups: { docker: [2], mesos: [1, 2] },
        agentFlags: { systemd_enable_support: "false" },
        moreFlags: ["cleanup_log_files"],
    },
};

/** Units of ours for images are as Mesosphere's. */
const imaged = distributions.mesosphere.layout;

/** Whose packages are installed, if the description tells. */
export const describedDistribution = (dc: DataCentre): DistributionName | undefined => distributionOf(mesosLeaf, dc) as DistributionName | undefined;

/** How a stack's agents are laid out; undefined where each host is asked. */
export function layoutOf(dc: DataCentre): Layout | undefined {
    const name = describedDistribution(dc);
    return isImaged(mesosLeaf, dc) ? imaged : name && distributions[name].layout;
}

/** The units that a stack's agents may have. */
export function agentUnits(dc: DataCentre): Layout["unit"][] {
    const layout = layoutOf(dc);
    return layout ? [layout.unit] : ["mesos-slave", "mesos-agent"];
}
