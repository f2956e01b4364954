/** Systems that are to be of another version: what is refused before anything is touched, and in which order they come. */
import { writeFileSync } from "node:fs";

import { stringify } from "yaml";

import { SshError, type SshResult, type Target } from "../../components/ssh/ssh";
import { isUpgraded } from "../../components/step/visits";
import type { Problem } from "../../ops/lib/say";
import { planUpgrades, tellUpgrades, upgradesOf } from "../../ops/prepare/upgrades";
import { syncSettings, type Settings } from "../../ops/stack/settings";
import { makeFixture, type Fixture } from "./fixture";

let fixture: Fixture;
let told: string[];
beforeEach(() => {
    fixture = makeFixture();
    told = [];
    jest.spyOn(process.stderr, "write").mockImplementation((text) => told.push(String(text)) > 0);
});
afterEach(() => {
    jest.restoreAllMocks();
    fixture.remove();
});

const step = (name: string, at: number, program: string) => ({
    urn: `urn:pulumi:test::datacentre::command:remote:Command::${name}-n${at}`,
    type: "command:remote:Command",
    custom: true,
    inputs: {
        connection: { host: `10.0.0.${at}`, port: 22, user: "root", privateKey: "KEY", hostKey: "ssh-ed25519 AAAA" },
        create: `bash -c 'eval "$(cat)"' datacentre converge # ${name} on n${at}, instance abc`,
        stdin: program,
    },
});
const version = (of: string) => `tell() {\n:\n}\nprograms_version='${of}'\n`;

/** Three members of etcd and of masters, and an agent, as recorded; and the described versions. */
function given(versions: Record<string, string>, { etcd = "3.4.23", mesos = "1.5.3", extra = {} } = {}): Settings {
    const on = (name: string, of: string, at: readonly number[]) => at.map((one) => step(name, one, version(of)));
    fixture.writeState({ resources: [...on("prepare", "", [1, 2, 3, 4]), ...on("etcd", etcd, [1, 2, 3]), ...on("mesos-master", mesos, [1, 2, 3]), ...on("mesos-agent", mesos, [4])] });
    const nodes = [1, 2, 3, 4].map((at) => ({ name: `n${at}`, address: `10.0.0.${at}`, roles: at < 4 ? ["etcd", "mesos-master"] : ["mesos-agent"] }));
    const config = { "datacentre:provider": { kind: "existing", privateKeyFile: "/k" }, "datacentre:nodes": nodes, "datacentre:versions": versions, ...extra };
    writeFileSync(fixture.context.tracked, stringify({ config }));
    return syncSettings(fixture.context);
}

/** Hosts that answer: which of them serve nobody, lack a version, or are not reached. */
function hosts({ dead = [] as number[], lack = [] as number[], lost = [] as number[], begun = [] as number[] } = {}) {
    const looked: string[] = [];
    const run = ({ host }: Target, command: string, { stdin = "" }: { stdin?: string }): Promise<SshResult> => {
        const at = Number(host.split(".")[3]);
        const [, mode, name] = / datacentre (\S+) # (\S+)/.exec(command) ?? [];
        expect(mode).toBe("tell");
        if (lost.includes(at)) {
            return Promise.reject(new SshError(`${host} does not answer`, "start it"));
        }
        if (stdin.includes("programs_due")) {
            looked.push(`${name ?? ""} ${at}`);
            if (begun.includes(at)) {
                return Promise.resolve({ code: 0, stdout: "0 changes\n  note: has begun\n", stderr: "" });
            }
            return Promise.resolve(
                lack.includes(at)
                    ? { code: 1, stdout: "", stderr: `datacentre: ${name ?? ""} on n${at}: no package source of this host offers it\n  remedy: add one\n` }
                    : { code: 0, stdout: `0 changes\n${at === 1 ? "  note: no source offers the former one\n" : ""}`, stderr: "" },
            );
        }
        return Promise.resolve({ code: 0, stdout: `0 changes\n${dead.includes(at) ? "" : "  note: serves\n"}`, stderr: "" });
    };
    return { run, looked };
}

