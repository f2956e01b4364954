/**
 * Members of systems that agree by a majority: who leaves before the engine begins, which removes last, and in which order it then
 * visits the others. Who runs is asked; who is a member is what the state recorded; who is to be one is what is described.
 */
import { dataCentreSchema } from "../../components/description";
import { ssh } from "../../components/ssh/ssh";
import { visitsVariable } from "../../components/step/visits";
import { systems } from "../../components/systems";
import { majorityOf } from "../../config/nodes";
import type { Quorum, System } from "../../config/system";
import { readCheckpoint, type RecordedResource } from "../engine/checkpoint";
import { exportStack } from "../engine/engine";
import { copyRemoteState } from "../engine/remote-state";
import { pooled } from "../lib/pool";
import { note, Problem } from "../lib/say";
import { reportText, runStep } from "../rerun/converge";
import type { Runner } from "../rerun/look";
import { defines } from "../rerun/program";
import { recordedSteps, type RecordedStep } from "../rerun/steps";
import type { Context } from "../stack/context";
import type { Settings } from "../stack/settings";
import { recordedOf, told } from "./recorded";
import { isSafe, refuse, type Change } from "./stages";

/** A role whose nodes agree by a majority. */
export interface QuorumRole extends Quorum {
    readonly role: string;
}

/** In the order of systems: who is asked comes before who asks. */
export const quorumRoles = (all: readonly System[] = systems.systems): QuorumRole[] =>
    all.flatMap(({ roles }) => Object.entries(roles).flatMap(([role, { quorum }]) => (quorum ? [{ role, ...quorum }] : [])));

/** The nodes with a role that are containers of an engine, by the stack's outputs: those have no step. */
function containersWith(resources: readonly RecordedResource[], role: string): string[] {
    const { nodes } = (resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {}) as { nodes?: unknown };
    const all = Array.isArray(nodes) ? (nodes as { name?: string; roles?: readonly string[]; container?: object }[]) : [];
    return all.flatMap(({ name, roles = [], container }) => (container && name !== undefined && roles.includes(role) ? [name] : []));
}

/**
 * Whether members are asked to begin with nothing, by a word that is new: none of those that stay was told it with the majority of before.
 * Where some were told it with the described majority, an `up` that had begun did not come to its end.
 */
function beginsAnew({ anew }: Quorum, settings: Settings, stayers: readonly { program: string }[], described: number): boolean {
    const [group = "", name = ""] = anew?.key ?? [];
    const asked = anew && (settings.config?.[`datacentre:${group}`] as Record<string, unknown> | undefined)?.[name];
    return (
        typeof asked === "string" &&
        stayers.every(({ program }) => told(program, anew?.parameter ?? "") !== asked || Number(told(program, "quorum")) === majorityOf(described))
    );
}

/** What the description changes in the members that are recorded; a system that comes or goes as a whole changes none. */
export function changesOf(context: Context, settings: Settings, roles: readonly QuorumRole[] = quorumRoles()): Change[] {
    const recorded = readCheckpoint(context);
    const { data } = dataCentreSchema.pick({ nodes: true }).safeParse({ nodes: settings.config?.["datacentre:nodes"] });
    if (typeof recorded === "string" || !data) {
        return []; // What is wrong with a description, the engine's program says.
    }
    return roles.flatMap((of) => {
        const contained = containersWith(recorded.resources ?? [], of.role);
        const steps = recordedOf(recorded.resources ?? [], of.step);
        const before = contained.length > 0 ? contained : steps.map(({ node }) => node);
        const described = data.nodes.filter((node) => (node.roles as readonly string[]).includes(of.role)).map(({ name }) => name);
        return before.length === 0 || described.length === 0
            ? []
            : [
                  {
                      ...{ of, before, described, contained: contained.length > 0 },
                      stayers: described.filter((name) => before.includes(name)),
                      leavers: before.filter((name) => !described.includes(name)),
                      newcomers: described.filter((name) => !before.includes(name)),
                      anew: beginsAnew(of, settings, steps.filter(({ node }) => described.includes(node)), described.length),
                  },
              ];
    });
}

/** For a plain `pulumi up`. @throws Problem when what is described cannot be reached in one go; asks no host */
export async function checkMembers(context: Context, settings: Settings): Promise<void> {
    await copyRemoteState(context);
    changesOf(context, settings).forEach(refuse);
}

/** How a recorded member is. */
export interface Standing {
    readonly step: RecordedStep;
    /** Why its host cannot be asked. */
    readonly lost?: string;
    readonly serves: boolean;
    readonly leads: boolean;
}

