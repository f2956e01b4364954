/** What keeps apps in Waiting for ever, told from the description alone. */
import { fitApps, type AgentFacts, type NetworkFacts, type PlacedApp } from "../../../components/marathon-app/definition";
import { imageParts } from "../../../config/image-reference";
import { marathonLb, registry } from "./document";
import { byKey, docker, good, hello } from "./support";

const agent = (node: string, last: number, over: Partial<AgentFacts> = {}): AgentFacts => ({
    node,
    address: `172.18.1.${last}`,
    hostname: `172.18.1.${last}`,
    attributes: { rack: last < 3 ? "r1" : "r2" },
    resources: {
        cpus: 2,
        mem: 1024,
        disk: 4000,
        ports: [
            { begin: 31000, end: 31009 },
            { begin: 5000, end: 5000 },
        ],
    },
    ...over,
});
const agents = [agent("master1", 1), agent("agent1", 2), agent("agent2", 3)];
const place = (...inputs: unknown[]): PlacedApp[] => inputs.map((input, index) => ({ key: `apps[${index}]`, app: good(input) }));
const fit = (inputs: unknown[], on: readonly AgentFacts[] = agents) => byKey(fitApps(place(...inputs), on));
const on = (...constraint: string[]) => ({ constraints: [constraint] });
const port = (hostPort: number, over: object = {}) => docker({ portMappings: [{ containerPort: 80, hostPort }] }, over);

it.each([
    [
        "a node's name where agents advertise addresses",
        on("hostname", "CLUSTER", "master1"),
        {
            "apps[0].constraints[0]":
                "[hostname, CLUSTER, master1] fits no agent: master1 is a node's name, and its agent advertises 172.18.1.1. Write [hostname, CLUSTER, 172.18.1.1].",
        },
    ],
    [
        "a pattern for nodes' names",
        on("hostname", "LIKE", "agent[12]"),
        {
            "apps[0].constraints[0]": expect.stringMatching(/agent1 is a node's name.*advertises 172\.18\.1\.2/),
        },
    ],
    [
        "an address that nobody has",
        on("hostname", "IS", "172.18.1.9"),
        {
            "apps[0].constraints[0]": expect.stringMatching(
                /they advertise 172\.18\.1\.1 \(master1\), 172\.18\.1\.2 \(agent1\) and .*Did you mean 172\.18\.1\.1\?/,
            ),
        },
    ],
    [
        "a node's name with a slip",
        on("hostname", "CLUSTER", "mastr1"),
        { "apps[0].constraints[0]": expect.stringMatching(/Did you mean 172\.18\.1\.1\?/) },
    ],
    [
        "an attribute that nobody has",
        on("rak", "UNIQUE"),
        { "apps[0].constraints[0]": expect.stringMatching(/attribute rak; they have rack\. Did you mean rack\?/) },
    ],
    [
        "a value that nobody has",
        on("rack", "LIKE", "r[7-9]"),
        { "apps[0].constraints[0]": expect.stringMatching(/rack is r1 or r2/) },
    ],
    [
        "two that never meet",
        {
            constraints: [
                ["rack", "CLUSTER", "r2"],
                ["hostname", "CLUSTER", "172.18.1.1"],
            ],
        },
        {
            "apps[0].constraints": expect.stringMatching(/no agent fits all/),
        },
    ],
    [
        "more than one for each agent",
        { ...on("hostname", "UNIQUE"), instances: 4 },
        {
            "apps[0].constraints[0]": expect.stringMatching(
                /room for 3 instances on 3 agents, and there shall be 4\. Use instances: 3/,
            ),
        },
    ],
    [
        "more than two for each rack",
        { ...on("rack", "MAX_PER", "2"), instances: 5 },
        {
            "apps[0].constraints[0]": expect.stringMatching(/room for 4 instances on 2 values of rack/),
        },
    ],
    [
        "too much memory",
        { mem: 2000 },
        { "apps[0].mem": expect.stringMatching(/2000 MiB of memory.*172\.18\.1\.1 \(master1\) with 1024\. Use at most 1024/) },
    ],
    [
        "too many processors on one",
        { ...on("hostname", "CLUSTER", "172.18.1.2"), cpus: 3 },
        { "apps[0].cpus": expect.stringMatching(/agent1\) with 2/) },
    ],
    ["too much disk", { disk: 20000 }, { "apps[0].disk": expect.stringMatching(/at most 4000/) }],
    [
        "a role that no agent has",
        { role: "dev", acceptedResourceRoles: ["dev"] },
        {
            "apps[0].acceptedResourceRoles": expect.stringMatching(/are in role \*, and this takes dev/),
        },
    ],
])("one app: %s", (_, over, told) => {
    expect(fit([hello(over)])).toEqual(told);
});

