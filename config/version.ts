import type { Bounds } from "./system-schema";

/** Versions of numbers with dots between: what is before what. */

const partsOf = (version: string): number[] => version.split(".").map(Number);

/** Below 0 where `a` is the older one; parts that one of them lacks count as 0. */
export function compareVersions(a: string, b: string): number {
    const [one, other] = [partsOf(a), partsOf(b)];
    const differences = Array.from({ length: Math.max(one.length, other.length) }, (_, at) => (one[at] ?? 0) - (other[at] ?? 0));
    return differences.find((difference) => difference !== 0) ?? 0;
}

/** Whether a package's version is `prefix`, or a more exact form of it: 3.4.23-4 is one of 3.4, and 3.40 is not. */
export const begins = (version: string, prefix: string): boolean => version.startsWith(prefix) && (prefix === "" || !/^[0-9]/.test(version.slice(prefix.length)));

/** Whether every version that `wish` begins is within the bounds: 3.4 and 3.4.9 are within 3.3 to 3.6, and 3 is not. */
export function isWithin(wish: string, { from, to }: Bounds): boolean {
    const series = wish.split(".").slice(0, partsOf(to).length).join(".");
    return partsOf(wish).length >= partsOf(to).length && compareVersions(wish, from) >= 0 && compareVersions(series, to) <= 0;
}
