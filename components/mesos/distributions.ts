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
    /** Flags that its agents must be told. */
    readonly flags: Readonly<Record<string, string>>;
}

/** A version of control groups. */
type Cgroup = 1 | 2;

interface DistributionFacts {
    readonly layout: Layout;
    /** The control groups that agents take, for each containerizer. */
    readonly cgroups: Readonly<Record<"docker" | "mesos", readonly Cgroup[]>>;
    /** Flags that Apache's programs have not. */
    readonly moreFlags: readonly string[];
}

/** Systemd's support looks for a hierarchy that only version 1 has. Source: src/linux/systemd.cpp of both. */
const apache = { cgroups: { docker: [1], mesos: [1] }, moreFlags: [] } as const;

export type DistributionName = (typeof mesosLeaf.distributions)[number]["name"];

export const distributions: Readonly<Record<DistributionName, DistributionFacts>> = {
    mesosphere: { ...apache, layout: { unit: "mesos-slave", files: "mesos-slave", verb: "slave", flags: {} } },
    apache: { ...apache, layout: { unit: "mesos-slave", files: "mesos-agent", verb: "agent", flags: {} } },
    clusterd: {
        layout: { unit: "mesos-agent", files: "mesos-agent", verb: "agent", flags: { systemd_enable_support: "false" } },
        // With version 1 the Docker containerizer of 0.9.0 asks version 2 for a task's limits all the same.
        // Source: src/slave/containerizer/docker.cpp.
        cgroups: { docker: [2], mesos: [1, 2] },
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

/** The layouts that a stack's agents may have, by a name for each. */
export function layoutsOf(dc: DataCentre): Readonly<Record<string, Layout>> {
    const layout = layoutOf(dc);
    return layout ? { described: layout } : Object.fromEntries(Object.entries(distributions).map(([name, facts]) => [name, facts.layout]));
}

/**
 * Bash that says which of them a host has, by what its package's unit starts.
 * The same as components/mesos/layout.sh does before it changes anything.
 */
export const layoutQuestion =
    "for unit in mesos-slave mesos-agent; do for at in /usr/lib/systemd/system /lib/systemd/system; do " +
    '[ ! -f "$at/$unit.service" ] || { echo "$unit $(sed -n \'s/^ExecStart=[^ ]*mesos-init-wrapper  *//p\' "$at/$unit.service" | tail -n 1)"; break 2; }; done; done';

/** Whose layout the answer is; undefined for none. */
export const layoutAnswer = (text: string): string | undefined => {
    const [unit = "", verb = ""] = text.trim().split(" ");
    const found = Object.entries(distributions).find(([, { layout }]) => layout.unit === unit && (verb === "" ? `mesos-${layout.verb}` === unit : layout.verb === verb));
    return found?.[0];
};

/** What journalctl's -u is told for a stack's agents. */
export const agentJournal = (dc: DataCentre): string => [...new Set(Object.values(layoutsOf(dc)).map(({ unit }) => unit))].join(" -u ");

/** For hosts that have version 2 of control groups alone. */
export const takeClusterd = "take clusterd's Mesos, which knows it (a repository of it in datacentre:sources.mesos, distribution: clusterd)";
