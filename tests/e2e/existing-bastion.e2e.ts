/**
 * Hosts behind a bastion that is one of them, reached as users without root's rights: one with password-less sudo on the
 * nodes, and one with nothing but its key on the bastion.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { DataCentreInput } from "../../config";
import { bareHosts, makeKey, networkOf, removeHosts, type BareHost } from "./lib/hosts";
import { engineChanges, totalChanges } from "./lib/output";
import { run } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("bastion");
const { net } = network;
const names = ["master1", "agent1", "agent2"];
const bastion = `${net}.1`;

const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name, i) => ({ name, address: `${net}.${i + 1}`, roles: i === 1 ? ["etcd", "zookeeper"] : ["etcd"] })),
};

/** Its nodes are reached by the tests, too, through the bastion alone. */
class BehindBastion extends TestStack {
    public readonly keys = { nodes: join(this.home, "nodes_ed25519"), bastion: join(this.home, "bastion_ed25519") };

    protected override sshOptions(): string[] {
        const options = "-o IdentitiesOnly=yes -o BatchMode=yes -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null";
        return [...super.sshOptions(), "-o", `ProxyCommand=ssh -i ${this.keys.bastion} ${options} -W %h:%p jump@${bastion}`];
    }
}

const stack = new BehindBastion("e2e-bastion", config);

let made: BareHost[] = [];

