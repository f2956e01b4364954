/** How one version of a system's programs may follow another where the system is at work. */
import { compareVersions } from "./version";

/** What a system's makers say of it. */
export interface Upgrades {
    /** How many of a version's numbers name a release series: 2 where 3.4.23 is of the series 3.4. Within one, any version may follow any. */
    readonly series: 1 | 2 | 3;
    /** Series may not be passed over: 3.4, 3.5, 3.6. */
    readonly oneAtATime?: true;
    /** Why a former series does not follow a later one; a whole sentence. */
    readonly noWayBack: string;
}

/** `3.4` of `3.4.23-4`; undefined where the version has fewer numbers than name a series. */
const seriesOf = (version: string, count: number): string | undefined => new RegExp(`^[0-9]+(\\.[0-9]+){${count - 1}}(?![0-9])`).exec(version)?.[0];

/** What stands in the way of going from one version to another. */
export interface Refusal {
    readonly problem: string;
    readonly remedy: string;
}

/** @returns nothing where `to` may follow `from`, and where one of them is no version that can be compared */
export function refusal(name: string, { series, oneAtATime, noWayBack }: Upgrades, from: string, to: string): Refusal | undefined {
    const [had, wanted] = [seriesOf(from, series), seriesOf(to, series)];
    if (had === undefined || wanted === undefined) {
        return undefined;
    }
    if (compareVersions(wanted, had) < 0) {
        return { problem: `${name} ${from} does not go back to ${to}: ${noWayBack}`, remedy: `set datacentre:versions.${name} to ${had}` };
    }
    const next = had.replace(/[0-9]+$/, (last) => String(Number(last) + 1));
    if (oneAtATime && compareVersions(wanted, next) > 0) {
        const way = had.split(".")[0] === wanted.split(".")[0] ? `${next} first, and go on from there` : `the last series before ${wanted} first`;
        return { problem: `${name} goes from ${from} to ${to} by every series between them`, remedy: `set datacentre:versions.${name} to ${way}, with a 'make up' after each` };
    }
    return undefined;
}
