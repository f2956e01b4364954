/** Before anything is made: what this machine reaches, what publishers have, and the keys that they sign with. */
import { existsSync } from "node:fs";

import { contextOf, parseDataCentre } from "../../components/description";
import { systems } from "../../components/systems";
import { mask, projectKeys } from "../../config/defaults";
import { day } from "../../config/signing-key";
import { readCheckpoint } from "../engine/checkpoint";
import { note } from "../lib/say";
import type { Context } from "../stack/context";
import { askPlaces, keepVerdict, standIn, taken, trackedFallbacks, verdictOf, type Fallback, type Published, type Verdict } from "../stack/fallbacks";
import { keylessIn, withKeys } from "../stack/fetched-keys";
import { settingsNow, syncSettings } from "../stack/settings";
import { fetchKeys, pinnedKey } from "./keys";
import { look, told } from "./look";

type Own = Record<string, unknown>;
type OfPublishers = Extract<Fallback, { unpublished: unknown }>;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A stack that is there already, from before anybody asked, stays what it is. */
function madeWith(context: Context, { take }: Fallback): boolean {
    const recorded = readCheckpoint(context);
    if (typeof recorded === "string" || (recorded.resources ?? []).length === 0 || !existsSync(context.settings)) {
        return false;
    }
    const own = projectKeys(settingsNow(context).config);
    const with_ = taken(own, take, context);
    return Object.keys(with_).every((key) => same(with_[key], own[key]));
}

/** @returns undefined where the description has other faults, of which the program tells */
async function askPublishers(context: Context, { repositories, images }: Published): Promise<Verdict | undefined> {
    const own = projectKeys(syncSettings(context).config);
    const lacking: string[] = [];
    for (const keyless of keylessIn(own).filter(({ name }) => repositories.includes(name))) {
        await pinnedKey(context, keyless).catch((error: unknown) => lacking.push(told(error)));
    }
    const today = day(new Date());
    const keyed = mask(withKeys(own, context)) as Own;
    if (lacking.length > 0) {
        return { published: false, day: today, because: lacking };
    }
    const { siblings, keyFile } = contextOf(context.stack, keyed, context.root);
    const { dataCentre } = parseDataCentre(keyed, { stack: context.stack, ...(siblings ? { siblings } : {}), ...(keyFile ? { keyFile } : {}) });
    if (!dataCentre) {
        return undefined;
    }
    const found = await look(systems, dataCentre, { repositories, images });
    return { published: found.lacking.length === 0, day: today, because: found.lacking.length === 0 ? found.there : found.lacking };
}

function tell({ take }: Fallback, { published, day: asked, because }: Verdict, destroy: string): void {
    const reasons = because.map((one) => `\n  ${one}`).join("");
    note(
        published
            ? `what publishers have is taken, as found on ${asked}, and nothing of ${take}:${reasons}`
            : `${take} holds${standIn(take)}, in place of what publishers have, since on ${asked}:${reasons}\n  it holds as long as this stack does: '${destroy}', and the next 'make up' asks again`,
    );
}

/**
 * What comes before a description is worked from: asks what was not asked yet, says what follows, and fetches keys.
 *
 * @param bundling whether a bundle is being made: with one that is there, nobody needs a repository's key
 */
export async function lookAround(context: Context, { bundling = false } = {}): Promise<void> {
    await askPlaces(context);
    const destroy = `make destroy${context.stack === "local" ? "" : ` STACK=${context.stack}`} DATA=delete`;
    for (const fallback of trackedFallbacks(context).filter((one): one is OfPublishers => "unpublished" in one)) {
        let verdict = verdictOf(context, fallback);
        if (verdict === undefined) {
            verdict = madeWith(context, fallback)
                ? { published: false, day: day(new Date()), because: ["this stack was made with it before"] }
                : await askPublishers(context, fallback.unpublished);
            if (verdict !== undefined) {
                keepVerdict(context, fallback, verdict);
            }
        }
        if (verdict !== undefined) {
            tell(fallback, verdict, destroy);
        }
    }
    const own = projectKeys(syncSettings(context).config);
    if (bundling || own.bundle === undefined) {
        await fetchKeys(context, own);
    }
}
