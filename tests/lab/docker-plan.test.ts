import { BridgedHandler } from "../../lab/plugins/docker/bridged";
import type { Driver } from "../../lab/plugins/docker/bridged";
import { containerDriver } from "../../lab/plugins/docker/container";
import { imageDriver } from "../../lab/plugins/docker/image";
import { networkDriver } from "../../lab/plugins/docker/network";
import { planState } from "../../lab/plugins/docker/plan";
import { volumeDriver } from "../../lab/plugins/docker/volume";
import { UNKNOWN, Unknown } from "../../lab/plugins/provider/values";
import type { PropertyMap, Value } from "../../lab/plugins/provider/values";
import { testContext } from "./support";

const NO_API = (): never => {
    throw new Error("planning must not call the engine");
};
const { context } = testContext("nm");

/** What the engine knows after a check and a plan, with the computed rest as a fresh container has it. */
async function stateOf(driver: Driver, news: PropertyMap, computed: PropertyMap = {}): Promise<PropertyMap> {
    const handler = new BridgedHandler(driver, NO_API);
    const { inputs, failures } = await handler.check(context, {}, news, new Uint8Array());
    expect(failures).toEqual([]);
    const planned = planState(driver.fields, inputs, undefined);
    const known = Object.entries(planned).map(([key, value]): [string, Value] =>
        [key, value instanceof Unknown ? computed[key] ?? null : value]);
    return Object.fromEntries(known);
}

interface Answer {
    changed: Record<string, string>;
    deleteFirst: boolean;
}

