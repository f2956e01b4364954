/** What Marathon refuses by its own settings, and beside the forms of fields: roles, features, volumes from outside, checks. */
import { faultLine } from "../../../config";
import { marathonFacts, parseApp } from "../../../components/marathon-app/definition";
import { scalarText } from "../../../config/scalar";
import type { Row } from "./refused";
import { byKey, docker, hello } from "./support";

type Flags = Readonly<Record<string, string>>;

/** Errors and warnings by key, each as its line. */
function judged(input: unknown, flags?: Flags): { errors: Record<string, string>; warnings: Record<string, string> } {
    const { faults = [], notices = [] } = parseApp(input, "", flags && marathonFacts(flags));
    const all = [...faults, ...notices];
    return { errors: byKey(all.filter(({ severity }) => severity === "error")), warnings: byKey(all.filter(({ severity }) => severity === "warning")) };
}

const keep = { containerPath: "kept", mode: "RW", persistent: { size: 64 } };
const mesos = (container: object, over: object = {}) => hello({ container: { type: "MESOS", ...container }, ...over });
const resident = (over: object = {}) => mesos({ volumes: [keep] }, over);
const driven = (external: object, over: object = {}) => ({
    containerPath: "/srv",
    mode: "RW",
    external: { name: "ledger", provider: "dvdi", options: { "dvdi/driver": "netapp" }, ...external },
    ...over,
});
const outside = { enable_features: "external_volumes" };
const own = { mesos_role: "ops", mesos_authentication_principal: "ops" };
const at = "container.volumes[0]";

type Told = readonly [what: string, input: unknown, flags: Flags, errors: Readonly<Record<string, RegExp>>];

it.each<Told>([
    ["disk that stays, for everybody", resident(), {}, { role: /takes no app with persistent volumes.*mesos_role.*mesos_authentication_principal.*\/storage\/hello/i }],
    ["disk that stays, by a role that says so", resident({ role: "*" }), own, { role: /Marathon takes \/hello in role ops only|reserves nothing/ }],
    ["disk that stays, of others' resources", resident({ acceptedResourceRoles: ["ops"] }), own, { acceptedResourceRoles: /takes resources of "\*" only/ }],
    ["disk that stays, given up with its agent", resident({ unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 } }), own, {
        unreachableStrategy: /write unreachableStrategy: disabled/i,
    }],
    ["a role that Marathon does not have", hello({ role: "web" }), own, { role: /in role ops only\. Use ops, or set mesos_role/ }],
    ["resources of a role that Marathon does not have", hello({ acceptedResourceRoles: ["ops"] }), {}, { acceptedResourceRoles: /take ops out, or set mesos_role/i }],
    ["a role beside that of the group that must be", hello({ id: "/shop/cart", role: "*" }), { new_group_enforce_role: "top" }, { role: /in role shop only/ }],
    ["GPUs without the feature", hello({ gpus: 2 }), {}, { gpus: /takes no GPUs\. Write enable_features: gpu_resources in datacentre:marathon\.flags/ }],
    ["secrets without the feature", hello({ secrets: { s: { source: "v" } } }), outside, { secrets: /enable_features: external_volumes,secrets/ }],
    ["a driver's volume without the feature", mesos({ volumes: [driven({})] }), {}, { [`${at}.external`]: /takes no external volumes/ }],
    ["a driver's volume of nobody", mesos({ volumes: [driven({ provider: "rexray" })] }), outside, { [`${at}.external.provider`]: /knows no such provider\. Write dvdi, or csi/ }],
    ["a driver's volume without driver and name", mesos({ volumes: [driven({ name: undefined, options: {} })] }), outside, {
        [`${at}.external.name`]: /is missing/,
        [`${at}.external.options.dvdi/driver`]: /no driver is named/,
    }],
    ["an option of no driver", mesos({ volumes: [driven({ options: { "dvdi/driver": "netapp", size: "3" } })] }), outside, { [`${at}.external.options.size`]: /as dvdi\/size/ }],
    ["options that rexray does not take", mesos({ volumes: [driven({ options: { "dvdi/driver": "rexray", "dvdi/iops": "many", "dvdi/overwritefs": "no" } })] }), outside, {
        [`${at}.external.options.dvdi/iops`]: /whole number above 0/,
        [`${at}.external.options.dvdi/overwritefs`]: /use true/i,
    }],
    ["a driver's volume for Docker that says its size", docker({ volumes: [driven({ size: 4 })] }), outside, { [`${at}.external.size`]: /tells a driver no size/ }],
    ["a driver's volume for Docker with options", docker({ volumes: [driven({ options: { "dvdi/driver": "netapp", "dvdi/tier": "fast" } })] }), outside, {
        [`${at}.external.options.dvdi/tier`]: /the driver alone/,
    }],
    ["a driver's volume for Mesos that is only read", mesos({ volumes: [driven({}, { mode: "RO" })] }), outside, { [`${at}.mode`]: /for writing only/ }],
    ["a driver's volume over the sandbox", mesos({ volumes: [driven({}, { containerPath: "." })] }), outside, { [`${at}.containerPath`]: /path of its own/ }],
    ["a driver's volume of several at a time", mesos({ volumes: [driven({})] }, { instances: 2, upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 } }), outside, {
        instances: /use 1/i,
        "upgradeStrategy.maximumOverCapacity": /use 0/i,
    }],
    ["a network of no name without default", mesos({}, { networks: [{ mode: "container" }] }), {}, { "networks[0]": /there is no default_network_name/ }],
])("refuses %s", (_, input, flags, wanted) => {
    const { errors } = judged(input, flags);
    expect(Object.keys(errors).sort()).toEqual(Object.keys(wanted).sort());
    Object.entries(wanted).forEach(([key, text]) => expect(errors[key]).toMatch(text));
});

