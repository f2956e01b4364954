import { error, nearest, warning, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";
import { agentFlags, agents, type Flags } from "./plan";

/** What `isolation` is where nobody says it. */
export const defaultIsolation = "posix/cpu,posix/mem";

/** The isolators that images of the Mesos containerizer need. */
export const imageIsolators = ["filesystem/linux", "docker/runtime"] as const;

const parts = (list: string): string[] => list.split(",").filter((one) => one !== "");

/** Isolators that Mesos has under newer names. */
const renamed: Readonly<Record<string, readonly string[]>> = {
    process: ["posix/cpu", "posix/mem"],
    cgroups: ["cgroups/cpu", "cgroups/mem"],
    "posix/disk": ["disk/du"],
};

const known = [
    ...["filesystem/posix", "filesystem/linux", "filesystem/shared", "posix/cpu", "posix/mem", "posix/rlimits", "appc/runtime", "docker/runtime"],
    ...["all", "blkio", "cpu", "cpuset", "devices", "hugetlb", "mem", "net_cls", "net_prio", "perf_event", "pids"].map((one) => `cgroups/${one}`),
    ...["linux/devices", "linux/capabilities", "linux/nnp", "linux/seccomp", "namespaces/ipc", "namespaces/pid", "docker/volume"],
    ...["sandbox_path", "host_path", "image", "secret", "csi"].map((one) => `volume/${one}`),
    ...["disk/du", "disk/xfs", "gpu/nvidia", "network/cni", "network/port_mapping", "network/ports", "environment_secret"],
    ...Object.keys(renamed),
];

/**
 * The isolators that an agent works with, by its flags: those that Mesos adds are among them.
 * Source: Mesos 1.11, src/slave/containerizer/mesos/containerizer.cpp, create.
 */
export function isolatorsOf(flags: Flags): string[] {
    const given = parts(flags["isolation"] ?? defaultIsolation).flatMap((one) => renamed[one] ?? [one]);
    return [
        ...given,
        ...(given.some((one) => one.startsWith("filesystem/")) ? [] : ["filesystem/posix"]),
        ...(networkIsolators(given).length > 0 ? [] : ["network/cni"]),
        ...(given.includes("filesystem/linux") ? ["volume/image", "volume/host_path", "volume/sandbox_path"] : []),
    ];
}

const networkIsolators = (list: readonly string[]): string[] => list.filter((one) => one.startsWith("network/") && one !== "network/ports");

/** Whose images the Mesos containerizer of an agent brings. */
export const imageProvidersOf = (flags: Flags): string[] => parts(flags["image_providers"] ?? "").map((one) => one.toLowerCase());

/** What agents would not start with. Each is told once, of the first agent. */
export function isolationRules(dc: DataCentre): Fault[] {
    if (!dc.mesos.containerizers.includes("mesos")) {
        return [];
    }
    const all = agents(dc).flatMap((node) => ofFlags(agentFlags(dc, node)));
    return all.filter(({ key, problem }, index) => all.findIndex((other) => other.key === key && other.problem === problem) === index);
}

const at = (flag: string) => ["mesos", "agentFlags", flag];

function ofFlags(flags: Flags): Fault[] {
    const given = parts(flags["isolation"] ?? defaultIsolation);
    const isolators = isolatorsOf(flags);
    const whole = (...more: string[]): string => [...new Set([...given.filter((one) => !one.startsWith("filesystem/")), ...more])].join(",");
    const several = (kind: string, list: readonly string[]): Fault[] =>
        list.length > 1 ? [error(at("isolation"), `an agent takes one isolator of ${kind}, and these are ${list.join(" and ")}`, "keep one")] : [];
    const twice = given.filter((one, index) => given.indexOf(one) < index);
    return [
        ...twice.map((one) => error(at("isolation"), `${one} is there twice, with which no agent starts`, "keep one")),
        ...several("file systems", given.filter((one) => one.startsWith("filesystem/"))),
        ...several("networks", networkIsolators(given)),
        ...images(flags, isolators, whole),
        ...(given.includes("gpu/nvidia") && !(["cgroups/devices", "cgroups/all"].some((one) => given.includes(one)) && given.includes("filesystem/linux"))
            ? [error(at("isolation"), "gpu/nvidia works with cgroups/devices and filesystem/linux only", `write ${whole("filesystem/linux", "cgroups/devices")}`)]
            : []),
        ...(flags["modules"] === undefined && flags["modules_dir"] === undefined ? strange(given) : []),
    ];
}

function strange(given: readonly string[]): Fault[] {
    return given
        .filter((one) => !known.includes(one))
        .map((one) => {
            const near = nearest(one, known);
            const remedy = near === undefined ? "take it out, unless a module of yours brings it" : `did you mean ${near}?`;
            return warning(at("isolation"), `Mesos 1.11 has no isolator ${one}, and an agent does not start with one that it does not have`, remedy);
        });
}

/** Container images need isolators and a launcher, and are the reason that is told. */
function images(flags: Flags, isolators: readonly string[], whole: (...more: string[]) => string): Fault[] {
    const providers = imageProvidersOf(flags);
    const unknown = providers.filter((one) => !["docker", "appc"].includes(one));
    if (providers.length === 0 && flags["image_providers"] === undefined) {
        return [];
    }
    const needed = [
        ...(isolators.includes("filesystem/linux") ? [] : ["filesystem/linux"]),
        ...(providers.includes("docker") && !isolators.includes("docker/runtime") ? ["docker/runtime"] : []),
    ];
    const why = "agents have image_providers=" + (flags["image_providers"] ?? "");
    return [
        ...unknown.map((one) => error(at("image_providers"), `Mesos knows no images of ${one}`, "write docker")),
        ...(needed.length > 0
            ? [
                  error(
                      at("isolation"),
                      `${why}, with which none starts without ${needed.join(" and ")}`,
                      `write ${whole("filesystem/linux", ...(providers.includes("docker") ? ["docker/runtime"] : []))}, or take isolation out`,
                  ),
              ]
            : []),
        ...(flags["launcher"] !== undefined && flags["launcher"] !== "linux"
            ? [error(at("launcher"), `${why}, which needs the launcher linux`, "take launcher out")]
            : []),
    ];
}
