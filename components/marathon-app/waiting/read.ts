import { z } from "zod";

import type { Range } from "../fit/facts";
import { normalise, withoutNulls } from "../normalise";
import { appSchema, type App } from "../schema";

/** Answers of Marathon and Mesos as far as a diagnosis needs them. Whatever is not in its form counts as not told. */

const amount = z.number().default(0);

const offer = z.object({
    hostname: z.string(),
    agentId: z.string().default(""),
    resources: z
        .array(
            z.object({
                name: z.string(),
                role: z.string().default("*"),
                scalar: z.number().optional(),
                ranges: z.array(z.object({ begin: z.number(), end: z.number() })).optional(),
            }),
        )
        .default([]),
    attributes: z.array(z.object({ name: z.string(), text: z.string().optional(), scalar: z.number().optional() })).default([]),
});
export type Offer = z.output<typeof offer>;

const queueSchema = z.object({
    queue: z.array(
        z.object({
            app: z.object({ id: z.string() }).optional(),
            count: amount,
            delay: z.object({ timeLeftSeconds: amount, overdue: z.boolean().default(true) }).prefault({}),
            processedOffersSummary: z
                .object({
                    processedOffersCount: amount,
                    rejectSummaryLastOffers: z.array(z.object({ reason: z.string(), declined: amount })).default([]),
                })
                .prefault({}),
            lastUnusedOffers: z
                .array(z.object({ offer, reason: z.array(z.string()).default([]), timestamp: z.string().default("") }))
                .default([]),
        }),
    ),
});
export type QueueItem = z.output<typeof queueSchema>["queue"][number];

const task = z.object({
    id: z.string(),
    host: z.string().default(""),
    state: z.string().default(""),
    version: z.string().optional(),
    stagedAt: z.string().optional(),
    ports: z.array(z.number()).default([]),
    healthCheckResults: z
        .array(z.object({ alive: z.boolean(), firstSuccess: z.string().optional(), lastFailureCause: z.string().optional() }))
        .default([]),
});
export type Task = z.output<typeof task>;

const failure = z.object({
    message: z.string().default(""),
    state: z.string().default(""),
    host: z.string().default(""),
    version: z.string().default(""),
    timestamp: z.string().default(""),
});
export type Failure = z.output<typeof failure>;

const statusSchema = z.object({
    app: z.object({
        id: z.string(),
        version: z.string().default(""),
        versionInfo: z.object({ lastConfigChangeAt: z.string() }).optional(),
        tasksRunning: amount,
        tasksUnhealthy: amount,
        deployments: z.array(z.object({ id: z.string() })).default([]),
        tasks: z.array(task).default([]),
        lastTaskFailure: failure.optional(),
    }),
});
export type Status = z.output<typeof statusSchema>["app"] & { readonly definition: App };

const sizes = z.object({ cpus: amount, mem: amount, disk: amount, gpus: amount, ports: z.string().optional() });
const slavesSchema = z.object({
    slaves: z.array(
        z.object({
            id: z.string(),
            hostname: z.string(),
            active: z.boolean().default(true),
            attributes: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
            resources: sizes.prefault({}),
            unreserved_resources: sizes.prefault({}),
            reserved_resources: z.record(z.string(), sizes).default({}),
        }),
    ),
});
export type Slave = z.output<typeof slavesSchema>["slaves"][number];

const deploymentsSchema = z.array(
    z.object({
        id: z.string().default(""),
        version: z.string().default(""),
        currentStep: amount,
        totalSteps: amount,
        affectedApps: z.array(z.string()).default([]),
        currentActions: z
            .array(
                z.object({
                    action: z.string().default(""),
                    app: z.string().optional(),
                    readinessCheckResults: z
                        .array(
                            z.object({
                                name: z.string().default(""),
                                ready: z.boolean(),
                                lastResponse: z.object({ status: z.number() }).optional(),
                            }),
                        )
                        .default([]),
                }),
            )
            .default([]),
    }),
);
export type Deployment = z.output<typeof deploymentsSchema>[number];

function read<T>(text: string | undefined, schema: z.ZodType<T>): T | undefined {
    try {
        return text === undefined ? undefined : schema.safeParse(JSON.parse(text)).data;
    } catch {
        return undefined;
    }
}

export const readQueue = (text: string | undefined): QueueItem[] | undefined => read(text, queueSchema)?.queue;

export const readSlaves = (text: string | undefined): Slave[] | undefined => read(text, slavesSchema)?.slaves;

export const readDeployments = (text: string | undefined): Deployment[] | undefined => read(text, deploymentsSchema);

export const readNumbers = (text: string | undefined): Record<string, number> | undefined =>
    read(text, z.record(z.string(), z.number()));

/** `/v2/apps/<id>`: how an app is, and its definition as Marathon has it. */
export function readApp(text: string | undefined): Status | undefined {
    const status = read(text, statusSchema)?.app;
    const raw = read(text, z.object({ app: z.record(z.string(), z.unknown()) }))?.app;
    return status && raw ? { ...status, definition: definitionOf(raw) } : undefined;
}

/** A definition without what this schema does not know: another Marathon may tell more. */
function definitionOf(raw: Record<string, unknown>): App {
    const lenient = z.object(appSchema.shape);
    const clean = withoutNulls(raw) as Record<string, unknown>;
    const first = lenient.safeParse(clean);
    const strange = first.success ? [] : first.error.issues.map(({ path }) => String(path[0]));
    const second = lenient.safeParse(
        Object.fromEntries(Object.entries(clean).filter(([key]) => key === "id" || !strange.includes(key))),
    );
    return normalise(second.data ?? { id: String(raw["id"]) }).app;
}

/** `[31000-32000, 5000-5000]`, as Mesos writes ports. */
export const portRanges = (text: string | undefined): Range[] =>
    [...(text ?? "").matchAll(/(\d+)-(\d+)/g)].map(([, begin, end]) => ({ begin: Number(begin), end: Number(end) }));
