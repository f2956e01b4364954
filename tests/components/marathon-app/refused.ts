import { docker, hello } from "./support";

/** Definitions with one thing wrong each: what must be named, by key, and what its text must say. */
export type Row = readonly [what: string, input: unknown, told: Readonly<Record<string, RegExp>>];

const check = (over: object) => hello({ healthChecks: [over] });
const mapping = (...portMappings: object[]) => docker({ portMappings });
const constraint = (...fields: unknown[]) => hello({ constraints: [fields] });
const volume = (over: object) => docker({ volumes: [{ containerPath: "/data", ...over }] });
const mesos = (container: object, over: object = {}) => hello({ container: { type: "MESOS", ...container }, ...over });

export const commands: Row[] = [
    ["nothing to run", hello({ cmd: undefined }), { "": /there is nothing to run.*cmd or args/ }],
    ["two things to run", hello({ args: ["a"] }), { args: /cmd and args are both there/ }],
    ["a command of one letter", hello({ cmd: "x" }), { cmd: /one character/ }],
    ["the root as an app", hello({ id: "/" }), { id: /the root is no app/ }],
    ["a path of Marathon's", hello({ id: "/web/restart" }), { id: /restart.*Marathon's own/ }],
    ["an app that waits for itself", hello({ dependencies: ["/db", "hello"] }), { "dependencies[1]": /would wait for itself/ }],
    [
        "an app that waits for its group",
        hello({ id: "/a/b", dependencies: ["/a"] }),
        { "dependencies[0]": /would wait for itself/ },
    ],
    ["a container of no image", docker({ docker: undefined }), { "container.docker": /give container\.docker\.image/i }],
    [
        "an image with a scheme",
        docker({ docker: { image: "http://master1:5000/a" } }),
        { "container.docker.image": /Write master1:5000\/a/ },
    ],
    ["an image in capitals", docker({ docker: { image: "master1:5000/Web" } }), { "container.docker.image": /in lower case/ }],
    [
        "a pull config for Docker",
        docker({ docker: { image: "a", pullConfig: { secret: "s" } } }, { secrets: { s: { source: "x" } } }),
        {
            "container.docker.pullConfig": /takes no pullConfig/,
        },
    ],
    [
        "a login of old",
        docker({ docker: { image: "a", credential: { principal: "p" } } }),
        { "container.docker.credential": /no credential here since 1\.5/ },
    ],
    ["GPUs for Docker", docker({}, { gpus: 1 }), { gpus: /gives out no GPUs/ }],
    ["a check for Docker", docker({}, { check: { tcp: { portIndex: 0 } } }), { check: /use healthChecks/i }],
    [
        "Docker's options for Mesos",
        mesos({ docker: { image: "a", parameters: [{ key: "k", value: "v" }] } }),
        {
            "container.docker.parameters": /write type: DOCKER/i,
        },
    ],
    [
        "a privileged container of Mesos",
        mesos({ docker: { image: "a", privileged: true } }),
        { "container.docker.privileged": /type: DOCKER/ },
    ],
];

export const networking: Row[] = [
    [
        "mappings on the host's network",
        docker({ portMappings: [{ containerPort: 80 }] }, { networks: [{ mode: "host" }] }),
        {
            "container.portMappings": /has no port mappings\. Write networks: \[\{mode: container\/bridge\}\]/,
        },
    ],
    ["definitions on a bridge", docker({}, { portDefinitions: [{ port: 80 }] }), { portDefinitions: /host network's/ }],
    [
        "two modes",
        docker({}, { networks: [{ mode: "host" }, { mode: "container", name: "a" }] }),
        { networks: /do not go together/ },
    ],
    ["one network twice", mesos({}, { networks: [{ name: "a" }, { name: "a" }] }), { "networks[1].name": /there twice/ }],
    ["two networks for Docker", docker({}, { networks: [{ name: "a" }, { name: "b" }] }), { networks: /joins one network/ }],
    [
        "a bridge with a name",
        docker({}, { networks: [{ mode: "container/bridge", name: "a" }] }),
        { "networks[0].name": /has no network's name/ },
    ],
    [
        "a host network with labels",
        hello({ networks: [{ mode: "host", labels: { a: "b" } }] }),
        { "networks[0].labels": /has no labels/ },
    ],
    [
        "one host port twice",
        mapping({ containerPort: 53, hostPort: 53 }, { containerPort: 54, hostPort: 53, protocol: "udp" }),
        {
            "container.portMappings[1].hostPort": /host port 53 is there twice.*tcp from udp/,
        },
    ],
    [
        "one port definition twice",
        hello({ portDefinitions: [{ port: 90 }, { port: 90 }] }),
        { "portDefinitions[1].port": /port 90 is there twice/ },
    ],
    [
        "one port name twice",
        hello({ portDefinitions: [{ name: "a" }, { name: "a" }] }),
        { "portDefinitions[1].name": /two ports are named a/ },
    ],
    [
        "a mapping for no network",
        docker({ portMappings: [{ networkNames: ["b"] }] }, { networks: [{ name: "a" }] }),
        {
            "container.portMappings[0].networkNames": /no network b\. Use a/,
        },
    ],
    [
        "a host port for several networks",
        mesos({ portMappings: [{ hostPort: 80 }] }, { networks: [{ name: "a" }, { name: "b" }] }),
        {
            "container.portMappings[0].networkNames": /name that one/i,
        },
    ],
];

export const checks: Row[] = [
    [
        "a port that is not there",
        check({ portIndex: 1 }),
        { "healthChecks[0].portIndex": /has 1 port.*none with index 1\. Use 0, or add the port to portDefinitions/ },
    ],
    [
        "a port of none",
        hello({ portDefinitions: [], healthChecks: [{ path: "/" }] }),
        { "healthChecks[0].portIndex": /has 0 ports.*Add the port/ },
    ],
    [
        "a mapping that is not there",
        docker({ portMappings: [{}, {}] }, { healthChecks: [{ portIndex: 2 }] }),
        {
            "healthChecks[0].portIndex": /Use 0 to 1, or add the port to container\.portMappings/,
        },
    ],
    ["a command by HTTP", check({ command: { value: "true" } }), { "healthChecks[0].command": /protocol HTTP runs no command/ }],
    ["COMMAND without command", check({ protocol: "COMMAND" }), { "healthChecks[0].command": /this is missing/ }],
    [
        "a command with a path",
        check({ protocol: "COMMAND", command: { value: "true" }, path: "/" }),
        { "healthChecks[0].path": /asks no port/ },
    ],
    ["IPv6 of Marathon's", check({ ipProtocol: "IPv6" }), { "healthChecks[0].ipProtocol": /MESOS_ protocol, or IPv4/ }],
    ["no time to answer", check({ timeoutSeconds: 0 }), { "healthChecks[0].timeoutSeconds": /at least 1/ }],
    [
        "two checks by Mesos",
        hello({ healthChecks: [{ protocol: "MESOS_TCP" }, { protocol: "MESOS_HTTP" }] }),
        { "healthChecks[1]": /makes one health check/ },
    ],
    ["a check of no kind", hello({ check: { delaySeconds: 1 } }), { check: /give one of http, tcp or exec/i }],
    ["a check of two kinds", hello({ check: { tcp: {}, http: {} } }), { check: /has http and tcp/ }],
    ["a check on no port", hello({ check: { tcp: { portIndex: 3 } } }), { "check.tcp.portIndex": /none with index 3/ }],
    [
        "readiness on no port",
        hello({ healthChecks: [{}], portDefinitions: [{ name: "web" }], readinessChecks: [{}] }),
        {
            "readinessChecks[0].portName": /no port is named http-api\. Use web/,
        },
    ],
    [
        "readiness that overlaps",
        hello({
            healthChecks: [{}],
            portDefinitions: [{ name: "web" }],
            readinessChecks: [{ portName: "web", timeoutSeconds: 30 }],
        }),
        {
            "readinessChecks[0].timeoutSeconds": /30 s are not less than intervalSeconds \(30\)/,
        },
    ],
];

export const others: Row[] = [
    [
        "an operator with a slip",
        constraint("hostname", "UNIQE"),
        { "constraints[0][1]": /"UNIQE" is no operator\. Did you mean UNIQUE\?/ },
    ],
    ["an operator in small letters", constraint("hostname", "cluster", "a"), { "constraints[0][1]": /Did you mean CLUSTER\?/ }],
    ["UNIQUE with a value", constraint("hostname", "UNIQUE", ""), { "constraints[0][2]": /takes no value/ }],
    ["LIKE without value", constraint("hostname", "LIKE"), { "constraints[0]": /takes a regular expression/ }],
    ["MAX_PER without number", constraint("rack", "MAX_PER"), { "constraints[0]": /whole number/ }],
    ["GROUP_BY a word", constraint("rack", "GROUP_BY", "three"), { "constraints[0][2]": /whole number, as a text, or no value/ }],
    ["IS a list", constraint("rack", "IS", "{a,b}"), { "constraints[0][2]": /IS takes a text of letters/ }],
    ["a constraint on nothing", constraint("", "UNIQUE"), { "constraints[0][0]": /no field is named/ }],
    [
        "a volume of no kind",
        volume({ mode: "RW" }),
        { "container.volumes[0]": /give one of hostPath, persistent, external or secret/i },
    ],
    [
        "a volume of two kinds",
        volume({ mode: "RW", hostPath: "/a", persistent: { size: 1 } }),
        { "container.volumes[0]": /has hostPath and persistent/ },
    ],
    ["a volume without mode", volume({ hostPath: "/a" }), { "container.volumes[0].mode": /use RW, or RO/i }],
    [
        "a persistent volume by path",
        volume({ mode: "RW", persistent: { size: 1 } }),
        { "container.volumes[0].containerPath": /without slashes/ },
    ],
    [
        "a persistent volume for reading",
        volume({ containerPath: "d", mode: "RO", persistent: { size: 1 } }),
        { "container.volumes[0].mode": /use RW/i },
    ],
    [
        "a persistent volume of nothing",
        volume({ containerPath: "d", mode: "RW", persistent: { size: 0 } }),
        {
            "container.volumes[0].persistent.size": /size in MiB/,
        },
    ],
    [
        "a root disk with a largest size",
        volume({ containerPath: "d", mode: "RW", persistent: { size: 1, maxSize: 2 } }),
        {
            "container.volumes[0].persistent.maxSize": /type: mount/,
        },
    ],
    [
        "a root disk with constraints",
        volume({ containerPath: "d", mode: "RW", persistent: { size: 1, constraints: [["path", "LIKE", "/a"]] } }),
        {
            "container.volumes[0].persistent.constraints[0]": /type: path or mount/,
        },
    ],
    [
        "one volume twice",
        docker({ volumes: ["/a", "/b"].map((hostPath) => ({ containerPath: "/data", hostPath, mode: "RW" })) }),
        {
            "container.volumes[1].containerPath": /two volumes are at \/data/,
        },
    ],
    ["a secret that is not there", hello({ env: { A: { secret: "s" } } }), { "env.A.secret": /no secret of this name/ }],
    [
        "a secret volume that is not there",
        volume({ secret: "s" }),
        { "container.volumes[0].secret": /not among the app's secrets/ },
    ],
    ["a limit below the request", hello({ resourceLimits: { mem: 8 } }), { "resourceLimits.mem": /8 is less than the 16/ }],
    [
        "given up before it is replaced",
        hello({ unreachableStrategy: { inactiveAfterSeconds: 9, expungeAfterSeconds: 3 } }),
        {
            "unreachableStrategy.expungeAfterSeconds": /at least 9/,
        },
    ],
    ["roles of nobody", hello({ acceptedResourceRoles: [] }), { acceptedResourceRoles: /no role's resources/ }],
    ["roles of others", hello({ role: "dev", acceptedResourceRoles: ["prod"] }), { acceptedResourceRoles: /take prod out/i }],
    ["a role with a slash", hello({ role: "a/b" }), { role: /no role's name/ }],
    [
        "several of a single one",
        hello({ instances: 2, labels: { MARATHON_SINGLE_INSTANCE_APP: "true" } }),
        { instances: /one instance at a time/ },
    ],
    [
        "a second one on disk that stays",
        docker(
            { volumes: [{ containerPath: "d", mode: "RW", persistent: { size: 1 } }] },
            { upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 1 } },
        ),
        { "upgradeStrategy.maximumOverCapacity": /use 0/i },
    ],
];

/** Old spellings that contradict themselves, or have no equal today. */
export const oldOnes: Row[] = [
    [
        "no network at all",
        docker({ docker: { image: "a", network: "NONE" } }, { networks: undefined }),
        { "container.docker.network": /runs no container without network/ },
    ],
    [
        "two spellings of the network",
        docker({ docker: { image: "a", network: "HOST" } }),
        { "container.docker.network": /take container\.docker\.network out/i },
    ],
    [
        "two spellings of mappings",
        docker({ portMappings: [{}], docker: { image: "a", portMappings: [{}] } }),
        {
            "container.docker.portMappings": /move all of them/i,
        },
    ],
    [
        "two spellings of URIs",
        hello({ uris: ["http://a/b"], fetch: [{ uri: "http://a/c" }] }),
        { uris: /uris and fetch are both there/ },
    ],
    ["two spellings of ports", hello({ ports: [1], portDefinitions: [{ port: 2 }] }), { ports: /differ/ }],
    [
        "more ports than mappings",
        docker({ portMappings: [{}] }, { ports: [1, 2] }),
        { ports: /2 ports, and container\.portMappings 1/ },
    ],
    [
        "discovery for Docker",
        docker({}, { networks: undefined, ipAddress: { discovery: { ports: [{ name: "a" }] } } }),
        {
            "ipAddress.discovery.ports": /no discovery ports/,
        },
    ],
    [
        "a fault in an old spelling, by its old key",
        docker(
            { docker: { image: "a", network: "BRIDGE", portMappings: [{ hostPort: 80 }, { hostPort: 80 }] } },
            { networks: undefined },
        ),
        { "container.docker.portMappings[1].hostPort": /host port 80 is there twice/ },
    ],
];
