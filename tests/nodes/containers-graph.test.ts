/** The program for nodes that are containers, on Pulumi's mocks: what is made, with which options, and after what. */
import { programOf, runIndex, type Run } from "../structure/run-index";
import { login, onebox, secret } from "./containers-sample";

const types = {
    engine: "pulumi:providers:docker",
    network: "docker:index/network:Network",
    image: "docker:index/remoteImage:RemoteImage",
    volume: "docker:index/volume:Volume",
    container: "docker:index/container:Container",
    step: "command:local:Command",
    hostStep: "command:remote:Command",
} as const;

const names = ["zk1", "zk2", "zk3", "master1", "master2", "master3", "marathon1", "marathon2", "mesos-proxy", "marathon-proxy", "zk-proxy", "slave1", "slave2"];
const mountpoint = (volume: string): string => `/var/lib/docker/volumes/${volume}/_data`;

/** A value as it is, whether it is secret or not. */
const opened = (value: any): any => value?.value ?? value;

let run: Run;
const of = (type: string) => run.made.filter((one) => one.type === type);
const registered = (type: string) => run.registered.filter((one) => one.type === type);
const container = (name: string): Record<string, any> => of(types.container).find((one) => one.name === name)!.inputs;

/** A container's variables, by name. */
const variables = (name: string): Record<string, string> =>
    Object.fromEntries((opened(container(name).envs) as unknown[]).map((one) => opened(one) as string).map((one) => [one.split("=")[0]!, one.slice(one.indexOf("=") + 1)]));

/** Names of what a resource waits for directly. */
const waitsFor = (type: string, name: string): string[] =>
    registered(type).find((one) => one.name === name)!.dependencies.map((urn) => urn.split("::").at(-1)!);

beforeAll(async () => {
    run = await runIndex(onebox(login), ["marathon"], undefined, "onebox");
});