it("says nothing of what fits, and of what is not known", () => {
    const fitting = [
        hello({ instances: 30 }),
        hello({ id: "/one", ...on("hostname", "UNIQUE"), instances: 3 }),
        port(0, { id: "/two", instances: 5 }),
    ];
    expect(fit(fitting)).toEqual({});
    const huge = [hello({ cpus: 500, mem: 1e6, disk: 1e6 }), port(80, { id: "/two" })];
    expect(
        fit(
            huge,
            agents.map(({ hostname }) => ({ hostname })),
        ),
    ).toEqual({});
    expect(fit([hello(on("hostname", "CLUSTER", "a"))], [])).toEqual({});
});

it("names nodes' addresses where agents advertise names", () => {
    const named = agents.map((one) => ({ ...one, hostname: one.node ?? "" }));
    expect(fit([hello(on("hostname", "CLUSTER", "172.18.1.2"))], named)["apps[0].constraints[0]"]).toBe(
        "[hostname, CLUSTER, 172.18.1.2] fits no agent: 172.18.1.2 is a node's address, and its agent advertises agent1. Write [hostname, CLUSTER, agent1].",
    );
});

it("finds an app that is too large for each agent in another respect", () => {
    const odd = [agent("a", 1, { resources: { cpus: 8, mem: 100 } }), agent("b", 2, { resources: { cpus: 1, mem: 9000 } })];
    expect(fit([hello({ cpus: 4, mem: 4000 })], odd)).toEqual({
        "apps[0]": expect.stringMatching(/all of its cpus, mem and disk at once/),
    });
});

