/**
 * An engine without Docker, on hosts that are there already, with document 004's two registries. Pods are made as a kubelet makes
 * them, by CRI. The upstream is a registry of the lab's, on the third host, and the image of pods' sandboxes is the lab's too: a busybox
 * that waits.
 */
import type { DataCentreInput } from "../../config";
import { damages, registryDamages } from "./damages/containerd";
import { cri, endPod, forget, pull, startPod, type Pod } from "./lib/cri";
import { expectNamed } from "./lib/damage";
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { eventually, run, settles } from "./lib/run";
import { TestStack } from "./lib/stack";
import { labUpstream } from "./lib/upstream";

const network = networkOf("containerd");
const { net } = network;
const names = ["master1", "agent1", "agent2"];
const both = ["image-registry", "image-mirror"] as const;
const sandbox = "datacentre-lab/sandbox:1";

const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name, i) => ({ name, address: `${net}.${i + 1}`, roles: ["containerd", ...(i === 0 ? both : [])] })),
    imageRegistries: { mirror: { upstream: `http://${net}.3:5555` } },
    containerd: {
        root: "/data/containerd",
        cgroupDriver: "cgroupfs",
        restrictOomScoreAdj: true,
        sandboxImage: sandbox,
        images: [
            { image: "busybox:latest", archive: "file:///opt/datacentre-lab/images/busybox.tar" },
            { image: sandbox, archive: "file:///srv/sandbox.tar" },
        ],
    },
};

const stack = new TestStack("e2e-containerd", config);
const key = `${stack.home}/id_ed25519`;
const green = () => settles(60, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));

/** Files, packages, users, units, links, mounts and control groups, as they can be told from outside. */
const picture = (node: string): Promise<string> =>
    stack.out(
        node,
        `find /etc /opt /usr/local /usr/lib/cni /var/lib/cni /run/netns /var/lib/datacentre -xdev -not -path '/opt/datacentre-lab/*' ! -name 'ld.so.cache' 2>/dev/null \\( -type d -printf '%p %m\\n' -o -type l -printf '%p %l\\n' -o -type f -exec sha256sum {} + \\) | grep -vE ' /etc/(passwd|group|shadow|gshadow|subuid|subgid|.pwd.lock)-?$' | sort
        cut -d: -f1 /etc/passwd | sort; dpkg-query -W -f '\${db:Status-Abbrev} \${Package}\\n' | sort; systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort
        ls -d /run/containerd /var/lib/containerd 2>/dev/null; ip -o link | cut -d: -f2 | cut -d@ -f1; awk '{print $2}' /proc/mounts | sort; pgrep -a containerd; iptables-save | grep -vE '^[#:]|127.0.0.11'`,
    );

/** The archive of a busybox that waits and has a word of its own, as \`docker save\` would write it. */
const archive = (image: string, word: string, file: string): string =>
    `set -e; dir=$(mktemp -d); cd $dir; tar xf /opt/datacentre-lab/images/busybox.tar; config=$(jq -r '.[0].Config' manifest.json)
    echo ${word} >word; tar cf word.tar word; sum=sha256:$(sha256sum word.tar | cut -d' ' -f1)
    jq --arg sum $sum '.rootfs.diff_ids += [$sum] | .history += [{created: "2026-01-01T00:00:00Z", created_by: "word"}] | .config.Cmd = ["sleep", "100000"]' $config >new.json
    jq --arg image ${image} '[{Config: "new.json", RepoTags: [$image], Layers: (.[0].Layers + ["word.tar"])}]' manifest.json >m && mv m manifest.json
    tar chf ${file} manifest.json new.json $(jq -r '.[0].Layers[]' manifest.json); rm -rf $dir`;
const ctr = "ctr -n k8s.io";
/** An image with a word of its own, made on a host and pushed from there. */
const made = (image: string, word: string, how = "--hosts-dir /etc/containerd/certs.d"): string =>
    `${archive(image, word, "/tmp/made.tar")}; ${ctr} images import /tmp/made.tar >/dev/null </dev/null; ${ctr} images push ${how} ${image} >/dev/null </dev/null; rm -f /tmp/made.tar`;

