import { InitFailedError } from "../../lab/plugins/provider/errors";
import { dockerProvider } from "../../lab/plugins/docker/provider";
import { pullReference } from "../../lab/plugins/docker/image";
import type { Provider, ResourceHandler } from "../../lab/plugins/provider/resource";
import { UNKNOWN } from "../../lab/plugins/provider/values";
import type { PropertyMap } from "../../lab/plugins/provider/values";
import { FakeDocker } from "./fake-docker";
import { testContext } from "./support";

const engine = new FakeDocker();
const provider: Provider = dockerProvider();
const { context } = testContext("nm");

beforeAll(async () => {
    await engine.start();
    await provider.configure({ host: `unix://${engine.socket}` });
});
afterAll(async () => engine.stop());
beforeEach(() => {
    engine.seen.length = 0;
    for (const things of [engine.containers, engine.networks, engine.volumes]) {
        things.clear();
    }
});

interface Made {
    id: string;
    inputs: PropertyMap;
    state: PropertyMap;
}

function handlerOf(kind: string): ResourceHandler {
    const handler = provider.resources.get(`docker:index/${kind}:${kind.charAt(0).toUpperCase()}${kind.slice(1)}`);
    if (handler === undefined) {
        throw new Error(`no ${kind}`);
    }
    return handler;
}

async function make(kind: string, news: PropertyMap): Promise<Made> {
    const handler = handlerOf(kind);
    const { inputs, failures } = await handler.check(context, {}, news, new Uint8Array());
    expect(failures).toEqual([]);
    const { id, properties } = await handler.create(context, inputs, false);
    return { id, inputs, state: properties };
}

async function changes(kind: string, made: Made, news: PropertyMap): Promise<string[]> {
    const { inputs } = await handlerOf(kind).check(context, made.inputs, news, new Uint8Array());
    const { detailed } = await handlerOf(kind).diff(context, made.id, made.inputs, made.state, inputs, []);
    return [...detailed.keys()];
}

async function reread(kind: string, made: Made): Promise<Made> {
    const found = await handlerOf(kind).read(context, made.id, made.state, made.inputs);
    return { id: found.id, inputs: found.inputs, state: found.properties };
}