const csi = (accessMode: string, mode: string) => ({
    containerPath: "/srv",
    mode,
    external: { provider: "csi", name: "w", options: { pluginName: "nfs", capability: { accessType: "mount", accessMode } } },
});

it.each([
    ["SINGLE_NODE_WRITER", "RW", 2, ["instances"]],
    ["MULTI_NODE_SINGLE_WRITER", "RW", 2, ["instances"]],
    ["MULTI_NODE_SINGLE_WRITER", "RO", 2, []],
    ["MULTI_NODE_MULTI_WRITER", "RW", 5, []],
    ["SINGLE_NODE_WRITER", "RW", 1, []],
    ["MULTI_NODE_READER_ONLY", "RW", 1, [`${at}.mode`]],
    ["MULTI_NODE_READER_ONLY", "RO", 3, []],
] as const)("takes a CSI volume of access mode %s, mounted %s, by %d", (access, mode, instances, wrong) => {
    expect(Object.keys(judged(mesos({ volumes: [csi(access, mode)] }, { instances }), outside).errors)).toEqual([...wrong]);
});

it.each<readonly [what: string, input: unknown, flags: Flags]>([
    ["disk that stays, in Marathon's role", resident({ unreachableStrategy: "disabled", acceptedResourceRoles: ["*"] }), own],
    ["disk that stays, in its group's role", resident({ id: "/shop/db", role: "shop" }), { mesos_authentication_principal: "ops" }],
    ["disk that stays, in the role that its group must have", resident({ id: "/shop/db" }), { new_group_enforce_role: "top", mesos_authentication_principal: "ops" }],
    ["resources of Marathon's role", hello({ acceptedResourceRoles: ["ops", "*"] }), own],
    ["GPUs, secrets and volumes by features", mesos({ volumes: [driven({})] }, { gpus: 1, secrets: { s: { source: "v" } } }), {
        enable_features: "gpu_resources, secrets,external_volumes",
        plugin_dir: "/opt/plugins",
        plugin_conf: "/opt/plugins.json",
    }],
    ["a driver's volume for Docker", docker({ volumes: [driven({}, { mode: "RO" })] }, { upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 } }), outside],
    ["rexray's options", mesos({ volumes: [driven({ size: 8, options: { "dvdi/driver": "rexray", "dvdi/iops": "100", "dvdi/overwritefs": "True", "dvdi/volumetype": "io1" } })] }), outside],
    ["Marathon's default network", mesos({}, { networks: [{}] }), { default_network_name: "apps" }],
    ["a path without slash, which Marathon puts there", hello({ healthChecks: [{ path: "health" }] }), {}],
])("takes %s", (_, input, flags) => {
    expect(judged(input, flags)).toEqual({ errors: {}, warnings: {} });
});

it.each<Row>([
    ["features of a Marathon that is not known", mesos({ volumes: [driven({})] }), { [`${at}.external`]: /--enable_features external_volumes/ }],
    ["a command's port, as older Marathons tell it", hello({ healthChecks: [{ protocol: "COMMAND", command: { value: "true" }, portIndex: 0, ignoreHttp1xx: false }] }), {
        "healthChecks[0].portIndex": /passes over portIndex/,
    }],
    ["a port beside an index", hello({ healthChecks: [{ port: 80, portIndex: 0 }] }), { "healthChecks[0].portIndex": /asks on port/ }],
    ["a path of TCP", hello({ healthChecks: [{ protocol: "TCP", path: "/" }] }), { "healthChecks[0].path": /passes over it/ }],
    ["a label of a port that is not there", hello({ labels: { HAPROXY_3_VHOST: "w.example" } }), { "labels.HAPROXY_3_VHOST": /no port with index 3/ }],
    ["one service port twice in an app", docker({ portMappings: [1, 2].map((containerPort) => ({ containerPort, servicePort: 90 })) }), {
        "container.portMappings[1].servicePort": /service port 90 is there twice/,
    }],
])("takes %s, with a word", (_, input, wanted) => {
    const { errors, warnings } = judged(input);
    expect(errors).toEqual({});
    expect(Object.keys(warnings)).toEqual(Object.keys(wanted));
    Object.entries(wanted).forEach(([key, text]) => expect(warnings[key]).toMatch(text));
});

