import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { faultLine, type Fault } from "../../../config";
import { parseApp, type App } from "../../../components/marathon-app/definition";

/** A recorded answer: its status, and its body as it came over the wire. */
export function recording(folder: string, number: string): { status: number; body: string; sent: any } {
    const name = readdirSync(folder).find(
        (file) => file.startsWith(number) && !/^\d/.test(file.slice(number.length)) && file.endsWith(".json"),
    );
    const { request, response } = JSON.parse(readFileSync(join(folder, name ?? ""), "utf8"));
    const body = typeof response.body === "string" ? response.body : JSON.stringify(response.body);
    return { status: response.status, body, sent: request.body };
}

/** A good definition with changes; undefined takes a field out. */
export function hello(over: object = {}): Record<string, unknown> {
    const all: Record<string, unknown> = { id: "/hello", cmd: "sleep 3000", cpus: 0.1, mem: 16, ...over };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A Docker app with changes to its container. */
export const docker = (container: object = {}, over: object = {}): Record<string, unknown> =>
    hello({
        cmd: undefined,
        container: { type: "DOCKER", docker: { image: "busybox" }, ...container },
        networks: [{ mode: "container/bridge" }],
        ...over,
    });

/** A definition that has no faults, in today's spelling. */
export function good(input: unknown): App {
    const { app, faults } = parseApp(input);
    if (!app) {
        throw new Error(faults.map(faultLine).join("\n"));
    }
    return app;
}

/** The faults, or for a good definition the notices, by key. */
export function told(input: unknown): Record<string, string> {
    const { faults, notices } = parseApp(input);
    return byKey(faults ?? notices);
}

export function byKey(faults: readonly Fault[]): Record<string, string> {
    const entries = faults.map((fault) => [fault.key, faultLine(fault).slice(fault.key.length + 2)] as const);
    expect(entries.map(([key]) => key)).toEqual([...new Set(entries.map(([key]) => key))]);
    return Object.fromEntries(entries);
}