describe("host ports", () => {
    const two = { upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 } };

    it("no agent offers", () => {
        expect(fit([port(80)])["apps[0].container.portMappings[0].hostPort"]).toMatch(
            /offers 31000-31009, 5000;.*Add 80 to the agents' ports/,
        );
        const host = hello({ portDefinitions: [{ port: 80 }], requirePorts: true });
        expect(Object.keys(fit([host]))).toEqual(["apps[0].portDefinitions[0].port"]);
        expect(fit([hello({ portDefinitions: [{ port: 80 }] })])).toEqual({});
    });

    it("more than an agent has", () => {
        expect(fit([hello({ portDefinitions: Array.from({ length: 12 }, () => ({})) })])["apps[0]"]).toMatch(
            /takes 12 host ports.*more than 11/,
        );
    });

    it("one for more instances than agents", () => {
        expect(fit([port(5000, { instances: 4, ...two })])).toEqual({
            "apps[0].container.portMappings[0].hostPort": expect.stringMatching(
                /once on each of 3 agents, and there shall be 4 instances/,
            ),
        });
    });

    it("of one host for two apps", () => {
        const here = on("hostname", "CLUSTER", "172.18.1.1");
        const both = [port(5000, { ...here, ...two }), port(5000, { id: "/other", ...here, ...two })];
        expect(fit(both)).toEqual({
            "apps[1].container.portMappings[0].hostPort":
                "host port 5000 of 172.18.1.1 (master1) is also taken by /hello. Use another host port, or host port 0, or let them run on different agents.",
        });
        expect(fit([both[0], port(5000, { id: "/other", ...on("hostname", "CLUSTER", "172.18.1.2"), ...two })])).toEqual({});
    });

    it("of all hosts for three apps, which fit in one way only", () => {
        const free = port(5000, { ...two });
        const first = port(5000, { id: "/b", ...on("hostname", "CLUSTER", "172.18.1.1"), ...two });
        const racked = port(5000, { id: "/c", ...on("rack", "CLUSTER", "r1"), ...two });
        expect(fit([free, racked, first])).toEqual({});
        expect(Object.keys(fit([free, racked, first, port(5000, { id: "/d", ...two })]))).toEqual([
            "apps[3].container.portMappings[0].hostPort",
        ]);
    });

    it("that a new version would wait for", () => {
        const pinned = port(5000, on("hostname", "CLUSTER", "172.18.1.1"));
        expect(fit([pinned])["apps[0].upgradeStrategy"]).toMatch(
            /host port 5000, which the old one keeps on 172\.18\.1\.1.*\{minimumHealthCapacity: 0, maximum/,
        );
        expect(fit([port(5000, { instances: 3 })])["apps[0].upgradeStrategy"]).toMatch(
            /on every agent.*minimumHealthCapacity: 0\.66/,
        );
        expect(fit([port(5000, { instances: 2 })])).toEqual({});
        expect(fit([{ ...pinned, ...two }])).toEqual({});
        expect(fit([{ ...pinned, labels: { MARATHON_SINGLE_INSTANCE_APP: "true" } }])).toEqual({});
    });
});

describe("apps together", () => {
    it("ask for more than their one agent has", () => {
        const here = on("hostname", "CLUSTER", "172.18.1.1");
        expect(fit([hello({ mem: 600, ...here }), hello({ id: "/b", mem: 600, ...here })])).toEqual({
            "apps[1].mem": expect.stringMatching(
                /^\/hello and \/b together ask for 1200 MiB of memory, and 172\.18\.1\.1 \(master1\) has 1024\./,
            ),
        });
    });

    it("ask for more than there is", () => {
        expect(fit([hello({ cpus: 1, instances: 7 })])["apps[0].cpus"]).toMatch(
            /7 instances of \/hello ask for 7 CPUs, and .* have 6/,
        );
    });

    it("have one service port, one id, or an id in the other", () => {
        const listens = (id: string) => hello({ id, portDefinitions: [{ port: 10080 }] });
        expect(fit([listens("/a"), listens("/b")])).toEqual({
            "apps[1].portDefinitions[0].port": expect.stringMatching(/also that of \/a/),
        });
        expect(fit([hello(), hello()])).toEqual({ "apps[1].id": expect.stringMatching(/another app is \/hello/) });
        expect(fit([hello(), hello({ id: "/hello/b" })])).toEqual({
            "apps[0].id": expect.stringMatching(/an app, and the group of \/hello\/b/),
        });
    });

    it("wait for each other in a ring", () => {
        const ring = [
            ["/a", "/g"],
            ["/g/b", "/c"],
            ["/c", "/a"],
            ["/d", "/a"],
        ].map(([id, want]) => hello({ id, dependencies: [want] }));
        expect(fit(ring)).toEqual({
            "apps[0].dependencies": expect.stringMatching(/^\/a waits for \/g\/b waits for \/c waits for \/a\./),
        });
        expect(fit(ring.slice(0, 2))).toEqual({});
    });
});

