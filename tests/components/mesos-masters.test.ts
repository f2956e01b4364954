/** A master's step against masters that answer from files: what it refuses, when it restarts, what it puts aside, when others may go on. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { renderProgram } from "../../components/step/program";

/** How a master is; a missing one does not answer. */
interface Master {
    quorum: number;
    votes?: boolean;
    leads?: boolean;
    /** Replicas that it knows of; all that answer, by itself. */
    ensemble?: number;
    /** Up to 1.6 slashes in names are escaped. */
    old?: boolean;
}
type World = Record<number, Master>;

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "masters-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const scripts = ["step/helpers/http", "mesos/health", "step/helpers/members", "mesos/log", "mesos/master"].map((name) => `components/${name}.sh`);

interface Step {
    /** The last numbers of those described; the first is this one's. */
    described: number[];
    quorum: number;
    word?: string;
    replicated?: boolean;
    /** Whether this host has a log already. */
    log?: boolean;
    told?: number;
    /** What the package's own file says, which is no word of ours. */
    packaged?: number;
}

function answers(world: World): void {
    for (const [host, { quorum, votes, leads, ensemble, old }] of Object.entries(world)) {
        const folder = join(home, `10.0.0.${host}`);
        mkdirSync(folder, { recursive: true });
        const metrics: Record<string, number> = {
            "master/elected": leads ? 1 : 0,
            "registrar/log/recovered": votes ? 1 : 0,
            "registrar/log/ensemble_size": ensemble ?? Object.keys(world).length,
            ...(leads && votes ? { "registrar/registry_size_bytes": 491 } : {}),
        };
        const lines = Object.entries(metrics).map(([name, value]) => `"${old ? name.replaceAll("/", "\\/") : name}":${value}.0`);
        writeFileSync(join(folder, "metrics"), `{${lines.join(",")}}`);
        writeFileSync(join(folder, "flags"), `{"flags":{"port":"5050","quorum":"${quorum}"}}`);
    }
}

/** Runs part of the step on the first of those described. */
function run(world: World, step: Step, call: string) {
    answers(world);
    const [own = 0, ...others] = step.described;
    const work = join(home, "work");
    if (step.log) {
        mkdirSync(join(work, "replicated_log"), { recursive: true });
        writeFileSync(join(work, "replicated_log", "kept"), "kept");
    }
    mkdirSync(join(home, "settings"), { recursive: true });
    mkdirSync(work, { recursive: true });
    const file = join(home, "settings", "quorum");
    if (step.told) {
        const record = join(home, "state", "originals", `${file}.absent`);
        mkdirSync(dirname(record), { recursive: true });
        writeFileSync(record, "");
    }
    if (step.told ?? step.packaged) {
        writeFileSync(file, `${step.told ?? step.packaged}\n`);
    }
    const program = renderProgram("mesos-master", "m", scripts, {
        address: `10.0.0.${own}`,
        port: 5050,
        peers: others.map((other) => `10.0.0.${other}`),
        quorum: step.quorum,
        has_agent: false,
        replicated: step.replicated ?? true,
        reinitialise: step.word ?? "",
        unit: "mesos-master",
        zk_url: "zk://z/mesos",
        work_dir: work,
    }).replace(/main "\$1"\n$/, "");
    const doubles = `state=${home}/state log=${home}/log settings=${home}/settings members_note=${home}/state/members/mesos-master
http() { local at=\${1#http://}; [ -d "${home}/\${at%%:*}" ] && printf 200; }
get() { local at=\${1#http://}; case $1 in */flags) cat "${home}/\${at%%:*}/flags" ;; *) cat "${home}/\${at%%:*}/metrics" ;; esac 2>/dev/null; }
unit_is() { [ "$1" = active ] && [ -d "${home}/$address" ]; }
systemctl() { echo "$*" >>${home}/told; }
why() { :; }
wait_for() { shift; "$@" >/dev/null 2>&1; }
trap 'unexpected "$?" "$BASH_COMMAND"' ERR`;
    const result = spawnSync("bash", ["--norc", "-c", `${program}\n${doubles}\n${call}\nprintf '%s\\n' "\${changes[@]}" "\${notes[@]}"`], { encoding: "utf8" });
    const told = existsSync(join(home, "told")) ? readFileSync(join(home, "told"), "utf8").trim() : "";
    return { status: result.status, said: result.stdout.trim(), error: result.stderr, told };
}

