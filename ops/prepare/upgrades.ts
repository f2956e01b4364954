/**
 * Systems that are to be of another version: what stands in the way is said before any host's turn has begun, with the order in which
 * they come. The engine's program has that order; each host's step does its own part.
 */
import { dataCentreSchema } from "../../components/description";
import { upgradeParameters, upgradeScript } from "../../components/packages/upgrade";
import { ssh } from "../../components/ssh/ssh";
import { renderProgram } from "../../components/step/program";
import { upgradesVariable } from "../../components/step/visits";
import { systems } from "../../components/systems";
import { decidedVersion, fits, imagesOf, repositoryOf } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import type { RoleFacts, System } from "../../config/system";
import type { SystemSchema } from "../../config/system-schema";
import { refusal, type Refusal } from "../../config/upgrades";
import { readCheckpoint, type RecordedResource } from "../engine/checkpoint";
import { exportStack } from "../engine/engine";
import { pooled } from "../lib/pool";
import { note, Problem } from "../lib/say";
import { runStep } from "../rerun/converge";
import type { Runner } from "../rerun/look";
import { recordedSteps, type RecordedStep } from "../rerun/steps";
import type { Context } from "../stack/context";
import type { Settings } from "../stack/settings";
import { ask, asMode } from "./membership";
import { recordedOf, told } from "./recorded";

/** One system that is to be of another version. */
export interface Upgrade {
    readonly leaf: SystemSchema;
    /** What was described before; one, but for an `up` that did not come to its end. */
    readonly from: readonly string[];
    readonly to: string;
    /** Who comes when: a step, and the nodes that have it. */
    readonly turns: readonly { readonly step: string; readonly nodes: readonly string[]; readonly isQuorum: boolean }[];
}

/** What versions and their packages are decided by, which can be read while other things are at fault. */
function described(settings: Settings): DataCentre | undefined {
    const plain = (key: string): unknown => settings.config?.[`datacentre:${key}`];
    const { data } = dataCentreSchema
        .pick({ provider: true, nodes: true, versions: true, sources: true })
        .safeParse({ provider: plain("provider"), nodes: plain("nodes"), versions: plain("versions") ?? {}, sources: plain("sources") ?? {} });
    return data as DataCentre | undefined;
}

/** What is wrong with a description, the engine's program says. */
const version = (leaf: SystemSchema, dc: DataCentre): string | undefined => (imagesOf(leaf, dc) ? undefined : decidedVersion(leaf, dc));

/** A step's recorded programs by node; empty ones where they hold a secret. */
type Recorded = (step: string) => { readonly node: string; readonly program: string }[];

function upgradeOf({ leaf, roles }: System, dc: DataCentre, programs: Recorded, names: ReadonlySet<string>): Upgrade[] {
    const to = leaf.upgrades && version(leaf, dc);
    if (to === undefined) {
        return [];
    }
    const all = Object.values(roles).flatMap(({ upgradedBy: step, quorum }) => {
        const recorded = step === undefined ? [] : programs(step).filter(({ node }) => names.has(node));
        const others = recorded
            .map(({ node, program }) => ({ node, from: told(program, "programs_version") ?? told(program, "version") }))
            .filter(({ from }) => from && !fits(from, to));
        return step === undefined || others.length === 0 ? [] : [{ step, others, isQuorum: quorum !== undefined }];
    });
    const from = [...new Set(all.flatMap(({ others }) => others.map((one) => one.from ?? "")))];
    const turns = all.map(({ step, others, isQuorum }) => ({ step, isQuorum, nodes: others.map(({ node }) => node) }));
    return turns.length === 0 ? [] : [{ leaf, from, to, turns }];
}

function upgradesIn(programs: Recorded, settings: Settings): Upgrade[] {
    const dc = described(settings);
    const names = new Set(dc?.nodes.map(({ name }) => name));
    return dc ? systems.systems.flatMap((system) => upgradeOf(system, dc, programs, names)) : [];
}

/** What the checkpoint says, where there is one. */
function inCheckpoint(context: Context): Recorded {
    const recorded = readCheckpoint(context);
    const resources: readonly RecordedResource[] = typeof recorded === "string" ? [] : (recorded.resources ?? []);
    return (step) => recordedOf(resources, step);
}

/** What the description changes in the versions that were recorded, in the order of systems. What is recorded with a secret is passed over. */
export const upgradesOf = (context: Context, settings: Settings): Upgrade[] => upgradesIn(inCheckpoint(context), settings);

const upgraders = systems.systems.flatMap(({ roles }) => Object.values<RoleFacts>(roles).flatMap(({ upgradedBy }) => upgradedBy ?? []));

/** What the systems' makers forbid, a line each with its remedy. */
const forbidden = (upgrades: readonly Upgrade[]): Refusal[] =>
    upgrades.flatMap(({ leaf, from, to }) => from.flatMap((had) => (leaf.upgrades && refusal(leaf.name, leaf.upgrades, had, to)) ?? []));

