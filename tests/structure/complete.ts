/** What is required of every system, and what of it is lacking: a system that is half there is found here, by name. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { DataCentre } from "../../config/schema";
import { none, nothing, type Part, type System } from "../../config/system";
import type { Systems } from "../../config/systems";
import { root } from "./imports";
import { isStep, programOf, type Run } from "./run-index";

/** Everything that a part says, so that a part which is new in the interface is asked for here too: the compiler holds the list. */
const parts: Readonly<Record<Exclude<keyof Part, "leaf">, true>> = {
    rules: true,
    duties: true,
    listeners: true,
    offers: true,
    calls: true,
    directories: true,
    requires: true,
    images: true,
    files: true,
    steps: true,
    probes: true,
    groupProbes: true,
    output: true,
};
export const partKeys = [...Object.keys(parts), "roles"] as const;

const facts = ["needs", "packages", "enables", "watched"] as const;

/** The stack in which everything is described, and what became of it. */
export interface Evidence {
    readonly dc: DataCentre;
    readonly systems: Systems;
    readonly run: Run;
    /** The text of docs/systems.md. */
    readonly docs: string;
}

const matches = (pattern: string, step: string): boolean =>
    new RegExp(`^${pattern.replaceAll("*", ".+")}-(master|agent)\\d+$`).test(step);

/** The same nodes as containers of an engine, where systems have images that they have nowhere else. */
const inContainers = (dc: DataCentre): DataCentre => ({
    ...dc,
    provider: { kind: "containers", prefix: "dc", engine: "unix:///var/run/docker.sock", subnet: "172.18.1.0/24", mtu: 1500, publishAddress: "0.0.0.0" },
});

/** What a system lacks in a stack that has everything: `zookeeper: listeners`, each with a word on what was expected. */
export function lacking(part: Part, { dc, systems, run, docs }: Evidence): string[] {
    const { leaf } = part;
    const about = { owner: "datacentre/local", systems };
    const said: Readonly<Record<string, unknown>> = { ...part };
    const absent = [...Object.keys(parts), ...("roles" in part || leaf.roles.length > 0 ? ["roles"] : [])].filter((key) => said[key] === undefined);
    if (absent.length > 0) {
        return absent.map((key) => `${leaf.name}: ${key} is not said`);
    }
    const lists: [key: string, value: unknown, count: () => number][] = [
        ["rules", part.rules, () => part.rules.length],
        ["listeners", part.listeners, () => dc.nodes.flatMap((node) => part.listeners(dc, node)).length],
        ["offers", part.offers, () => part.offers(dc).length],
        ["calls", part.calls, () => part.calls(dc).length],
        ["directories", part.directories, () => dc.nodes.flatMap((node) => part.directories(dc, node)).length],
        ["requires", part.requires, () => dc.nodes.flatMap((node) => part.requires(dc, node)).length],
        ["images", part.images, () => [dc, inContainers(dc)].flatMap((one) => part.images(one)).length],
        ["files", part.files, () => part.files.length],
        ["steps", part.steps, () => part.steps.length],
        ["probes", part.probes, () => part.probes(dc, about).length],
        ["groupProbes", part.groupProbes, () => part.groupProbes(dc, about).length],
        ["output", part.output, () => Object.keys(Object(part.output(dc)) as object).length],
    ];
    const empty = lists.filter(([, value, count]) => value !== none && value !== nothing && count() === 0).map(([key]) => `${leaf.name}: ${key}, with everything described there is none; say none or nothing if that is meant`);
    return [...empty, ...ofRoles(part), ...ofSteps(part, run), ...ofRows(part, dc, about), ...ofOutputs(part, run), ...ofDocs(part, docs)];
}

function ofRoles(part: Part): string[] {
    const { leaf } = part;
    const roles = "roles" in part ? (part as System).roles : {};
    const all: Readonly<Record<string, object>> = { ...roles, ...part.duties };
    return [...leaf.roles, ...leaf.duties].flatMap((name) => {
        const given = all[name] as Readonly<Record<string, unknown>> | undefined;
        return given === undefined ? [`${leaf.name}: roles, nothing is said of ${name}`] : facts.filter((key) => given[key] === undefined).map((key) => `${leaf.name}: roles, ${name} lacks ${key}`);
    });
}

/** Steps that it names are there, converge, and take back, members of quorums leave too; and the component is there to make them. */
function ofSteps(part: Part, run: Run): string[] {
    const { leaf, steps } = part;
    const programs = run.made.filter(isStep);
    const ofQuorum = "roles" in part ? Object.values((part as System).roles).flatMap(({ quorum }) => quorum?.step ?? []) : [];
    const folder = leaf.name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return [
        ...(existsSync(join(root, "components", folder, "index.ts")) || folder.startsWith("made-up") ? [] : [`${leaf.name}: steps, there is no components/${folder}/index.ts`]),
        ...steps.flatMap((step) => {
            const made = programs.filter(({ name }) => matches(step, name));
            const halves = ["converge", "undo", ...(ofQuorum.includes(step) ? ["tell", "leave"] : [])].filter((name) => !made.every((one) => new RegExp(`^${name}\\(\\)`, "m").test(programOf(one))));
            return made.length === 0 ? [`${leaf.name}: steps, index.ts makes no ${step}`] : halves.map((half) => `${leaf.name}: steps, ${step} defines no ${half}`);
        }),
    ];
}

/** A system that is on hosts has rows, its own or among another's. */
function ofRows(part: Part, dc: DataCentre, about: { owner: string; systems: Systems }): string[] {
    const own = [...part.probes(dc, about), ...part.groupProbes(dc, about)];
    const definition = "definition" in part ? (part as { definition: (dc: DataCentre) => { id: string } | undefined }).definition(dc)?.id : undefined;
    const others = about.systems.parts.flatMap((other) => other.groupProbes(dc, about)).filter(({ row }) => definition !== undefined && row.startsWith(`${definition} `));
    return own.length + others.length > 0 ? [] : [`${part.leaf.name}: probes, no row of verify is about it`];
}

const ofOutputs = ({ leaf, output }: Part, { outputs }: Run): string[] =>
    output === none || (outputs.services as Record<string, unknown>)[leaf.name] !== undefined ? [] : [`${leaf.name}: output, it is not among the stack's outputs`];

const ofDocs = ({ leaf }: Part, docs: string): string[] =>
    docs.includes(`\`${leaf.name}\`\n`) ? [] : [`${leaf.name}: docs, docs/systems.md has no section of it`];

export const systemsPage = (): string => readFileSync(join(root, "docs", "systems.md"), "utf8");