const three = (quorum: number, more: Partial<Record<number, Partial<Master>>> = {}): World =>
    Object.fromEntries([1, 2, 3].map((host) => [host, { quorum, votes: true, leads: host === 1, ...more[host] }]));
const five = (quorum: number): World => Object.fromEntries([1, 2, 3, 4, 5].map((host) => [host, { quorum, votes: true, leads: host === 1 }]));
const alone: World = { 1: { quorum: 1, votes: true, leads: true } };

describe("before anything is touched", () => {
    const gate = (world: World, step: Step) => run(world, step, 'refuse_harm; echo "aside=$aside"');

    it.each<[string, World, Step]>([
        ["a new stack", {}, { described: [1, 2, 3], quorum: 2 }],
        ["the second of a new stack", { 1: { quorum: 2 } }, { described: [2, 1, 3], quorum: 2 }],
        ["what a package started, and has no log of ours", { 1: { quorum: 1, votes: true } }, { described: [1, 2, 3], quorum: 2 }],
        ["three as they are", three(2), { described: [1, 2, 3], quorum: 2, log: true }],
        ["one of three that does not run", { 2: { quorum: 2, votes: true }, 3: { quorum: 2, votes: true } }, { described: [1, 2, 3], quorum: 2, log: true, told: 2 }],
        ["the first of three that become five", three(2), { described: [1, 2, 3, 4, 5], quorum: 3, log: true }],
        ["the last of them", three(3, { 3: { quorum: 2 } }), { described: [3, 1, 2, 4, 5], quorum: 3, log: true }],
        ["a new one of five", three(3), { described: [4, 1, 2, 3, 5], quorum: 3 }],
        ["three of five, the others gone", three(3), { described: [1, 2, 3], quorum: 2, log: true }],
        ["a host of three that is new", { 1: { quorum: 2, votes: true }, 2: { quorum: 2, votes: true } }, { described: [3, 1, 2], quorum: 2 }],
        ["masters of 1.6", three(2, { 1: { old: true }, 2: { old: true }, 3: { old: true } }), { described: [1, 2, 3, 4, 5], quorum: 3, log: true }],
        ["one that left, kept its log, and comes back to three", three(3), { described: [4, 1, 2, 3, 5], quorum: 3, log: true, packaged: 1 }],
        ["a registry in memory", alone, { described: [1, 2, 3], quorum: 2, log: true, replicated: false }],
    ])("%s is let through", (_, world, step) => {
        expect(gate(world, step)).toMatchObject({ status: 0, said: "aside=" });
    });

    it.each<[string, World, Step, RegExp, RegExp]>([
        ["one that becomes three", alone, { described: [1, 2, 3], quorum: 2, log: true }, /log is held by 1, and the quorum would be 2/, /reinitialiseRegistry/],
        ["one that becomes three, and does not run", {}, { described: [1, 2, 3], quorum: 2, log: true, told: 1 }, /log is held by 1/, /reinitialiseRegistry/],
        ["a new one beside it", alone, { described: [2, 1, 3], quorum: 2 }, /log is held by 1/, /reinitialiseRegistry/],
        ["three that become seven", three(2), { described: [1, 2, 3, 4, 5, 6, 7], quorum: 4, log: true }, /held by 3, and the quorum would be 4/, /take the change back/],
        ["three that become one", { 1: { quorum: 2, votes: true } }, { described: [1], quorum: 1, log: true }, /run with quorum 2, and 1 are described/, /reinitialiseRegistry/],
        ["five, of whom two still run", five(3), { described: [1, 2, 3], quorum: 2, log: true }, /5 masters take part, and 3 are described/, /make up.*disable --now mesos-master/],
        ["one too many with the same quorum", { ...three(2), 4: { quorum: 2, votes: true } }, { described: [1, 2, 3], quorum: 2, log: true }, /4 masters take part/, /make up/],
        ["three that become five, one of them away", { 1: { quorum: 2, votes: true }, 2: { quorum: 2, votes: true } }, { described: [1, 2, 3, 4, 5], quorum: 3, log: true }, /3 masters must vote, and 2 do: .*10\.0\.0\.3 does not answer/, /bring the other masters back/],
        ["a new one of five before the others know", three(2), { described: [4, 1, 2, 3, 5], quorum: 3 }, /this master is new/, /make up/],
    ])("%s is refused", (_, world, step, problem, remedy) => {
        const { status, error, told } = gate(world, step);
        expect(status).toBe(1);
        expect(error).toMatch(problem);
        expect(error.split("remedy: ")[1]).toMatch(remedy);
        expect(told).toBe("");
    });

    it.each<[string, World, Step, string]>([
        ["puts the one's log aside", alone, { described: [1, 2, 3], quorum: 2, log: true, word: "w" }, "yes"],
        ["puts aside that of one of three which can never lead", { 1: { quorum: 2, votes: true }, 2: { quorum: 2 }, 3: { quorum: 2 } }, { described: [1, 2, 3], quorum: 2, log: true, word: "w" }, "yes"],
        ["puts aside that of the last of three", { 1: { quorum: 2, votes: true } }, { described: [1], quorum: 1, log: true, word: "w" }, "yes"],
        ["keeps it where there is another way", three(2), { described: [1, 2, 3, 4, 5], quorum: 3, log: true, word: "w" }, ""],
    ])("a new word %s", (_, world, step, aside) => {
        expect(gate(world, step)).toMatchObject({ status: 0, said: `aside=${aside}` });
    });

    it("one that has begun so is visited again, and waits for the others", () => {
        const step: Step = { described: [2, 1, 3], quorum: 2, log: true, word: "w" };
        const half: World = { 1: { quorum: 1, votes: true, leads: true }, 2: { quorum: 2 }, 3: { quorum: 2 } };
        expect(run(half, step, "refuse_harm; put_log_aside; refuse_harm; voted=; await; echo $anew")).toMatchObject({ status: 0, told: "stop mesos-master" });
    });

    it("a word counts once", () => {
        const step: Step = { described: [1, 2, 3], quorum: 2, log: true, word: "w" };
        expect(run(alone, step, "refuse_harm; put_log_aside")).toMatchObject({ status: 0, told: "stop mesos-master" });
        expect(readFileSync(join(home, "work/replicated_log.before-w/kept"), "utf8")).toBe("kept");
        expect(gate(alone, step)).toMatchObject({ status: 1 });
        expect(existsSync(join(home, "work/replicated_log/kept"))).toBe(true);
    });

    it("says where the log is, and takes no name twice", () => {
        mkdirSync(join(home, "work/replicated_log.before-w"), { recursive: true });
        const { said } = run(alone, { described: [1, 2, 3], quorum: 2, log: true, word: "w" }, "refuse_harm; put_log_aside");
        expect(said).toBe(`moved the masters' log to ${home}/work/replicated_log.before-w.1, where it stays`);
    });
});