describe("containers", () => {
    const news: PropertyMap = {
        image: "img:1", name: "c1", hostname: "h", privileged: true, tmpfs: { "/run": "" }, restart: "always",
        volumes: [{ volumeName: "v", containerPath: "/v" }, { hostPath: "/h", containerPath: "/w", readOnly: true }],
        hosts: [{ host: "a", ip: "10.0.0.9" }], labels: [{ label: "l", value: "v" }], capabilities: { adds: ["net_admin"] },
        securityOpts: ["seccomp=unconfined", "systempaths=unconfined"], stopSignal: "SIGRTMIN+3", destroyGraceSeconds: 10,
        uploads: [{ file: "/etc/f", content: "text", permissions: "0600" }], ports: [{ internal: 80, external: 8080 }],
    };

    test("creation sends what is asked for, connects networks, uploads, starts, and then plans nothing", async () => {
        const network = await make("network", { name: "n1" });
        const wanted = { ...news, networksAdvanced: [{ name: network.id, ipv4Address: "10.0.0.2", aliases: ["a"] }] };
        engine.seen.length = 0;
        const made = await make("container", wanted);
        expect(engine.changes()).toEqual([
            "POST /containers/create", "POST /networks/bridge/disconnect", `POST /networks/${network.id}/connect`,
            `PUT /containers/${made.id}/archive`, `POST /containers/${made.id}/start`,
        ]);
        const [created, , connected, uploaded] = engine.seen.filter(({ method }) => method !== "GET");
        expect(created).toMatchObject({
            query: { name: "c1" },
            body: {
                Image: "img:1", Hostname: "h", StopSignal: "SIGRTMIN+3", Labels: { l: "v" },
                HostConfig: {
                    Privileged: true, Binds: ["v:/v:rw", "/h:/w:ro"], Tmpfs: { "/run": "" }, ExtraHosts: ["a:10.0.0.9"],
                    RestartPolicy: { Name: "always", MaximumRetryCount: 0 }, CapAdd: ["CAP_NET_ADMIN"], NetworkMode: "bridge",
                    SecurityOpt: ["seccomp=unconfined"], MaskedPaths: [], ReadonlyPaths: [],
                    PortBindings: { "80/tcp": [{ HostPort: "8080", HostIp: "0.0.0.0" }] },
                },
            },
        });
        expect(connected?.body["EndpointConfig"]).toMatchObject({ Aliases: ["a"], IPAMConfig: { IPv4Address: "10.0.0.2" } });
        const tar = Buffer.from(uploaded?.body["raw"] as string, "latin1");
        expect([tar.subarray(0, 5).toString(), tar.subarray(100, 107).toString(), tar.subarray(512, 516).toString()])
            .toEqual(["etc/f", "0000600", "text"]);
        expect(made.state).toMatchObject({ id: made.id, networkDatas: [{ networkName: "n1", ipAddress: "10.0.0.2" }] });
        expect(await changes("container", made, wanted)).toEqual([]);
    });

    test("what runs a whole service comes to the engine, and neither an up nor a refresh finds a difference", async () => {
        const network = await make("network", { name: "n1" });
        const volume = await make("volume", { name: "v1" });
        expect(volume.state["mountpoint"]).toBe("/volumes/v1/_data");
        const wanted: PropertyMap = {
            image: "img:1", name: "c2", hostname: "c2", entrypoints: ["/sbin/init"], command: ["--log", "x"], envs: ["B=2", "A=1"],
            networksAdvanced: [{ name: network.id, ipv4Address: "10.0.0.2", aliases: ["b", "a"] }],
            volumes: [{ volumeName: "v1", containerPath: "/v" }, { hostPath: "/h", containerPath: "/w" }],
            uploads: [{ file: "/etc/f", contentBase64: "aGk=", permissions: "0640" }, { file: "/x", content: "x", executable: true }],
            ports: [{ internal: 8080, external: 80, ip: "127.0.0.1" }, { internal: 53, external: 53, protocol: "udp" }],
            privileged: true, pidMode: "host", restart: "unless-stopped", mustRun: true, labels: [{ label: "l", value: "v" }],
            destroyGraceSeconds: 30, logDriver: "json-file", logOpts: { "max-size": "1m" }, stopTimeout: 40, init: true,
        };
        engine.seen.length = 0;
        const made = await make("container", wanted);
        expect(engine.seen.find(({ path }) => path === "/containers/create")?.body).toMatchObject({
            Hostname: "c2", Entrypoint: ["/sbin/init"], Cmd: ["--log", "x"], Env: ["B=2", "A=1"], StopTimeout: 40, Labels: { l: "v" },
            ExposedPorts: { "8080/tcp": {}, "53/udp": {} },
            HostConfig: {
                Privileged: true, PidMode: "host", RestartPolicy: { Name: "unless-stopped" }, Init: true,
                LogConfig: { Type: "json-file", Config: { "max-size": "1m" } }, Binds: ["v1:/v:rw", "/h:/w:rw"],
                PortBindings: {
                    "8080/tcp": [{ HostPort: "80", HostIp: "127.0.0.1" }], "53/udp": [{ HostPort: "53", HostIp: "0.0.0.0" }],
                },
            },
        });
        const files = engine.seen.filter(({ path }) => path.endsWith("/archive")).map(({ body }) => body["raw"] as string);
        expect(files.map((tar) => [tar.slice(100, 107), tar.slice(512, 514)])).toEqual([["0000640", "hi"], ["0000744", "x\0"]]);
        expect(await changes("container", made, wanted)).toEqual([]);
        const read = await reread("container", made);
        expect(read.state["ports"]).toMatchObject([{ internal: 53 }, { internal: 8080 }]);
        expect(await changes("container", read, wanted)).toEqual([]);
    });

    test("a refresh finds long capability names and no systempaths, which replaces, as with the genuine provider", async () => {
        const { capabilities = null, securityOpts = null } = news;
        const wanted = { image: "img:1", name: "c1", capabilities, securityOpts };
        const made = await make("container", wanted);
        expect(await changes("container", made, wanted)).toEqual([]);
        const read = await reread("container", made);
        expect(read.state).toMatchObject({ capabilities: { adds: ["CAP_NET_ADMIN"] }, securityOpts: ["seccomp=unconfined"] });
        expect(await changes("container", read, wanted)).toEqual(["capabilities", "securityOpts[1]"]);
    });

    test("a preview touches nothing and shows unknowns", async () => {
        const handler = handlerOf("container");
        const { inputs } = await handler.check(context, {}, news, new Uint8Array());
        const { properties } = await handler.create(context, inputs, true);
        expect(properties).toMatchObject({ id: UNKNOWN, networkDatas: UNKNOWN, name: "c1", runtime: UNKNOWN });
        expect(engine.seen).toEqual([]);
    });

    test("a taken name fails", async () => {
        await make("container", { image: "img:1", name: "c1" });
        await expect(make("container", { image: "img:1", name: "c1" })).rejects.toThrow(
            "1 error occurred:\n\t* Unable to create container: Error response from daemon: Conflict. The container name "
                + "\"/c1\" is already in use by another container.\n\n");
    });

    test("an image that cannot be had fails", async () => {
        await expect(make("container", { image: "missing:1", name: "c1" })).rejects.toThrow(
            /Unable to create container with image missing:1: unable to pull image missing:1: .*pull access denied/);
        expect(engine.changes()).toEqual(["POST /images/create"]);
    });

    test.each([["start", /Unable to start container/], ["disconnect", /Unable to disconnect the default network/]])(
        "a failed %s leaves the container in state", async (step, message) => {
            const network = await make("network", { name: "n1" });
            engine.faults.push({ match: new RegExp(`${step}$`), status: 500, message: "no" });
            const fault = await make("container", { image: "img:1", name: "c1", networksAdvanced: [{ name: network.id }] })
                .catch((error: unknown) => error as InitFailedError);
            expect(fault).toBeInstanceOf(InitFailedError);
            const failed = fault as InitFailedError;
            expect(failed.message).toMatch(message);
            expect(engine.containers.has(failed.id)).toBe(true);
            expect(failed.properties).toMatchObject({ name: "c1", id: failed.id, mustRun: true });
        });

    test("a stopped one is seen by a refresh, and started by the update", async () => {
        const wanted = { image: "img:1", name: "c1" };
        const made = await make("container", wanted);
        Object.assign(engine.containers.get(made.id)?.["State"] as object, { Running: false, ExitCode: 7 });
        const read = await reread("container", made);
        expect(read.state).toMatchObject({ mustRun: false, exitCode: 7 });
        expect(await changes("container", read, wanted)).toEqual(["mustRun"]);
        engine.seen.length = 0;
        const { inputs } = await handlerOf("container").check(context, read.inputs, wanted, new Uint8Array());
        const after = await handlerOf("container").update(context, made.id, read.state, inputs, [], false);
        expect(engine.changes()).toEqual([`POST /containers/${made.id}/start`]);
        expect(after["mustRun"]).toBe(true);
    });

    test("restart and memory reach the container, tmpfs changes state alone", async () => {
        const made = await make("container", { image: "img:1", name: "c1" });
        const handler = handlerOf("container");
        engine.seen.length = 0;
        const updated = async (more: PropertyMap): Promise<PropertyMap> => {
            const wanted = { image: "img:1", name: "c1", ...more };
            const { inputs } = await handler.check(context, made.inputs, wanted, new Uint8Array());
            return handler.update(context, made.id, made.state, inputs, [], false);
        };
        expect(await updated({ tmpfs: { "/x": "" } })).toMatchObject({ tmpfs: { "/x": "" } });
        expect(engine.changes()).toEqual([]);
        await updated({ restart: "always", memory: 64 });
        expect(engine.seen.at(-1)).toMatchObject({
            path: `/containers/${made.id}/update`, body: { Memory: 64 * 1024 * 1024, RestartPolicy: { Name: "always" } },
        });
    });

    test("deletion: grace period, anonymous volumes gone, done twice; then a refresh drops it", async () => {
        const made = await make("container", news);
        engine.seen.length = 0;
        await handlerOf("container").delete(context, made.id, made.state);
        expect(engine.seen.map(({ method, path, query }) => [method, path.split("/").pop(), query])).toEqual([
            ["POST", "stop", { t: "10" }], ["DELETE", made.id, { force: "1", v: "1" }],
            ["POST", "wait", { condition: "not-running" }],
        ]);
        await handlerOf("container").delete(context, made.id, made.state);
        expect((await reread("container", made)).id).toBe("");
    });
});

