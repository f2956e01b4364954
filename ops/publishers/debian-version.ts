/** Debian's order of versions (deb-version(7)). */

/** `~` is before the end, which is before letters, which are before all else. */
const rank = (character: string): number => (character === "~" ? -1 : character === "" ? 0 : /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256);

function compareParts(a: string, b: string): number {
    let [x, y] = [a, b];
    while (x !== "" || y !== "") {
        const [wordX = "", wordY = ""] = [/^\D*/.exec(x)?.[0], /^\D*/.exec(y)?.[0]];
        for (let at = 0; at < Math.max(wordX.length, wordY.length); at++) {
            const difference = rank(wordX.charAt(at)) - rank(wordY.charAt(at));
            if (difference !== 0) {
                return difference;
            }
        }
        [x, y] = [x.slice(wordX.length), y.slice(wordY.length)];
        const [numberX = "", numberY = ""] = [/^\d*/.exec(x)?.[0], /^\d*/.exec(y)?.[0]];
        const difference = BigInt(numberX || "0") - BigInt(numberY || "0");
        if (difference !== 0n) {
            return difference < 0n ? -1 : 1;
        }
        [x, y] = [x.slice(numberX.length), y.slice(numberY.length)];
    }
    return 0;
}

const split = (version: string): [epoch: number, upstream: string, revision: string] => {
    const [, epoch = "0", rest = version] = /^(\d+):(.*)$/.exec(version) ?? [];
    const at = rest.lastIndexOf("-");
    return [Number(epoch), at < 0 ? rest : rest.slice(0, at), at < 0 ? "" : rest.slice(at + 1)];
};

/** Below 0 where `a` is the older one. */
export function compareVersions(a: string, b: string): number {
    const [x, y] = [split(a), split(b)];
    return x[0] - y[0] || compareParts(x[1], y[1]) || compareParts(x[2], y[2]);
}
