/**
 * Hosts as people have them: names with dots, SSH on a management network of its own, at another port, and proven by ECDSA keys alone;
 * on one a docker-ce that was there before.
 * Everything that goes by names is on them: GlusterFS' bricks, etcd's members, Calico's nodes, Mesos' agents, a registry, apps.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { DataCentreInput } from "../../config";
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { Api } from "./lib/mesos";
import { engineChanges, totalChanges } from "./lib/output";
import { run } from "./lib/run";
import { TestStack, threeNodes, withCalico, withMesos } from "./lib/stack";

const network = networkOf("host-names");
const domain = "dc.example.com";
const named = (config: DataCentreInput): DataCentreInput =>
    JSON.parse(JSON.stringify(config).replace(/\b(master1|agent1|agent2)\b/g, `$1.${domain}`)) as DataCentreInput;
const stack = new TestStack("e2e-host-names", named(withCalico(withMesos(threeNodes(network)), network)));
stack.edit((raw) => (raw.mesos = { ...raw.mesos, advertise: "name" }));
const key = join(stack.home, "id_ed25519");
const [master = "", agent = "", plain = ""] = stack.names;

/** Where nobody calls services. */
const management = `172.18.${network.third + 100}`;
/** How the first two are reached; the third is as it was. */
const ways = [
    { address: `${management}.11`, port: 22, bits: 384 },
    { address: `${management}.12`, port: 2222, bits: 521 },
];

/** Debian's engine under the names of Docker's own packages, in place of Debian's. */
const dockerCe = `
    cd /tmp
    apt-get -q update
    apt-get -q download docker.io
    apt-get -q -y remove docker.io || true
    dpkg-deb -R docker.io_*.deb ce
    version=5:24.0.7-1~debian.12~bookworm
    sed -i -e 's/^Package: .*/Package: docker-ce/' -e "s/^Version: .*/Version: $version/" -e '/^\\(Conflicts\\|Replaces\\|Breaks\\|Provides\\|Recommends\\|Suggests\\|Source\\):/d' ce/DEBIAN/control
    mkdir -p cli/DEBIAN
    printf 'Package: docker-ce-cli\\nVersion: %s\\nArchitecture: all\\nMaintainer: lab <lab@example.com>\\nDescription: stands in\\n' $version >cli/DEBIAN/control
    for part in ce cli; do dpkg-deb -Zgzip -z1 -b $part $part.deb; done
    apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-confold install ./ce.deb ./cli.deb
    rm -rf ce cli ./*.deb`;
const engines = (node: string): Promise<string> => stack.out(node, "dpkg-query -W -f '${db:Status-Status} ${Package}\\n' docker.io 'docker-c*' 2>/dev/null | sed -n 's/^installed //p' | sort | tr '\\n' ' '");

async function must(command: string, ...args: string[]): Promise<string> {
    const { code, output, stdout } = await run(command, args);
    if (code !== 0) {
        throw new Error(`${command} ${args.join(" ")}: ${output}`);
    }
    return stdout;
}

beforeAll(async () => {
    mkdirSync(stack.home, { recursive: true });
    await stack.must("setup");
    await makeKey(key);
    const made = await bareHosts(network, stack.names.length, key, "current");
    const net = `${network.prefix}-management`;
    await must("docker", "network", "create", "--subnet", `${management}.0/24`, "--label", `org.datacentre.hosts=${network.prefix}`, net);
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
    });
    for (const [i, { name, address, hostKey }] of made.entries()) {
        const way = ways[i];
        let ssh: NonNullable<DataCentreInput["nodes"][number]["ssh"]> = { hostKey };
        if (way) {
            await must("docker", "network", "connect", "--ip", way.address, net, name);
            const shown = await must("docker", "exec", name, "bash", "-euc", `
                rm /etc/ssh/ssh_host_*
                ssh-keygen -q -t ecdsa -b ${way.bits} -N '' -f /etc/ssh/ssh_host_ecdsa_key
                printf 'HostKey /etc/ssh/ssh_host_ecdsa_key\\nListenAddress ${way.address}:${way.port}\\n' >/etc/ssh/sshd_config.d/management.conf
                systemctl restart ssh
                cut -d' ' -f1,2 /etc/ssh/ssh_host_ecdsa_key.pub`);
            ssh = { address: way.address, ...(way.port === 22 ? {} : { port: way.port }), hostKey: shown.trim() };
        }
        stack.edit((raw) => {
            Object.assign(raw.nodes[i]!, { address, ssh });
        });
    }
    await must("docker", "exec", made[2]!.name, "bash", "-euc", dockerCe);
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