/** What an image's word is, by a pod of it on a node that has to fetch it. */
async function word(node: string, image: string): Promise<string> {
    await pull(stack, node, image);
    const pod = await startPod(stack, node, "reader", image, ["cat", "/word"]);
    try {
        let found = "";
        await eventually("the pod's word", 10, async () => (found = (await stack.on(node, "sed 's/^[^ ]* stdout F //' /tmp/reader/log")).stdout) !== "");
        return found;
    } finally {
        await endPod(stack, node, pod);
        await stack.out(node, "rm -rf /tmp/reader");
    }
}

/** Pods' network, which is another system's: a bridge on each host. */
const bridge = (host: number): string => `mkdir -p /etc/cni/net.d && cat >/etc/cni/net.d/10-lab.conflist <<'END'
{"cniVersion": "0.4.0", "name": "lab", "plugins": [
  {"type": "bridge", "bridge": "lab0", "isGateway": true, "ipMasq": true, "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.250.${host}.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
END`;
const noBridge = "rm -f /etc/cni/net.d/10-lab.conflist; rmdir -p --ignore-fail-on-non-empty /etc/cni/net.d 2>/dev/null; ip link del lab0 2>/dev/null || true";

let before: string[] = [];

beforeAll(async () => {
    await stack.must("setup");
    await makeKey(key);
    const hosts = await bareHosts(network, names.length, key, "current");
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: hosts[i]!.hostKey }));
    });
    await stack.out("agent2", labUpstream);
    await Promise.all(names.map((node) => stack.out(node, archive(sandbox, "sandbox", "/srv/sandbox.tar"))));
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

it("comes up, and is as described", async () => {
    before = await Promise.all(names.map(picture));
    const up = await stack.must("up");
    console.log(`make up with containerd and both registries: ${up.seconds.toFixed(0)} s`);
    await green();
});