describe("what is fetched", () => {
    const inside = ["master1", "172.18.1.1", "agent1", "172.18.1.2"];
    const closed = [agent("master1", 1), agent("agent1", 2, { inside })];
    const fetching = (...uris: string[]) => hello({ fetch: uris.map((uri) => ({ uri })) });

    it("from outside by an agent that has no way out, with a word about it", () => {
        const faults = fitApps(place(fetching("http://master1:8000/a.tgz", "https://files.example/a.tgz")), closed);
        expect(faults).toMatchObject([{ key: "apps[0].fetch[1].uri", severity: "warning" }]);
        expect(faults[0]?.problem).toContain("172.18.1.2 (agent1) has no way out to files.example");
    });

    it.each(["http://172.18.1.2/a", "http://10.9.8.7/a", "file:///etc/hosts", "hdfs://store/a", "/etc/docker.tar.gz"])("inside, or by other ways: %s", (uri) => {
        expect(fitApps(place(fetching(uri)), closed)).toEqual([]);
    });

    it("where every agent has a way out, or the app keeps to those that have", () => {
        expect(fitApps(place(fetching("https://files.example/a")), agents)).toEqual([]);
        expect(fitApps(place({ ...fetching("https://files.example/a"), ...on("hostname", "CLUSTER", "172.18.1.1") }), closed)).toEqual([]);
    });
});

describe("images", () => {
    const reach = (node: string, last: number, registries: string[], images: string[] = []) =>
        agent(node, last, { registries, images });
    const closed = [
        reach("master1", 1, ["docker.io", "master1:5000"]),
        reach("agent1", 2, ["master1:5000"]),
        reach("agent2", 3, ["master1:5000"]),
    ];
    const image = (name: string, over: object = {}) => docker({ docker: { image: name } }, over);
    const at = "apps[0].container.docker.image";

    it("without registry on nodes that reach none", () => {
        expect(fit([image("busybox", on("hostname", "CLUSTER", "172.18.1.2"))], closed)).toEqual({
            [at]: "busybox names no registry, so it is Docker Hub's, which 172.18.1.2 (agent1) does not reach, and the image is not there. Push it to master1:5000, and write master1:5000/busybox.",
        });
        const none = [reach("a", 1, []), reach("b", 2, [])];
        expect(fit([image("busybox")], none)[at]).toMatch(
            /none of 172\.18\.1\.1 \(a\) and 172\.18\.1\.2 \(b\) reaches.*Load it on the nodes \(docker\.images\)/,
        );
    });

    it("that only some nodes reach, with a word about it", () => {
        const [fault] = fitApps(place(image("busybox")), closed);
        expect(fault).toMatchObject({ key: at, severity: "warning" });
        expect(fault?.remedy).toMatch(/keep the app on 172\.18\.1\.1 by a constraint/);
    });

    it.each(["master1:5000/busybox", "busybox:1", "docker.io/library/busybox:1"])("that are there or can be had: %s", (name) => {
        expect(
            fit(
                [image(name)],
                closed.map((one) => ({ ...one, images: ["busybox:1"] })),
            ),
        ).toEqual({});
    });

    it.each([
        ["busybox", "docker.io", "docker.io/library/busybox:latest"],
        ["mesosphere/marathon-lb:v1", "docker.io", "docker.io/mesosphere/marathon-lb:v1"],
        ["localhost/a", "localhost", "localhost/a:latest"],
        ["master1:5000/a/b", "master1:5000", "master1:5000/a/b:latest"],
        ["r.example/a@sha256:0", "r.example", "r.example/a@sha256:0"],
    ])("of full name: %s", (name, registryName, full) => {
        expect(imageParts(name)).toEqual({ registry: registryName, full });
    });
});