it("are reached by SSH at their own addresses alone, by the keys that they have", async () => {
    expect(stack.config.nodes.map(({ ssh }) => ssh?.hostKey?.split(" ")[0])).toEqual(["ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-ed25519"]);
    const options = ["-i", key, "-o", "BatchMode=yes", "-o", "ConnectTimeout=3", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
    expect((await run("ssh", [...options, `root@${stack.node(master).address}`, "true"])).output).toMatch(/refused/);
    expect(await stack.out(agent, "id -un")).toBe("root\n");
});

it("are refused with another key, and with an address of SSH where somebody else is", async () => {
    const { ssh } = stack.node(master);
    stack.edit((raw) => (raw.nodes[0]!.ssh = { ...ssh, hostKey: stack.node(agent).ssh!.hostKey! }));
    const up = await stack.make("up");
    stack.edit((raw) => (raw.nodes[0]!.ssh = { ...stack.node(agent).ssh }));
    const twice = await stack.make("preview");
    stack.edit((raw) => (raw.nodes[0]!.ssh = { ...ssh }));
    expect([up.code, twice.code]).not.toContain(0);
    expect(up.output).toMatch(new RegExp(`master1\\.dc\\.example\\.com: (${management}\\.11 shows another host key|.*cannot be reached)`));
    expect(twice.output).toMatch(/nodes\[1\]\.ssh\.address: .*port 2222, is where master1\.dc\.example\.com is reached by SSH already/);
});

it("come up, are as described, and a second run changes nothing", async () => {
    const up = await stack.must("up");
    console.log(`hosts with dots in their names: ${up.seconds.toFixed(0)} s`);
    expect((await stack.must("verify")).output).toMatch(/([0-9]+) checks, \1 as described/);
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("keep a docker-ce that was there, and get docker.io where there was none", async () => {
    expect([await engines(plain), await engines(agent)]).toEqual(["docker-ce docker-ce-cli ", "docker.io "]);
});

it("go by their whole names everywhere", async () => {
    expect(await stack.out(plain, "ETCDCTL_API=3 etcdctl member list | awk -F ', ' '{print $3}' | sort")).toBe([agent, plain, master].map((name) => `${name}\n`).join(""));
    expect(await stack.out(plain, "gluster --mode=script volume info replica_volume | grep -o 'master1.*:/data/repli$'")).toBe(`${master}:/data/repli\n`);
    expect(await stack.out(plain, "curl -s http://" + `${stack.node(master).address}:5050/slaves | grep -o '"hostname": *"[^"]*"' | cut -d'"' -f4 | sort`)).toBe([agent, plain, master].map((name) => `${name}\n`).join(""));
    expect(await stack.out(plain, "birdc -s /run/calico-bird.ctl show protocols | awk '$NF == \"Established\" {print $1}' | sort")).toBe(["agent1", "master1"].map((name) => `node_${name}DdcDexampleDcom\n`).join(""));
    await stack.out(master, "echo kept >/data/mnt/file");
    expect(await stack.out(plain, "cat /data/mnt/file")).toBe("kept\n");
});

it("run apps, an image of a registry by its host's name, and one that is held to a host by its name", async () => {
    await stack.out(master, `docker tag busybox ${master}:5000/busybox && docker push -q ${master}:5000/busybox`);
    const app = { id: "/here", cmd: "sleep 3000", cpus: 0.1, mem: 32, constraints: [["hostname", "CLUSTER", agent]], container: { type: "DOCKER", docker: { image: `${master}:5000/busybox` } } };
    stack.edit((raw) => (raw.apps = [app] as never));
    await stack.must("up");
    expect((await new Api(stack, master).app("/here")).tasksRunning).toBe(1);
    expect(await stack.out(agent, "docker ps --format '{{.Image}}' | grep -c busybox")).toBe("1\n");
});

it("are mended, drained and given back by their names", async () => {
    await stack.out(agent, "systemctl stop etcd");
    expect((await stack.make("verify")).code).not.toBe(0);
    await stack.must("up", { CONVERGE: "1" });
    await stack.must("node", { NODE: plain, DO: "drain" });
    await stack.must("node", { NODE: plain, DO: "activate" });
    await stack.must("verify");
});

it("are left as they were", async () => {
    await stack.must("destroy", { DATA: "delete" });
    for (const name of stack.names) {
        expect(await stack.out(name, "ls /var/lib/datacentre 2>/dev/null; grep -c datacentre /etc/hosts || true")).toBe("0\n");
    }
    expect(await engines(plain)).toBe("docker-ce docker-ce-cli ");
});
