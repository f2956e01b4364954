import type { PropertyMap, Value } from "../provider/values";
import { isJsonObject, objectAt } from "./api";
import type { Json, JsonObject } from "./api";
import { flagOf, objectsOf, settle, stringOf, textAt } from "./values";

const MEBIBYTE = 1024 * 1024;

function networkDatas(settings: JsonObject): Value {
    return Object.entries(objectAt(settings, "Networks")).map(([networkName, entry]): Value => {
        const data = isJsonObject(entry) ? entry : {};
        const number = (key: string): number => typeof data[key] === "number" ? data[key] : 0;
        return {
            networkName,
            ipAddress: textAt(data, "IPAddress"),
            ipPrefixLength: number("IPPrefixLen"),
            gateway: textAt(data, "Gateway"),
            globalIpv6Address: textAt(data, "GlobalIPv6Address"),
            globalIpv6PrefixLength: number("GlobalIPv6PrefixLen"),
            ipv6Gateway: textAt(data, "IPv6Gateway"),
            macAddress: textAt(data, "MacAddress"),
        };
    });
}

function portsOf(settings: JsonObject): Value {
    const entries = Object.entries(objectAt(settings, "Ports"))
        .sort(([left], [right]) => Number.parseInt(left, 10) - Number.parseInt(right, 10));
    return entries.flatMap(([key, bindings]): Value[] => {
        const [internal = "", protocol = ""] = key.split("/");
        return !Array.isArray(bindings) ? [] : bindings.filter(isJsonObject).map((binding) => ({
            internal: Number(internal), external: Number(textAt(binding, "HostPort")), ip: textAt(binding, "HostIp"), protocol,
        }));
    });
}

function hostsOf(entries: Json | undefined): Value {
    return !Array.isArray(entries) ? [] : entries.map((entry): Value => {
        const [host = "", ...ip] = String(entry).split(":");
        return { host, ip: ip.join(":") };
    });
}

function ulimitsOf(entries: Json | undefined): Value {
    return !Array.isArray(entries) ? [] : entries.filter(isJsonObject).map((entry): Value =>
        ({ name: textAt(entry, "Name"), soft: Number(entry["Soft"] ?? 0), hard: Number(entry["Hard"] ?? 0) }));
}

/** Devices as the program wrote them: a container path that is the host path was perhaps left out. */
function devicesOf(entries: Json | undefined, state: PropertyMap): Value {
    const implied = new Set(objectsOf(state, "devices").filter((device) => stringOf(device, "containerPath") === "")
        .map((device) => stringOf(device, "hostPath")));
    return !Array.isArray(entries) ? [] : entries.filter(isJsonObject).map((entry): Value => {
        const [hostPath, inside] = [textAt(entry, "PathOnHost"), textAt(entry, "PathInContainer")];
        const containerPath = implied.has(hostPath) && inside === hostPath ? "" : inside;
        return { hostPath, containerPath, permissions: textAt(entry, "CgroupPermissions") };
    });
}

function capabilitiesOf(host: JsonObject, before: Value | undefined): Value {
    const [adds, drops] = [host["CapAdd"], host["CapDrop"]].map((list): Value => Array.isArray(list) ? list as Value : []);
    const set = [adds, drops].some((list) => Array.isArray(list) && list.length > 0);
    return set ? { adds: adds ?? [], drops: drops ?? [] } : before ?? null;
}

function mebibytes(value: Json | undefined): number {
    return typeof value === "number" && value > 0 ? Math.trunc(value / MEBIBYTE) : Number(value ?? 0);
}

function inState(state: PropertyMap, key: string, value: () => Value): Record<string, Value> {
    const before = state[key];
    return Array.isArray(before) && before.length > 0 ? { [key]: value() } : {};
}

/**
 * The state of a container from `GET /containers/ID/json`, over what was in state. As in the genuine provider, envs,
 * labels, volumes, uploads and networks stay what the program wrote; a stopped container that must run gets
 * `mustRun: false`, so that the next update starts it, and loses its ports, which replaces it.
 */
export function containerState(container: JsonObject, state: PropertyMap): PropertyMap {
    const config = objectAt(container, "Config");
    const host = objectAt(container, "HostConfig");
    const settings = objectAt(container, "NetworkSettings");
    const running = objectAt(container, "State")["Running"] === true;
    const mustRun = flagOf(state, "mustRun");
    const log = objectAt(host, "LogConfig");
    const policy = objectAt(host, "RestartPolicy");
    const known = (key: string, value: Json | undefined): Value => settle(state[key], value);
    return {
        ...state,
        ...(running ? {} : { exitCode: Number(objectAt(container, "State")["ExitCode"] ?? 0) }),
        ...(running || !mustRun ? {} : { mustRun: false }),
        ...(running || mustRun ? inState(state, "ports", () => portsOf(settings)) : {}),
        ...inState(state, "devices", () => devicesOf(host["Devices"], state)),
        ...inState(state, "ulimits", () => ulimitsOf(host["Ulimits"])),
        bridge: textAt(settings, "Bridge"),
        networkDatas: networkDatas(settings),
        name: textAt(container, "Name").replace(/^\/+/, ""),
        rm: host["AutoRemove"] === true,
        readOnly: host["ReadonlyRootfs"] === true,
        image: stringOf(state, "image").startsWith("sha256:") ? textAt(container, "Image") : textAt(config, "Image"),
        hostname: textAt(config, "Hostname"),
        domainname: textAt(config, "Domainname"),
        command: known("command", config["Cmd"]) ?? [],
        entrypoints: known("entrypoints", config["Entrypoint"]) ?? [],
        user: textAt(config, "User"),
        workingDir: textAt(config, "WorkingDir"),
        dns: known("dns", host["Dns"]),
        securityOpts: known("securityOpts", host["SecurityOpt"]) ?? [],
        publishAllPorts: host["PublishAllPorts"] === true,
        restart: textAt(policy, "Name"),
        maxRetryCount: Number(policy["MaximumRetryCount"] ?? 0),
        init: host["Init"] === true,
        capabilities: capabilitiesOf(host, state["capabilities"]),
        runtime: textAt(host, "Runtime"),
        platform: textAt(container, "Platform"),
        tmpfs: known("tmpfs", host["Tmpfs"]),
        hosts: hostsOf(host["ExtraHosts"]),
        privileged: host["Privileged"] === true,
        memory: mebibytes(host["Memory"]),
        memoryReservation: mebibytes(host["MemoryReservation"]),
        memorySwap: mebibytes(host["MemorySwap"]),
        shmSize: mebibytes(host["ShmSize"]),
        cpuShares: Number(host["CpuShares"] ?? 0),
        cpuSet: textAt(host, "CpusetCpus"),
        logDriver: textAt(log, "Type"),
        logOpts: known("logOpts", state["logOpts"] === null ? null : log["Config"]),
        networkMode: textAt(host, "NetworkMode"),
        ...(stringOf(state, "pidMode") === "" ? {} : { pidMode: textAt(host, "PidMode") }),
        usernsMode: textAt(host, "UsernsMode"),
        sysctls: known("sysctls", host["Sysctls"]),
        ipcMode: textAt(host, "IpcMode"),
        tty: config["Tty"] === true,
        stdinOpen: config["OpenStdin"] === true,
        stopSignal: textAt(config, "StopSignal"),
        stopTimeout: Number(config["StopTimeout"] ?? 0),
    };
}
