/** Runs test files without a test runner and without an outside: what they call counts, not what they expect. */
import childProcess from "node:child_process";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import { readdirSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { basename, join } from "node:path";
import { PassThrough } from "node:stream";

import fc from "fast-check";

import { home } from "./text";

type Body = (...args: any[]) => unknown;
interface Test {
    readonly title: string;
    readonly body: Body;
}

/** Takes every call and every member, so that expectations are never disappointed. */
const agreeable: any = new Proxy(() => undefined, {
    get: (_, key) => (key === "then" || typeof key === "symbol" ? undefined : agreeable),
    apply: () => agreeable,
});

let tests: Test[] = [];
let last: Test[] = [];
let group: string[] = [];

function each(add: (title: string, body: Body) => void) {
    return (rows: readonly unknown[]) => (title: string, body: Body) =>
        rows.forEach((row, at) => add(`${title} [${at}]`, () => body(...(Array.isArray(row) ? row : [row]))));
}
function withVariants(add: (title: string, body: Body) => void) {
    return Object.assign(add, { each: each(add), only: add, skip: () => undefined });
}

const addTest = (list: () => Test[]) => (title: string, body: Body) => list().push({ title: [...group, title].join(" > "), body });
const it = withVariants((title, body) => void addTest(() => tests)(title, body));
const describe = withVariants((title, body) => {
    group.push(title);
    body();
    group.pop();
});
const first = (body: Body): void => void addTest(() => tests)("before", body);
const after = (body: Body): void => void addTest(() => last)("after", body);

/** A key that the program takes for one without passphrase. */
const keyBody = Buffer.from("openssh-key-v1\0\0\0\0\u0004none-of-it-is-real").toString("base64");
export const openKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${keyBody}\n-----END OPENSSH PRIVATE KEY-----\n`;

/** Stands for every program that tests start: all succeed, hosts are made at once, and keys are of no use. */
function spawned(command: string, args: readonly string[]): unknown {
    const valueOf = (option: string) => args[args.indexOf(option) + 1] ?? "";
    if (command === "ssh-keygen") {
        fs.writeFileSync(valueOf("-f"), openKey, { mode: 0o600 });
        fs.writeFileSync(`${valueOf("-f")}.pub`, "ssh-ed25519 AAAA made\n");
    }
    const network = valueOf("--subnet").replace(/\d+\/\d+$/, "");
    const host = (at: number) => ({ name: `host${at}`, address: `${network}${at + 1}`, hostKey: `ssh-ed25519 AAAA${at}` });
    const hosts = Array.from({ length: Number(valueOf("--count")) || 0 }, (_, at) => host(at));
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const child = Object.assign(new EventEmitter(), { stdin, stdout, stderr, kill: () => true, pid: 0 });
    setImmediate(() => {
        stdout.write(JSON.stringify(hosts));
        setImmediate(() => child.emit("exit", 0));
    });
    return child;
}

/** From here on nothing leaves this process but files in the home directory, and no time passes where tests wait. */
function close(): void {
    const refuse = (): never => {
        throw new Error("not while recording");
    };
    Object.assign(childProcess, { spawn: spawned, execFile: refuse, exec: refuse, spawnSync: refuse, execFileSync: refuse, execSync: refuse });
    Object.assign(net.Socket.prototype, { connect: refuse });
    Object.assign(net.Server.prototype, { listen: refuse });
    Object.assign(http, { request: refuse, get: refuse });
    const makeScratch = (prefix: string): string => {
        const free = (count: number): string => {
            const path = join(home(), `${basename(prefix)}${count}`);
            return fs.existsSync(path) ? free(count + 1) : path;
        };
        const path = free(1);
        fs.mkdirSync(path);
        return path;
    };
    let now = Date.UTC(2020);
    Object.assign(fs, { mkdtempSync: makeScratch });
    Object.assign(Date, { now: () => (now += 60_000) });
    const atOnce = (body: Body, _?: number, ...args: unknown[]) => setImmediate(body, ...args);
    Object.assign(globalThis, { fetch: async () => refuse(), setTimeout: atOnce });
    // What a test left running when it ended early is nobody's.
    process.on("unhandledRejection", () => undefined).on("uncaughtException", () => undefined);
    Object.assign(console, { log: () => undefined, warn: () => undefined, error: () => undefined });
    fc.configureGlobal({ seed: 1 });
}

/**
 * Runs the files of a directory, each test in its turn and to its first error.
 *
 * @param prepare is called before the first file is loaded, with the title of the running test
 * @returns the titles of tests that never came to an end
 */
export async function runFiles(
    at: { directory: string; ending: string },
    options: { finish: boolean; prepare: (title: () => string) => void },
): Promise<string[]> {
    const { setTimeout: later, clearTimeout: never } = globalThis;
    let title = "";
    const endless: string[] = [];
    close();
    Object.assign(globalThis, { describe, it, test: it, expect: agreeable, jest: agreeable });
    Object.assign(globalThis, { beforeAll: first, beforeEach: first, afterAll: after, afterEach: after });
    options.prepare(() => title);
    for (const file of readdirSync(at.directory).sort()) {
        if (!file.endsWith(at.ending)) {
            continue;
        }
        [tests, last, group] = [[], [], []];
        title = file;
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        require(join(at.directory, file));
        for (const test of [...tests, ...(options.finish ? last : [])]) {
            title = `${file}: ${test.title}`;
            let timer: NodeJS.Timeout | undefined;
            const patience = new Promise((resolve) => (timer = later(() => resolve(endless.push(title)), 20_000)));
            const ended = (async () => test.body())().catch(() => undefined);
            await Promise.race([ended, patience]);
            never(timer);
        }
    }
    return endless;
}
