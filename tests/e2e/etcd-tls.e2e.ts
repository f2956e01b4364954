/** etcd whose members and clients prove who they are: one member, then three, on hosts that are there already. */
import { readFileSync, writeFileSync } from "node:fs";

import { launcher, renderProgram, secretAssignment } from "../../components/step/program";
import type { DataCentreInput } from "../../config";
import { tlsDamages } from "./damages/etcd";
import { expectNamed } from "./lib/damage";
import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { changesOf, engineChanges, totalChanges } from "./lib/output";
import { eventually, run, settles } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("etcd-tls");
const { net } = network;
const names = ["master1", "agent1", "agent2"];
const config: DataCentreInput = {
    provider: { kind: "existing", privateKeyFile: "/unused" },
    nodes: names.map((name, i) => ({ name, address: `${net}.${i + 1}`, roles: i === 0 ? ["etcd"] : [] })),
    etcd: { tls: true },
};

const stack = new TestStack("e2e-etcd-tls", config);
const key = `${stack.home}/id_ed25519`;
const tls = (file: string): string => `${stack.home}/stacks/e2e-etcd-tls/tls/${file}`;
const green = () => settles(90, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const unchanged = async () => {
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
};

const files = "--cacert /etc/etcd/tls/authority.crt --cert /etc/etcd/tls/member.crt --key /etc/etcd/tls/member.key";
const ctl = (...members: number[]): string => `ETCDCTL_API=3 etcdctl --command-timeout=8s --endpoints=${members.map((one) => `https://${net}.${one}:2379`).join(",")} ${files}`;
const started = (node: string): Promise<string> => stack.out(node, "systemctl show -p MainPID,ActiveEnterTimestamp --value etcd");
const word = async (node: string, ...members: number[]): Promise<string> => (await stack.out(node, `${ctl(...members)} get word --print-value-only`)).trim();
const give = (...nodes: string[]) => stack.edit((raw) => raw.nodes.forEach((node) => (node.roles = nodes.includes(node.name) ? ["etcd"] : [])));

/** Files, packages, users and units, as they can be told from outside. */
const picture = (node: string): Promise<string> =>
    stack.out(
        node,
        `find /etc /opt /usr/local /var/lib/datacentre -xdev -not -path '/opt/datacentre-lab/*' ! -name 'ld.so.cache' 2>/dev/null \\( -type d -printf '%p %m\\n' -o -type f -exec sha256sum {} + \\) | grep -vE ' /etc/(passwd|group|shadow|gshadow|subuid|subgid|.pwd.lock)-?$' | sort
        cut -d: -f1 /etc/passwd | sort; dpkg-query -W -f '\${db:Status-Abbrev} \${Package}\\n' | sort; systemctl list-unit-files --no-legend --no-pager | awk '{print $1, $2}' | sort`,
    );

/** A line of the authority's key, which tells it from all else. */
const secret = (): string => readFileSync(tls("etcd-authority.key"), "utf8").split("\n")[1]!;

/** Notes argument lists that have it, as long as /dev/shm/secret is there. */
const watch = (node: string): Promise<string> =>
    stack.out(node, `printf '%s\\n' '${secret()}' >/dev/shm/secret; setsid nohup nice -n 19 bash -c 'while [ -e /dev/shm/secret ]; do grep -alFf /dev/shm/secret /proc/[0-9]*/cmdline; done >/dev/shm/seen 2>/dev/null' >/dev/null 2>&1 </dev/null &`);

/** Somebody who writes all the time; what it could not write is said at the end. */
const write = (node: string): Promise<string> =>
    stack.out(node, `rm -f /run/stop; setsid nohup bash -c 'n=0; bad=0; until [ -e /run/stop ]; do n=$((n + 1)); ${ctl(1, 2, 3)} put beat $n || bad=$((bad + 1)); sleep 0.3; done >/dev/null 2>>/run/why; echo "$n $bad" >/run/beats' >/dev/null 2>&1 </dev/null &`);
async function written(node: string): Promise<{ all: number; lost: number }> {
    const [all, lost] = (await stack.out(node, "touch /run/stop; sleep 9; cat /run/beats")).trim().split(" ").map(Number);
    return { all: all!, lost: lost! };
}

beforeAll(async () => {
    await stack.must("setup");
    await makeKey(key);
    const hosts = await bareHosts(network, names.length, key, "current");
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile: key };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: hosts[i]!.hostKey }));
    });
});

afterAll(async () => {
    await stack.clean();
    await removeHosts(network);
});

let before: string[] = [];

