/** Whether hosts that are there already are reached, before the engine tries. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { reachNewHosts, targetFrom, tellUnreached, type Caller } from "../../ops/prepare/reach";
import { Problem } from "../../ops/lib/say";
import { syncSettings, type Settings } from "../../ops/stack/settings";
import { SshError, type Target } from "../../components/ssh/ssh";
import { sampleDataCentre } from "../components/sample";
import { makeFixture, resource, type Fixture } from "./fixture";

let fixture: Fixture;
beforeEach(() => (fixture = makeFixture()));
afterEach(() => fixture.remove());

const key = (text: string) => `ssh-ed25519 AAAA${text}`;
const provider = { kind: "existing", privateKeyFile: "/k/nodes", bastion: { host: "b.example", user: "jump", hostKey: key("b") } };
const nodes = ["one", "two", "spare"].map((name, i) => ({
    ...{ name, address: `10.0.0.${i + 1}`, roles: name === "spare" ? [] : ["etcd"] },
    ssh: { user: "ops", hostKey: key(name), ...(i === 0 ? { bastion: false } : {}) },
}));
const keyOf = (path: string) => `KEY ${path}`;

function settings(change: object = {}): Settings {
    writeFileSync(fixture.context.tracked, stringify({ config: { "datacentre:provider": provider, "datacentre:nodes": nodes, ...change } }));
    return syncSettings(fixture.context);
}

const asked: Target[] = [];
beforeEach(() => asked.splice(0));
const answers =
    (of: Record<string, string | SshError> = {}): Caller =>
    (target, command, { stdin }) => {
        expect([command, stdin]).toEqual([`sudo -n bash -c 'eval "$(cat)"' datacentre reach`, expect.stringMatching(/^id -u\n/)]);
        asked.push(target);
        const said = of[target.host] ?? "0\n";
        return said instanceof SshError
            ? Promise.reject(said)
            : Promise.resolve({ code: said === "0\n" ? 0 : 1, stdout: said === "0\n" ? said : "", stderr: said });
    };

it("goes the described way, with keys from the described files", () => {
    const dc = sampleDataCentre((raw) => {
        raw.provider = { ...(provider as any), bastion: { ...provider.bastion, port: 2222, privateKeyFile: "/k/bastion" } };
        raw.nodes.forEach((node, i) => (node.ssh = { hostKey: key(String(i)), bastion: i !== 0 }));
    });
    const of = (i: number) => targetFrom(dc.provider as any, dc.nodes[i]!, keyOf);
    expect(of(0)).toEqual({ host: "172.18.1.1", port: 22, user: "root", hostKey: key("0"), privateKey: "KEY /k/nodes" });
    expect(targetFrom(dc.provider as any, { ...dc.nodes[1]!, ssh: { ...dc.nodes[1]!.ssh, address: "198.51.100.7", port: 2201 } }, keyOf)).toMatchObject({
        host: "198.51.100.7",
        port: 2201,
        proxy: { host: "b.example" },
    });
    expect(of(1).proxy).toEqual({ host: "b.example", port: 2222, user: "jump", hostKey: key("b"), privateKey: "KEY /k/bastion" });
});

it("asks every host with a role at the first up, and is silent when all answer", async () => {
    expect(await reachNewHosts(fixture.context, settings(), answers(), keyOf)).toEqual(["one", "two"]);
    expect(asked.map(({ host }) => host).sort()).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(asked.map(({ proxy }) => proxy?.host)).toEqual([undefined, "b.example"]);
});

it("names all that are not reached, or not as root, each with its remedy", async () => {
    const lost = { "10.0.0.1": "sudo: a password is required\n", "10.0.0.2": new SshError("10.0.0.2 shows another host key", "correct it") };
    const failure = await reachNewHosts(fixture.context, settings(), answers(lost), keyOf).then(
        () => undefined,
        (error: unknown) => error as Problem,
    );
    expect(failure).toBeInstanceOf(Problem);
    const [first, ...lines] = failure?.message.split("\n    ") ?? [];
    expect(first).toBe("2 of 2 new hosts cannot be worked on, and nothing was touched:");
    expect(lines).toEqual([
        "one: runs nothing for ops as root (sudo: a password is required). Remedy: give the SSH user password-less sudo, or use root",
        "two: 10.0.0.2 shows another host key. Remedy: correct it",
    ]);
    expect(failure?.message).not.toContain("KEY");
});

it.each([
    ["takes files", "echo Subsystem sftp internal-sftp", []],
    ["tells nothing of itself", "exit 1", []],
    ["takes none", "echo port 22", ["one: its sshd takes no files. Remedy: give it its line 'Subsystem sftp internal-sftp' (/etc/ssh/sshd_config), and reload it"]],
])("lets hosts be whose sshd %s", async (_, sshd, told) => {
    const folder = mkdtempSync(join(tmpdir(), "reach-"));
    Object.entries({ sshd, id: "echo 0" }).forEach(([name, body]) => writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 }));
    const run: Caller = ({ host }, _command, { stdin }) => {
        const { stdout, stderr, status } = spawnSync("bash", ["-c", 'eval "$(cat)"'], { input: stdin, encoding: "utf8", env: { PATH: `${folder}:${process.env.PATH}` } });
        return Promise.resolve(host === "10.0.0.1" ? { code: status ?? 1, stdout, stderr } : { code: 0, stdout: "0\n", stderr: "" });
    };
    expect(await tellUnreached(settings(), run, keyOf)).toEqual(told);
    rmSync(folder, { recursive: true });
});

it("does not ask hosts that the stack knows: they may be down, and not concerned", async () => {
    fixture.writeState({ resources: [resource("command:remote:Command", "prepare-one", "x")] });
    await reachNewHosts(fixture.context, settings(), answers({ "10.0.0.1": new SshError("down", "start it") }), keyOf);
    expect(asked.map(({ host }) => host)).toEqual(["10.0.0.2"]);
    expect(await tellUnreached(settings(), answers({ "10.0.0.1": new SshError("down", "start it") }), keyOf)).toEqual(["one: down. Remedy: start it"]);
});

it("tells on which of them there is nothing of ours: a host that was ours may have something at work", async () => {
    const run: Caller = ({ host }) => Promise.resolve({ code: 0, stdout: host === "10.0.0.1" ? "0\nclaimed\n" : "0\n", stderr: "" });
    expect(await reachNewHosts(fixture.context, settings(), run, keyOf)).toEqual(["two"]);
});

it("leaves other providers, and descriptions with faults, to those who tell of them", async () => {
    const made = settings({ "datacentre:provider": { kind: "docker", prefix: "p", subnet: "10.0.0.0/24" } });
    expect(await reachNewHosts(fixture.context, made, answers(), keyOf)).toEqual(["one", "two"]);
    expect(await reachNewHosts(fixture.context, settings({ "datacentre:nodes": [{ name: "one" }] }), answers(), keyOf)).toEqual([]);
    expect(asked).toEqual([]);
});
