/** Whether an engine has room for a stack: each thing in the way with its remedy, and nothing that is the stack's own. */
import { checkEngine, engineFaults, engineOf, machineFacts, type EngineFacts, type Wanted } from "../../ops/prepare/engine";
import type { Problem } from "../../ops/lib/say";
import type { Settings } from "../../ops/stack/settings";
import { onebox } from "../nodes/containers-sample";
import { fakePath, type FakePath } from "./fake-program";

const owner = "datacentre/onebox";
const provider = { kind: "containers", prefix: "onebox", engine: "unix:///var/run/docker.sock", subnet: "172.18.1.0/24", mtu: 1500, publishAddress: "0.0.0.0" } as const;
const wanted = (over: Partial<Wanted> = {}, own: object = {}): Wanted => ({
    ...{ owner, containers: ["onebox-zk1", "onebox-mesos-proxy"], published: [{ port: 5050, node: "mesos-proxy" }] },
    provider: { ...provider, ...own },
    ...over,
});
const hosts = wanted({ published: [], provider: { kind: "docker", prefix: "onebox", subnet: "172.18.1.0/24", mtu: 1450, socket: "/var/run/docker.sock", image: "x" } as Wanted["provider"] });

type Network = EngineFacts["networks"][number];
const container = (over: Partial<EngineFacts["containers"][number]>) => ({ name: "web", owner: "", running: true, ports: [], ...over });
const network = (over: Partial<Network>): Network => ({ name: "other", id: "f00d", owner: "", subnets: ["172.19.0.0/16"], bridge: "br-f00d", ...over });
const bridge: Network = { name: "bridge", id: "0", owner: "", subnets: ["172.17.0.0/16"], bridge: "docker0" };
const lan = { link: "eth0", address: "10.0.0.5", bits: 24 };

const facts = (over: Partial<EngineFacts> = {}): EngineFacts => ({
    networks: [bridge],
    containers: [],
    addresses: [{ link: "lo", address: "127.0.0.1", bits: 8 }, lan, { link: "docker0", address: "172.17.0.1", bits: 16 }],
    listening: [{ address: "0.0.0.0", port: 22 }],
    ...over,
});

/** The one fault, with its remedy. */
function fault(had: Partial<EngineFacts>, want: Wanted = wanted()): string {
    const faults = engineFaults(want, facts(had));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/\. Remedy: .+/);
    return faults[0]!;
}
const none = (had: Partial<EngineFacts>, want: Wanted = wanted()): void => expect(engineFaults(want, facts(had))).toEqual([]);

it("finds room on an engine that has other things", () => {
    none({});
    none({}, hosts);
    none({ networks: [bridge, network({})], containers: [container({ ports: [80] })], listening: [{ address: "::", port: 80 }] });
});

