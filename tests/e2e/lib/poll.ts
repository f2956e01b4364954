import { connect } from "node:net";

/** What one round of asking every member found. */
interface Round {
    readonly at: number;
    readonly serving: number;
    readonly alive: number;
}

export interface Watch {
    readonly rounds: number;
    /** Rounds a second. */
    readonly rate: number;
    /** The fewest members that were up at the same time. */
    readonly fewestAlive: number;
    /** The fewest members that were serving at the same time. */
    readonly fewestServing: number;
    /** The longest time, in milliseconds, with fewer than `quorum` members serving. */
    readonly longestGap: number;
}

export type Ask = (address: string) => Promise<{ alive: boolean; serving: boolean }>;

/**
 * Asks a ZooKeeper member `srvr`: it is alive when it takes the connection, which one that looks for a new leader may close without an
 * answer, and serves when it belongs to a quorum.
 */
export const askZooKeeper: Ask = (address) =>
    new Promise((resolve) => {
        let answer = "";
        let alive = false;
        const socket = connect({ host: address, port: 2181 }, () => {
            alive = true;
            socket.write("srvr");
        });
        socket.setTimeout(1000, () => socket.destroy());
        socket.on("data", (data) => (answer += data.toString()));
        socket.on("error", () => undefined);
        socket.on("close", () => resolve({ alive, serving: answer.includes("\nMode: ") }));
    });

/** Asks an etcd member's /health, which commits a read. */
export const askEtcd: Ask = async (address) => {
    try {
        const response = await fetch(`http://${address}:2379/health`, { signal: AbortSignal.timeout(2000) });
        return { alive: true, serving: (await response.text()).includes('"health":"true"') };
    } catch {
        return { alive: false, serving: false };
    }
};

/** Asks every member, every 100 ms, until `done`; each round starts whether or not the one before has its answers. */
export async function watch(addresses: readonly string[], quorum: number, ask: Ask, done: Promise<unknown>): Promise<Watch> {
    const rounds: Promise<Round>[] = [];
    const begin = Date.now();
    const timer = setInterval(() => {
        const at = Date.now();
        rounds.push(
            Promise.all(addresses.map(ask)).then((answers) => ({
                at,
                alive: answers.filter((answer) => answer.alive).length,
                serving: answers.filter((answer) => answer.serving).length,
            })),
        );
    }, 100);
    try {
        await done;
    } finally {
        clearInterval(timer);
    }
    const all = await Promise.all(rounds);
    let longestGap = 0;
    let since: number | undefined;
    for (const round of all) {
        if (round.serving < quorum) {
            since ??= round.at;
            longestGap = Math.max(longestGap, round.at - since + 100);
        } else {
            since = undefined;
        }
    }
    return {
        rounds: all.length,
        rate: (all.length * 1000) / (Date.now() - begin),
        fewestAlive: Math.min(...all.map((round) => round.alive)),
        fewestServing: Math.min(...all.map((round) => round.serving)),
        longestGap,
    };
}
