/** Members of quorum systems before the engine: who leaves, in which order, and what is refused before anything is touched. */
import { writeFileSync } from "node:fs";

import { stringify } from "yaml";

import { SshError, type SshResult, type Target } from "../../components/ssh/ssh";
import { inVisitOrder } from "../../components/step/visits";
import type { Problem } from "../../ops/lib/say";
import { changesOf, checkMembers, planMembership, quorumRoles, tellMembership } from "../../ops/prepare/membership";
import { stages } from "../../ops/prepare/stages";
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

const step = (name: string, node: string, program = "tell() {\n:\n}\nleave() {\n:\n}\n") => ({
    urn: `urn:pulumi:test::datacentre::command:remote:Command::${name}-${node}`,
    type: "command:remote:Command",
    custom: true,
    inputs: {
        connection: { host: `10.0.0.${node.at(-1)}`, port: 22, user: "root", privateKey: "KEY", hostKey: "ssh-ed25519 AAAA" },
        create: `bash -c 'eval "$(cat)"' datacentre converge # ${name} on ${node}, instance abc`,
        stdin: program,
    },
});

/** Recorded and described members, by the numbers of their nodes; `roles` is what others have. */
function given(recorded: readonly number[], described: readonly number[], { name = "zookeeper", role = "zookeeper", program = undefined as string | undefined } = {}): Settings {
    fixture.writeState({ resources: [step("prepare", "n1"), ...recorded.map((at) => step(name, `n${at}`, program)), step("zookeeper-proxy", "n9")] });
    const nodes = [1, 2, 3, 4, 5, 6].map((at) => ({ name: `n${at}`, address: `10.0.0.${at}`, roles: described.includes(at) ? [role] : [] }));
    writeFileSync(fixture.context.tracked, stringify({ config: { "datacentre:provider": { kind: "existing", privateKeyFile: "/k" }, "datacentre:nodes": nodes } }));
    return syncSettings(fixture.context);
}

/** Hosts that answer: who leads, who serves nobody, who is not reached, whose leaving is refused. */
function hosts({ leads = 0, dead = [] as number[], lost = [] as number[], refuses = 0 } = {}) {
    const calls: string[] = [];
    const run = ({ host }: Target, command: string): Promise<SshResult> => {
        const at = Number(host.split(".")[3]);
        const mode = / datacentre (\S+) #/.exec(command)![1]!;
        if (mode !== "tell") {
            calls.push(`${mode} ${at}`);
        }
        if (lost.includes(at)) {
            return Promise.reject(new SshError(`${host} does not answer`, "start it"));
        }
        if (mode === "leave" && at === refuses) {
            return Promise.resolve({ code: 1, stdout: "", stderr: "datacentre: zookeeper on n4: its leaving would leave 1 at work, and 2 must agree\n  remedy: bring n3 back\n" });
        }
        const notes = mode === "tell" && !dead.includes(at) ? `  note: serves\n${at === leads ? "  note: leads\n" : ""}` : "";
        return Promise.resolve({ code: 0, stdout: mode === "leave" ? "1 changes\n  left\n" : `0 changes\n${notes}`, stderr: "" });
    };
    return { run, calls };
}

const order = () => (JSON.parse(fixture.context.env.DATACENTRE_VISITS ?? "{}") as Record<string, string[]>).zookeeper;

it("knows the systems whose members agree by a majority", () => {
    expect(quorumRoles().map(({ role, step: name }) => [role, name])).toEqual(expect.arrayContaining([["zookeeper", "zookeeper"], ["etcd", "etcd"]]));
});

it("lets those leave that are described no more, one after another, the leader last, by what was recorded for them", async () => {
    const { run, calls } = hosts({ leads: 4 });
    const membership = await planMembership(fixture.context, given([1, 2, 3, 4, 5], [1, 2, 3]), run);
    expect([membership.leaving, calls]).toEqual([true, []]);
    await membership.leave();
    expect(calls).toEqual(["leave 5", "leave 4"]);
    expect(told.join("")).toContain("left: zookeeper on n5: 1 changes: left");
});

