/** Definitions with one field that is not in its form, or is none of Marathon's. */
import type { Row } from "./refused";
import { docker, hello } from "./support";

const check = (over: object) => hello({ healthChecks: [over] });
const mapping = (...portMappings: object[]) => docker({ portMappings });
const constraint = (...fields: unknown[]) => hello({ constraints: [fields] });
const volume = (over: object) => docker({ volumes: [{ containerPath: "/data", ...over }] });

export const shapes: Row[] = [
    ["no definition", "hello", { "": /this is a text and should be a group of keys/ }],
    ["no id", hello({ id: undefined }), { id: /this is missing.*a text/ }],
    ["an id in capitals", hello({ id: "/Web" }), { id: /"\/Web".*lower-case letters/ }],
    ["an id with an inner gap", hello({ id: "/a//b" }), { id: /slashes between them/ }],
    [
        "a field with a slip",
        hello({ contraints: [] }),
        { contraints: /pass over it without a word\. Did you mean constraints\?/ },
    ],
    ["a field in another case", hello({ healthchecks: [] }), { healthchecks: /Did you mean healthChecks\?/ }],
    ["another program's word", hello({ replicas: 3 }), { replicas: /Did you mean instances\?/ }],
    ["a field that is nowhere", hello({ colour: 1 }), { colour: /Known here: id, cmd, args/ }],
    ["a field one level too high", hello({ image: "busybox" }), { image: /Image belongs into container\.docker/ }],
    ["a field one level too low", docker({ instances: 2 }), { "container.instances": /belongs to the definition itself/ }],
    [
        "a slip deep inside",
        docker({ docker: { image: "a", forcePull: true } }),
        { "container.docker.forcePull": /mean forcePullImage\?/ },
    ],
    ["a slip in a list", mapping({ containerport: 80 }), { "container.portMappings[0].containerport": /mean containerPort\?/ }],
    ["too few processors", hello({ cpus: 0 }), { cpus: /0 is out of range\. Use at least 0\.001/ }],
    ["a number as a text", hello({ mem: "128" }), { mem: /this is a text and should be a number.*without quotes/ }],
    ["less than no instances", hello({ instances: -1 }), { instances: /-1 is out of range\. Use at least 0/ }],
    ["half an instance", hello({ instances: 1.5 }), { instances: /a number with a fraction and should be a whole number/ }],
    [
        "a value of env that is no text",
        hello({ env: { A: 1 } }),
        { "env.A": /this is a number and should be a text or a group of keys/ },
    ],
    [
        "a secret of env with a slip",
        hello({ env: { A: { secrt: "x" } } }),
        { "env.A.secret": /this is missing/, "env.A.secrt": /mean secret\?/ },
    ],
    ["a label that is no text", hello({ labels: { A: true } }), { "labels.A": /true or false and should be a text.*in quotes/ }],
    ["a label without value", hello({ labels: { A: null } }), { "labels.A": /this is nothing and should be a text/ }],
    [
        "a constraint that is no list",
        hello({ constraints: ["hostname UNIQUE"] }),
        { "constraints[0]": /a text and should be a list/ },
    ],
    ["a constraint of one word", constraint("hostname"), { "constraints[0]": /Use at least 2 entries/ }],
    ["a constraint of four", constraint("a", "CLUSTER", "b", "c"), { "constraints[0]": /Use at most 3 entries/ }],
    [
        "a number in a constraint",
        constraint("rack", "MAX_PER", 2),
        { "constraints[0][2]": /a number and should be a text\. Write a text, in quotes/ },
    ],
    [
        "one constraint twice",
        hello({
            constraints: [
                ["a", "UNIQUE"],
                ["a", "UNIQUE"],
            ],
        }),
        { constraints: /take out what is there twice/i },
    ],
    [
        "a host port above all",
        mapping({ containerPort: 80, hostPort: 310000 }),
        { "container.portMappings[0].hostPort": /310000 is out of range.*65535/ },
    ],
    [
        "an unknown protocol",
        mapping({ containerPort: 80, protocol: "TCP" }),
        { "container.portMappings[0].protocol": /Did you mean tcp\?/ },
    ],
    [
        "an unknown network mode",
        hello({ networks: [{ mode: "bridge" }] }),
        { "networks[0].mode": /container, container\/bridge, host/ },
    ],
    ["an unknown container type", docker({ type: "Docker" }), { "container.type": /Did you mean DOCKER\?/ }],
    ["no image", docker({ docker: { forcePullImage: true } }), { "container.docker.image": /this is missing/ }],
    ["an unknown check protocol", check({ protocol: "http" }), { "healthChecks[0].protocol": /Did you mean HTTP\?/ }],
    ["an unknown kill selection", hello({ killSelection: "OLDEST" }), { killSelection: /YOUNGEST_FIRST, OLDEST_FIRST/ }],
    [
        "a strategy of no form",
        hello({ unreachableStrategy: "off" }),
        { unreachableStrategy: /should be "disabled" or a group of keys/ },
    ],
    [
        "a strategy with a slip",
        hello({ unreachableStrategy: { inactiveAfter: 1 } }),
        { "unreachableStrategy.inactiveAfter": /inactiveAfterSeconds/ },
    ],
    [
        "a limit of no form",
        hello({ resourceLimits: { cpus: "all" } }),
        { "resourceLimits.cpus": /should be "unlimited" or a number/ },
    ],
    [
        "more than all instances",
        hello({ upgradeStrategy: { minimumHealthCapacity: 2 } }),
        {
            "upgradeStrategy.minimumHealthCapacity": /at most 1/,
            "upgradeStrategy.maximumOverCapacity": /this is missing/,
        },
    ],
    ["a falling backoff", hello({ backoffFactor: 0.5 }), { backoffFactor: /at least 1/ }],
    ["a URI of nothing", hello({ fetch: [{ uri: "" }] }), { "fetch[0].uri": /At least 1 character|at least 1 character/ }],
    [
        "a CSI volume without capability",
        volume({ mode: "RW", external: { provider: "csi", name: "a", options: { pluginName: "p" } } }),
        {
            "container.volumes[0].external.options.capability": /this is missing/,
        },
    ],
    [
        "an external volume with a slip",
        volume({ mode: "RW", external: { provider: "dvdi", nmae: "a" } }),
        {
            "container.volumes[0].external.nmae": /mean name\?/,
        },
    ],
];