it("finds nothing to do where versions are as recorded, also in a shorter word", () => {
    expect(upgradesOf(fixture.context, given({ mesos: "1.5.3", etcd: "3.4" }))).toEqual([]);
});

it("tells the order, and the engine's program who is upgraded", async () => {
    const settings = given({ etcd: "3.5.16" });
    const { run, looked } = hosts();
    await planUpgrades(fixture.context, settings, run);
    expect(looked.sort()).toEqual(["etcd 1", "etcd 2", "etcd 3", "mesos-agent 4", "mesos-master 1", "mesos-master 2", "mesos-master 3"]);
    expect(told.join("")).toContain("etcd goes from 3.4.23 to 3.5.16, host by host: etcd on n1, n2, n3, the one that leads last\n");
    expect(told.join("")).toContain("mesos goes from 1.5.3 to 1.11.0, host by host: mesos-master on n1, n2, n3, the one that leads last; then mesos-agent on n4\n");
    expect(told.join("")).toContain("etcd on n1: no source offers the former one\n");
    expect(["mesos", "etcd", "zookeeper"].map((name) => isUpgraded(name, fixture.context.env))).toEqual([true, true, false]);
});

it("refuses what is forbidden without asking anybody, all of it at once, and says so in a preview", async () => {
    const settings = given({ etcd: "3.6", mesos: "1.5.3" });
    const { run, looked } = hosts();
    const refused = (await planUpgrades(fixture.context, settings, run).catch((error: unknown) => error)) as Problem;
    expect([refused.message, looked]).toEqual(["etcd goes from 3.4.23 to 3.6 by every series between them. Nothing was touched", []]);
    expect(tellUpgrades(fixture.context, settings)[0]).toContain("'make up' would refuse this: etcd goes from 3.4.23 to 3.6");
});

it("names every host that lacks what it needs, that serves nobody, or that is not reached", async () => {
    const { run } = hosts({ lack: [1], dead: [2], lost: [4] });
    const refused = (await planUpgrades(fixture.context, given({ etcd: "3.5.16" }), run).catch((error: unknown) => error)) as Problem;
    expect(refused.message).toContain("etcd on n1: no package source of this host offers it\n      remedy: add one");
    expect(refused.message).toContain("etcd on n2 does not serve, and an upgrade begins with all members");
    expect(refused.message).toContain("10.0.0.4 does not answer\n      remedy: start it");
    expect(fixture.context.env.DATACENTRE_UPGRADES).toBeUndefined();
});

it("goes on with a host that went away in its turn, though its member does not serve", async () => {
    const { run } = hosts({ dead: [2], begun: [2] });
    await planUpgrades(fixture.context, given({ etcd: "3.5.16" }), run);
    expect(told.join("")).not.toContain("has begun");
    expect(isUpgraded("etcd", fixture.context.env)).toBe(true);
});

it("does not ask a host for a version of a repository that it is yet to be told of", async () => {
    const extra = { "datacentre:sources": { mesos: { kind: "repository", apt: { url: "file:/new" } } } };
    const { run, looked } = hosts();
    await planUpgrades(fixture.context, given({ etcd: "3.4.23" }, { extra }), run);
    expect(looked).toEqual([]);
});

it("reads what is recorded with a secret, too", async () => {
    const settings = given({ etcd: "3.4.23", mesos: "1.5.3" });
    const state = fixture.readState();
    const whole = step("marathon", 1, "");
    const stdin = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(version("1.10.4")) };
    fixture.writeState({ resources: [...(state.resources ?? []), { ...whole, inputs: { ...whole.inputs, stdin } }] });
    expect(tellUpgrades(fixture.context, settings)).toEqual([]);
    await planUpgrades(fixture.context, settings, hosts().run);
    expect(told.join("")).toContain("marathon goes from 1.10.4 to 1.11.24, host by host: marathon on n1\n");
});