describe("a restart", () => {
    const guard = (world: World, step: Step) => run(world, step, "spare_me");

    it.each<[string, World, Step]>([
        ["of a master alone", alone, { described: [1], quorum: 1 }],
        ["of one of three", three(2), { described: [2, 1, 3], quorum: 2 }],
        ["of one that does not run", { 1: { quorum: 2, votes: true } }, { described: [2, 1, 3], quorum: 2 }],
        ["of one whose replica does not vote", three(2, { 2: { votes: false } }), { described: [2, 1, 3], quorum: 2 }],
        ["where nobody leads anyway", { 1: { quorum: 2, votes: true }, 2: { quorum: 2 }, 3: { quorum: 2 } }, { described: [1, 2, 3], quorum: 2 }],
        ["of the second that gets the higher quorum", three(2, { 2: { quorum: 3 } }), { described: [3, 1, 2, 4, 5], quorum: 3 }],
        ["of the leader, who gets it last", three(3, { 1: { quorum: 2 } }), { described: [1, 2, 3, 4, 5], quorum: 3 }],
        ["of one of three that were five", three(3), { described: [2, 1, 3], quorum: 2 }],
        ["of three who must all agree", three(3), { described: [2, 1, 3], quorum: 3 }],
    ])("%s is allowed", (_, world, step) => {
        expect(guard(world, step)).toMatchObject({ status: 0 });
    });

    it.each<[string, World, Step]>([
        ["one does not run", { 1: { quorum: 2, votes: true, leads: true }, 2: { quorum: 2, votes: true } }, { described: [2, 1, 3], quorum: 2 }],
        ["one runs and does not vote", three(2, { 3: { votes: false } }), { described: [2, 1, 3], quorum: 2 }],
        ["two of five are away", three(3), { described: [2, 1, 3, 4, 5], quorum: 3 }],
    ])("waits for a person where %s", (_, world, step) => {
        const { status, error } = guard(world, step);
        expect(status).toBe(1);
        expect(error).toMatch(/a restart here would leave \d masters that vote/);
    });
});

