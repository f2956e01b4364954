/** What publishers answer. */

/** Why something of a publisher's cannot be used, and what a person can do about it. */
export class Unusable extends Error {
    public constructor(
        message: string,
        public readonly remedy: string,
    ) {
        super(message);
        this.name = "Unusable";
    }
}

/** The publisher answers, and has no such thing. */
export class Absent extends Unusable {}

const seconds = 20;

/** A network's own words are a cause deep. */
const reason = (error: unknown): string => {
    const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    return name === "TimeoutError" ? `no answer within ${seconds} s` : (cause?.code ?? cause?.message ?? message);
};

/** A connection that was kept for the next question may just have been closed by the other side. */
const wasClosed = (error: unknown): boolean => ["ECONNRESET", "UND_ERR_SOCKET"].includes((error as { cause?: { code?: string } }).cause?.code ?? "");

/** @throws Unusable when nobody answers */
export async function ask(url: string, options: RequestInit = {}, again = true): Promise<Response> {
    try {
        return await fetch(url, { ...options, signal: AbortSignal.timeout(seconds * 1000) });
    } catch (error) {
        if (again && wasClosed(error)) {
            return ask(url, options, false);
        }
        throw new Unusable(`${url} is not reached: ${reason(error)}`, "check the network, and whether that server is there");
    }
}

/** @throws Unusable unless it is there, and the answer good */
export async function answered(url: string, options: RequestInit = {}): Promise<Response> {
    const answer = await ask(url, options);
    if (answer.ok) {
        return answer;
    }
    await answer.body?.cancel();
    if (answer.status === 404 || answer.status === 410) {
        throw new Absent(`${url} is not there (${answer.status})`, "see whether the publisher has it elsewhere now");
    }
    throw new Unusable(`${url} is refused (${answer.status})`, "check whether something between here and that server refuses");
}

/** @throws Unusable */
export async function bytesOf(url: string): Promise<Buffer> {
    const answer = await answered(url);
    try {
        return Buffer.from(await answer.arrayBuffer());
    } catch (error) {
        throw new Unusable(`${url} broke off: ${reason(error)}`, "try again");
    }
}

/** The same, or nothing where the publisher has none. */
export async function bytesIfThere(url: string): Promise<Buffer | undefined> {
    try {
        return await bytesOf(url);
    } catch (error) {
        if (error instanceof Absent) {
            return undefined;
        }
        throw error;
    }
}

/** URLs are put together of parts that may end with a slash or not. */
export const below = (url: string, ...path: string[]): string => [url.replace(/\/+$/, ""), ...path.map((part) => part.replace(/^(\.?\/)+|\/+$/g, "")).filter((part) => part !== "")].join("/");