export const asMode = (step: RecordedStep, mode: "tell" | "leave"): RecordedStep => ({ ...step, command: step.command.replace(" converge # ", ` ${mode} # `) });
/** One that leaves members which begin with nothing has nothing to keep for them. */
const renewed = (standing: Standing): Standing => ({ ...standing, step: { ...standing.step, stdin: `renewed=yes\n${standing.step.stdin}` } });

export async function ask(step: RecordedStep, run: Runner, env: NodeJS.ProcessEnv): Promise<Standing> {
    // A program from before members could be asked is asked whether its host is there.
    const asked = { ...asMode(step, "tell"), ...(defines(step, "tell") ? {} : { stdin: "printf '0 changes\\n'" }) };
    const { ok, lines, error } = await runStep(asked, run, env);
    const says = (word: string): boolean => lines.includes(`note: ${word}`);
    return { step, serves: says("serves"), leads: says("leads"), ...(ok ? {} : { lost: error ?? "no answer" }) };
}

/** What is to be done about members, found before anything is touched. */
export interface Membership {
    /** Whether somebody leaves. */
    readonly leaving: boolean;
    /** Takes out, one after another, those that are described no more. */
    readonly leave: () => Promise<void>;
}

export interface HowAsked {
    readonly roles?: readonly QuorumRole[];
    /** Nobody is visited, as far as can be told, so none is asked who leads: where one is all the same, the description's order holds. */
    readonly isSettled?: boolean;
    /** A run was killed before its state was written: a member that is to leave may have left, and all of it be gone from its host. */
    readonly afterLost?: boolean;
}

/** A host that has nothing of its step's program any more: see components/step/shared.ts. */
const isGone = ({ lost }: Standing): boolean => /: this host has lost its scripts$/m.test(lost ?? "");

/**
 * Looks at the members of all quorum systems, and tells the engine's program the order of visits by its environment.
 *
 * @throws Problem when what is described cannot be reached in one go without a moment in which members part or have no majority
 */
export async function planMembership(context: Context, settings: Settings, run: Runner = ssh, how: HowAsked = {}): Promise<Membership> {
    const { roles, isSettled = false, afterLost = false } = how;
    const changes = changesOf(context, settings, roles);
    changes.forEach(refuse);
    const comesOrGoes = changes.some(({ leavers, newcomers, anew }) => leavers.length + newcomers.length > 0 || anew);
    const isDue = comesOrGoes || !isSettled;
    const busy = changes.filter(({ before, leavers, contained }) => isDue && !contained && (before.length > 1 || leavers.length > 0));
    if (changes.length === 0) {
        return { leaving: false, leave: () => Promise.resolve() };
    }
    const steps = busy.length === 0 ? [] : recordedSteps((await exportStack(context, true)).deployment);
    const found = await pooled(busy, 4, async (change): Promise<[Change, Standing[]]> => {
        const own = steps.filter(({ step }) => step === change.of.step);
        const standings = await pooled(own, 8, (step) => ask(step, run, context.env));
        const gone = standings.filter((one) => afterLost && change.leavers.includes(one.step.node) && isGone(one)).map(({ step }) => step.node);
        const stillThere = ({ step }: Standing): boolean => !gone.includes(step.node);
        return [{ ...change, before: change.before.filter((name) => !gone.includes(name)) }, standings.filter(stillThere)];
    });
    const standings = new Map(found.map(([{ of }, all]) => [of.step, all]));
    const order = changes.map((change) => [change.of.step, visits(change, standings.get(change.of.step) ?? [])]);
    context.env[visitsVariable] = JSON.stringify(Object.fromEntries(order));
    // Who asks goes before whom it asks.
    const leavers = [...found].reverse().flatMap(([change, all]) => {
        const going = leaversOf(change, all);
        return change.anew && !isSafe(change) ? going.map(renewed) : going;
    });
    return {
        leaving: leavers.length > 0,
        leave: async () => {
            for (const standing of leavers) {
                await leaveOne(standing, run, context.env);
            }
        },
    };
}

/**
 * Those that were there first, the one that leads last, then those that are new. Where members begin with nothing, those that have
 * something come last: until then they serve, and the others stand by.
 */
function visits(change: Change, standings: readonly Standing[]): string[] {
    const { stayers, newcomers } = change;
    const leads = (name: string): boolean => standings.some(({ step, leads: leading }) => leading && step.node === name);
    const there = [...stayers.filter((name) => !leads(name)), ...stayers.filter(leads)];
    return change.anew && !isSafe(change) ? [...newcomers, ...there] : [...there, ...newcomers];
}