describe("container networks", () => {
    const calico = { name: "calico", containerizer: "mesos", isolated: false, mapsPorts: false } as const;
    const blue = { name: "blue", containerizer: "docker", isolated: true, mapsPorts: false } as const;
    const having = (...each: (readonly NetworkFacts[])[]) => each.map((networks, index) => agent(`agent${index + 1}`, index + 1, { networks }));
    const both = having([calico, blue, { name: "dcos" }], [calico, blue, { name: "dcos" }]);
    const onNetwork = (name: string, over: object = {}) => hello({ networks: [{ mode: "container", name }], ...over });
    const dockerOn = (name: string, container: object = {}) => docker(container, { networks: [{ mode: "container", name }] });
    const at = "apps[0].networks[0].name";
    const hostPort = { type: "MESOS", portMappings: [{ containerPort: 80, hostPort: 0 }] };

    it.each<[string, unknown, string, RegExp]>([
        ["that nobody has", onNetwork("red"), at, /^the Mesos containerizer has no network red; it has calico and dcos\. Use calico or dcos/],
        ["with a slip", dockerOn("blu"), at, /^the Docker containerizer has no network blu; it has blue and dcos\. Did you mean blue\?/],
        ["of the other containerizer", dockerOn("calico"), at, /^calico is a network of the Mesos containerizer \(datacentre:calico\.networks\), and this app .* by the Docker.*type: MESOS, or use blue/],
        ["of Docker for a command", onNetwork("blue"), at, /datacentre:calico\.dockerNetworks.*type: DOCKER, or use calico/],
        ["with a host port", onNetwork("calico", { container: hostPort }), "apps[0].container.portMappings[0].hostPort", /no host port leads to them\. Take it out.*containerPort/],
        ["with Docker's host port", dockerOn("blue", { portMappings: [{ containerPort: 80, hostPort: 31001 }] }), "apps[0].container.portMappings[0].hostPort", /addresses of their own/],
    ])("%s", (_, input, key, text) => {
        const found = fit([input], both);
        expect(Object.keys(found)).toEqual([key]);
        expect(found[key]).toMatch(text);
    });

    it("of old spellings, by the key of today's", () => {
        const old = { ...docker({ docker: { image: "busybox", network: "USER" } }, { networks: undefined }), ipAddress: { networkName: "calico-test" } };
        expect(fit([old], both)[at]).toMatch(/no network calico-test/);
    });

    it("that only some agents have, with a word about it", () => {
        const [fault] = fitApps(place(onNetwork("calico")), having([calico], []));
        expect(fault).toMatchObject({ severity: "warning", problem: expect.stringMatching(/172\.18\.1\.2 \(agent2\) has no network calico.*tasks fail there/) });
        expect(fault?.remedy).toMatch(/role calico, or keep the app on 172\.18\.1\.1 by a constraint/);
        const tied = onNetwork("calico", on("hostname", "CLUSTER", "172.18.1.2"));
        expect(fit([tied], having([calico], []))[at]).toMatch(/no agent that it may run on has the network calico.*widen the constraints/);
    });

    it("that let no health check of Marathon's in", () => {
        const check = (protocol: string) => fit([{ ...dockerOn("blue", { portMappings: [{ containerPort: 80 }] }), healthChecks: [{ protocol, portIndex: 0 }] }], both);
        expect(check("HTTP")).toEqual({ "apps[0].healthChecks[0].protocol": expect.stringMatching(/blue lets in its own endpoints only.*Write MESOS_HTTP/) });
        expect([check("MESOS_TCP"), fit([onNetwork("calico", { healthChecks: [{ protocol: "TCP", port: 80 }] })], both)]).toEqual([{}, {}]);
    });

    it("of theirs, from elsewhere, or of which nothing is known", () => {
        const good = [onNetwork("calico", { container: { type: "MESOS", portMappings: [{ containerPort: 80 }] } }), onNetwork("dcos", { id: "/b", container: hostPort })];
        expect(fit([...good, { ...dockerOn("blue"), id: "/c" }, { ...dockerOn("dcos"), id: "/d" }], both)).toEqual({});
        expect(fit([onNetwork("red")])).toEqual({});
        expect(fit([docker()], both)).toEqual({});
    });

    it("beside constraints that fit nobody", () => {
        expect(Object.keys(fit([onNetwork("red", on("hostname", "CLUSTER", "nobody"))], both)).sort()).toEqual(["apps[0].constraints[0]", at]);
    });
});