it("comes up with one member, and is as described", async () => {
    before = await Promise.all(names.map(picture));
    await watch("master1");
    const up = await stack.must("up");
    console.log(`make up of one member with TLS: ${up.seconds.toFixed(0)} s`);
    await green();
    await unchanged();
    expect(await stack.out("master1", "stat -c '%a %U:%G' /etc/etcd/tls/member.key")).toBe("640 root:etcd\n");
    expect(await stack.out("master1", `${ctl(1)} put word kept`)).toBe("OK\n");
});

it("answers nobody in plain HTTP, without a certificate, or with one of another authority", async () => {
    const url = `${net}.1:2379/health`;
    const status = async (node: string, args: string) => (await stack.on(node, `curl -s -o /dev/null -w '%{http_code}' --noproxy '*' --max-time 5 ${args}`)).stdout;
    expect(await status("agent1", `http://${url}`)).toMatch(/^(000|400)$/);
    expect(await status("agent1", `-k https://${url}`)).toBe("000");
    expect(await status("master1", `--cacert /etc/etcd/tls/authority.crt https://${url}`)).toBe("000");
    const other = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=other -keyout /run/other.key -out /run/other.crt 2>/dev/null";
    await stack.out("master1", other);
    expect(await status("master1", `--cacert /etc/etcd/tls/authority.crt --cert /run/other.crt --key /run/other.key https://${url}`)).toBe("000");
    expect(await status("master1", `${files} https://${url}`)).toBe("200");
    expect(await status("master1", `${files} https://127.0.0.1:4001/health`)).toBe("200");
    // Peers neither.
    expect(await status("master1", `-k https://${net}.1:2380/members`)).toBe("000");
});

it("answers a host that has the files of clients", async () => {
    const step = (mode: "converge" | "undo") => {
        const parameters = { etc: "/etc/datacentre-etcd", authority: readFileSync(tls("etcd-authority.crt"), "utf8"), valid_days: 730, renew_days: 30 };
        const program = renderProgram("etcd-client", "agent1", ["components/step/helpers/certificate.sh", "components/etcd/client.sh"], parameters);
        const authority = secretAssignment("authority_key", readFileSync(tls("etcd-authority.key"), "utf8").trimEnd());
        return stack.on("agent1", `${launcher("root")} ${mode}`, `${authority}\n${program}`);
    };
    expect((await step("converge")).stdout).toMatch(/made a certificate for agent1, \/etc\/datacentre-etcd\/client\.crt/);
    expect((await step("converge")).stdout).toBe("0 changes\n");
    expect(await stack.out("agent1", "cd /etc/datacentre-etcd && stat -c '%a %U:%G %n' *")).toBe("644 root:root authority.crt\n644 root:root client.crt\n600 root:root client.key\n");
    const by = "cd /etc/datacentre-etcd && ETCDCTL_API=3 etcdctl --cacert authority.crt --cert client.crt --key client.key";
    expect(await stack.out("agent1", `${by} --endpoints=https://${net}.1:2379 get word --print-value-only`)).toBe("kept\n");
    expect((await step("undo")).code).toBe(0);
    // The stack has not prepared this host yet, whose step takes the notes back.
    await stack.out("agent1", "rm -rf /var/lib/datacentre");
    expect((await stack.on("agent1", "ls -d /etc/datacentre-etcd 2>/dev/null")).stdout).toBe("");
});

it("grows to three members, with what was stored", async () => {
    give(...names);
    for (const node of ["agent1", "agent2"]) {
        await watch(node);
    }
    await stack.must("up");
    await green();
    await unchanged();
    expect(await word("agent2", 3)).toBe("kept");
});

it("outlives a member, which comes back, and one whose data is gone", async () => {
    await stack.out("agent1", "systemctl stop etcd");
    await settles(30, async () => expect(await stack.out("master1", `${ctl(1, 3)} put word without`)).toBe("OK\n"));
    await stack.out("agent1", "systemctl start etcd");
    await stack.out("agent2", "systemctl kill -s KILL etcd");
    await green();
    expect(await word("agent1", 2)).toBe("without");
    await stack.out("agent2", "systemctl stop etcd; rm -rf /var/lib/etcd/default.etcd");
    await stack.must("up", { CONVERGE: "1" });
    await green();
    expect(await word("agent2", 3)).toBe("without");
});

it.each(Object.entries(tlsDamages(net)))("verify is not blind to: %s", async (row, damage) => {
    await expectNamed(stack, "etcd", row, damage);
    await green();
});