it("has those visited first that were there, the leader last of them, and then new ones", async () => {
    await planMembership(fixture.context, given([4, 3, 2], [1, 2, 3, 4, 5]), hosts({ leads: 3 }).run);
    expect(order()).toEqual(["n2", "n4", "n3", "n1", "n5"]);
    expect(inVisitOrder("zookeeper", ["n1", "n2", "n3", "n4", "n5"], (name) => name, fixture.context.env)).toEqual(order());
    // Of others, and of what cannot be read, nothing is said.
    expect(inVisitOrder("etcd", ["n2", "n1"], (name) => name, fixture.context.env)).toEqual(["n2", "n1"]);
    expect(inVisitOrder("etcd", ["n2", "n1"], (name) => name, { DATACENTRE_VISITS: "x{" })).toEqual(["n2", "n1"]);
});

it("asks nobody where the last 'up' left everything so, and everybody where somebody comes or goes all the same", async () => {
    const asked = async (settings: Settings, isSettled: boolean) => {
        let calls = 0;
        const { run } = hosts({ leads: 1 });
        const counted: typeof run = (target, command) => {
            calls++;
            return run(target, command);
        };
        await planMembership(fixture.context, settings, counted, { isSettled });
        return calls;
    };
    expect(await asked(given([1, 2, 3], [1, 2, 3]), true)).toBe(0);
    expect(order()).toEqual(["n1", "n2", "n3"]);
    expect(await asked(given([1, 2, 3], [1, 2, 3]), false)).toBe(3);
    expect(await asked(given([1, 2, 3], [1, 2, 3, 4, 5]), true)).toBe(3);
    await expect(asked(given([1, 2, 3], [4, 5, 6]), true)).rejects.toThrow("none would stay");
});

it.each([
    ["comes", [], [1, 2, 3]],
    ["goes as a whole", [1, 2, 3], []],
])("does nothing for a system that %s", async (_, recorded, described) => {
    const { run, calls } = hosts();
    expect((await planMembership(fixture.context, given(recorded, described), run)).leaving).toBe(false);
    expect(calls).toEqual([]);
});

it("goes on without a host that is lost while the others hold a quorum, says so, and else touches nothing", async () => {
    const settings = given([1, 2, 3], [1, 2, 4]);
    const one = hosts({ lost: [3] });
    await (await planMembership(fixture.context, settings, one.run)).leave();
    expect([one.calls, told.join("")]).toEqual([[], expect.stringContaining("zookeeper on n3 is to leave, and is not reached") as string]);
    const two = hosts({ lost: [3], dead: [2] });
    const refusal = /n3 is to leave zookeeper, and cannot be reached; of its 3 members 1 serve, and 2 must agree. Nothing was touched/;
    await expect(planMembership(fixture.context, settings, two.run)).rejects.toThrow(refusal);
    expect(two.calls).toEqual([]);
});

it("touches nothing where those that stay would hold no majority", async () => {
    const { run, calls } = hosts({ dead: [2, 3] });
    await expect(planMembership(fixture.context, given([1, 2, 3, 4, 5], [1, 2, 3]), run)).rejects.toMatchObject({
        message: "members are to leave zookeeper, and of the 3 that stay 1 serve, where 2 must. Nothing was touched",
        remedy: expect.stringContaining("bring n2, n3 back ('systemctl start zookeeper' there") as string,
    });
    expect(calls).toEqual([]);
});

it("stops at one that does not leave, with its own words and remedy", async () => {
    const { run, calls } = hosts({ refuses: 4 });
    const membership = await planMembership(fixture.context, given([1, 2, 3, 4, 5], [1, 2, 3]), run);
    const error = (await membership.leave().catch((thrown: unknown) => thrown)) as Problem;
    expect([calls, error.message, error.remedy]).toEqual([["leave 4"], expect.stringContaining("zookeeper on n4 does not leave: datacentre: zookeeper on n4: its leaving would leave 1 at work") as string, "bring n3 back"]);
});

it("refuses to let members leave that an older program made, and says how", async () => {
    const { run, calls } = hosts();
    await expect(planMembership(fixture.context, given([1, 2, 3], [1], { program: "converge() {\n:\n}\n" }), run)).rejects.toMatchObject({
        message: expect.stringContaining("n2, n3 cannot be told to leave zookeeper") as string,
        remedy: expect.stringContaining("run 'make up' once with the role zookeeper on n1, n2, n3, as it was") as string,
    });
    expect(calls).toEqual([]);
});

