/** How one version of a system's programs may follow another where the system is at work. */

/** What a system's makers say of it. */
export interface Upgrades {
    /** How many of a version's numbers name a release series: 2 where 3.4.23 is of the series 3.4. Within one, any version may follow any. */
    readonly series: 1 | 2 | 3;
    /** Series may not be passed over: 3.4, 3.5, 3.6. */
    readonly oneAtATime?: true;
    /** Why a former series does not follow a later one; a whole sentence. */
    readonly noWayBack: string;
}

const numbers = (version: string, count: number): number[] =>
    version
        .split(/[-+~]/)[0]!
        .split(".")
        .slice(0, count)
        .map(Number);

/** Below 0 when the first series is the older one. */
function compare(one: readonly number[], other: readonly number[]): number {
    const at = one.findIndex((number, i) => number !== (other[i] ?? 0));
    return at < 0 ? 0 : one[at]! - (other[at] ?? 0);
}

/** What stands in the way of going from one version to another. */
export interface Refusal {
    readonly problem: string;
    readonly remedy: string;
}

/** @returns nothing where `to` may follow `from`, and where one of them is no version that can be compared */
export function refusal(name: string, { series, oneAtATime, noWayBack }: Upgrades, from: string, to: string): Refusal | undefined {
    const [had, wanted] = [numbers(from, series), numbers(to, series)];
    if ([...had, ...wanted].some(Number.isNaN) || had.length !== wanted.length) {
        return undefined;
    }
    if (compare(wanted, had) < 0) {
        return { problem: `${name} ${from} does not go back to ${to}: ${noWayBack}`, remedy: `set datacentre:versions.${name} to ${had.join(".")}` };
    }
    const next = [...had.slice(0, -1), had.at(-1)! + 1];
    if (oneAtATime && compare(wanted, next) > 0) {
        const way = had[0] === wanted[0] ? `${next.join(".")} first, and go on from there` : `the last series before ${wanted.join(".")} first`;
        return { problem: `${name} goes from ${from} to ${to} by every series between them`, remedy: `set datacentre:versions.${name} to ${way}, with a 'make up' after each` };
    }
    return undefined;
}