/**
 * The members that leave, the one that leads last, since each of them that leads costs an election.
 *
 * @throws Problem when one of them cannot be told, or cannot be reached and the others hold no quorum without it
 */
function leaversOf({ of, before, leavers }: Change, standings: readonly Standing[]): Standing[] {
    const going = standings.filter(({ step }) => leavers.includes(step.node));
    const old = going.filter(({ step, lost }) => !defines(step, "leave") && lost === undefined).map(({ step }) => step.node);
    if (old.length > 0) {
        throw new Problem(
            `${old.join(", ")} cannot be told to leave ${of.step}: the stack was last brought up by an older version of this program. Nothing was touched`,
            `run 'make up' once with the role ${of.role} on ${before.join(", ")}, as it was; then take it from ${leavers.join(", ")}, and run 'make up' again`,
        );
    }
    const lost = going.filter((one) => one.lost !== undefined);
    const serving = standings.filter((one) => one.lost === undefined && one.serves).length;
    if (lost.length > 0 && serving < majorityOf(before.length)) {
        const names = lost.map(({ step }) => step.node);
        throw new Problem(
            `${names.join(", ")} ${names.length > 1 ? "are" : "is"} to leave ${of.step}, and cannot be reached; of its ${before.length} members ${serving} serve, and ${majorityOf(before.length)} must agree. ` +
                `Nothing was touched:\n    ${lost.map(({ step, lost: why }) => `${step.node}: ${(why ?? "").split("\n")[0] ?? ""}`).join("\n    ")}`,
            `bring members of ${of.step} back on their hosts, until ${majorityOf(before.length)} serve, then run 'make up' again`,
        );
    }
    refuseWithoutMajority(of, before, standings.filter(({ step }) => !leavers.includes(step.node)), going.length);
    return [...going].sort((a, b) => Number(a.leads) - Number(b.leads));
}

/** Each that leaves refuses where the others hold no majority; that none has left by then, is seen here. */
function refuseWithoutMajority(of: QuorumRole, before: readonly string[], staying: readonly Standing[], leaving: number): void {
    const must = majorityOf(of.stay === "one" ? staying.length : before.length);
    const serve = staying.filter(({ serves }) => serves).length;
    if (leaving === 0 || serve >= must || !staying.every(({ step, lost }) => lost !== undefined || defines(step, "tell"))) {
        return;
    }
    const silent = staying.filter(({ serves }) => !serves).map(({ step }) => step.node);
    throw new Problem(
        `members are to leave ${of.step}, and of the ${staying.length} that stay ${serve} serve, where ${must} must. Nothing was touched`,
        `bring ${silent.join(", ")} back ('systemctl start ${of.step}' there; 'journalctl -u ${of.step}' says why it ended), then run 'make up' again`,
    );
}

async function leaveOne({ step, lost }: Standing, run: Runner, env: NodeJS.ProcessEnv): Promise<void> {
    if (lost !== undefined) {
        note(`${step.step} on ${step.node} is to leave, and is not reached: the others go on without it. Keep it off should its host come back`);
        return;
    }
    const report = await runStep(asMode(step, "leave"), run, env);
    if (!report.ok) {
        const [problem = "", remedy] = (report.error ?? "").split(/\n\s*remedy: /);
        throw new Problem(`${step.step} on ${step.node} does not leave: ${problem}`, remedy ?? "see above, then run 'make up' again");
    }
    note(`left: ${reportText(report)}`);
}

/** For `make preview`, which asks no host: who would leave before the engine begins, and what would be refused. */
export function tellMembership(context: Context, settings: Settings): string[] {
    return changesOf(context, settings).flatMap((change) => {
        try {
            refuse(change);
        } catch (error) {
            if (error instanceof Problem) {
                return [`'make up' would refuse this: ${error.message}\n  remedy: ${error.remedy}`];
            }
            throw error;
        }
        const { of, leavers, stayers, newcomers } = change;
        return [
            ...(leavers.length > 0 ? [`'make up' would first let these leave ${of.step}, one after another: ${leavers.join(", ")}`] : []),
            ...(leavers.length + newcomers.length > 0 && newcomers.length > 0 ? [`then it would visit the members of ${of.step} that are there (${stayers.join(", ")}), and then ${newcomers.join(", ")}`] : []),
        ];
    });
}