it("makes what document 001 makes by hand, and nothing by SSH", () => {
    const counts = Object.fromEntries(Object.entries(types).map(([key, type]) => [key, of(type).length]));
    // 13 are waited for, agents are put into service, apps that are described no more go, and one is brought.
    expect(counts).toEqual({ engine: 1, network: 1, image: 5, volume: 8, container: 13, step: 16, hostStep: 0 });
    expect(of(types.container).map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(run.made.filter(({ inputs }) => "connection" in inputs)).toEqual([]);
    expect(run.told.filter((text) => text.includes("credentials"))).toEqual([]);
});

it("speaks to the described engine", () => {
    expect(of(types.engine)[0]!.inputs).toMatchObject({ host: "unix:///var/run/docker.sock" });
});

it("makes the network as described", () => {
    expect(of(types.network)[0]!.inputs).toMatchObject({
        ...{ name: "onebox", driver: "bridge", ipamConfigs: [{ subnet: "172.18.1.0/24", gateway: "172.18.1.254" }] },
        options: { "com.docker.network.driver.mtu": "1500" },
        labels: [{ label: "datacentre.stack", value: "datacentre/onebox" }],
    });
});

it("gives what is kept volumes that stay when the stack goes", () => {
    const kept = ["zk1-data", "zk2-data", "zk3-data", "master1-master", "master2-master", "master3-master", "slave1-agent", "slave2-agent"].map((name) => `onebox-${name}`);
    expect(of(types.volume).map(({ inputs }) => inputs.name).sort()).toEqual([...kept].sort());
    expect(registered(types.volume).map(({ retainOnDelete }) => retainOnDelete)).toEqual(kept.map(() => true));
    expect(of(types.volume)[0]!.inputs.labels).toEqual([{ label: "datacentre.stack", value: "datacentre/onebox" }]);
    expect(container("zk1").volumes).toEqual([{ volumeName: "onebox-zk1-data", containerPath: "/var/lib/zookeeper" }]);
    expect(container("marathon1").volumes).toEqual([]);
});

it("takes an image for all containers that run it, and removes none", () => {
    expect(of(types.image).map(({ inputs }) => inputs.name).sort()).toEqual([
        ...["datacentre-lab/haproxy:2.6", "datacentre-lab/marathon:1.11.24", "datacentre-lab/mesos-master:1.11.0"],
        ...["datacentre-lab/mesos-slave:1.11.0", "datacentre-lab/zookeeper:3.8.0"],
    ]);
    expect(of(types.image).every(({ inputs }) => inputs.keepLocally === true)).toBe(true);
    expect(container("zk2").image).toBe("id of datacentre-lab/zookeeper:3.8.0");
});

it("makes every container with a fixed address, to come back by itself", () => {
    const addresses = names.map((name) => container(name).networksAdvanced);
    expect(addresses).toEqual(names.map((name, at) => [{ name: "onebox", ipv4Address: `172.18.1.${at + 1}`, aliases: [name] }]));
    for (const name of names) {
        expect(container(name)).toMatchObject({
            ...{ name: `onebox-${name}`, hostname: name, restart: "unless-stopped", mustRun: true, logDriver: "json-file" },
            labels: [{ label: "datacentre.stack", value: "datacentre/onebox" }, { label: "datacentre.node", value: name }],
        });
    }
    const options = registered(types.container);
    expect(options.map(({ deleteBeforeReplace, ignoreChanges }) => [deleteBeforeReplace, ignoreChanges])).toEqual(options.map(() => [true, ["user", "workingDir"]]));
});

it("gives rights on the machine to agents alone", () => {
    const privileged = names.filter((name) => container(name).privileged === true);
    expect(privileged).toEqual(["slave1", "slave2"]);
    expect(names.filter((name) => container(name).init !== true)).toEqual(privileged);
    expect(container("slave1")).toMatchObject({
        pidMode: "host",
        // A volume at the path that the engine keeps it at, and the engine itself.
        volumes: [
            { volumeName: "onebox-slave1-agent", containerPath: mountpoint("onebox-slave1-agent") },
            { hostPath: "/var/run/docker.sock", containerPath: "/var/run/docker.sock" },
            { hostPath: "/sys/fs/cgroup", containerPath: "/sys/fs/cgroup" },
        ],
    });
});

it("tells programs what they are told on hosts", () => {
    expect(variables("zk3")).toMatchObject({ ZOO_MY_ID: "3", ZOO_DATA_DIR: "/var/lib/zookeeper", ZK_SERVER_HEAP: "128" });
    expect((container("zk3").uploads as { file: string; content: string }[])[0]).toMatchObject({ file: "/conf/zoo.cfg", content: expect.stringContaining("server.3=172.18.1.3:2888:3888") });
    const zk = "zk://172.18.1.1:2181,172.18.1.2:2181,172.18.1.3:2181/mesos/my_mesos";
    // Its page in a browser asks the leader by the proxy.
    expect(variables("master2")).toMatchObject({ MESOS_ZK: zk, MESOS_QUORUM: "2", MESOS_IP: "172.18.1.5", MESOS_HOSTNAME: "172.18.1.254", MESOS_WORK_DIR: "/var/lib/mesos/master" });
    expect(container("master2").command).toEqual(["--registry=replicated_log"]);
    expect(container("marathon1").command).toEqual(expect.arrayContaining(["--master", zk, "--hostname", "172.18.1.7"]));
});

it("tells agents where their machine is, and where its engine keeps their sandboxes", () => {
    const [one, two] = ["slave1", "slave2"].map(variables);
    expect(one).toMatchObject({
        ...{ MESOS_HOSTNAME: "172.18.1.254", MESOS_IP: "172.18.1.12", MESOS_WORK_DIR: mountpoint("onebox-slave1-agent") },
        ...{ MESOS_RESOURCES: "cpus:1;mem:1024;disk:4096;ports:[31000-31124]", MESOS_DOCKER_KILL_ORPHANS: "false", DOCKER_HOST: "unix:///var/run/docker.sock" },
    });
    expect(two).toMatchObject({ MESOS_HOSTNAME: "172.18.1.254", MESOS_RESOURCES: "cpus:1;mem:1024;disk:4096;ports:[31125-31249]" });
    expect((container("slave1").entrypoints as string[]).join(" ")).toContain("datacentre/mesos-executor:onebox");
});

it("publishes the proxies, and nothing else", () => {
    const portsOf = (name: string) => container(name).ports as object[];
    const published = Object.fromEntries(names.filter((name) => portsOf(name).length > 0).map((name) => [name, portsOf(name)]));
    const at = (port: number) => [{ internal: port, external: port, ip: "0.0.0.0", protocol: "tcp" }];
    expect(published).toEqual({ "mesos-proxy": at(5050), "marathon-proxy": at(8080), "zk-proxy": at(2181) });
});

describe("the order", () => {
    const chain = (...group: string[]) => group.slice(1).forEach((name, at) => expect([name, waitsFor(types.container, name)]).toEqual([name, expect.arrayContaining([`await-${group[at]!}`])]));

    it("has one of a role after another, each when the one before it does its work", () => {
        chain("zk1", "zk2", "zk3");
        chain("master1", "master2", "master3");
        chain("marathon1", "marathon2");
        chain("slave1", "slave2");
        for (const name of names) {
            expect(waitsFor(types.step, `await-${name}`)).toContain(name);
        }
    });

    it("has a role after those that it needs", () => {
        expect(waitsFor(types.container, "zk1").filter((name) => name.startsWith("await-"))).toEqual([]);
        expect(waitsFor(types.container, "master1")).toContain("await-zk3");
        expect(waitsFor(types.container, "slave1")).toContain("await-master3");
        expect(waitsFor(types.container, "marathon1")).toContain("await-master3");
        expect(waitsFor(types.container, "mesos-proxy")).toContain("await-master3");
        expect(waitsFor(types.container, "marathon-proxy")).toContain("await-marathon2");
        expect(waitsFor(types.container, "zk-proxy")).toContain("await-zk3");
    });

    it("has apps last", () => {
        expect(waitsFor(types.step, "app-web-marathon1")).toEqual(expect.arrayContaining(["await-slave2", "await-marathon2", "await-marathon-proxy", "await-mesos-proxy", "await-zk-proxy"]));
    });
});

it("waits for each container with its own questions, and again for one that was made anew", () => {
    const waits = of(types.step).filter(({ name }) => name.startsWith("await-"));
    for (const { name, inputs } of waits) {
        const node = name.replace("await-", "");
        expect(inputs.create).toMatch(new RegExp(`^bash -c 'eval "\\$\\(cat\\)"' datacentre await # await on ${node}, instance ${node}-id$`));
        expect(inputs).toMatchObject({ addPreviousOutputInEnv: false, logging: "none" });
        expect(inputs).not.toHaveProperty("delete");
        expect(inputs.stdin).toContain(`name='onebox-${node}'\nnode='${node}'`);
    }
    const zk = waits.find(({ name }) => name === "await-zk2")!.inputs.stdin as string;
    expect(zk).toContain("peers=('onebox-zk1' 'onebox-zk2' 'onebox-zk3')\nquorum='2'");
    expect(zk).toContain("key='datacentre:sources.zookeeper.image'");
    expect(waits.find(({ name }) => name === "await-slave1")!.inputs.stdin).toContain("key='datacentre:sources.mesos.agent'");
});

it("brings apps from this machine, by what the engine publishes", () => {
    const step = of(types.step).find(({ name }) => name === "app-web-marathon1")!;
    expect(step.inputs.create).toMatch(/datacentre converge # app-web on marathon1, instance none: it runs here$/);
    expect(step.inputs.delete).toMatch(/datacentre undo # app-web on marathon1/);
    expect(programOf(step)).toMatch(/^marathons=\('http:\/\/172\.18\.1\.254:8080'\)$/m);
    expect(step.inputs).toMatchObject({ addPreviousOutputInEnv: false, logging: "none" });
});

describe("secrets", () => {
    /** Nothing but what is marked as a secret. */
    const openly = (value: unknown): string =>
        JSON.stringify(value, (_, one: unknown) => (typeof one === "object" && one !== null && "4dabf18193072939515e22adb298388d" in one ? "[secret]" : one));

    it("are in the containers that need them, and marked", () => {
        const having = of(types.container).filter(({ inputs }) => secret.test(JSON.stringify(inputs)));
        expect(having.map(({ name }) => name).sort()).toEqual(["marathon-proxy", "marathon1", "marathon2"]);
        having.forEach(({ inputs }) => expect(openly(inputs)).not.toMatch(secret));
        expect(variables("marathon1")["MARATHON_HTTP_CREDENTIALS"]).toBe("ops:hunter2-Tr0ub4dor");
        // The rest of a container's variables is no secret.
        expect(openly(container("zk1").envs)).toContain("ZOO_MY_ID=1");
    });

    it("are in no question and no command, and in an app's program as a secret", () => {
        const steps = of(types.step);
        expect(steps.filter(({ name, inputs }) => name.startsWith("await-") && secret.test(JSON.stringify(inputs)))).toEqual([]);
        const app = steps.find(({ name }) => name === "app-web-marathon1")!;
        expect(programOf(app).includes("\nops:hunter2-Tr0ub4dor\n")).toBe(true);
        expect(openly(app.inputs)).not.toMatch(secret);
        expect(openly(of(types.network)) + openly(of(types.volume)) + openly(of(types.image))).not.toMatch(secret);
    });
});

it("tells where each container is, and of no key", async () => {
    const told = (value: any): Promise<any> => (typeof value?.promise === "function" ? (value.promise() as Promise<unknown>) : Promise.resolve(value));
    const nodes = (await told(run.outputs.nodes)) as Record<string, unknown>[];
    expect(nodes).toHaveLength(13);
    expect(nodes.find(({ name }) => name === "zk1")).toEqual({
        ...{ name: "zk1", address: "172.18.1.1", roles: ["zookeeper"] },
        container: { engine: "unix:///var/run/docker.sock", name: "onebox-zk1" },
    });
    expect(await told(run.outputs.sshPrivateKey)).toBe("");
    expect(run.outputs).not.toHaveProperty("sshBastionPrivateKey");
    expect(JSON.stringify(run.outputs.description)).not.toMatch(secret);
});

describe("an engine elsewhere", () => {
    const far = { "provider.engine": "ssh://ops@box:2222", "provider.address": "10.0.0.9", "provider.gateway": undefined, "provider.mtu": 1400 };

    beforeAll(async () => {
        run = await runIndex(onebox(far), [], undefined, "onebox");
    });

    it("is spoken to by its address, and its machine is where tasks and proxies are", () => {
        expect(of(types.engine)[0]!.inputs).toMatchObject({ host: "ssh://ops@box:2222" });
        expect(of(types.network)[0]!.inputs).toMatchObject({ ipamConfigs: [{ gateway: "172.18.1.254" }], options: { "com.docker.network.driver.mtu": "1400" } });
        expect(variables("slave1")).toMatchObject({ MESOS_HOSTNAME: "10.0.0.9", DOCKER_HOST: "unix:///var/run/docker.sock" });
        const [app] = of(types.step).filter(({ name }) => name.startsWith("app-"));
        expect(programOf(app!)).toMatch(/^marathons=\('http:\/\/10\.0\.0\.9:8080'\)$/m);
        expect(of(types.step).find(({ name }) => name === "await-zk1")!.inputs.stdin).toContain("engine='ssh://ops@box:2222'");
    });
});