/** @throws Problem with all that stands in the way of the upgrades that are described; nothing was touched then */
export async function planUpgrades(context: Context, settings: Settings, run: Runner = ssh): Promise<void> {
    const programs = inCheckpoint(context);
    const isHidden = upgraders.some((step) => programs(step).some(({ program: text }) => text === ""));
    const exported = async (): Promise<RecordedStep[]> => recordedSteps((await exportStack(context, true)).deployment);
    const early = isHidden ? await exported() : undefined;
    const plain: Recorded = (step) => (early ?? []).flatMap((one) => (one.step === step ? [{ node: one.node, program: one.stdin }] : []));
    const upgrades = upgradesIn(early ? plain : programs, settings);
    if (upgrades.length === 0) {
        return;
    }
    const refused = forbidden(upgrades);
    const faults = refused.length > 0 ? refused : await lookAhead(early ?? (await exported()), settings, upgrades, run, context.env);
    if (faults.length > 0) {
        const [one] = faults;
        throw faults.length === 1 && one
            ? new Problem(`${one.problem}. Nothing was touched`, one.remedy)
            : new Problem(
                  `an upgrade cannot begin. Nothing was touched:\n    ${faults.map(({ problem, remedy }) => `${problem}\n      remedy: ${remedy}`).join("\n    ")}`,
                  "see above, then run 'make up' again",
              );
    }
    upgrades.map(orderText).forEach(note);
    context.env[upgradesVariable] = JSON.stringify(upgrades.map(({ leaf }) => leaf.name));
}

/** Every host is asked what its own upgrade will need, and every member of a quorum whether it serves. */
async function lookAhead(
    steps: readonly RecordedStep[],
    settings: Settings,
    upgrades: readonly Upgrade[],
    run: Runner,
    env: NodeJS.ProcessEnv,
): Promise<Refusal[]> {
    const jobs = upgrades.flatMap((upgrade) =>
        upgrade.turns.flatMap(({ step, isQuorum, nodes }) =>
            steps.filter((one) => one.step === step && nodes.includes(one.node)).map((one) => ({ upgrade, one, isQuorum })),
        ),
    );
    const dc = described(settings)!;
    const found = await pooled(jobs, 8, async ({ upgrade, one, isQuorum }) => {
        const who = `${one.step} on ${one.node}`;
        const standing = isQuorum ? await ask(one, run, env) : undefined;
        const report = await runStep(program(upgrade, one, steps, settings, dc), run, env);
        // One whose host went away in its turn is what this 'up' is to finish.
        if (standing && !standing.lost && !standing.serves && !report.lines.includes("note: has begun")) {
            const remedy = `'systemctl status ${one.step}' there says why; bring it back, or take the role from ${one.node}, then run 'make up' again`;
            return [{ problem: `${who} does not serve, and an upgrade begins with all members`, remedy }];
        }
        report.lines.filter((line) => line.startsWith("note: ") && line !== "note: has begun").forEach((line) => note(`${who}: ${line.slice("note: ".length)}`));
        const [problem = "", remedy] = (report.error ?? "").split(/\n\s*remedy: /);
        return report.ok ? [] : [{ problem: problem.replace(/^datacentre: /, "") || `${who} does not answer`, remedy: remedy ?? "see above" }];
    });
    return found.flat();
}

/** The look ahead of one host. A repository that the host's first step has yet to describe there is not asked. */
function program({ leaf }: Upgrade, step: RecordedStep, steps: readonly RecordedStep[], settings: Settings, dc: DataCentre): RecordedStep {
    const source = repositoryOf(leaf, dc);
    const known = steps.find((one) => one.step === "prepare" && one.node === step.node)?.stdin ?? "";
    const isThere = [source?.apt?.url, source?.yum?.url].every((url) => url === undefined || known.includes(url));
    const scripts = isThere && settings.config?.["datacentre:bundle"] === undefined ? [upgradeScript, "components/packages/ahead.sh"] : [];
    const stdin = scripts.length > 0 ? renderProgram(step.step, step.node, scripts, upgradeParameters(leaf, dc)) : "printf '0 changes\\n'";
    return { ...asMode(step, "tell"), stdin };
}

/** `etcd goes from 3.4.23 to 3.5.16, host by host: etcd on a, b, c, the one that leads last`. */
function orderText({ leaf, from, to, turns }: Upgrade): string {
    const order = turns.map(({ step, nodes, isQuorum }) => `${step} on ${nodes.join(", ")}${isQuorum && nodes.length > 1 ? ", the one that leads last" : ""}`);
    return `${leaf.name} goes from ${from.join(" and ")} to ${to}, host by host: ${order.join("; then ")}`;
}

/** For `make preview`, which asks no host: the order, and what would be refused. */
export function tellUpgrades(context: Context, settings: Settings): string[] {
    const upgrades = upgradesOf(context, settings);
    return [...forbidden(upgrades).map(({ problem, remedy }) => `'make up' would refuse this: ${problem}\n  remedy: ${remedy}`), ...upgrades.map(orderText)];
}
