import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { checkpointFile, lockDirectory, type Deployment, type RecordedResource } from "../../ops/engine/checkpoint";
import type { Context } from "../../ops/stack/context";
import type { DockerHost, DockerObject } from "../../ops/lib/docker";

/** A stack's files in a directory of their own, with a program in the engine's place that records what it is told. */
export interface Fixture {
    readonly context: Context;
    readonly directory: string;
    /** What the engine's place was called with, one line a call. */
    calls(): string[];
    writeState(deployment: Deployment): void;
    readState(): Deployment;
    writeLock(name: string, content: object | string): string;
    remove(): void;
}

/** Stands in the engine's place: exports and imports the checkpoint file as it is, and makes a stack with a salt. */
const engineScript = `#!/usr/bin/env bash
set -euo pipefail
printf '%s\\n' "$*" >>"$CALLS"
case "$1 $2" in
    "stack export") sed 's/"checkpoint":{"latest":/"deployment":/; s/}$//' "$STATE" ;;
    "stack import") sed 's/"deployment":/"checkpoint":{"latest":/; s/$/}/' >"$STATE.new" && mv "$STATE.new" "$STATE" ;;
    "stack init")
        dir=\${*: -2:1} # before --non-interactive
        [ -f "$dir/Pulumi.yaml" ]
        grep -q encryptionsalt "$dir/Pulumi.$3.yaml" || printf 'encryptionsalt: v1:made\\n' >"$dir/Pulumi.$3.yaml"
        mkdir -p "\${STATE%/*}" && printf '{"version":3,"checkpoint":{"latest":{"resources":[]}}}' >"$STATE"
        ;;
    "stack output") cat "$OUTPUTS" ;;
    *) echo "unknown: $*" >&2; exit 9 ;;
esac
`;

export function makeFixture(): Fixture {
    const directory = mkdtempSync(join(tmpdir(), "ops-"));
    const bookkeeping = join(directory, "state", ".pulumi");
    const place = { bookkeeping, project: "datacentre", stack: "test" };
    const state = checkpointFile(place)!;
    const locks = lockDirectory(place)!;
    const engine = join(directory, "engine");
    const calls = join(directory, "calls");
    writeFileSync(engine, engineScript);
    chmodSync(engine, 0o755);
    writeFileSync(join(directory, "Pulumi.yaml"), "name: datacentre\nruntime: nodejs\n");
    writeFileSync(join(directory, "Pulumi.test.yaml"), "config:\n  datacentre:provider: { kind: docker }\n");
    const context: Context = {
        ...place,
        root: directory,
        owner: "datacentre/test",
        stackHome: join(directory, "home"),
        engine,
        tracked: join(directory, "Pulumi.test.yaml"),
        settings: join(directory, "home", "settings.yaml"),
        env: {
            PATH: process.env.PATH,
            CALLS: calls,
            STATE: state,
            OUTPUTS: join(directory, "outputs.json"),
            PULUMI_BACKEND_URL: `file://${directory}/state`,
            PULUMI_STACK: "test",
        },
    };
    return {
        context,
        directory,
        calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : []),
        writeState: (deployment) => {
            mkdirSync(join(state, ".."), { recursive: true });
            writeFileSync(state, JSON.stringify({ version: 3, checkpoint: { latest: deployment } }));
        },
        readState: () => (JSON.parse(readFileSync(state, "utf8")) as { checkpoint: { latest: Deployment } }).checkpoint.latest,
        writeLock: (name, content) => {
            mkdirSync(locks, { recursive: true });
            const path = join(locks, name);
            writeFileSync(path, typeof content === "string" ? content : JSON.stringify({ username: "root", hostname: hostname(), ...content }));
            return path;
        },
        remove: () => rmSync(directory, { recursive: true, force: true }),
    };
}

export const resource = (type: string, name: string, id?: string): RecordedResource => ({
    urn: `urn:pulumi:test::datacentre::${type}::${name}`,
    type,
    ...(id === undefined ? {} : { id }),
});

/** A Docker engine in memory. */
export class FakeDocker implements DockerHost {
    public readonly asked: string[] = [];
    public unstartable: string[] = [];

    public constructor(
        public has: { containers?: DockerObject[]; networks?: DockerObject[]; volumes?: DockerObject[] } = {},
    ) {}

    private list(kind: "containers" | "networks" | "volumes", owner: string): Promise<DockerObject[]> {
        this.asked.push(owner);
        return Promise.resolve(this.has[kind] ?? []);
    }

    private drop(kind: "containers" | "networks" | "volumes", objects: readonly DockerObject[]): Promise<void> {
        this.has[kind] = (this.has[kind] ?? []).filter(({ id }) => !objects.some((one) => one.id === id));
        return Promise.resolve();
    }

    public containers = (owner: string) => this.list("containers", owner);
    public networks = (owner: string) => this.list("networks", owner);
    public volumes = (owner: string) => this.list("volumes", owner);
    public removeContainers = (objects: readonly DockerObject[]) => this.drop("containers", objects);
    public removeNetworks = (objects: readonly DockerObject[]) => this.drop("networks", objects);
    public removeVolumes = (objects: readonly DockerObject[]) => this.drop("volumes", objects);
    public removeTasks = (owner: string) => {
        this.asked.push(owner);
        return Promise.resolve([]);
    };
    public start = (objects: readonly DockerObject[]) => {
        const failed = objects.filter(({ name }) => this.unstartable.includes(name));
        const woken = objects.filter((one) => !failed.includes(one)).map(({ id }) => id);
        this.has.containers = (this.has.containers ?? []).map((one) => (woken.includes(one.id) ? { ...one, state: "running" } : one));
        return Promise.resolve(failed.map(({ name }) => name));
    };
}