describe("the next master is visited", () => {
    const next = (world: World, step: Step, before = "") => run(world, step, `voted=${before} aside= anew=\nawait`);

    it.each<[string, World, Step, string]>([
        ["at once in a new stack", { 1: { quorum: 2 } }, { described: [1, 2, 3], quorum: 2 }, ""],
        ["when this one votes and one leads", three(2), { described: [2, 1, 3], quorum: 2 }, "yes"],
        ["when one that is new has caught up", three(3), { described: [3, 1, 2, 4, 5], quorum: 3 }, ""],
    ])("%s", (_, world, step, before) => {
        expect(next(world, step, before)).toMatchObject({ status: 0 });
    });

    it.each<[string, World, Step, string, RegExp]>([
        ["it answers and does not vote", three(2, { 3: { votes: false } }), { described: [3, 1, 2], quorum: 2 }, "", /not all replicas of the masters' log vote: 10\.0\.0\.3 does not vote, 10\.0\.0\.1 votes, 10\.0\.0\.2 votes/],
        ["another one answers and does not vote", three(2, { 2: { votes: false } }), { described: [3, 1, 2], quorum: 2 }, "yes", /10\.0\.0\.2 does not vote/],
        ["one votes and two cannot", { 1: { quorum: 2, votes: true, leads: true }, 2: { quorum: 2 }, 3: { quorum: 2 } }, { described: [3, 1, 2], quorum: 2 }, "", /catches up when 2 do, and that is 1 now: 10\.0\.0\.3 does not vote, 10\.0\.0\.1 votes[^]*reinitialiseRegistry/],
        ["who leads has not read the registry", three(2, { 1: { leads: false } }), { described: [3, 1, 2], quorum: 2 }, "yes", /no master leads and has read the registry/],
    ])("never where %s", (_, world, step, before, problem) => {
        expect(next(world, step, before)).toMatchObject({ status: 1, error: expect.stringMatching(problem) as string });
    });
});

describe("a master that leaves", () => {
    it.each<[string, World, Step]>([
        ["one of five", five(3), { described: [5, 1, 2, 3, 4], quorum: 3 }],
        ["one that does not vote", three(2, { 3: { votes: false } }), { described: [3, 1, 2], quorum: 2 }],
        ["one whose registry begins anew", three(2, { 2: { votes: false } }), { described: [3, 1, 2], quorum: 2 }],
    ])("stops for good: %s", (what, world, step) => {
        expect(run(world, step, `${what.includes("anew") ? "renewed=yes\n" : ""}leave_unit() { echo "left $1"; }\nleave`)).toMatchObject({ status: 0, said: "left mesos-master" });
    });

    it("stays where the others would hold no quorum", () => {
        const { status, error } = run(three(2, { 2: { votes: false } }), { described: [3, 1, 2], quorum: 2 }, "leave");
        expect(status).toBe(1);
        expect(error).toMatch(/taking this master out would leave 1 at work, and 2 must agree; not at work: 10\.0\.0\.2/);
    });

    it("says how it is", () => {
        expect(run(three(2), { described: [1, 2, 3], quorum: 2 }, "tell").said).toBe("serves\nleads");
        expect(run({ 1: { quorum: 2, leads: true } }, { described: [1, 2, 3], quorum: 2 }, "tell").said).toBe("");
    });
});