describe("networks", () => {
    it("of the same name: somebody's, and a stack's", () => {
        expect(fault({ networks: [network({ name: "onebox" })] })).toMatch(/has a network onebox already, which is not this stack's.*'docker network rm onebox' if nobody needs it, or another datacentre:provider\.prefix/);
        const theirs = network({ name: "onebox", owner: "datacentre/local", subnets: ["172.18.1.0/24"] });
        expect(fault({ networks: [theirs] })).toMatch(/network onebox of stack datacentre\/local already.*'make destroy' of that stack/);
        expect(fault({ networks: [theirs] }, hosts)).toMatch(/network onebox of stack datacentre\/local/);
    });

    it("that overlap", () => {
        expect(fault({ networks: [network({ subnets: ["10.9.0.0/24", "172.18.0.0/16"] })] })).toMatch(/the network other has 172\.18\.0\.0\/16, which overlaps 172\.18\.1\.0\/24.*docker network rm other.*or another datacentre:provider\.subnet, gateway and addresses/);
        expect(fault({ networks: [network({ owner: "datacentre/local", subnets: ["172.18.1.128/25"] })] })).toMatch(/of stack datacentre\/local has 172\.18\.1\.128\/25.*'make destroy' of that stack/);
    });

    it("of the stack itself, of IPv6, and of none", () => {
        none({ networks: [network({ name: "onebox", owner, subnets: ["172.18.1.0/24"] })] });
        none({ networks: [network({ subnets: ["fd00::/64"] }), network({ subnets: [] })] });
    });
});

describe("the machine's own addresses", () => {
    const left = { link: "br-0123456789ab", address: "172.18.1.254", bits: 24 };

    it("on a bridge that is left of a network which is gone: document 001's lost packets", () => {
        const told = fault({ addresses: [lan, left] });
        expect(told).toMatch(/the bridge br-0123456789ab \(172\.18\.1\.254\/24\) is left of a Docker network that is gone/);
        expect(told).toMatch(/'ip link delete br-0123456789ab' on the engine's machine/);
        expect(fault({ addresses: [lan, { ...left, address: "172.18.9.1", bits: 16 }] }, hosts)).toMatch(/is left of a Docker network/);
    });

    it("on the bridge of a network that is there", () => {
        none({ addresses: [lan, left], networks: [network({ name: "onebox", owner, subnets: ["172.18.1.0/24"], bridge: left.link })] });
        // Told as a network, once.
        fault({ addresses: [lan, left], networks: [network({ subnets: ["172.18.1.0/24"], bridge: left.link })] });
    });

    it("in a network that the containers are to have", () => {
        expect(fault({ addresses: [{ link: "eth1", address: "172.18.200.3", bits: 16 }] })).toMatch(/the engine's machine is itself in 172\.18\.200\.3\/16 \(eth1\), which overlaps 172\.18\.1\.0\/24.*another datacentre:provider\.subnet/);
        expect(fault({ addresses: [{ link: "tun0", address: "172.18.1.77", bits: 32 }] })).toMatch(/172\.18\.1\.77\/32 \(tun0\)/);
        none({ addresses: [{ link: "eth1", address: "172.18.2.3", bits: 24 }, { link: "tun0", address: "192.168.7.1", bits: 32 }] });
    });
});

it("tells of containers with the same names, but for the stack's own", () => {
    const one = container({ name: "onebox-zk1" });
    const told = fault({ containers: [one] });
    expect(told).toMatch(/a container onebox-zk1 already, which is not this stack's/);
    expect(told).toMatch(/'docker rm -f onebox-zk1' if nobody needs it, or another datacentre:provider\.prefix/);
    expect(fault({ containers: [{ ...one, owner: "datacentre/local" }] })).toMatch(/container onebox-zk1 of stack datacentre\/local already/);
    none({ containers: [{ ...one, owner }, container({ name: "onebox-zk10" })] });
});

describe("ports", () => {
    const taken = (address: string, port = 5050) => ({ listening: [{ address, port }] });

    it("that something has", () => {
        expect(fault(taken("0.0.0.0"))).toMatch(/port 5050 of the engine's machine, at which mesos-proxy is to be published, is taken by something.*'ss -ltnp' on the machine names it.*another port in datacentre:proxies/);
        ["::", "*", "127.0.0.1", "10.0.0.5"].forEach((address) => fault(taken(address)));
        none(taken("0.0.0.0", 5051));
    });

    it("that a container has", () => {
        const holder = container({ ports: [80, 5050] });
        expect(fault({ ...taken("0.0.0.0"), containers: [holder] })).toMatch(/is taken by the container web\./);
        expect(fault({ ...taken("0.0.0.0"), containers: [{ ...holder, owner: "datacentre/local" }] })).toMatch(/by the container web of stack datacentre\/local/);
        // Nobody listens.
        none({ containers: [{ ...holder, running: false }] });
    });

    it("that the stack's own containers have", () => {
        const own = container({ name: "onebox-mesos-proxy", owner, ports: [5050] });
        none({ ...taken("0.0.0.0"), containers: [own] });
        // While it was stopped somebody else took it.
        expect(fault({ ...taken("0.0.0.0"), containers: [{ ...own, running: false }] })).toMatch(/port 5050.*is taken by something/);
    });

    it("at another address than the published one", () => {
        const at = (publishAddress: string) => wanted({}, { publishAddress });
        none(taken("127.0.0.1"), at("10.0.0.5"));
        fault(taken("10.0.0.5"), at("10.0.0.5"));
        fault(taken("0.0.0.0"), at("10.0.0.5"));
        fault(taken("*"), at("10.0.0.5"));
    });
});

it("tells of addresses that the machine does not have", () => {
    expect(fault({}, wanted({}, { address: "10.0.0.9" }))).toMatch(/datacentre:provider\.address is 10\.0\.0\.9, which the engine's machine does not have. Remedy: use one of its own: 10\.0\.0\.5$/);
    expect(fault({}, wanted({}, { publishAddress: "10.0.0.9" }))).toMatch(/datacentre:provider\.publishAddress is 10\.0\.0\.9/);
    none({}, wanted({}, { address: "10.0.0.5", publishAddress: "127.0.0.1" }));
    // The network's gateway comes with the network.
    none({}, wanted({}, { address: "172.18.1.254" }));
    // Nobody could look.
    none({ addresses: [] }, wanted({}, { address: "10.0.0.9" }));
});

it("tells all of it", () => {
    const faults = engineFaults(
        wanted({}, { address: "10.0.0.9" }),
        facts({
            networks: [network({ name: "onebox" }), network({ subnets: ["172.18.0.0/16"] })],
            containers: [container({ name: "onebox-zk1" })],
            listening: [{ address: "0.0.0.0", port: 5050 }],
        }),
    );
    expect(faults).toHaveLength(5);
});

describe("what the machine says", () => {
    const links = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global dynamic eth0\\       valid_lft 3600sec
7: br-0123456789ab    inet 172.18.1.254/24 brd 172.18.1.255 scope global br-0123456789ab\\
8: tun0    inet 192.168.7.1 peer 192.168.7.2/32 scope global tun0
9: tun1    inet 192.168.8.1/32 scope global tun1
`;
    const sockets = `LISTEN 0      128          0.0.0.0:22         0.0.0.0:*
LISTEN 0      4096   127.0.0.53%lo:53         0.0.0.0:*
LISTEN 0      511                *:8080             *:*
LISTEN 0      128             [::]:22            [::]:*
LISTEN 0      128   [fe80::1%eth0]:546           [::]:*
`;

    it("is read: addresses, a blank line, what listens", () => {
        const read = machineFacts(`${links}\n${sockets}`);
        expect(read.addresses).toEqual(expect.arrayContaining([
            { link: "lo", address: "127.0.0.1", bits: 8 },
            { link: "eth0", address: "10.0.0.5", bits: 24 },
            { link: "br-0123456789ab", address: "172.18.1.254", bits: 24 },
            { link: "tun1", address: "192.168.8.1", bits: 32 },
        ]));
        expect(read.listening).toEqual([
            { address: "0.0.0.0", port: 22 },
            { address: "127.0.0.53", port: 53 },
            { address: "*", port: 8080 },
            { address: "::", port: 22 },
            { address: "fe80::1", port: 546 },
        ]);
    });

    it("may be half of it, or nothing", () => {
        expect(machineFacts("")).toEqual({ addresses: [], listening: [] });
        expect(machineFacts(`\n${sockets}`)).toMatchObject({ addresses: [], listening: { length: 5 } });
        expect(machineFacts(`${links}\n`).listening).toEqual([]);
    });
});

it("names an engine as Docker's client takes it", () => {
    expect(engineOf(hosts.provider)).toBe("unix:///var/run/docker.sock");
    expect(engineOf({ ...provider, engine: "ssh://ops@box" })).toBe("ssh://ops@box");
});

describe("with a client of Docker", () => {
    let fake: FakePath;

    /** Answers from files; a machine with one address, where something has port 5050 when the test says so. */
    beforeEach(() => {
        fake = fakePath();
        fake.program("docker", `
printf '%s\\n' "\${DOCKER_HOST-none} $*" >>"$FAKE/calls"
[ ! -e "$FAKE/away" ] || { cat "$FAKE/away" >&2; exit 1; }
case "$3 $4" in
    "network ls") printf '"n0"\\n"n1"\\n' ;;
    "ps --all") cat "$FAKE/ids" 2>/dev/null ;;
    "network inspect") cat "$FAKE/networks" ;;
    "container inspect") cat "$FAKE/containers"; [ ! -e "$FAKE/gone" ] || { echo "Error: No such container: x" >&2; exit 1; } ;;
esac
exit 0
`);
        const machine = `printf '2: eth0    inet 10.0.0.5/24 scope global eth0\\n'`;
        fake.program("ip", machine);
        fake.program("ss", `cat "$FAKE/sockets" 2>/dev/null; exit 0`);
        fake.program("ssh", `printf 'ssh %s\\n' "$*" >>"$FAKE/calls"\nexec bash -c "\${@: -1}"`);
        fake.write("networks", `${JSON.stringify({ Name: "bridge", Id: "0", Labels: null, IPAM: { Config: [{ Subnet: "172.17.0.0/16" }] }, Options: { "com.docker.network.bridge.name": "docker0" } })}\n{"Name":"none","Id":"1","IPAM":{"Config":null},"Options":null}\n`);
    });
    afterEach(() => fake.remove());

    const settings = (edit: Record<string, unknown> = {}, over: Record<string, unknown> = {}): Settings =>
        ({ config: { ...Object.fromEntries(Object.entries(onebox(edit)).map(([key, value]) => [`datacentre:${key}`, value])), ...over } }) as Settings;
    const problem = async (given: Settings): Promise<{ message: string; remedy: string }> =>
        checkEngine({ owner }, given).then(
            () => ({ message: "", remedy: "" }),
            (error: unknown) => ({ message: (error as Problem).message, remedy: (error as Problem).remedy }),
        );

    it("finds room, with the user's own settings for an engine aside", async () => {
        const before = process.env["DOCKER_HOST"];
        process.env["DOCKER_HOST"] = "tcp://theirs:2375";
        try {
            expect(await problem(settings())).toEqual({ message: "", remedy: "" });
        } finally {
            if (before === undefined) {
                delete process.env["DOCKER_HOST"];
            } else {
                process.env["DOCKER_HOST"] = before;
            }
        }
        expect(fake.calls().filter((line) => !line.startsWith("none --host unix:///var/run/docker.sock "))).toEqual([]);
    });

    it("refuses before anything is made, with every line", async () => {
        fake.write("ids", '"c0"\n');
        fake.write("containers", `${JSON.stringify({ Name: "/onebox-zk1", Config: { Labels: { "datacentre.stack": "datacentre/local" } }, State: { Running: true }, HostConfig: { PortBindings: { "80/tcp": [{ HostPort: "5050" }], "81/tcp": null } } })}\n`);
        fake.write("sockets", "LISTEN 0 128 0.0.0.0:5050 0.0.0.0:*\nLISTEN 0 128 [::]:2181 [::]:*\n");
        const { message, remedy } = await problem(settings());
        expect(message).toMatch(/^the Docker engine unix:\/\/\/var\/run\/docker\.sock has no room for this stack, and nothing was touched:\n/);
        const lines = message.split("\n").slice(1);
        expect(lines).toHaveLength(3);
        expect(lines[0]).toMatch(/^ {4}the engine has a container onebox-zk1 of stack datacentre\/local already/);
        expect(lines[1]).toMatch(/port 5050 .* taken by the container onebox-zk1 of stack datacentre\/local/);
        expect(lines[2]).toMatch(/port 2181 .*zk-proxy.* taken by something/);
        expect(remedy).toBe("see each line");
    });

    it("takes a container for gone that went meanwhile", async () => {
        fake.write("ids", '"c0"\n');
        fake.write("containers", "");
        fake.write("gone", "");
        expect(await problem(settings())).toEqual({ message: "", remedy: "" });
    });

    it("looks at another machine as Docker's client reaches it", async () => {
        fake.write("sockets", "LISTEN 0 128 0.0.0.0:8080 0.0.0.0:*\n");
        const { message } = await problem(settings({ "provider.engine": "ssh://ops@box:2222", "provider.address": "10.0.0.9" }));
        expect(message).toMatch(/port 8080/);
        expect(message).toMatch(/provider\.address is 10\.0\.0\.9.*its own: 10\.0\.0\.5/);
        expect(fake.calls().find((line) => line.startsWith("ssh"))).toMatch(/^ssh -o BatchMode=yes .*-T -l ops -p 2222 -- box ip -o -4 address show/);
    });

    it("says of an engine that is away what to do", async () => {
        fake.write("away", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n");
        const here = await problem(settings());
        expect(here.message).toMatch(/the Docker engine unix:\/\/\/var\/run\/docker\.sock does not answer: Cannot connect/);
        expect(here.remedy).toMatch(/running, and may this user speak to it\? 'make setup' starts one/);
        const there = await problem(settings({ "provider.engine": "ssh://ops@box" }));
        expect(there.remedy).toMatch(/see that 'ssh' reaches the machine of ssh:\/\/ops@box from here without being asked/);
    });

    it("knows what is to be there though secrets are encrypted", async () => {
        fake.write("sockets", "LISTEN 0 128 0.0.0.0:8080 0.0.0.0:*\n");
        const cipher = { secure: "v1:abc" };
        for (const given of [settings({ "marathon.credentials": { username: "ops", password: cipher } }), settings({}, { "datacentre:apps": cipher, "datacentre:marathon": cipher })]) {
            expect((await problem(given)).message).toMatch(/port 8080 .*marathon-proxy/);
        }
    });

    it("asks no engine for other providers, nor for what 'up' refuses", async () => {
        expect(await problem({ config: { "datacentre:provider": { kind: "existing", privateKeyFile: "~/.ssh/x" }, "datacentre:nodes": [] } })).toEqual({ message: "", remedy: "" });
        expect(await problem(settings({ "provider.subnet": "nonsense" }))).toEqual({ message: "", remedy: "" });
        expect(await problem({})).toEqual({ message: "", remedy: "" });
        expect(fake.calls()).toEqual([]);
    });

    it("looks for hosts' names and networks as well", async () => {
        fake.write("networks", `${JSON.stringify({ Name: "dc", Id: "2", Labels: {}, IPAM: { Config: [{ Subnet: "172.18.1.0/24" }] }, Options: {} })}\n`);
        const given = { config: { "datacentre:provider": { kind: "docker", prefix: "dc", subnet: "172.18.1.0/24" }, "datacentre:nodes": [{ name: "one", address: "172.18.1.1", roles: ["docker"] }] } };
        expect((await problem(given)).message).toMatch(/has a network dc already/);
    });
});