describe("networks, volumes, images", () => {
    test("a network: what is sent, what is read, a taken name, a refresh after it vanished", async () => {
        const wanted = { name: "n1", ipamConfigs: [{ subnet: "10.0.0.0/24", gateway: "10.0.0.254" }], options: { mtu: "1400" } };
        const made = await make("network", wanted);
        expect(engine.seen[0]?.body).toMatchObject({
            Name: "n1", IPAM: { Driver: "default", Config: [{ Subnet: "10.0.0.0/24", Gateway: "10.0.0.254" }] },
            Options: { mtu: "1400" },
        });
        expect(made.state).toMatchObject({ driver: "bridge", scope: "local", internal: false });
        expect(await changes("network", made, wanted)).toEqual([]);
        await expect(make("network", wanted)).rejects.toThrow(/Unable to create network: .* n1 already exists/);
        engine.networks.clear();
        expect((await reread("network", made)).id).toBe("");
        await handlerOf("network").delete(context, made.id, made.state);
    });

    test("deleting a network waits for its containers, and other faults are not waited for", async () => {
        const network = await make("network", { name: "n1" });
        const made = await make("container", { image: "img:1", name: "c1", networksAdvanced: [{ name: network.id }] });
        const deletion = handlerOf("network").delete(context, network.id, network.state);
        setTimeout(() => void handlerOf("container").delete(context, made.id, made.state), 100);
        await deletion;
        expect(engine.networks.size).toBe(0);
        expect(engine.changes().filter((change) => change.startsWith("DELETE /networks")).length).toBe(2);
        const other = await make("network", { name: "n2" });
        engine.faults.push({ match: /DELETE \/networks/, status: 500, message: "broken" });
        await expect(handlerOf("network").delete(context, other.id, other.state)).rejects.toThrow(/broken/);
    });

    test("a volume of the same name is taken over; other labels than the program's are seen by a refresh", async () => {
        await make("volume", { name: "v1", labels: [{ label: "l", value: "old" }] });
        const wanted = { name: "v1", labels: [{ label: "l", value: "new" }] };
        const adopted = await make("volume", wanted);
        expect(adopted.state).toMatchObject({ labels: [{ label: "l", value: "new" }], mountpoint: "/volumes/v1/_data" });
        expect(await changes("volume", adopted, wanted)).toEqual([]);
        const read = await reread("volume", adopted);
        expect(read.state).toMatchObject({ labels: [{ label: "l", value: "old" }] });
        expect(await changes("volume", read, wanted)).toEqual(["labels"]);
        await handlerOf("volume").delete(context, "v1", adopted.state);
        expect(engine.volumes.size).toBe(0);
        expect((await reread("volume", adopted)).id).toBe("");
    });

    test("an image is used when it is there, pulled when not, and kept or removed as asked", async () => {
        const local = await make("remoteImage", { name: "img:1", keepLocally: true });
        expect(local.id).toBe(`${String(local.state["imageId"])}img:1`);
        expect(engine.changes()).toEqual([]);
        await handlerOf("remoteImage").delete(context, local.id, local.state);
        expect(engine.images.has("img:1")).toBe(true);
        const pulled = await make("remoteImage", { name: "other:2" });
        await handlerOf("remoteImage").delete(context, pulled.id, pulled.state);
        expect(engine.changes()).toEqual(["POST /images/create", "DELETE /images/other:2"]);
    });

    test.each([
        ["a", "docker.io/library/a", "latest"], ["a/b:1", "docker.io/a/b", "1"], ["localhost/b", "localhost/b", "latest"],
        ["r.example:5000/b:1", "r.example:5000/b", "1"], ["a@sha256:ab", "docker.io/library/a", "sha256:ab"],
    ])("%s is pulled from %s, %s", (name, fromImage, tag) => {
        expect(pullReference(name)).toEqual({ fromImage, tag });
    });
});
