import { LABELS, atLeast, bool, int, many, map, matches, text, textSet, texts } from "./spec";
import type { Field, Fields, Kind } from "./spec";

const replaces = (kind: Kind, more: Partial<Field> = {}): Field => ({ kind, forceNew: true, ...more });
const computed = (kind: Kind, more: Partial<Field> = {}): Field => replaces(kind, { computed: true, ...more });
const refused = (kind: Kind, more: Partial<Field> = {}): Field => ({ kind, unsupported: true, ...more });
const output = (kind: Kind): Field => ({ kind, computed: true, outputOnly: true });
const absolute: Field["validate"] = (value) =>
    typeof value === "string" && !value.startsWith("/") ? `'${value}' must be an absolute path` : undefined;
const base64: Field["validate"] = (value) =>
    typeof value === "string" && !(value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value.replace(/[\r\n]/g, "")))
        ? `'${value}' is not base64 decodeable`
        : undefined;

/**
 * The same ports in another order are no change: the engine's is by number. An internal port that is bound more than once
 * counts by its first binding alone, so that another order of those is a change.
 */
const samePorts: Field["isUnchanged"] = (before, after) => before.length === after.length && before.every((old) => {
    const candidates = after.filter((port) => port["internal"] === old["internal"]);
    const bound = candidates.find((port) => port["protocol"] === old["protocol"]);
    return bound !== undefined && bound["external"] === old["external"] && bound["ip"] === old["ip"];
});

const volume: Fields = {
    fromContainer: { kind: text },
    containerPath: { kind: text },
    hostPath: { kind: text, validate: absolute },
    volumeName: { kind: text },
    readOnly: { kind: bool },
    selinuxRelabel: { kind: text, validate: matches("^(z|Z)$") },
};
const port: Fields = {
    internal: { kind: int, required: true },
    external: { kind: int, computed: true },
    ip: { kind: text, fallback: "0.0.0.0" },
    protocol: { kind: text, fallback: "tcp" },
};
const network: Fields = {
    name: { kind: text, required: true },
    aliases: { kind: textSet },
    ipv4Address: { kind: text },
    ipv6Address: { kind: text },
    linkLocalIps: { kind: textSet },
    macAddress: { kind: text },
    driverOpts: { kind: textSet },
    gwPriority: { kind: int, validate: atLeast(0) },
};
const upload: Fields = {
    file: { kind: text, required: true },
    content: { kind: text },
    contentBase64: { kind: text, validate: base64 },
    executable: { kind: bool },
    permissions: { kind: text, validate: matches("^0[0-7]{3}$") },
    source: { kind: text },
    sourceHash: { kind: text },
};
const networkData: Fields = {
    networkName: output(text), ipAddress: output(text), ipPrefixLength: output(int), gateway: output(text),
    globalIpv6Address: output(text), globalIpv6PrefixLength: output(int), ipv6Gateway: output(text),
    macAddress: output(text),
};
const anything: Kind = many("set", {});

/**
 * `docker:index/container:Container`. What updates in place and what replaces is the genuine provider's: of the
 * supported ones only restart, maxRetryCount, memory, memoryReservation, memorySwap, cpuShares, cpuSet reach the running
 * container in an update; mustRun starts it; tmpfs, init, rm and the like change in state alone, a fault that is kept.
 */
export const CONTAINER_FIELDS: Fields = {
    name: replaces(text, { required: true, autonamed: true }),
    image: replaces(text, { required: true }),
    attach: refused(bool, { fallback: false }),
    bridge: output(text),
    capabilities: replaces({
        type: "block", fields: { adds: { kind: textSet, tf: "add" }, drops: { kind: textSet, tf: "drop" } },
    }),
    cgroupParent: refused(text, { forceNew: true }),
    cgroupnsMode: replaces(text),
    command: computed(texts),
    containerLogs: output(text),
    containerReadRefreshTimeoutMilliseconds: { kind: int, fallback: 15000 },
    cpuPeriod: refused(int),
    cpuQuota: refused(int),
    cpuSet: { kind: text, validate: matches("^\\d+([,-]\\d+)*$") },
    cpuShares: { kind: int, validate: atLeast(0) },
    cpus: refused(text, { forceNew: true }),
    destroyGraceSeconds: { kind: int },
    deviceReadBps: refused(anything),
    deviceReadIops: refused(anything),
    deviceRequests: refused(anything, { forceNew: true }),
    deviceWriteBps: refused(anything),
    deviceWriteIops: refused(anything),
    devices: replaces(many("set", {
        hostPath: { kind: text, required: true },
        containerPath: { kind: text },
        permissions: { kind: text, fallback: "rwm" },
    })),
    dns: replaces(textSet),
    dnsOpts: refused(textSet, { forceNew: true }),
    dnsSearches: refused(textSet, { forceNew: true }),
    domainname: replaces(text),
    entrypoints: computed(texts),
    envs: computed(textSet),
    exitCode: output(int),
    gpus: refused(text, { forceNew: true }),
    groupAdds: refused(textSet, { forceNew: true }),
    healthcheck: refused({ type: "block", fields: {} }, { computed: true }),
    hostname: computed(text),
    hosts: replaces(many("set", { host: { kind: text, required: true }, ip: { kind: text, required: true } }), { tf: "host" }),
    init: { kind: bool, computed: true },
    ipcMode: computed(text),
    labels: computed(LABELS),
    logDriver: computed(text),
    logOpts: replaces(map),
    logs: refused(bool, { fallback: false }),
    maxRetryCount: { kind: int },
    memory: { kind: int, validate: atLeast(0) },
    memoryReservation: { kind: int, validate: atLeast(0), fallback: 0 },
    memorySwap: { kind: int, validate: atLeast(-1) },
    mounts: refused(anything, { forceNew: true }),
    mustRun: { kind: bool, fallback: true },
    networkDatas: { kind: many("list", networkData), computed: true, outputOnly: true },
    networkMode: replaces(text, { fallback: "bridge" }),
    networksAdvanced: replaces(many("set", network), { tf: "networks_advanced" }),
    pidMode: replaces(text),
    platform: refused(text, { forceNew: true, computed: true }),
    ports: replaces(many("list", port), { isUnchanged: samePorts }),
    privileged: replaces(bool),
    publishAllPorts: refused(bool, { forceNew: true }),
    readOnly: replaces(bool, { fallback: false }),
    removeVolumes: { kind: bool, fallback: true },
    restart: { kind: text, fallback: "no", validate: matches("^(no|on-failure|always|unless-stopped)$") },
    rm: { kind: bool, fallback: false },
    runtime: computed(text),
    securityOpts: computed(textSet),
    shmSize: computed(int, { validate: atLeast(0) }),
    start: { kind: bool, fallback: true },
    stdinOpen: replaces(bool, { fallback: false }),
    stopSignal: computed(text),
    stopTimeout: computed(int),
    storageOpts: refused(map, { forceNew: true }),
    sysctls: replaces(map),
    tmpfs: { kind: map },
    tty: replaces(bool, { fallback: false }),
    ulimits: replaces(many("set", {
        name: { kind: text, required: true }, soft: { kind: int, required: true }, hard: { kind: int, required: true },
    }), { tf: "ulimit" }),
    uploads: replaces(many("set", upload), { tf: "upload" }),
    user: replaces(text),
    usernsMode: refused(text, { forceNew: true }),
    volumes: replaces(many("set", volume)),
    wait: { kind: bool, fallback: false },
    waitTimeout: { kind: int, fallback: 60 },
    workingDir: replaces(text),
};
