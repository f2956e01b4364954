import { ProviderError } from "../provider/errors";
import { isObject } from "../provider/values";
import type { PropertyMap } from "../provider/values";
import type { Json, JsonObject } from "./api";
import { flagOf, labelsOf, numberOf, objectsOf, stringMapOf, stringOf, stringsOf } from "./values";

const MEBIBYTE = 1024 * 1024;

function volumesOf(state: PropertyMap): { volumes: JsonObject; binds: string[]; from: string[] } {
    const result = { volumes: {} as JsonObject, binds: [] as string[], from: [] as string[] };
    for (const volume of objectsOf(state, "volumes")) {
        const from = stringOf(volume, "fromContainer");
        const path = stringOf(volume, "containerPath");
        const source = stringOf(volume, "hostPath") || stringOf(volume, "volumeName");
        if (from === "" && path === "") {
            throw new ProviderError("Unable to parse volumes: volume entry without container path or source container");
        }
        if (from !== "" && path !== "") {
            throw new ProviderError("Unable to parse volumes: both a container and a path specified in a volume entry");
        }
        if (from !== "") {
            result.from.push(from);
            continue;
        }
        result.volumes[path] = {};
        if (source !== "") {
            const label = stringOf(volume, "selinuxRelabel");
            const mode = (flagOf(volume, "readOnly") ? "ro" : "rw") + (label === "" ? "" : `,${label}`);
            result.binds.push(`${source}:${path}:${mode}`);
        }
    }
    return result;
}

function portsOf(state: PropertyMap): { exposed: JsonObject; bindings: JsonObject } {
    const exposed: JsonObject = {};
    const bindings: Record<string, JsonObject[]> = {};
    for (const port of objectsOf(state, "ports")) {
        const key = `${numberOf(port, "internal")}/${stringOf(port, "protocol")}`;
        exposed[key] = {};
        const binding = { HostPort: String(numberOf(port, "external")), HostIp: stringOf(port, "ip") };
        (bindings[key] ??= []).push(binding);
    }
    return { exposed, bindings };
}

/** `systempaths=unconfined` is done by the client: it empties the masked and read-only paths. */
function securityOf(state: PropertyMap): JsonObject {
    const options = stringsOf(state, "securityOpts");
    const open = options.includes("systempaths=unconfined");
    const others = options.filter((option) => option !== "systempaths=unconfined");
    return {
        ...(others.length > 0 ? { SecurityOpt: others } : {}),
        ...(open ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
    };
}

/**
 * Names in capital letters with CAP_, as Docker's own client sends them. The state keeps what the program wrote until a
 * refresh reads the long names: then a short one in the program replaces the container, with the genuine provider too.
 */
function capabilityNames(names: string[]): string[] {
    const upper = names.map((name) => name.toUpperCase());
    return upper.includes("ALL") ? ["ALL"] : upper.map((name) => name.startsWith("CAP_") ? name : `CAP_${name}`);
}

function capabilitiesOf(state: PropertyMap): JsonObject {
    const given = state["capabilities"];
    const names = (key: string): string[] => isObject(given) ? capabilityNames(stringsOf(given, key)) : [];
    return isObject(given) ? { CapAdd: names("adds"), CapDrop: names("drops") } : {};
}

/** The limits that an update sends as well, in the API's units (bytes). */
export function resourcesOf(state: PropertyMap): JsonObject {
    const swap = numberOf(state, "memorySwap");
    return {
        CpuShares: numberOf(state, "cpuShares"),
        CpusetCpus: stringOf(state, "cpuSet"),
        Memory: numberOf(state, "memory") * MEBIBYTE,
        MemoryReservation: numberOf(state, "memoryReservation") * MEBIBYTE,
        MemorySwap: swap > 0 ? swap * MEBIBYTE : swap,
    };
}

/** `restart` and `maxRetryCount` as the API has them. */
export function restartPolicyOf(state: PropertyMap): JsonObject {
    return { Name: stringOf(state, "restart"), MaximumRetryCount: numberOf(state, "maxRetryCount") };
}

/** Leaves out what is not set, so that the engine's or the image's own value applies. */
function present(values: Record<string, Json>): JsonObject {
    return Object.fromEntries(Object.entries(values).filter(([, value]) =>
        value !== "" && value !== 0 && !(Array.isArray(value) && value.length === 0)
        && !(typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0)));
}

function hostConfigOf(state: PropertyMap, binds: string[], from: string[], bindings: JsonObject): JsonObject {
    const mode = stringOf(state, "cgroupnsMode");
    if (mode !== "" && mode !== "private" && mode !== "host") {
        throw new ProviderError("cgroupns_mode: invalid CGROUP mode, must be either 'private', 'host' or empty");
    }
    return {
        Privileged: flagOf(state, "privileged"),
        RestartPolicy: restartPolicyOf(state),
        AutoRemove: flagOf(state, "rm"),
        ReadonlyRootfs: flagOf(state, "readOnly"),
        Init: flagOf(state, "init"),
        LogConfig: { Type: stringOf(state, "logDriver"), Config: stringMapOf(state, "logOpts") },
        ...resourcesOf(state),
        ...present({
            Runtime: stringOf(state, "runtime"),
            NetworkMode: stringOf(state, "networkMode"),
            CgroupnsMode: mode,
            Binds: binds,
            VolumesFrom: from,
            PortBindings: bindings,
            Tmpfs: stringMapOf(state, "tmpfs"),
            Sysctls: stringMapOf(state, "sysctls"),
            Dns: stringsOf(state, "dns"),
            ShmSize: numberOf(state, "shmSize") * MEBIBYTE,
            PidMode: stringOf(state, "pidMode"),
            IpcMode: stringOf(state, "ipcMode"),
            ExtraHosts: objectsOf(state, "hosts").map((host) => `${stringOf(host, "host")}:${stringOf(host, "ip")}`),
            Ulimits: objectsOf(state, "ulimits").map((limit) => ({
                Name: stringOf(limit, "name"), Soft: numberOf(limit, "soft"), Hard: numberOf(limit, "hard"),
            })),
            Devices: objectsOf(state, "devices").map((device) => ({
                PathOnHost: stringOf(device, "hostPath"),
                PathInContainer: stringOf(device, "containerPath") || stringOf(device, "hostPath"),
                CgroupPermissions: stringOf(device, "permissions"),
            })),
        }),
        ...capabilitiesOf(state),
        ...securityOf(state),
    };
}

/**
 * The body of `POST /containers/create` for a planned state.
 * @throws ProviderError with the genuine provider's words for entries that make no sense.
 */
export function containerBody(state: PropertyMap): JsonObject {
    const { volumes, binds, from } = volumesOf(state);
    const { exposed, bindings } = portsOf(state);
    const command = stringsOf(state, "command");
    if (command.includes("")) {
        throw new ProviderError("values for command may not be empty");
    }
    return {
        Image: stringOf(state, "image"),
        Tty: flagOf(state, "tty"),
        OpenStdin: flagOf(state, "stdinOpen"),
        ...present({
            Hostname: stringOf(state, "hostname"),
            Domainname: stringOf(state, "domainname"),
            User: stringOf(state, "user"),
            WorkingDir: stringOf(state, "workingDir"),
            StopSignal: stringOf(state, "stopSignal"),
            StopTimeout: numberOf(state, "stopTimeout"),
            Env: stringsOf(state, "envs"),
            Cmd: command,
            Entrypoint: stringsOf(state, "entrypoints"),
            Labels: labelsOf(state),
            Volumes: volumes,
            ExposedPorts: exposed,
        }),
        HostConfig: hostConfigOf(state, binds, from, bindings),
    };
}