it("names what keeps document 000's apps from running on agents of 172.18.1.0/24", () => {
    const faults = fit([registry, marathonLb]);
    expect(Object.keys(faults)).toEqual(["apps[0].constraints[0]", "apps[1].constraints[0]"]);
    const moved = { ...registry, constraints: [["hostname", "CLUSTER", "172.18.1.1"]] };
    expect(Object.keys(fit([moved]))).toEqual(["apps[0].disk", "apps[0].upgradeStrategy"]);
});

it("says of groups without number how many there are, and lets a number be", () => {
    expect(fit([hello(on("rack", "GROUP_BY"))])).toEqual({ "apps[0].constraints[0]": expect.stringMatching(/may place nothing without\. Write \[rack, GROUP_BY, 2\]/) });
    expect(fit([hello(on("rack", "GROUP_BY", "2"))])).toEqual({});
});

describe("volumes from outside", () => {
    const volume = (external: object, mode = "RW") => ({ container: { type: "MESOS", volumes: [{ containerPath: "/srv", mode, external }] } });
    const driven = (more: object = {}) => volume({ name: "ledger", provider: "dvdi", options: { "dvdi/driver": "netapp" }, ...more });
    const read = volume({ provider: "csi", name: "w", options: { pluginName: "nfs", capability: { accessType: "mount", accessMode: "MULTI_NODE_SINGLE_WRITER" } } }, "RO");
    const two = (first: object, second = first) => fit([hello(first), hello({ id: "/second", ...second })]);
    const key = "apps[1].container.volumes[0].external.name";

    it("are one app's", () => {
        expect(two(driven())).toEqual({ [key]: expect.stringMatching(/ledger is also that of \/hello/) });
        expect(Object.keys(two(driven({ shared: true }), driven()))).toEqual([key]);
    });

    it("may be several apps' where that is said", () => {
        expect([two(driven({ shared: true })), two(read), two(driven(), driven({ name: "other" }))]).toEqual([{}, {}, {}]);
    });
});

describe("agents of one machine, which advertise the same", () => {
    const same = (node: string, begin: number, rack: string) =>
        agent(node, 1, { hostname: "172.18.1.254", attributes: { rack }, resources: { cpus: 1, mem: 256, disk: 4000, ports: [{ begin, end: begin + 9 }] } });
    const slaves = [same("slave1", 31000, "r1"), same("slave2", 31010, "r2")];

    it("have a host port as often as they offer it", () => {
        expect(fit([port(31001, { instances: 2 })], slaves)).toMatchObject({
            "apps[0].container.portMappings[0].hostPort": expect.stringMatching(/31001 is there once on each of 1 agent, and there shall be 2 instances.*instances: 1/i),
        });
        expect(Object.keys(fit([port(31001)], slaves))).toEqual(["apps[0].upgradeStrategy"]);
        // Each on the agent that offers it.
        expect(Object.keys(fit([port(31001), port(31011, { id: "/other" })], slaves))).toEqual(["apps[0].upgradeStrategy", "apps[1].upgradeStrategy"]);
        expect(fit([port(31001), port(31001, { id: "/other" })], slaves)).toMatchObject({
            "apps[1].container.portMappings[0].hostPort": expect.stringMatching(/31001 of 172\.18\.1\.254 \(slave1\) is also taken by \/hello/),
        });
    });

    it("are told apart where apps are tied to them", () => {
        const tied = (rack: string, id: string) => docker({}, { id, mem: 200, constraints: [["rack", "CLUSTER", rack]] });
        expect(fit([tied("r1", "/a"), tied("r2", "/b")], slaves)).toEqual({});
        expect(fit([tied("r1", "/a"), tied("r1", "/b")], slaves)).toMatchObject({ "apps[1].mem": expect.stringMatching(/together ask for 400 MiB.*\(slave1\) has 256/) });
    });
});
