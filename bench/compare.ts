/**
 * `make bench`: ours beside Ansible, Ansible with mitogen, pyinfra, and bash over SSH, on the same hosts, run in pairs.
 *   BENCH=nothing    `make up` with nothing to do, beside plain `pulumi up --skip-preview`
 *   BENCH=converge   every host step again, where nothing is due, beside the others doing the same checks
 *   BENCH=fresh      hosts with nothing on them, until all services answer
 *   PAIRS=5          how many pairs (fresh: 3)    JSON=1   for programs    KEEP=1   leaves the hosts
 *   HOSTS=50         how many hosts (default: 4); those beyond four are light, with an agent of Mesos alone
 *   BESIDE=pyinfra   beside whom: some of ansible, mitogen, pyinfra, bash
 * Without BENCH, all three.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { exec } from "../ops/lib/exec";
import { main, note, Problem } from "../ops/lib/say";
import { logins, freshHosts, removeHosts, type BenchHost } from "./contest/hosts";
import { Ours } from "./contest/ours";
import { pythonTools, versionsOf } from "./contest/python";
import { others, type Ground, type Tool } from "./contest/tools";
import { machine, machineLine } from "./lib/machine";
import type { Cost } from "./lib/measure";
import { inPairs, resultLines, type Contender, type Result, type Run } from "./lib/pairs";
import { hostCount } from "./work/stack";
import { workInProcess } from "./work/work";

const kinds = ["nothing", "converge", "fresh"] as const;
type Kind = (typeof kinds)[number];

function chosen(): readonly Kind[] {
    const said = process.env.BENCH ?? "";
    if (said !== "" && !kinds.includes(said as Kind)) {
        throw new Problem(`BENCH=${said} is not known`, `use ${kinds.join(", ")}, or leave it out for all of them`);
    }
    return said === "" ? kinds : [said as Kind];
}

function pairs(kind: Kind): number {
    const said = process.env.PAIRS ?? "";
    if (!/^([1-9]\d?)?$/.test(said)) {
        throw new Problem(`PAIRS=${said} is no number from 1 to 99`, "give one, such as PAIRS=5");
    }
    return said === "" ? (kind === "fresh" ? 3 : 5) : Number(said);
}

function hostsWanted(): number {
    const said = process.env.HOSTS ?? "";
    if (said !== "" && (!/^\d{1,2}$/.test(said) || Number(said) < hostCount)) {
        throw new Problem(`HOSTS=${said} is no number from ${hostCount} to 99`, "give one, such as HOSTS=50, or leave it out");
    }
    return said === "" ? hostCount : Number(said);
}

function besideWhom(): readonly Tool[] {
    const words = (process.env.BESIDE ?? "").split(/[\s,]+/).filter((word) => word !== "");
    const strange = words.find((word) => !others.some(({ short }) => short === word));
    if (strange !== undefined) {
        throw new Problem(`BESIDE: '${strange}' is not known`, `use some of ${others.map(({ short }) => short).join(", ")}, or leave it out for all of them`);
    }
    return others.filter(({ short }) => words.length === 0 || words.includes(short));
}

class Contest {
    private readonly scratch = mkdtempSync(join(tmpdir(), "bench-"));
    private readonly key = join(this.scratch, "id_ed25519");
    private readonly ours = new Ours(this.scratch);
    private ground!: Ground;

    public constructor(
        private readonly count: number,
        private readonly beside: readonly Tool[],
    ) {}

    public async prepare(bin: string): Promise<void> {
        rmSync(this.key, { force: true });
        await exec("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", this.key]);
        const hosts = await this.hosts();
        this.ground = { hosts, work: workInProcess(hosts), scratch: this.scratch, privateKeyFile: this.key, bin };
    }

    private hosts(): Promise<BenchHost[]> {
        return freshHosts(this.count, `${this.key}.pub`, join(this.scratch, "host-keys"));
    }

    /** Hosts with everything on them, by ours. */
    public async standUp(): Promise<void> {
        await this.ours.begin(this.ground.hosts, this.key);
        this.sound("make up", await this.ours.up());
    }

    private sound(name: string, cost: Cost): Cost {
        if (cost.code !== 0) {
            throw new Problem(`${name} ended with status ${cost.code}:\n${cost.output.slice(-4000)}`, "KEEP=1 leaves the hosts to look at");
        }
        return cost;
    }

    private async counted(name: string, run: () => Promise<Cost>, changes: Tool["changes"]): Promise<Run> {
        const before = await logins(this.ground.hosts);
        const cost = this.sound(name, await run());
        const connections = (await logins(this.ground.hosts)).map((count, i) => count - before[i]!);
        const asked = this.ground.work.flatMap(({ steps }) => steps.flatMap(({ answers }) => answers)).length;
        const told = changes(cost.output, asked);
        note(`${name}: ${cost.wallSeconds.toFixed(1)} s, ${cost.cpuSeconds.toFixed(1)} CPU s${told === undefined ? "" : `, ${told} changes`}`);
        const mean = connections.reduce((sum, one) => sum + one, 0) / connections.length;
        return { wallSeconds: cost.wallSeconds, cpuSeconds: cost.cpuSeconds, connections: mean, changes: told ?? null };
    }

    private contender(name: string, run: () => Promise<Cost>, changes: Tool["changes"] = () => undefined): Contender {
        return { name, run: () => this.counted(name, run, changes) };
    }

    public nothing(rounds: number): Promise<Result> {
        return inPairs("nothing to do", this.contender("make up", () => this.ours.up()), [this.contender("plain pulumi up --skip-preview", () => this.ours.plain())], rounds);
    }

    public converge(rounds: number): Promise<Result> {
        const ours = this.contender("ours", () => this.ours.converge(), (output) => Ours.changes(output));
        return inPairs("every step again", ours, this.beside.map(({ name, run, changes }) => this.contender(name, () => run(this.ground), changes)), rounds);
    }

    /** Each run has hosts of its own, which are there before its time begins. */
    public fresh(rounds: number): Promise<Result> {
        const on = (name: string, run: () => Promise<Cost>, begin: () => Promise<void> = async () => undefined): Contender => ({
            name,
            run: async () => {
                await this.hosts();
                await begin();
                return this.counted(name, run, () => undefined);
            },
        });
        const ours = on("ours", () => this.ours.up(), () => this.ours.begin(this.ground.hosts, this.key));
        return inPairs("hosts with nothing on them", ours, this.beside.map(({ name, run }) => on(name, () => run(this.ground))), rounds, "rounds");
    }

    public async remove(): Promise<void> {
        this.ours.remove();
        if (process.env.KEEP) {
            note(`left: hosts (lab/hosts/hosts.sh down --prefix bench) and ${this.scratch}`);
            return;
        }
        await removeHosts();
        rmSync(this.scratch, { recursive: true, force: true });
    }
}

