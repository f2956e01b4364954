/** App definitions: what is refused, by its key and with a remedy, and what is accepted with a word about it. */
import fc from "fast-check";

import { parseApp } from "../../../components/marathon-app/definition";
import { marathonLb, registry } from "./document";
import { checks, commands, networking, oldOnes, others, type Row } from "./refused";
import { shapes } from "./refused-forms";
import { docker, good, hello, told } from "./support";

/** Holds keys and texts against what was to be told, each key once. */
function expectTold(found: Record<string, string>, wanted: Row[2]): void {
    expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
    Object.entries(wanted).forEach(([key, text]) => expect(found[key]).toMatch(text));
}

describe("document 000's definitions", () => {
    it("takes the registry, and a bridge for the mappings that Marathon would drop", () => {
        const { app, notices } = parseApp(registry);
        expect(app).toEqual({ ...registry, id: "/registry", networks: [{ mode: "container/bridge" }] });
        expect(notices?.map(({ key }) => key)).toEqual(["container.portMappings"]);
    });

    it("takes marathon-lb, and says that its network is spelt as of old", () => {
        const { app, notices } = parseApp(marathonLb);
        const wanted: any = { ...structuredClone(marathonLb), networks: [{ mode: "host" }] };
        delete wanted.cmd;
        delete wanted.container.docker.network;
        expect(app).toEqual(wanted);
        expect(notices).toEqual([
            {
                key: "container.docker.network",
                problem: "container.docker.network: HOST is old",
                remedy: "write networks: [{mode: host}]",
                severity: "warning",
            },
        ]);
    });
});

describe("refuses", () => {
    it.each([...shapes, ...commands, ...networking, ...checks, ...others, ...oldOnes])("%s", (_, input, wanted) => {
        expect(parseApp(input).app).toBeUndefined();
        expectTold(told(input), wanted);
    });
});

describe("takes with a word about it", () => {
    it.each<Row>([
        [
            "a container network without name",
            docker({}, { networks: [{ mode: "container" }] }),
            { "networks[0]": /default_network_name/ },
        ],
        [
            "host ports that nobody described",
            hello({ requirePorts: true }),
            { requirePorts: /give the ports in portDefinitions/i },
        ],
        [
            "a pattern that may be none",
            hello({ constraints: [["hostname", "LIKE", "a["]] }),
            { "constraints[0][2]": /as Java does/ },
        ],
        [
            "secrets",
            hello({ secrets: { s: { source: "x" } }, env: { A: { secret: "s" } } }),
            { secrets: /--enable_features secrets/ },
        ],
        ["GPUs", hello({ gpus: 1 }), { gpus: /gpu_resources/ }],
        [
            "what Marathon tells of an app",
            hello({ version: "x", tasksRunning: 1 }),
            { version: /left out/, tasksRunning: /left out/ },
        ],
        [
            "a readiness check alone",
            hello({ portDefinitions: [{ name: "http-api" }], readinessChecks: [{}] }),
            {
                "readinessChecks[0]": /and never again/,
            },
        ],
    ])("%s", (_, input, wanted) => {
        expect(parseApp(input).app).toBeDefined();
        expectTold(told(input), wanted);
    });
});

describe("takes without a word", () => {
    it.each([
        ["a plain command", hello()],
        ["an id of dots and dashes", hello({ id: "/prod/web-1.blue" })],
        [
            "every operator",
            hello({
                constraints: [
                    ["hostname", "UNIQUE"],
                    ["rack", "CLUSTER"],
                    ["hostname", "CLUSTER", "a"],
                    ["rack", "GROUP_BY"],
                    ["rack", "GROUP_BY", "2"],
                    ["rack", "LIKE", "r[1-3]"],
                    ["rack", "UNLIKE", "r9"],
                    ["rack", "MAX_PER", "2"],
                    ["rack", "IS", "r1"],
                    ["@zone", "GROUP_BY", "3"],
                ],
            }),
        ],
        [
            "every protocol",
            docker(
                { portMappings: [{ containerPort: 80 }, { containerPort: 81 }] },
                {
                    healthChecks: [
                        { protocol: "HTTP", path: "/a", portIndex: 1 },
                        { protocol: "HTTPS", port: 8443 },
                        { protocol: "TCP" },
                        { protocol: "COMMAND", command: { value: "true" } },
                        { protocol: "MESOS_HTTP", path: "/", ipProtocol: "IPv6" },
                    ],
                },
            ),
        ],
        [
            "every kind of volume",
            docker({
                type: "MESOS",
                volumes: [
                    { containerPath: "/a", hostPath: "/b", mode: "RO" },
                    {
                        containerPath: "d",
                        persistent: { size: 10, type: "mount", maxSize: 20, constraints: [["path", "LIKE", "/mnt/.*"]] },
                        mode: "RW",
                    },
                ],
            }),
        ],
        ["both strategies", hello({ unreachableStrategy: { inactiveAfterSeconds: 300, expungeAfterSeconds: 600 } })],
        ["the strategy of none", hello({ unreachableStrategy: "disabled", resourceLimits: { cpus: "unlimited", mem: 32 } })],
        ["an image by digest", docker({ docker: { image: `r.example:5000/a/b@sha256:${"0".repeat(64)}` } })],
        ["nulls for what is not given", hello({ args: null, container: null, acceptedResourceRoles: null })],
    ])("%s", (_, input) => {
        expect(told(input)).toEqual({});
    });
});