async function diff(driver: Driver, state: PropertyMap, news: PropertyMap): Promise<Answer> {
    const handler = new BridgedHandler(driver, NO_API);
    const { inputs, failures } = await handler.check(context, {}, news, new Uint8Array());
    expect(failures).toEqual([]);
    const { detailed, deleteBeforeReplace } = await handler.diff(context, "id", {}, state, inputs, []);
    const changed = Object.fromEntries([...detailed].map(([path, kind]) => [path.replace(/[.[].*/, ""), kind]));
    return { changed, deleteFirst: deleteBeforeReplace };
}

const FULL: PropertyMap = {
    image: "img:1", name: "x", hostname: "h", privileged: true, runtime: "r", cgroupnsMode: "host", tmpfs: { "/run": "" },
    volumes: [{ volumeName: "v", containerPath: "/v" }, { hostPath: "/h", containerPath: "/v2", readOnly: true }],
    networksAdvanced: [{ name: "net", ipv4Address: "10.0.0.2", aliases: ["b", "a"] }],
    hosts: [{ host: "a", ip: "1.1.1.1" }, { host: "b", ip: "1.1.1.2" }],
    labels: [{ label: "l", value: "v" }, { label: "k", value: "w" }], restart: "always", mustRun: true, start: true,
    stopSignal: "SIGRTMIN+3", stopTimeout: 10, destroyGraceSeconds: 10, envs: ["A=b"], sysctls: { "net.ipv4.ip_forward": "1" },
    devices: [{ hostPath: "/dev/fuse" }], securityOpts: ["seccomp=unconfined"], capabilities: { adds: ["ALL"] },
    ulimits: [{ name: "nofile", soft: 1, hard: 2 }], command: ["a"], entrypoints: ["b"],
    ports: [{ internal: 80, external: 8080 }], uploads: [{ file: "/f", content: "c" }], logDriver: "json-file",
    logOpts: { "max-size": "1m" }, wait: false,
};
const COMPUTED: PropertyMap = { init: false, ipcMode: "private", shmSize: 64, platform: "linux", bridge: "" };

/** A changed value, then what a removed one does: both as the genuine provider 5.2.0 answered. `-` is no difference. */
const CONTAINER: [string, Value, string, string][] = [
    ["hostname", "h2", "update-replace", "-"],
    ["privileged", false, "update-replace", "delete-replace"],
    ["runtime", "r2", "update-replace", "-"],
    ["cgroupnsMode", "private", "update-replace", "delete-replace"],
    ["tmpfs", { "/run": "", "/x": "" }, "add", "delete"],
    ["volumes", [{ volumeName: "v", containerPath: "/v" }], "update-replace", "delete-replace"],
    ["networksAdvanced", [{ name: "net", ipv4Address: "10.0.0.3" }], "update-replace", "delete-replace"],
    ["hosts", [{ host: "a", ip: "1.1.1.9" }], "update-replace", "delete-replace"],
    ["labels", [{ label: "l", value: "v2" }], "update-replace", "-"],
    ["restart", "no", "update", "update"],
    ["mustRun", false, "update", "-"],
    ["start", false, "update", "-"],
    ["stopSignal", "SIGTERM", "update-replace", "-"],
    ["stopTimeout", 11, "update-replace", "-"],
    ["destroyGraceSeconds", 11, "update", "delete"],
    ["envs", ["A=c"], "update-replace", "-"],
    ["sysctls", { "net.ipv4.ip_forward": "0" }, "update-replace", "delete-replace"],
    ["devices", [{ hostPath: "/dev/kvm" }], "update-replace", "delete-replace"],
    ["securityOpts", ["a=b"], "update-replace", "-"],
    ["capabilities", { adds: ["CAP_NET_ADMIN"] }, "update-replace", "delete-replace"],
    ["ulimits", [{ name: "nofile", soft: 1, hard: 3 }], "update-replace", "delete-replace"],
    ["command", ["z"], "update-replace", "-"],
    ["entrypoints", ["z"], "update-replace", "-"],
    ["ports", [{ internal: 81, external: 8080 }], "update-replace", "delete-replace"],
    ["uploads", [{ file: "/f", content: "d" }], "update-replace", "delete-replace"],
    ["logDriver", "none", "update-replace", "-"],
    ["logOpts", { "max-size": "2m" }, "update-replace", "delete-replace"],
    ["wait", true, "update", "-"],
];

describe("docker:index/container:Container differences", () => {
    test("nothing changed, and sets in another order, are no difference", async () => {
        const state = await stateOf(containerDriver, FULL, COMPUTED);
        expect((await diff(containerDriver, state, FULL)).changed).toEqual({});
        const reversed = Object.fromEntries(["hosts", "labels", "volumes"].map((key): [string, Value] =>
            [key, [...FULL[key] as Value[]].reverse()]));
        const networksAdvanced = [{ name: "net", ipv4Address: "10.0.0.2", aliases: ["a", "b"] }];
        expect((await diff(containerDriver, state, { ...FULL, ...reversed, networksAdvanced })).changed).toEqual({});
    });

    test.each(CONTAINER)("%s", async (property, value, changed, removed) => {
        const state = await stateOf(containerDriver, FULL, COMPUTED);
        const expected = (kind: string): Record<string, string> => kind === "-" ? {} : { [property]: kind };
        const after = await diff(containerDriver, state, { ...FULL, [property]: value });
        expect(after).toEqual({ changed: expected(changed), deleteFirst: true });
        const { [property]: _removed, ...rest } = FULL;
        expect((await diff(containerDriver, state, rest)).changed).toEqual(expected(removed));
    });

    test.each<[string, Value, string]>([
        ["hostname", "h", "update-replace"], ["privileged", true, "update-replace"], ["tmpfs", { "/a": "b" }, "add"],
        ["networksAdvanced", [{ name: "n" }], "add-replace"], ["labels", [{ label: "l", value: "v" }], "add-replace"],
        ["envs", ["A=b"], "add-replace"], ["volumes", [{ containerPath: "/q" }], "add-replace"], ["memory", 64, "update"],
        ["cpuShares", 3, "update"], ["cgroupnsMode", "host", "add-replace"], ["destroyGraceSeconds", 3, "add"],
        ["removeVolumes", false, "update"], ["networkMode", "host", "update-replace"], ["tty", true, "update-replace"],
        ["rm", true, "update"], ["init", true, "update"], ["maxRetryCount", 3, "update"], ["waitTimeout", 3, "update"],
    ])("%s added to a container without it", async (property, value, kind) => {
        const least = { image: "img:1", name: "c" };
        const computed = { ...COMPUTED, hostname: "abc", labels: [], envs: [], command: [], entrypoints: [] };
        const state = await stateOf(containerDriver, least, computed);
        // As read back from the engine: zeros, not nulls.
        const read = { ...state, privileged: false, memory: 0, cpuShares: 0, maxRetryCount: 0 };
        expect((await diff(containerDriver, read, least)).changed).toEqual({});
        expect((await diff(containerDriver, read, { ...least, [property]: value })).changed).toEqual({ [property]: kind });
    });

    test("a stopped container, as a refresh saw it, is an update", async () => {
        const state = await stateOf(containerDriver, FULL, COMPUTED);
        expect((await diff(containerDriver, { ...state, mustRun: false }, FULL)).changed).toEqual({ mustRun: "update" });
    });

    test("unknown values replace where a change would, but not where the engine computes them", async () => {
        const state = await stateOf(containerDriver, FULL, COMPUTED);
        expect((await diff(containerDriver, state, { ...FULL, image: UNKNOWN })).changed).toEqual({ image: "update-replace" });
        const networksAdvanced = [{ name: UNKNOWN, ipv4Address: "10.0.0.2", aliases: ["a", "b"] }];
        expect((await diff(containerDriver, state, { ...FULL, networksAdvanced })).changed).toEqual(
            { networksAdvanced: "update-replace" });
        expect((await diff(containerDriver, state, { ...FULL, labels: UNKNOWN })).changed).toEqual({});
    });

    test("a port that the engine chose is kept", async () => {
        const news = { image: "img:1", name: "c", ports: [{ internal: 80, ip: "127.0.0.1" }] };
        const state = await stateOf(containerDriver, news, COMPUTED);
        const read = { ...state, ports: [{ internal: 80, external: 32768, ip: "127.0.0.1", protocol: "tcp" }] };
        expect((await diff(containerDriver, read, news)).changed).toEqual({});
    });
});

describe("ports", () => {
    const udp = { internal: 53, external: 53, protocol: "udp" };
    const tcp = { internal: 53, external: 53, protocol: "tcp" };
    const web = { internal: 80, external: 8080, ip: "127.0.0.1" };

    test.each<[string, PropertyMap[], PropertyMap[], boolean]>([
        ["in another order", [web, udp, tcp], [tcp, udp, web], false],
        ["on another address", [web, tcp], [tcp, { ...web, ip: "0.0.0.0" }], true],
        ["at another port", [web, tcp], [tcp, { ...web, external: 8081 }], true],
        ["by another protocol", [web, tcp], [udp, web], true],
        ["fewer", [web, tcp], [web], true],
        ["bound twice, in the same order", [web, { ...web, external: 8081 }], [web, { ...web, external: 8081 }], false],
    ])("%s", async (_what, before, after, replaces) => {
        const state = await stateOf(containerDriver, { image: "img:1", name: "c", ports: before }, COMPUTED);
        const { changed } = await diff(containerDriver, state, { image: "img:1", name: "c", ports: after });
        expect("ports" in changed).toBe(replaces);
    });
});

describe("the other resources", () => {
    const network: PropertyMap = {
        name: "n1", driver: "bridge", ipamConfigs: [{ subnet: "10.0.0.0/24", gateway: "10.0.0.254" }], options: { mtu: "1400" },
        labels: [{ label: "l", value: "v" }],
    };
    const volume: PropertyMap = { name: "v1", labels: [{ label: "l", value: "v" }], driverOpts: { a: "b" } };
    const image: PropertyMap = { name: "img:1", keepLocally: true };

    test.each<[string, Driver, PropertyMap, PropertyMap, Record<string, string>, boolean]>([
        ["network, nothing", networkDriver, network, {}, {}, true],
        ["network name", networkDriver, network, { name: "z" }, { name: "update-replace" }, true],
        ["network options", networkDriver, network, { options: { mtu: "1500" } }, { options: "update-replace" }, true],
        ["network subnet", networkDriver, network, { ipamConfigs: [{ subnet: "10.0.1.0/24", gateway: "10.0.1.254" }] },
            { ipamConfigs: "update-replace" }, true],
        ["network labels", networkDriver, network, { labels: [] }, { labels: "delete-replace" }, true],
        ["network internal", networkDriver, network, { internal: true }, { internal: "update-replace" }, true],
        ["volume labels", volumeDriver, volume, { labels: [] }, { labels: "delete-replace" }, true],
        ["volume options", volumeDriver, volume, { driverOpts: { a: "c" } }, { driverOpts: "update-replace" }, true],
        ["image, nothing", imageDriver, image, {}, {}, false],
        ["image name", imageDriver, image, { name: "img:2" }, { name: "update-replace" }, false],
        ["image keepLocally", imageDriver, image, { keepLocally: false }, { keepLocally: "update" }, false],
        ["image triggers", imageDriver, image, { triggers: { a: "b" } }, { triggers: "add-replace" }, false],
    ])("%s", async (_what, driver, before, change, changed, deleteFirst) => {
        const computed = { internal: false, scope: "local", driver: "local", mountpoint: "/m", imageId: "i", repoDigest: "" };
        const state = await stateOf(driver, before, computed);
        const answer = await diff(driver, state, { ...before, ...change });
        const delta = answer.changed["keepLocally"] === "delete" ? { keepLocally: "update" } : answer.changed;
        expect({ changed: delta, deleteFirst: answer.deleteFirst }).toEqual({ changed, deleteFirst });
    });

    test("a generated name stays, and lets the replacement be created first", async () => {
        const handler = new BridgedHandler(networkDriver, NO_API);
        const first = (await handler.check(context, {}, {}, new Uint8Array([1]))).inputs;
        expect(first["name"]).toMatch(/^nm-[0-9a-f]{7}$/);
        const second = (await handler.check(context, first, {}, new Uint8Array([2]))).inputs;
        expect(second["name"]).toBe(first["name"]);
        const state = await stateOf(networkDriver, { name: first["name"] ?? null }, { internal: false, driver: "bridge" });
        const { detailed, deleteBeforeReplace } = await handler.diff(context, "id", {}, state, { ...second, ipv6: true }, []);
        expect(Object.fromEntries(detailed)).toEqual({ ipv6: "add-replace" });
        expect(deleteBeforeReplace).toBe(false);
    });
});