it.each<Row>([
    ["an index that is not there, beside a port", hello({ healthChecks: [{ port: 80, portIndex: 4 }] }), { "healthChecks[0].portIndex": /none with index 4/ }],
    ["an agent's check on a path without slash", hello({ healthChecks: [{ protocol: "MESOS_HTTP", path: "health" }] }), { "healthChecks[0].path": /put one in front/i }],
    ["a plain check on such a path", hello({ check: { http: { path: "health" } } }), { "check.http.path": /put one in front/i }],
    ["a command by IPv6", hello({ healthChecks: [{ protocol: "COMMAND", command: { value: "true" }, ipProtocol: "IPv6" }] }), { "healthChecks[0].ipProtocol": /take it out/i }],
    ["a check in a container network without container", hello({ networks: [{ name: "a" }], healthChecks: [{}] }), { "healthChecks[0].portIndex": /0 ports/ }],
    ["half of a migration", hello({ labels: { DCOS_MIGRATION_API_VERSION: "v1", DCOS_MIGRATION_API_PATH: "/p" } }), { "labels.DCOS_MIGRATION_API_VERSION": /FRAMEWORK_NAME/ }],
    ["a mode that HAProxy does not have", hello({ labels: { HAPROXY_0_MODE: "https" } }), { "labels.HAPROXY_0_MODE": /write tcp or http/i }],
    ["a service port that is none", hello({ labels: { HAPROXY_0_PORT: "web" } }), { "labels.HAPROXY_0_PORT": /write a port/i }],
    ["a URI with a blank", hello({ fetch: [{ uri: "https://h/a file.tgz" }] }), { "fetch[0].uri": /for no URI.*%20/ }],
    ["a URI with half a sign", hello({ fetch: [{ uri: "https://h/100%.tgz" }] }), { "fetch[0].uri": /for no URI/ }],
    ["more groups than Marathon counts", hello({ constraints: [["rack", "GROUP_BY", "4294967296"]] }), { "constraints[0][2]": /whole number/ }],
    ["a dependency on a path of Marathon's", hello({ dependencies: ["/shop/tasks"] }), { "dependencies[0]": /path of Marathon's own/ }],
    ["a secret without name", hello({ secrets: { "": { source: "v" } } }), { secrets: /give every one a name/i }],
    ["a profile that confines nothing", mesos({ linuxInfo: { seccomp: { profileName: "p", unconfined: true } } }), { "container.linuxInfo.seccomp": /unconfined: true/ }],
    ["no profile at all", mesos({ linuxInfo: { seccomp: {} } }), { "container.linuxInfo.seccomp": /no profile is named/ }],
    ["a size of the agent's shared memory", mesos({ linuxInfo: { ipcInfo: { mode: "SHARE_PARENT", shmSize: 8 } } }), { "container.linuxInfo.ipcInfo.shmSize": /mode: PRIVATE/ }],
    ["a pod", { id: "/p", containers: [{ name: "c" }], networks: [{ mode: "host" }] }, { "": /this is a pod.*an app of its own/ }],
    ["a pod that only scales", { id: "/p", scaling: { kind: "fixed", instances: 2 } }, { "": /this is a pod/ }],
    ["a group", { id: "/shop", apps: [{ id: "cart" }, { id: "/shop/db" }], dependencies: ["/x"] }, { "": /this is a group.*whole ids: \/shop\/cart, \/shop\/db/ }],
    ["a group of groups", { id: "/shop", groups: [{ id: "front" }] }, { "": /this is a group/ }],
    ["what Marathon answers for all apps", { apps: [{ id: "/a" }] }, { "": /list of apps/ }],
    ["what Marathon answers for one", { app: { id: "/a", cmd: "x" } }, { "": /write what stands under app/i }],
    ["an object of Kubernetes", { apiVersion: "apps/v1", kind: "Deployment", metadata: {} }, { "": /Kubernetes \(Deployment\)/ }],
    ["a job", { id: "nightly", run: { cmd: "x" } }, { "": /Metronome/ }],
])("refuses %s, whatever Marathon it is", (_, input, wanted) => {
    const { errors } = judged(input);
    expect(Object.keys(errors)).toEqual(Object.keys(wanted));
    Object.entries(wanted).forEach(([key, text]) => expect(errors[key]).toMatch(text));
});

it("tells of every key where a definition stands", () => {
    const { faults = [] } = parseApp({ id: "/p", containers: [] }, "datacentre:apps[3]");
    expect(faults.map(faultLine)).toEqual([expect.stringMatching(/^datacentre:apps\[3\]: this is a pod/)]);
});

it.each([
    [1, "1"],
    [1.0005, "1"],
    [1.00051, "1.001"],
    [1.1005, "1.101"],
    [0.0625, "0.062"],
    [0.1875, "0.188"],
    [2.5, "2.5"],
    [100, "100"],
    [0, "0"],
])("writes %d as Marathon compares it", (value, text) => {
    expect(scalarText(value)).toBe(text);
});
