import http from "node:http";

export interface Asked {
    /** Requests that were sent. */
    readonly count: number;
    /** Of them, in each second. */
    readonly rate: number;
    /** What became of those that were not answered as they should be, with the time in ms since the first. */
    readonly failed: readonly string[];
    /** The longest wait for an answer, in ms. */
    readonly slowest: number;
}

/**
 * One request over a connection of its own; undefined when it was answered as it should be. Of several addresses the next is tried where
 * one takes no connection, as clients do with a name that has several; a request that was sent is not sent again.
 */
function ask([url = "", ...others]: readonly string[], right: RegExp): Promise<string | undefined> {
    return new Promise((resolve) => {
        const request = http.get(url, { agent: false, timeout: 15_000 }, (response) => {
            let body = "";
            response.on("data", (data: Buffer) => (body += data.toString()));
            response.on("end", () => resolve(response.statusCode === 200 && right.test(body) ? undefined : `${response.statusCode ?? 0} ${body.slice(0, 60)}`));
            response.on("error", (error) => resolve(error.message));
        });
        request.on("timeout", () => request.destroy(new Error("no answer in 15 s")));
        request.on("error", (error: NodeJS.ErrnoException) =>
            resolve(error.syscall === "connect" && others.length > 0 ? ask(others, right) : error.message),
        );
    });
}

/** A client that asks for a page over thirty times a second, whether or not the answers before have come, until `done`. */
export async function client(urls: string | readonly string[], right: RegExp, done: Promise<unknown>): Promise<Asked> {
    const begin = Date.now();
    const answers: Promise<{ at: number; took: number; failure: string | undefined }>[] = [];
    const timer = setInterval(() => {
        const at = Date.now();
        answers.push(ask([urls].flat(), right).then((failure) => ({ at: at - begin, took: Date.now() - at, failure })));
    }, 30);
    try {
        await done;
    } finally {
        clearInterval(timer);
    }
    const seconds = (Date.now() - begin) / 1000;
    const all = await Promise.all(answers);
    return {
        count: all.length,
        rate: all.length / seconds,
        failed: all.flatMap(({ at, failure }) => (failure === undefined ? [] : [`${at} ms: ${failure}`])),
        slowest: Math.max(0, ...all.map(({ took }) => took)),
    };
}