main(async () => {
    const [wanted, count, beside] = [chosen(), hostsWanted(), besideWhom()];
    const [at, bin] = [machine(), await pythonTools()];
    const engine = await exec(".datacentre/bin/pulumi", ["version"]);
    const versions = { ...(await versionsOf(bin)), pulumi: engine.stdout.trim(), node: process.version };
    const contest = new Contest(count, beside);
    const results: Result[] = [];
    let failed = 0;
    // What was measured is told, whoever fails in another part.
    const take = async (kind: Kind): Promise<void> => {
        try {
            results.push(await contest[kind](pairs(kind)));
        } catch (error) {
            if (!(error instanceof Problem)) {
                throw error;
            }
            failed += 1;
            note(`no figures of '${kind}': ${error.message}\n  remedy: ${error.remedy}`);
        }
    };
    try {
        await contest.prepare(bin);
        if (wanted.includes("fresh")) {
            await take("fresh");
            await contest.prepare(bin);
        }
        if (wanted.some((kind) => kind !== "fresh")) {
            await contest.standUp();
        }
        for (const kind of wanted.filter((one) => one !== "fresh")) {
            await take(kind);
        }
    } finally {
        await contest.remove();
    }
    if (process.env.JSON) {
        process.stdout.write(`${JSON.stringify({ machine: at, versions, results }, null, 2)}\n`);
        return failed > 0 ? 1 : 0;
    }
    const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
    process.stdout.write(`${machineLine(at)}\n${list}\n\n${results.flatMap(resultLines).join("\n")}\n`);
    return failed > 0 ? 1 : 0;
});
