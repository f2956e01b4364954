import { isImaged } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { endpoints } from "../etcd/plan";
import { enginesUse } from "../image-registries/plan";
import { marathonLeaf } from "../marathon/schema";
import { mesosLeaf } from "../mesos/schema";

/** What one node's engine is told: the stack's settings, with the node's own over them. */
export interface EngineSettings {
    /** Absolute path; images, containers and local volumes are kept there. */
    readonly dataRoot: string;
    readonly storageDriver: string;
    /** `host:port`, spoken to without TLS. */
    readonly insecureRegistries: readonly string[];
    /** Whole URLs, tried before the public registry. */
    readonly registryMirrors: readonly string[];
    /** Bytes; undefined leaves the engine's default of 1500. */
    readonly mtu: number | undefined;
    readonly logMaxSizeMiB: number;
    readonly logMaxFiles: number;
    /** `http://address:port` of every member of the store that engines keep common networks in; none without such networks. */
    readonly storeMembers: readonly string[];
}

export function engineSettings(dc: DataCentre, node: NodeSpec): EngineSettings {
    const own = Object.fromEntries(Object.entries(node.docker).filter(([, value]) => value !== undefined));
    const settings = { ...dc.docker, ...own };
    const { mirrors, insecure } = enginesUse(dc);
    return {
        dataRoot: settings.dataRoot,
        storageDriver: settings.storageDriver,
        // The stack's own come first: engines try mirrors in turn.
        insecureRegistries: [...new Set([...insecure, ...settings.insecureRegistries])],
        registryMirrors: [...mirrors, ...settings.registryMirrors.filter((url) => !mirrors.includes(url.replace(/\/$/, "")))],
        // A container's packets must fit the network of the host that carries them. What fits flannel's, flannel says.
        mtu: node.roles.includes("flannel") ? undefined : settings.mtu ?? (dc.provider.kind === "docker" ? dc.provider.mtu : undefined),
        logMaxSizeMiB: settings.logMaxSizeMiB,
        logMaxFiles: settings.logMaxFiles,
        storeMembers: dc.calico.dockerNetworks.length > 0 ? endpoints(dc) : [],
    };
}

/**
 * The store's address as dockerd takes it: one URL with all members, of which it uses any that answers; empty without a store.
 * Seen with dockerd 20.10: with the first member gone it takes four seconds once, and goes on with the next.
 */
export const clusterStore = ({ storeMembers }: EngineSettings): string =>
    storeMembers.length === 0 ? "" : `etcd://${storeMembers.map((url) => url.replace(/^http:\/\//, "")).join(",")}`;

/** How long dockerd's start waits for a majority of the store's members, in seconds: hosts of one site boot within it. */
const storePatience = 120;

/** Where the helper that waits lies on hosts: `await-store.sh`. */
const storeHelper = "/usr/local/lib/datacentre/await-store";

/**
 * The drop-in that makes dockerd wait for its store; empty without one. An `After=etcd.service` would not do: most members run
 * elsewhere, and on a member it would hold Docker up for as long as etcd itself waits for its majority.
 */
export const storeUnit = (settings: EngineSettings): string =>
    settings.storeMembers.length === 0 ? "" : `[Service]\nExecStartPre=${storeHelper} ${storePatience} ${settings.storeMembers.join(" ")}\n`;

/**
 * What `dockerd` reads only when it starts. The cgroup driver is left to the engine, which takes the one that fits the
 * host's cgroup version. `live-restore` keeps containers running while the daemon restarts.
 * Source: dockerd reference, "Daemon configuration file".
 */
function fixedSettings(settings: EngineSettings): Record<string, unknown> {
    return {
        "data-root": settings.dataRoot,
        "storage-driver": settings.storageDriver,
        "live-restore": true,
        "log-driver": "json-file",
        "log-opts": { "max-size": `${settings.logMaxSizeMiB}m`, "max-file": String(settings.logMaxFiles) },
        ...(settings.mtu === undefined ? {} : { mtu: settings.mtu }),
        ...(settings.storeMembers.length === 0 ? {} : { "cluster-store": clusterStore(settings) }),
    };
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 4)}\n`;

/** `/etc/docker/daemon.json`, whole: keys of a file that was there before are not carried over. */
export function daemonJson(settings: EngineSettings): string {
    return json({
        ...fixedSettings(settings),
        // Reloaded by a running daemon on SIGHUP (dockerd reference, "Configuration reload behavior"), but only when they are
        // there: taken out, the old ones would stay in use.
        "insecure-registries": settings.insecureRegistries,
        "registry-mirrors": settings.registryMirrors,
    });
}

/** The part of daemon.json whose change needs a restart of the daemon. */
export function restartSettings(settings: EngineSettings): string {
    return json(fixedSettings(settings));
}

/** The units that an agent may have, by its package; a host has one of them. */
export const agentUnits = ["mesos-slave", "mesos-agent"];

/**
 * Units of a node that an engine's restart would take something from: an agent its Docker tasks, and programs in containers themselves.
 * Calico's are not among them: routes and rules stay without them.
 */
export function neededBy(dc: DataCentre, { roles }: NodeSpec): string[] {
    const imaged = isImaged(mesosLeaf, dc);
    const dockerTasks = roles.includes("mesos-agent") && (imaged || dc.mesos.containerizers.includes("docker"));
    const units = [
        ...agentUnits.map((unit) => ({ unit, needs: dockerTasks })),
        { unit: "mesos-master", needs: roles.includes("mesos-master") && imaged },
        { unit: "marathon", needs: roles.includes("marathon") && isImaged(marathonLeaf, dc) },
    ];
    return roles.includes("docker") ? units.flatMap(({ unit, needs }) => (needs ? [unit] : [])) : [];
}

/** The key under which the Docker client looks a registry's login up; Docker Hub's is an old URL. */
export function loginKey(registry: string): string {
    return ["docker.io", "index.docker.io", "registry-1.docker.io"].includes(registry) ? "https://index.docker.io/v1/" : registry;
}

/**
 * The logins for login.sh, one script variable each: the registry's key and `user:password`, a line apart. It is the host
 * that makes the `auth` of it: base64 is no secret of the settings, so the engine's logs would not hide it.
 */
export const loginSecrets = (credentials: DataCentre["docker"]["credentials"]): Record<string, string> =>
    Object.fromEntries(
        credentials.map(({ registry, username, password }, index) => [
            `login_${index + 1}`,
            `${loginKey(registry)}\n${username}:${password}`,
        ]),
    );

/** The images that one node's engine is given as archives. */
export const imagesOf = (dc: DataCentre, node: NodeSpec): DataCentre["docker"]["images"] =>
    dc.docker.images.filter(({ nodes }) => nodes === undefined || nodes.includes(node.name));
