/** The way to hosts that are there already. */
import { sshHost } from "../../components/nodes/ssh-host";
import { faultLine, type Context, type Fault } from "../../config";
import { check, existing, type Edit } from "./good";

const key = (text: string) => `ssh-ed25519 AAAA${text}`;
const bastion: Edit = { ...existing, "provider.bastion": { host: "203.0.113.7", user: "jump", hostKey: key("b") } };
const keyFile = (found: boolean, readable: boolean, mode: number): Partial<Context> => ({
    keyFile: (path) => (path === "/keys/bastion" ? { found, readable, mode } : { found: true, readable: true, mode: 0o600 }),
});
const ownKey: Edit = { ...bastion, "provider.bastion.privateKeyFile": "/keys/bastion" };

function expectOnly(faults: readonly Fault[], at: string, told: RegExp): void {
    expect(faults.map((fault) => fault.key)).toEqual([`datacentre:${at}`]);
    expect(faultLine(faults[0]!)).toMatch(told);
    expect(faults[0]!.remedy).not.toBe("");
}

it("takes a bastion, by address or by name, and nodes that are reached without it", () => {
    const { dataCentre, faults } = check({ ...bastion, "nodes[0].ssh.bastion": false });
    expect(faults).toEqual([]);
    expect(dataCentre?.provider).toMatchObject({ bastion: { host: "203.0.113.7", port: 22, user: "jump", hostKey: key("b") } });
    expect(dataCentre?.nodes.map(({ ssh }) => ssh.bastion)).toEqual([false, undefined, undefined, undefined]);
    for (const host of ["bastion.example", "bastion", "127.0.0.1", "7-eleven.example"]) {
        expect(check({ ...bastion, "provider.bastion.host": host }).faults).toEqual([]);
    }
});

it("takes a bastion that is a node which is reached directly, or that has a public address besides", () => {
    const itself = { ...bastion, "provider.bastion.host": "172.18.1.1", "nodes[0].ssh.bastion": false };
    expect(check(itself).faults).toEqual([]);
    expect(check({ ...bastion, "nodes[0].ssh.hostKey": key("b") }).faults).toEqual([]);
});

it("takes an address of SSH's own, with every kind of host key", () => {
    const ways = { "nodes[0].ssh.address": "203.0.113.1", "nodes[1].ssh.address": "agent1.management.example", "nodes[2].ssh.address": "127.0.0.1", "nodes[2].ssh.port": 2201, "nodes[3].ssh.address": "127.0.0.1", "nodes[3].ssh.port": 2202 };
    const keys = [256, 384, 521].map((bits, i): [string, string] => [`nodes[${i}].ssh.hostKey`, `ecdsa-sha2-nistp${bits} AAAA${bits}`]);
    const { dataCentre, faults } = check({ ...existing, ...ways, ...Object.fromEntries(keys) });
    expect(faults).toEqual([]);
    expect(dataCentre?.nodes.map(sshHost)).toEqual(["203.0.113.1", "agent1.management.example", "127.0.0.1", "127.0.0.1"]);
    // It may be the bastion's own, as long as it is not reached through itself.
    expect(check({ ...bastion, "nodes[0].ssh.address": "203.0.113.7", "nodes[0].ssh.bastion": false }).faults).toEqual([]);
});

it("keeps 22 to SSH where a port may be a forwarded one", () => {
    const forwarded = { ...existing, "nodes[0].ssh.address": "203.0.113.1", "nodes[0].ssh.port": 2379 };
    expect(check(forwarded).faults).toEqual([]);
    expectOnly(check({ ...forwarded, "etcd.clientPort": 22 }).faults.slice(0, 1), "etcd.clientPort", /SSH would both listen on port 22|SSH/);
});

