import type { Fault } from "../../config/faults";
import { warning } from "./faults";
import { translateNetworks } from "./normalise-networks";
import { toldByMarathon, type App, type ParsedApp } from "./schema";
import { Translation } from "./translation";

/** A definition in today's spelling. */
export interface Normalised {
    readonly app: App;
    /** What was old or rewritten, and how it is written today. All are warnings: nothing needs to be done. */
    readonly notices: readonly Fault[];
    /** Where old and new spellings contradict each other, or the old one has no equal today. */
    readonly faults: readonly Fault[];
    /** Where a part of the definition stood, and where it stands now. */
    readonly moved: readonly (readonly [from: string, to: string])[];
}

/** What Mesos' fetcher unpacks when Marathon was given a plain URI. Source: Marathon's FetchUri, Mesos' fetcher document. */
const archives = /\.(tar|tar\.gz|tar\.bz2|tar\.xz|gz|tgz|tbz2|txz|zip)$/;

/**
 * Rewrites old spellings as Marathon 1.11 does itself, but says so, and makes the ids absolute. Where Marathon would drop
 * port mappings since no network was named, container/bridge is taken, which is what mappings are for.
 *
 * @returns what is sent to Marathon, and what to tell the writer
 */
export function normalise(parsed: ParsedApp): Normalised {
    const translation = new Translation();
    const { ports, uris, storeUrls, ipAddress, residency, container, ...rest } = structuredClone(parsed);
    told(rest, translation);
    const fetch = fetched({ uris, storeUrls, fetch: rest.fetch }, translation);
    if (residency) {
        translation.notices.push(warning(["residency"], "residency has no effect any more", "take it out"));
    }
    const network = translateNetworks({ ports, ipAddress, container, ...pick(rest) }, translation);
    const whole = { ...rest, ...network, id: absolute(rest.id), fetch, dependencies: rest.dependencies?.map(absolute) };
    const app = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined)) as unknown as App;
    return { app, notices: translation.notices, faults: translation.faults, moved: translation.moved };
}

const pick = ({ networks, portDefinitions }: Pick<ParsedApp, "networks" | "portDefinitions">) => ({ networks, portDefinitions });

/** An id from the root: `registry` is `/registry`, `../a` too. A slash at the end says nothing. */
export function absolute(id: string): string {
    const parts = id.split("/").reduce<string[]>((path, part) => {
        return part === "" || part === "." ? path : part === ".." ? path.slice(0, -1) : [...path, part];
    }, []);
    return `/${parts.join("/")}`;
}

function told(app: Record<string, unknown>, translation: Translation): void {
    for (const key of Object.keys(toldByMarathon).filter((name) => name in app)) {
        delete app[key];
        translation.notices.push(warning([key], `${key} is what Marathon tells of an app, and is left out`, "take it out"));
    }
}

type Fetched = Pick<ParsedApp, "uris" | "storeUrls" | "fetch">;

function fetched({ uris, storeUrls, fetch }: Fetched, translation: Translation): ParsedApp["fetch"] {
    const old = [...(uris ?? []), ...(storeUrls ?? [])];
    for (const [key, list] of Object.entries({ uris, storeUrls })) {
        if (list && list.length > 0 && fetch && fetch.length > 0) {
            translation.refuse([key], `${key} and fetch are both there`, "write all of them as fetch: [{uri: …}]");
        } else if (list) {
            const store = key === "storeUrls" ? ": Marathon has no artifact store since 1.5, so agents fetch for themselves" : "";
            translation.old([key], key, `fetch: [{uri: …}] in its place${store}`);
        }
    }
    return old.length === 0 || (fetch && fetch.length > 0)
        ? fetch
        : old.map((uri) => ({ uri, extract: archives.test(uri.replace(/[?#].*$/, "")) }));
}

/** Values that JSON has as null, which Marathon reads as not given; within groups of free keys they stay, and are faults. */
export function withoutNulls(value: unknown, key = ""): unknown {
    if (Array.isArray(value)) {
        return value.map((item) => withoutNulls(item));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const free = ["env", "labels", "secrets", "options", "nodeStageSecret", "nodePublishSecret", "volumeContext"].includes(key);
    const entries = Object.entries(value).filter(([, inner]) => free || inner !== null);
    return Object.fromEntries(entries.map(([name, inner]) => [name, withoutNulls(inner, name)]));
}