/** While root's door is still open. */
async function asRoot(address: string, script: string): Promise<void> {
    const options = ["-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
    const result = await run("ssh", ["-i", stack.keys.nodes, ...options, `root@${address}`, "bash -s"], { input: `set -eu\n${script}` });
    if (result.code !== 0) {
        throw new Error(result.output);
    }
}

const user = (name: string, key: string) => `
    useradd --create-home --shell /bin/bash ${name}
    install -d -m 0700 -o ${name} -g ${name} /home/${name}/.ssh
    printf '%s\\n' '${readFileSync(`${key}.pub`, "utf8").trim()}' > /home/${name}/.ssh/authorized_keys
    chown ${name}: /home/${name}/.ssh/authorized_keys`;

/** Few may log in to the bastion at the same time, so that some are turned away; to the others nobody may but the bastion. */
const closed = {
    bastion: "echo 'MaxStartups 2:50:10' > /etc/ssh/sshd_config.d/few.conf; systemctl reload ssh",
    node: `iptables -A INPUT -p tcp --dport 22 ! -s ${bastion} -j DROP`,
};

beforeAll(async () => {
    mkdirSync(stack.home, { recursive: true });
    await stack.must("setup");
    for (const key of Object.values(stack.keys)) {
        await makeKey(key);
    }
    made = await bareHosts(network, names.length, stack.keys.nodes);
    for (const [i, { address }] of made.entries()) {
        await asRoot(
            address,
            `${user("ops", stack.keys.nodes)}
            echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops
            ${i === 0 ? `${user("jump", stack.keys.bastion)}\n${closed.bastion}` : closed.node}
            rm /root/.ssh/authorized_keys`,
        );
    }
    stack.edit((raw) => {
        raw.provider = {
            kind: "existing",
            privateKeyFile: stack.keys.nodes,
            bastion: { host: bastion, user: "jump", hostKey: made[0]!.hostKey, privateKeyFile: stack.keys.bastion },
        };
        raw.nodes.forEach((node, i) => {
            node.ssh = { user: "ops", hostKey: made[i]!.hostKey, ...(i === 0 ? { bastion: false } : {}) };
        });
    });
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

const sudo = (node: string, command: string): Promise<string> => stack.out(node, `sudo -n bash -c '${command}'`);

it("stands before hosts that nobody else reaches", async () => {
    const options = ["-i", stack.keys.nodes, "-o", "BatchMode=yes", "-o", "ConnectTimeout=3", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
    const direct = await run("ssh", [...options, `ops@${net}.2`, "true"]);
    expect(direct.output).toMatch(/timed out/);
    expect(await stack.out("agent1", "id -un")).toBe("ops\n");
});

it("that shows another host key is refused, and nothing is touched behind it", async () => {
    const other = new BehindBastion("e2e-bastion-key", structuredClone(stack.config));
    other.edit((raw) => {
        raw.nodes = [raw.nodes[1]!];
        if (raw.provider.kind === "existing") {
            raw.provider.bastion!.hostKey = made[2]!.hostKey;
        }
    });
    stack.hide();
    const up = await other.make("up");
    stack.write();
    await other.clean();
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/the bastion 172\.18\.\d+\.1 shows another host key than the known one/);
    expect((await stack.on("agent1", "ls -d /var/lib/datacentre")).code).not.toBe(0);
});

it("lets all that is wrong with a host be told at once, before that host is touched", async () => {
    await sudo("agent2", "systemd-run --unit squatter socat TCP-LISTEN:2379,fork EXEC:/bin/true || systemd-run --unit squatter nc -lk 2379");
    await sudo("agent2", `echo "10.9.9.9 master1" >> /etc/hosts`);
    const up = await stack.make("up");
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/prepare on agent2: 2 things are in the way, and nothing was touched/);
    expect(up.output).toMatch(/port 2379, which is for etcd for clients, is taken by \w+ \(pid \d+, squatter\.service\)/);
    expect(up.output).toContain(`its hosts file has 10.9.9.9 for master1, which is ${bastion} in the description`);
    expect((await stack.on("agent2", "ls -d /var/lib/datacentre")).code).not.toBe(0);
    await sudo("agent2", "systemctl stop squatter; grep -v 10.9.9.9 /etc/hosts > /tmp/h; cat /tmp/h > /etc/hosts");
});

it("is gone through by up and verify, and the next up changes nothing", async () => {
    await stack.must("up");
    const verify = await stack.must("verify");
    expect(verify.output).not.toMatch(/✗|not reached/);
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("was logged in to by its own user and key alone", async () => {
    const said = await sudo("master1", "journalctl -u ssh -o cat --no-pager | grep Accepted");
    expect(said).toMatch(/for jump from/);
    // The one that prepared this test.
    expect(said.match(/for root from/g)).toHaveLength(1);
});

it("stands in the outputs, whose keys a person's plain pulumi does not show", async () => {
    const command = `eval "$(make -s env STACK=${stack.name})" && pulumi stack output --json`;
    const shown = await run("bash", ["-c", command], { env: { DATACENTRE_HOME: stack.home } });
    const { nodes, sshPrivateKey, sshBastionPrivateKey } = JSON.parse(shown.stdout) as Record<string, any>;
    expect([sshPrivateKey, sshBastionPrivateKey]).toEqual(["[secret]", "[secret]"]);
    expect(nodes[0].ssh).not.toHaveProperty("bastion");
    expect(nodes[1].ssh.bastion).toEqual({ host: bastion, port: 22, user: "jump", hostKey: made[0]!.hostKey });
    expect(shown.output).not.toContain("PRIVATE KEY");
});

it("is how damage on a host is found and mended", async () => {
    await sudo("agent1", "systemctl stop etcd");
    const broken = await stack.make("verify");
    expect(broken.code).not.toBe(0);
    expect(broken.output).toMatch(/etcd/);
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(1);
    await stack.must("verify");
});

it("is gone through by destroy, which takes data only when asked", async () => {
    await sudo("agent2", "ETCDCTL_API=3 etcdctl put planted kept");
    await stack.must("destroy");
    for (const node of names) {
        expect((await stack.on(node, "sudo -n ls -d /var/lib/datacentre")).code).not.toBe(0);
        expect((await stack.on(node, "sudo -n ls /var/lib/etcd/default.etcd/member")).code).toBe(0);
    }
    await stack.must("up");
    expect(await sudo("agent1", "ETCDCTL_API=3 etcdctl get planted --print-value-only")).toBe("kept\n");
    await stack.must("destroy", { DATA: "delete" });
    for (const node of names) {
        expect(await stack.out(node, "sudo -n find /var/lib/etcd /var/lib/zookeeper -type f 2>/dev/null | wc -l")).toBe("0\n");
    }
});