it("refuses what keeps too few, with the stages, in preview as well", async () => {
    const settings = given([1, 2, 3], [4, 5, 6]);
    await expect(planMembership(fixture.context, settings, hosts().run)).rejects.toMatchObject({
        message: expect.stringContaining("of the 3 members of zookeeper none would stay, and 1 must") as string,
        remedy: expect.stringContaining("give the role zookeeper to 1. n1, n4, n5; then to 2. n4, n5, n6") as string,
    });
    expect(tellMembership(fixture.context, settings).join()).toContain("'make up' would refuse this: of the 3 members of zookeeper none would stay");
});

it("refuses that members which are containers come or go, and lets them be else", async () => {
    const settings = given([], [1, 2, 3]);
    const outputs = (...names: string[]) => ({ nodes: names.map((name) => ({ name, roles: ["zookeeper"], container: { engine: "unix:///x", name } })) });
    const write = (...names: string[]) => fixture.writeState({ resources: [{ urn: "urn:pulumi:test::datacentre::pulumi:pulumi:Stack::s", type: "pulumi:pulumi:Stack", outputs: outputs(...names) }] });
    write("n1");
    await expect(planMembership(fixture.context, settings, hosts().run)).rejects.toMatchObject({ remedy: expect.stringContaining("new members stand behind n1 in datacentre:nodes") as string });
    write("n1", "n2", "n3");
    expect((await planMembership(fixture.context, settings, hosts().run)).leaving).toBe(false);
});

it("tells in preview who would leave, and asks nobody", () => {
    expect(tellMembership(fixture.context, given([1, 2, 3, 4, 5], [1, 2, 6]))).toEqual([
        "'make up' would first let these leave zookeeper, one after another: n3, n4, n5",
        "then it would visit the members of zookeeper that are there (n1, n2), and then n6",
    ]);
});

it("asks nothing of a stack that is not there, or whose description has faults that the engine tells", () => {
    expect(changesOf(fixture.context, syncSettings(fixture.context))).toEqual([]);
    given([1, 2, 3], [1]);
    expect(changesOf(fixture.context, { config: { "datacentre:nodes": "x" } })).toEqual([]);
});

describe("stages", () => {
    it("end, whatever is described, and keep enough at each", () => {
        const names = ["a", "b", "c", "d", "e", "f", "g"];
        const subsets = Array.from({ length: 2 ** names.length - 1 }, (_, bits) => names.filter((__, at) => ((bits + 1) >> at) & 1));
        for (const stay of ["one", "majority"] as const) {
            for (const before of [names.slice(0, 1), names.slice(0, 2), names.slice(0, 3), names.slice(0, 4), names.slice(0, 5)]) {
                for (const described of subsets) {
                    let now: readonly string[] = before;
                    const all = stages({ of: of(stay), before, described }) ?? [];
                    for (const next of all) {
                        const kept = now.filter((name) => next.includes(name)).length;
                        expect(kept).toBeGreaterThanOrEqual(stay === "one" || now.length <= 2 ? 1 : Math.floor(now.length / 2) + 1);
                        now = next;
                    }
                    expect([all.length < 8, now]).toEqual([true, described]);
                }
            }
        }
    });

    const of = (stay: "one" | "majority") => ({ role: "r", step: "r", stay });
    it.each([
        ["none where enough stay", "majority", "a b c", "a b d", "a b d"],
        ["a majority of each", "majority", "a b c d e", "a", "a b c | a b | a"],
        ["all of them replaced, one after another", "majority", "a b c", "d e f", "a b d | d a e | d e f"],
        ["one that replaces three, an odd count of them", "one", "a b c", "d", "a b d | d"],
        ["one that replaces three, where a majority must stay", "majority", "a b c", "d", "a b d | d a | d"],
        ["where one is enough", "one", "a b c", "d e f", "a d e | d e f"],
    ] as const)("keep %s", (_, stay, before, described, wanted) => {
        expect(stages({ of: of(stay), before: before.split(" "), described: described.split(" ") })?.map((names) => names.join(" ")).join(" | ")).toBe(wanted);
    });
});

it("plain pulumi up is told of members of whom none would stay, by the state and the description alone", async () => {
    for (const [name, role] of [["zookeeper", "zookeeper"], ["etcd", "etcd"]] as const) {
        await expect(checkMembers(fixture.context, given([1, 2, 3], [4], { name, role }))).rejects.toThrow(new RegExp(`of the 3 members of ${name} none would stay`));
        await checkMembers(fixture.context, given([1, 2, 3], [1, 2, 3, 4, 5], { name, role }));
        await checkMembers(fixture.context, given([1, 2, 3, 4, 5], [1, 4, 5], { name, role }));
    }
});
