import { request } from "node:http";
import { ProviderError } from "../provider/errors";

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

/** A client of the Docker Engine API on a unix socket. */
export class DockerApi {
    private readonly socketPath: string;

    /** @throws ProviderError when the host is no `unix://` address: the stand-in speaks nothing else. */
    public constructor(public readonly host: string) {
        if (!host.startsWith("unix:///")) {
            throw new ProviderError(`docker host ${host}: the stand-in of the docker provider reaches unix:// sockets only; `
                + "install the genuine plugin for tcp:// and ssh://");
        }
        this.socketPath = host.slice("unix://".length);
    }

    /**
     * Sends a request and reads the whole answer; empty answers are null, streams of JSON lines the last line.
     * @throws DockerError for an error answer, ProviderError when the engine cannot be reached.
     */
    public async call(method: string, path: string, options: RequestOptions = {}): Promise<Json> {
        const query = options.query === undefined ? "" : `?${new URLSearchParams(options.query).toString()}`;
        const body = options.tar ?? (options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body)));
        const type = options.tar === undefined ? "application/json" : "application/x-tar";
        return new Promise((resolve, reject) => {
            const call = request({
                socketPath: this.socketPath,
                method,
                path: path + query,
                headers: {
                    host: "docker",
                    ...(body === undefined ? {} : { "content-type": type, "content-length": body.length }),
                },
                ...(options.signal === undefined ? {} : { signal: options.signal }),
            }, (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("error", reject);
                response.on("end", () => {
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
            call.on("error", (error: NodeJS.ErrnoException) => reject(new ProviderError(
                error.name === "AbortError"
                    ? "context canceled"
                    : `Cannot connect to the Docker daemon at ${this.host}. Is the docker daemon running? (${error.message})`)));
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
