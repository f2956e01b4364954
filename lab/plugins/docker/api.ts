import { request } from "node:http";
import type { RequestOptions as RequestOptionsOfNode } from "node:http";
import { ProviderError } from "../provider/errors";
import { SshAgent } from "./ssh";
import { sshArguments } from "./ssh-address";

/** JSON as the Docker Engine API answers. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object of the API. */
export type JsonObject = { [key: string]: Json };

/** An answer of the engine that is an error, with its HTTP status. */
export class DockerError extends ProviderError {
    public constructor(public readonly httpStatus: number, message: string) {
        super(message);
        this.name = "DockerError";
    }
}

/** A kept connection that turned out to be dead before anything came over it. */
class StaleConnection extends Error {}

/** The engine's name over ssh, where any would do: that of Docker's own client. */
const SSH_NAME = "docker.example.com";

/** What is said of any other address. */
export const UNREACHABLE = "the stand-in of the docker provider reaches unix:// and ssh:// engines only; install the genuine "
    + "plugin for tcp://";

/** True for an engine that is reached over ssh. */
export function isSsh(host: string): boolean {
    return host.startsWith("ssh://");
}

/** True for an address of a kind that the stand-in speaks. */
export function isReachable(host: string): boolean {
    return isSsh(host) || host.startsWith("unix:///");
}

/** What a request sends besides its path. */
export interface RequestOptions {
    query?: Record<string, string>;
    body?: JsonObject;
    tar?: Buffer;
    signal?: AbortSignal;
}

/** True for an object of the API. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field of an answer as object, empty when it is none. */
export function objectAt(value: JsonObject, key: string): JsonObject {
    const inner = value[key];
    return isJsonObject(inner) ? inner : {};
}

/** How an engine is reached, and how it is told that it was not. */
interface Route {
    options: RequestOptionsOfNode;
    explain(method: string, path: string, message: string): string;
}

function unixRoute(host: string): Route {
    return {
        options: { socketPath: host.slice("unix://".length), headers: { host: "docker" } },
        explain: (_method, _path, message) =>
            `Cannot connect to the Docker daemon at ${host}. Is the docker daemon running? (${message})`,
    };
}

function sshRoute(host: string, sshOptions: readonly string[]): Route {
    const verb = (method: string): string => method.charAt(0) + method.slice(1).toLowerCase();
    return {
        options: { agent: new SshAgent(sshArguments(host, sshOptions)), headers: { host: SSH_NAME } },
        explain: (method, path, message) => `error during connect: ${verb(method)} "http://${SSH_NAME}${path}": ${message}`,
    };
}

/** What Go says of a connection that ended without an answer, or within one. */
const ENDINGS: Record<string, string> = { "socket hang up": "EOF", "aborted": "unexpected EOF" };

/** A client of the Docker Engine API, on a unix socket or over ssh. */
export class DockerApi {
    private readonly route: Route;
    private reached: Promise<unknown> | undefined;

    /** @throws ProviderError when the host is no `unix://` or `ssh://` address, or an `ssh://` one that is not valid. */
    public constructor(public readonly host: string, sshOptions: readonly string[] = []) {
        if (!isReachable(host)) {
            throw new ProviderError(`docker host ${host}: ${UNREACHABLE}`);
        }
        this.route = isSsh(host) ? sshRoute(host, sshOptions) : unixRoute(host);
    }

    /** Asks once whether an engine is there, for all who want to know; after a fault the next one asks again. */
    public async ping(): Promise<void> {
        this.reached ??= this.call("HEAD", "/_ping");
        const asked = this.reached;
        await asked.catch((error: unknown) => {
            // An engine that answers is there, whatever it answers.
            if (error instanceof DockerError) {
                return;
            }
            this.reached = this.reached === asked ? undefined : this.reached;
            throw error;
        });
    }

    /**
     * Sends a request and reads the whole answer; empty answers are null, streams of JSON lines the last line.
     * @throws DockerError for an error answer, ProviderError when the engine cannot be reached.
     */
    public async call(method: string, path: string, options: RequestOptions = {}): Promise<Json> {
        const query = options.query === undefined ? "" : `?${new URLSearchParams(options.query).toString()}`;
        try {
            return await this.send(method, path + query, options);
        } catch (error) {
            if (!(error instanceof StaleConnection)) {
                throw error;
            }
            // The kept connection had ended before it could be known. What only reads may be asked again.
            return this.send(method, path + query, options);
        }
    }

    private async send(method: string, path: string, options: RequestOptions): Promise<Json> {
        const body = options.tar ?? (options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body)));
        const type = options.tar === undefined ? "application/json" : "application/x-tar";
        return new Promise((resolve, reject) => {
            let answered = false;
            const fail = (error: Error): void => {
                if (error.name === "AbortError") {
                    reject(new ProviderError("context canceled"));
                } else if (call.reusedSocket && !answered && (method === "GET" || method === "HEAD")) {
                    reject(new StaleConnection(error.message));
                } else {
                    reject(new ProviderError(this.route.explain(method, path, ENDINGS[error.message] ?? error.message)));
                }
            };
            const call = request({
                ...this.route.options,
                method,
                path,
                headers: {
                    ...this.route.options.headers,
                    ...(body === undefined ? {} : { "content-type": type, "content-length": body.length }),
                },
                ...(options.signal === undefined ? {} : { signal: options.signal }),
            }, (response) => {
                answered = true;
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("error", fail);
                // Closed is more than ended: the connection is free then, and the next call finds it.
                call.once("close", () => {
                    if (!response.complete) {
                        fail(new Error("aborted"));
                        return;
                    }
                    const text = Buffer.concat(chunks).toString();
                    const answer = parseAnswer(text);
                    const status = response.statusCode ?? 0;
                    if (status >= 400) {
                        const message = isJsonObject(answer) && typeof answer["message"] === "string" ? answer["message"] : text;
                        reject(new DockerError(status, `Error response from daemon: ${message.trim()}`));
                    } else {
                        resolve(answer);
                    }
                });
            });
            call.on("error", fail);
            call.end(body);
        });
    }

    /** Like `call`, for answers that are objects. */
    public async object(method: string, path: string, options: RequestOptions = {}): Promise<JsonObject> {
        const answer = await this.call(method, path, options);
        return isJsonObject(answer) ? answer : {};
    }

    /** An object by GET, or undefined when the engine does not have it. */
    public async find(path: string): Promise<JsonObject | undefined> {
        try {
            return await this.object("GET", path);
        } catch (error) {
            if (error instanceof DockerError && error.httpStatus === 404) {
                return undefined;
            }
            throw error;
        }
    }
}

function parseAnswer(text: string): Json {
    const trimmed = text.trim();
    if (trimmed === "") {
        return null;
    }
    try {
        return JSON.parse(trimmed) as Json;
    } catch {
        const last = trimmed.split("\n").pop() ?? "";
        try {
            return JSON.parse(last) as Json;
        } catch {
            return trimmed;
        }
    }
}