it("changes nothing the second time", async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("gives pods a network as soon as somebody says which", async () => {
    await Promise.all(names.map((node, i) => stack.out(node, bridge(i + 1))));
    const ready = Buffer.from("NetworkReady\x10\x01");
    await eventually("the engine has a network", 20, async () => (await cri(stack, "agent1", "RuntimeService/Status", Buffer.alloc(0))).includes(ready));
    const pod = await startPod(stack, "agent1", "first", "busybox:latest", ["ip", "-4", "-o", "addr"]);
    await eventually("its address", 10, async () => (await stack.on("agent1", "cat /tmp/first/log")).stdout.includes("10.250.2."));
    await endPod(stack, "agent1", pod);
});

it("takes an image from one host, and gives it to a pod of another", async () => {
    await stack.out("agent1", made("master1:443/team/web:1", "private"));
    expect(await word("agent2", "master1:443/team/web:1")).toBe("private\n");
});

it("fetches what only the upstream has, and serves it while the upstream is away", async () => {
    await stack.out("agent2", made("127.0.0.1:5555/library/only-here:1", "upstream", "--plain-http"));
    expect(await word("master1", "docker.io/library/only-here:1")).toBe("upstream\n");
    await stack.out("agent2", "systemctl stop lab-upstream");
    expect(await word("agent1", "only-here:1")).toBe("upstream\n");
    await forget(stack, "agent1", "only-here:1");
    await stack.out("agent1", `${ctr} images pull --hosts-dir /etc/containerd/certs.d docker.io/library/only-here:1`);
    await stack.out("agent2", "systemctl start lab-upstream");
    await green();
});

let living: Pod;
const pidOf = (pod: Pod): Promise<string> => stack.out("agent1", `${ctr} tasks ls | awk '$1 == "${pod.container}" {print $2, $3}'`);

it("restarts for a changed setting alone, and leaves pods running", async () => {
    living = await startPod(stack, "agent1", "living", "busybox:latest", ["sleep", "100000"]);
    const [pid, engine] = [await pidOf(living), await stack.out("agent1", "systemctl show -p MainPID containerd")];
    expect(pid).toMatch(/^[0-9]+ RUNNING\n$/);
    stack.edit((raw) => (raw.containerd!.registryMirrors = ["https://other.example"]));
    await stack.must("up");
    expect(await stack.out("agent1", "systemctl show -p MainPID containerd")).toBe(engine);
    stack.edit((raw) => {
        delete raw.containerd!.registryMirrors;
        raw.containerd!.cgroupDriver = "systemd";
    });
    await stack.must("up");
    expect(await stack.out("agent1", "systemctl show -p MainPID containerd")).not.toBe(engine);
    expect(await pidOf(living)).toBe(pid);
    await green();
    // As a kubelet names groups with that driver.
    const pod = await startPod(stack, "agent2", "grouped", "busybox:latest", ["sleep", "100000"], "kubepods.slice");
    expect(await stack.out("agent2", `systemctl is-active cri-containerd-${pod.container}.scope`)).toBe("active\n");
    await endPod(stack, "agent2", pod);
    stack.edit((raw) => (raw.containerd!.cgroupDriver = "cgroupfs"));
    await stack.must("up");
});

it("refuses another root while containers run at this one, and takes it without them", async () => {
    stack.edit(() => (stack.node("agent1").containerd = { root: "/mnt/docker-data/containerd" }));
    const refused = await stack.make("up");
    expect(refused.output).toMatch(/2 containers run at \/data\/containerd, and would be lost to the engine at \/mnt\/docker-data\/containerd/);
    expect(await pidOf(living)).toMatch(/RUNNING/);
    await endPod(stack, "agent1", living);
    await stack.must("up");
    await green();
    stack.edit(() => delete stack.node("agent1").containerd);
    await stack.must("up");
});

it("names a file system that cannot carry its layers", async () => {
    stack.edit(() => (stack.node("agent1").containerd = { root: "/srv/containerd" }));
    expect((await stack.make("up")).output).toMatch(/snapshotter overlayfs does not work on overlayfs, the file system of \/srv\/containerd/);
    stack.edit(() => (stack.node("agent1").containerd = { root: "/srv/containerd", snapshotter: "native" }));
    await stack.must("up");
    expect(await word("agent1", "master1:443/team/web:1")).toBe("private\n");
    stack.edit(() => delete stack.node("agent1").containerd);
    await stack.must("up");
    await green();
});

it("is there again after a reboot", async () => {
    await run("docker", ["restart", `${network.prefix}-node2`]);
    await eventually("agent1's ssh", 60, async () => (await stack.on("agent1", "true")).code === 0);
    await green();
    expect(await word("agent1", "master1:443/team/web:1")).toBe("private\n");
});

const tried = [...Object.entries(damages(net)).map((one) => ["containerd", ...one] as const), ...Object.entries(registryDamages(net)).map((one) => ["imageRegistries", ...one] as const)];

it.each(tried)("verify is not blind to %s: %s", (system, row, damage) => expectNamed(stack, system, row, damage));

it("mends what it finds broken", async () => {
    await stack.out("agent2", "echo broken >/etc/containerd/config.toml; systemctl restart --no-block containerd; sleep 3; rm -r /etc/containerd/certs.d");
    await stack.must("up", { CONVERGE: "1" });
    await green();
});

it("leaves a node that loses the role as it was, with what ran on it ended, but for its data", async () => {
    await startPod(stack, "agent2", "left", "busybox:latest", ["sleep", "100000"]);
    await stack.out("agent2", `ctr images import /opt/datacentre-lab/images/busybox.tar >/dev/null </dev/null; ctr run -d docker.io/library/busybox:latest other sleep 100000 </dev/null`);
    stack.edit(() => (stack.node("agent2").roles = []));
    await stack.must("up");
    await stack.out("agent2", `${noBridge}; rm -rf /tmp/left`);
    const after = await picture("agent2");
    expect(after).toBe(before[2]);
    expect(await stack.out("agent2", "ls /data/containerd | head -n 1; pgrep -a sleep || true; ls -d /sys/fs/cgroup/memory/k8s.io /sys/fs/cgroup/memory/default 2>/dev/null || true")).toBe("io.containerd.content.v1.content\n");
    stack.edit(() => (stack.node("agent2").roles = ["containerd"]));
    await stack.must("up");
    await green();
});

it("is the document's in profile seed: plain HTTP, at ports 80 and 5000", async () => {
    stack.edit((raw) => (raw.security = "seed"));
    await stack.must("up");
    await green();
    await stack.out("agent2", bridge(3));
    expect(await word("agent2", "master1:80/team/web:1")).toBe("private\n");
    await stack.out("agent1", made("master1:80/team/web:3", "plain"));
    expect(await word("agent2", "master1:80/team/web:3")).toBe("plain\n");
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("leaves the hosts as they were", async () => {
    await startPod(stack, "agent1", "last", "busybox:latest", ["sleep", "100000"]);
    await stack.must("destroy", { DATA: "delete" });
    await Promise.all(names.map((node) => stack.out(node, noBridge)));
    expect(await Promise.all(names.map(picture))).toEqual(before);
    expect(await stack.out("agent1", "ls /data")).toBe("");
});
