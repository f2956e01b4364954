import type { Fault } from "../../config/faults";
import { error } from "./faults";

type Holder = Readonly<Record<string, unknown>>;

const isList = (value: unknown): boolean => Array.isArray(value);
const isGroup = (value: unknown): value is Holder => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What people keep beside apps, and what is no app: one fault for the whole, where each field would be told as unknown.
 * Source: Marathon 1.11, docs/pods.md and docs/application-groups.md.
 */
export function otherKind(raw: unknown): Fault | undefined {
    return isGroup(raw) ? kinds.find(({ is }) => is(raw))?.fault(raw) : undefined;
}

interface Kind {
    readonly is: (raw: Holder) => boolean;
    readonly fault: (raw: Holder) => Fault;
}

const kinds: readonly Kind[] = [
    {
        is: ({ containers, scaling, scheduling, cmd, args, container }) =>
            isList(containers) || ((isGroup(scaling) || isGroup(scheduling)) && cmd === undefined && args === undefined && container === undefined),
        fault: () =>
            error([], "this is a pod (Marathon's /v2/pods), and apps are described here", "describe each of its containers as an app of its own, or bring the pod to Marathon by its API"),
    },
    {
        is: ({ apps, groups, id }) => (isList(apps) || isList(groups)) && (id !== undefined || isList(groups)),
        fault: ({ apps, groups, id }) => {
            const inside = isList(apps) ? idsOf(apps as unknown[], typeof id === "string" ? id : "") : "";
            const more = isList(groups) ? " and of the groups below it" : "";
            return error([], "this is a group (Marathon's /v2/groups), and apps are described here", `list its apps${more} one by one, with their whole ids${inside}`);
        },
    },
    {
        is: ({ apps, id }) => isList(apps) && id === undefined,
        fault: () => error([], "this is a list of apps, as Marathon answers with it", "write its entries here, one by one"),
    },
    {
        is: ({ app, id }) => isGroup(app) && id === undefined,
        fault: () => error([], "this is Marathon's answer about an app, with the app in it", "write what stands under app"),
    },
    {
        is: ({ apiVersion, kind }) => typeof apiVersion === "string" && typeof kind === "string",
        fault: ({ kind }) =>
            error([], `this is an object of Kubernetes (${String(kind)}), and Marathon's apps are described here`, "describe it as an app, or bring it by kubectl"),
    },
    {
        is: ({ run, id }) => isGroup(run) && id !== undefined,
        fault: () => error([], "this is a job (Metronome's), which ends, and Marathon's apps are kept running", "bring it to Metronome, or describe an app that runs on"),
    },
];

/** ": /prod/web and /prod/db", as far as they have ids. */
function idsOf(apps: readonly unknown[], group: string): string {
    const ids = apps.flatMap((app) => (isGroup(app) && typeof app["id"] === "string" ? [app["id"].startsWith("/") ? app["id"] : `${group}/${app["id"]}`] : []));
    return ids.length === 0 || ids.length > 10 ? "" : `: ${ids.join(", ")}`;
}