it("names every fault at once, under the key of what holds the definition", () => {
    const input = docker(
        { docker: { image: "a", forcePull: true }, portMappings: [{ hostPort: 99999 }] },
        {
            cpus: "1",
            labels: { a: 1 },
            constraints: [["rack", "MAX_PER"]],
            dependencies: ["/hello"],
            unreachableStrategy: { expungeAfterSecond: 1 },
        },
    );
    expect(
        parseApp(input, "datacentre:apps[2]")
            .faults?.map(({ key }) => key)
            .sort(),
    ).toEqual([
        "datacentre:apps[2].constraints[0]",
        "datacentre:apps[2].container.docker.forcePull",
        "datacentre:apps[2].container.portMappings[0].hostPort",
        "datacentre:apps[2].cpus",
        "datacentre:apps[2].dependencies[0]",
        "datacentre:apps[2].labels.a",
        "datacentre:apps[2].unreachableStrategy.expungeAfterSecond",
    ]);
});

it("says nothing of rules that a slip in a field's name only seems to break", () => {
    expect(Object.keys(told(hello({ cmd: undefined, cdm: "sleep 1" })))).toEqual(["cdm"]);
    expect(Object.keys(told(docker({ portMapings: [{ containerPort: 1 }, {}] }, { healthChecks: [{ portIndex: 1 }] })))).toEqual([
        "container.portMapings",
    ]);
});

it("quotes nothing that may be secret", () => {
    const secret = "hunter2-at-large";
    const input = hello({
        id: "/Bad",
        cmd: 1,
        args: secret,
        env: { [`A`]: { secret: [secret], other: secret }, B: [secret] },
        labels: { c: [secret] },
        fetch: [{ uri: `http://u:${secret}@h/`.padEnd(1100, "x"), destPath: 1 }],
        healthChecks: [{ protocol: "COMMAND", command: secret }],
        check: { exec: { command: { shell: [secret] } } },
        secrets: { s: secret },
    });
    expect(parseApp(input).faults?.length).toBeGreaterThan(7);
    expect(JSON.stringify(parseApp(input))).not.toContain(secret);
});

it("leaves what it was given as it is, and parses its own result without a word", () => {
    const input = Object.freeze(
        docker({ docker: { image: "a", network: "BRIDGE", portMappings: [{ containerPort: 80 }] } }, { networks: undefined }),
    );
    const before = JSON.stringify(input);
    const app = good(input);
    expect(JSON.stringify(input)).toBe(before);
    expect(parseApp(app)).toEqual({ app, notices: [] });
});

it("says something sensible of anything", () => {
    const keys = fc.constantFrom(
        "id",
        "cmd",
        "container",
        "docker",
        "networks",
        "ports",
        "constraints",
        "healthChecks",
        "env",
        "ipAddress",
        "x",
    );
    const { tree } = fc.letrec((tie) => ({
        tree: fc.oneof(
            { depthSize: "small" },
            fc.constantFrom<unknown>(null, true, 0, -1, 65536, "", "a", "/a", "HOST", NaN),
            fc.array(tie("tree"), { maxLength: 3 }),
            fc.dictionary(keys, tie("tree"), { maxKeys: 4 }),
        ),
    }));
    fc.assert(
        fc.property(tree, (input) => {
            const { app, faults } = parseApp(input);
            expect(app === undefined).toBe((faults ?? []).length > 0);
            faults?.forEach(({ problem, remedy }) => expect([problem, remedy].join("")).not.toMatch(/undefined|\[object|^$/));
        }),
        { numRuns: 100 },
    );
});
