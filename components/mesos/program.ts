import { versionOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { containerUnit } from "../step/container";
import type { Parameter } from "../step/program";
import { distributions, layoutOf, type Layout } from "./distributions";
import { agentFlags, agentWorkDir, flagLines, masterFlags, masterWorkDir, packageDefaults, unitDropIn, zkUrl, type Flags } from "./plan";
import { mesosLeaf } from "./schema";
import { mesosImages } from "./source";

/**
 * How masters and agents are put on their hosts: installed from packages, or run in containers. Both ways have the same
 * units and are brought up by the same scripts; here is what differs.
 */
export type Kind = "master" | "agent";

/** How a program is laid out on its host: its unit, and the name of its files. */
type Place = { readonly [key in "unit" | "files"]: string };

export const placeOf = (kind: Kind, layout: Layout): Place => (kind === "master" ? { unit: "mesos-master", files: "mesos-master" } : layout);

/** Those that run in images are in units of ours. */
const imaged = (kind: Kind): string => (kind === "master" ? "mesos-master" : "mesos-slave");

/** The container's name, where it runs in one. */
export const containerOf = (kind: Kind): string => `datacentre-${imaged(kind)}`;

const imageOf = (dc: DataCentre, kind: Kind): string | undefined => mesosImages(dc)?.[kind];
const workDirOf = (dc: DataCentre, kind: Kind): string => (kind === "master" ? masterWorkDir(dc) : agentWorkDir(dc));

/** The image that an agent's executors run in: the agent's own, without its entrypoint; made on the host. */
const executorImage = (agent: string): string => `datacentre/mesos-executor:${agent.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(-120)}`;

/** The flags of one program; those of a container are said in its environment. */
export function flagsOf(dc: DataCentre, node: NodeSpec, kind: Kind): Flags {
    const image = imageOf(dc, kind);
    if (kind === "master") {
        return image === undefined ? masterFlags(dc, node) : { zk: zkUrl(dc), ...masterFlags(dc, node) };
    }
    return image === undefined
        ? agentFlags(dc, node)
        : {
              master: zkUrl(dc),
              // Its container has no systemd, and executors that it started itself would end with it.
              systemd_enable_support: "false",
              docker_mesos_image: executorImage(image),
              ...agentFlags(dc, node),
          };
}

/** docker(1), --env-file: a line each, taken to the letter. */
const environment = (flags: Flags): string =>
    Object.entries(flags)
        .map(([key, value]) => `MESOS_${key.toUpperCase()}=${value}\n`)
        .join("");

/**
 * The unit of a master or agent in a container. Source: mesosphere/docker-containers, mesos/dockerfile-templates: the
 * master's image has `--registry=in_memory` as its command, which would forget all agents with each restart.
 */
function unitFile(dc: DataCentre, node: NodeSpec, kind: Kind, image: string): string {
    const workDir = workDirOf(dc, kind);
    const common = [`--env-file ${environmentFile(kind)}`, `-v ${workDir}:${workDir}`, "-v /etc/mesos:/etc/mesos:ro"];
    return containerUnit({
        description: `Mesos ${kind} in a container`,
        container: containerOf(kind),
        image,
        options:
            kind === "master"
                ? ["--init", ...common]
                : [
                      // It finds its executors by their pids, and sets the limits of tasks in their control groups.
                      "--pid host --privileged",
                      ...common,
                      "-v /var/run/docker.sock:/var/run/docker.sock",
                      "-v /sys/fs/cgroup:/sys/fs/cgroup",
                      // The logins to private registries, as an installed agent has them.
                      ...(dc.docker.credentials.length > 0 ? ["-v /root/.docker:/root/.docker:ro"] : []),
                  ],
        arguments: kind === "master" ? [`--registry=${masterFlags(dc, node).registry ?? "replicated_log"}`] : [],
    });
}

const environmentFile = (kind: Kind): string => `/etc/mesos/${imaged(kind)}.env`;

/** The flags of an installed program, with those that its layout asks for where the description does not tell whose it is. */
export const flagsIn = (layout: Layout, flags: Flags, kind: Kind): Flags => (kind === "master" ? flags : { ...layout.flags, ...flags });

/** For the step: each with the unit that tells on the host that it is wanted. */
const foundFlags = (dc: DataCentre, flags: Flags): string[] =>
    layoutOf(dc)
        ? []
        : Object.values(distributions).flatMap(({ layout }) =>
              Object.entries(layout.flags).flatMap(([flag, value]) => (flags[flag] === undefined ? [`${layout.unit} ${flag}=${value}`] : [])),
          );

/** The files of one program on its host, as they must be. */
export function filesOf(dc: DataCentre, node: NodeSpec, kind: Kind, layout: Layout): Record<string, string> {
    const image = imageOf(dc, kind);
    const flags = flagsOf(dc, node, kind);
    if (image !== undefined) {
        return { [environmentFile(kind)]: environment(flags), [`/etc/systemd/system/${imaged(kind)}.service`]: unitFile(dc, node, kind, image) };
    }
    const { unit, files } = placeOf(kind, layout);
    return {
        ...Object.fromEntries(Object.entries(flagsIn(layout, flags, kind)).map(([name, value]) => [`/etc/${files}/${name}`, `${value}\n`])),
        "/etc/mesos/zk": `${zkUrl(dc)}\n`,
        [`/etc/default/${files}`]: packageDefaults(kind, flags),
        [`/etc/systemd/system/${unit}.service.d/datacentre.conf`]: unitDropIn(kind),
    };
}

/** The images that must be on the host for one program, and the container it runs in; undefined where it is installed. */
export function containerized(dc: DataCentre, node: NodeSpec, kind: Kind): { container: string; image: string; others: string[] } | undefined {
    const image = imageOf(dc, kind);
    const { docker_mesos_image: executors } = flagsOf(dc, node, kind);
    return image === undefined ? undefined : { container: containerOf(kind), image, others: executors === undefined ? [] : [executors] };
}

/** The scripts that define `put_program`, and the parameters that they take. */
export function programOf(dc: DataCentre, node: NodeSpec, kind: Kind): { scripts: string[]; parameters: Record<string, Parameter> } {
    const image = imageOf(dc, kind);
    const common = { zk_url: zkUrl(dc), work_dir: workDirOf(dc, kind) };
    const scripts = (way: string): string[] =>
        ["step/helpers/images", "step/helpers/flag-files", "mesos/layout", "mesos/units", "step/helpers/http", "mesos/health", `mesos/${way}`].map(
            (name) => `components/${name}.sh`,
        );
    if (image === undefined) {
        const flags = flagsOf(dc, node, kind);
        const layout = layoutOf(dc);
        // Where nobody describes it, the host tells.
        const place = kind === "master" ? { unit: "mesos-master", files: "mesos-master" } : { unit: layout?.unit ?? "", files: layout?.files ?? "" };
        const files = { flags: flagLines(flags), defaults: packageDefaults(kind, flags), drop_in: unitDropIn(kind) };
        return { scripts: scripts("packages"), parameters: { ...common, ...place, ...files, found_flags: kind === "master" ? [] : foundFlags(dc, flags), version: versionOf(mesosLeaf, dc) } };
    }
    const flags = flagsOf(dc, node, kind);
    return {
        scripts: scripts("images"),
        parameters: {
            ...common,
            unit: imaged(kind),
            files: imaged(kind),
            image,
            // One that the description names itself is there already.
            executor_image: kind === "agent" && flags.docker_mesos_image === executorImage(image) ? executorImage(image) : "",
            environment: environment(flags),
            container_unit: unitFile(dc, node, kind, image),
        },
    };
}