const refused: [what: string, edit: Edit, at: string, told: RegExp, context?: Partial<Context>][] = [
    ["a bastion whose key is not known", { ...bastion, "provider.bastion": { host: "jump.example", port: 2222 } }, "provider.bastion.hostKey",
        /whoever answers at jump\.example is believed.*ssh-keyscan -t ed25519,ecdsa -p 2222 jump\.example/],
    ["a key that is none", { ...bastion, "provider.bastion.hostKey": "AAAA" }, "provider.bastion.hostKey", /type base64/],
    ["a bastion that is nowhere", { ...bastion, "provider.bastion.host": undefined }, "provider.bastion.host", /this is missing/],
    ["a node that is its own bastion", { ...bastion, "provider.bastion.host": "172.18.1.2" }, "nodes[1].ssh.bastion",
        /agent1 is the bastion, and would be reached through itself.*false/],
    ["a node that is its own bastion at SSH's address", { ...bastion, "nodes[1].ssh.address": "203.0.113.7" }, "nodes[1].ssh.bastion", /through itself/],
    ["two nodes at one address of SSH", { ...existing, "nodes[1].ssh.address": "203.0.113.1", "nodes[2].ssh.address": "203.0.113.1" }, "nodes[2].ssh.address",
        /203\.0\.113\.1, port 22, is where agent1 is reached by SSH already.*ssh\.port/],
    ["another node's address for SSH", { ...existing, "nodes[2].ssh.address": "172.18.1.1" }, "nodes[2].ssh.address", /is where master1 is reached/],
    ["an address of SSH where no host is", { ...existing, "nodes[2].ssh.address": "224.0.0.1" }, "nodes[2].ssh.address", /by which this machine reaches it/],
    ["the same behind a bastion", { ...bastion, "nodes[2].ssh.address": "224.0.0.1" }, "nodes[2].ssh.address", /by which the bastion reaches it/],
    ["an IPv6 address of SSH", { ...existing, "nodes[2].ssh.address": "[fe80::1%eth0]" }, "nodes[2].ssh.address", /IPv6 is out, since Mesos/],
    ["a port in SSH's address", { ...existing, "nodes[2].ssh.address": "203.0.113.1:2222" }, "nodes[2].ssh.address", /^(?!.*IPv6).*keys of their own/],
    ["a host key of another kind", { ...existing, "nodes[2].ssh.hostKey": "ssh-dss AAAA" }, "nodes[2].ssh.hostKey", /type base64/],
    ["a way through no bastion", { ...existing, "nodes[1].ssh.bastion": true }, "nodes[1].ssh.bastion", /no bastion to go through/],
    ["a bastion of hosts of our own making", { "nodes[1].ssh.bastion": false }, "nodes[1].ssh.bastion", /reached directly.*Leave it out/],
    ["an address that is none", { ...bastion, "provider.bastion.host": "203.0.113.777" }, "provider.bastion.host", /no IPv4 address/],
    ["an address where no host is", { ...bastion, "provider.bastion.host": "224.0.0.1" }, "provider.bastion.host", /224\.0\.0\.0\/3/],
    ["a URL", { ...bastion, "provider.bastion.host": "ssh://jump.example" }, "provider.bastion.host", /keys of their own/],
    ["a user and a port in the name", { ...bastion, "provider.bastion.host": "jump@b.example:2222" }, "provider.bastion.host", /keys of their own/],
    ["a name for a shell", { ...bastion, "provider.bastion.host": "$(id)" }, "provider.bastion.host", /host name alone/],
    ["a port that is none", { ...bastion, "provider.bastion.port": 0 }, "provider.bastion.port", /at least 1/],
    ["a user that is none", { ...bastion, "provider.bastion.user": "Jump User" }, "provider.bastion.user", /Unix user name/],
    ["a password", { ...bastion, "provider.bastion.password": "x" }, "provider.bastion.password", /no key password here/],
    ["a key file that is not there", ownKey, "provider.bastion.privateKeyFile", /no file \/keys\/bastion/, keyFile(false, false, 0)],
    ["a key file of another user's", ownKey, "provider.bastion.privateKeyFile", /chown/, keyFile(true, false, 0o600)],
    ["a key file that others can read", ownKey, "provider.bastion.privateKeyFile", /chmod 0600 \/keys\/bastion/, keyFile(true, true, 0o640)],
    ["a key file's path for a shell", { ...bastion, "provider.bastion.privateKeyFile": "~/a b" }, "provider.bastion.privateKeyFile", /absolute path/],
];

it.each(refused.map(([what, edit, at, told, context]) => [what, edit, at, told, context ?? {}] as const))(
    "refuses %s",
    (_, edit, at, told, context) => expectOnly(check(edit, context).faults, at, told),
);

it.each<[string, Edit, string, RegExp]>([
    ["a bastion that nobody goes through", { ...bastion, ...Object.fromEntries([0, 1, 2, 3].map((i) => [`nodes[${i}].ssh.bastion`, false])) },
        "provider.bastion", /every node is reached directly/],
    ["a word about a bastion that is not there", { ...existing, "nodes[2].ssh.bastion": false }, "nodes[2].ssh.bastion", /leave it out/i],
    ["a host key of the old kind", { ...existing, "nodes[2].ssh.hostKey": "ssh-rsa AAAAx" }, "nodes[2].ssh.hostKey", /OpenSSH 8\.8.*ssh-ed25519/],
    ["a bastion's key of the old kind", { ...bastion, "provider.bastion.hostKey": "ssh-rsa AAAAx" }, "provider.bastion.hostKey", /OpenSSH 8\.8/],
])("allows %s, with a warning", (_, edit, at, told) => {
    const { faults, warnings } = check(edit);
    expect(faults).toEqual([]);
    const usual = new Set(check(existing).warnings.map((fault) => fault.key));
    expectOnly(warnings.filter((fault) => !usual.has(fault.key)), at, told);
});