it("makes a lost certificate anew, and restarts that member while the others go on", async () => {
    const times = await Promise.all(names.map(started));
    const print = await stack.out("agent1", "sha256sum /etc/etcd/tls/member.crt && rm /etc/etcd/tls/member.crt");
    await write("master1");
    const { output } = await stack.must("up", { CONVERGE: "1" });
    const { all, lost } = await written("master1");
    console.log(`a new certificate: ${all} writes meanwhile, ${lost} of them lost`);
    expect(lost).toBe(0);
    expect([changesOf(output, "etcd-certificate", "master1"), changesOf(output, "etcd", "master1")]).toEqual([0, 0]);
    expect(changesOf(output, "etcd-certificate", "agent1")).toBeGreaterThan(0);
    expect(await stack.out("agent1", "sha256sum /etc/etcd/tls/member.crt")).not.toBe(print);
    const now = await Promise.all(names.map(started));
    expect(now.map((time, i) => time === times[i])).toEqual([true, false, true]);
    await green();
    await unchanged();
});

it("gets another authority in two goes, and refuses to in one", async () => {
    const former = readFileSync(tls("etcd-authority.crt"), "utf8");
    const times = await Promise.all(names.map(started));
    await run("rm", [tls("etcd-authority.crt"), tls("etcd-authority.key")]);
    const refused = await stack.make("up");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/the stack's authority for etcd is another one, which no member that runs knows yet/);
    expect(await Promise.all(names.map(started))).toEqual(times);
    const latter = readFileSync(tls("etcd-authority.crt"), "utf8");
    expect(latter).not.toBe(former);
    await write("master1");
    for (const text of [latter + former, latter]) {
        writeFileSync(tls("etcd-authority.crt"), text);
        await stack.must("up");
        await green();
    }
    const { all, lost } = await written("master1");
    console.log(`another authority: ${all} writes meanwhile, ${lost} of them lost`);
    expect(lost).toBe(0);
    for (const node of names) {
        expect(await stack.out(node, "cat /etc/etcd/tls/authority.crt")).toBe(latter);
        expect(await stack.out(node, "openssl verify -CAfile /etc/etcd/tls/authority.crt /etc/etcd/tls/member.crt")).toMatch(/OK/);
    }
    await unchanged();
});

it("does not go back to plain HTTP while three members run, and says how it can", async () => {
    const times = await Promise.all(names.map(started));
    stack.edit((raw) => delete raw.etcd);
    const refused = await stack.make("up");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/several members that run cannot go back to plain HTTP[^]*leave the role etcd to one node/);
    expect(await Promise.all(names.map(started))).toEqual(times);
    stack.edit((raw) => (raw.etcd = { tls: true }));
    await stack.must("up");
    expect(await Promise.all(names.map(started))).toEqual(times);
    await green();
});

it("has its authority's key in no state, argument list, journal or file of a host", async () => {
    for (const node of names) {
        await stack.out(node, "rm /dev/shm/secret; sleep 1");
        expect(await stack.out(node, "cat /dev/shm/seen; rm -f /dev/shm/seen")).toBe("");
        expect((await stack.on(node, "journalctl --no-pager -o cat | grep -F \"$(cat)\"", secret())).stdout).toBe("");
        expect((await stack.on(node, "grep -rlFf /dev/stdin /etc /root /run /tmp /var /usr/local --exclude-dir=journal 2>/dev/null", `${secret()}\n`)).stdout).toBe("");
    }
    expect((await run("grep", ["-rlF", secret(), `${stack.home}/state`])).stdout).toBe("");
});

it("goes from three members to one, to plain HTTP, and to TLS again, with what was stored", async () => {
    await stack.out("master1", `${ctl(1)} put word stays`);
    give("master1");
    await stack.must("up");
    await green();
    expect((await stack.on("agent1", "ls -d /etc/etcd /etc/systemd/system/etcd.service 2>/dev/null")).stdout).toBe("");
    stack.edit((raw) => delete raw.etcd);
    await stack.must("up");
    await green();
    await unchanged();
    expect(await stack.out("master1", `ETCDCTL_API=3 etcdctl --endpoints=http://${net}.1:2379 get word --print-value-only`)).toBe("stays\n");
    stack.edit((raw) => (raw.etcd = { tls: true }));
    await stack.must("up");
    await green();
    await unchanged();
    expect(await word("master1", 1)).toBe("stays");
    await eventually("its URL", 5, async () => (await stack.out("master1", `${ctl(1)} member list`)).includes(`https://${net}.1:2380`));
});

it("leaves the hosts as they were", async () => {
    await stack.must("destroy", { DATA: "delete" });
    expect(await Promise.all(names.map(picture))).toEqual(before);
});
