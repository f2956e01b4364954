import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { checkpointFile } from "../../ops/engine/checkpoint";
import { leftovers } from "../../ops/prepare/leftovers";
import { wakeNodes } from "../../ops/prepare/nodes";
import { findProcess } from "../../ops/prepare/processes";
import { recover } from "../../ops/prepare/recover";
import { FakeDocker, makeFixture, resource, type Fixture } from "./fixture";

const container = "docker:index/container:Container";
const network = "docker:index/network:Network";
const command = "command:remote:Command";

let fixture: Fixture;
let notes: string;
const noted = jest.spyOn(process.stderr, "write");

beforeEach(() => {
    fixture = makeFixture();
    notes = "";
    noted.mockImplementation((text) => {
        notes += String(text);
        return true;
    });
});
afterEach(() => fixture.remove());
afterAll(() => noted.mockRestore());

/** A process number that was in use and is not any more. */
const deadPid = (): number => spawnSync("true").pid;

it("does nothing, without the engine, when there is nothing to heal", async () => {
    fixture.writeState({ resources: [resource(container, "a", "id-a")] });
    const docker = new FakeDocker({ containers: [{ id: "id-a", name: "x-a", state: "running" }] });
    await recover(fixture.context, docker);
    expect(fixture.calls()).toEqual([]);
    expect(notes).toBe("");
    expect(docker.asked).toContain("datacentre/test");
});

it("does nothing for a stack that was never made", async () => {
    await recover(fixture.context, new FakeDocker());
    expect(fixture.calls()).toEqual([]);
});

describe("locks", () => {
    it("of dead engines are removed, and those that were half written", async () => {
        const dead = fixture.writeLock("a.json", { pid: deadPid(), timestamp: "2026-01-01T00:00:00Z" });
        const attributes = fixture.writeLock("a.json.attrs", "{}");
        const torn = fixture.writeLock("fileblob123", '{"pid": 1');
        await recover(fixture.context, undefined);
        expect([dead, attributes, torn].filter(existsSync)).toEqual([]);
        expect(notes.match(/removed .* lock/g)).toEqual(["removed the lock", "removed a lock"]);
    });

    it("of another program that got the dead engine's number do not count", async () => {
        // This very process lives and is no engine.
        const lock = fixture.writeLock("a.json", { pid: process.pid, timestamp: "2026-01-01T00:00:00Z" });
        await recover(fixture.context, undefined);
        expect(existsSync(lock)).toBe(false);
    });

    it("of a living engine stop everything, and stay", async () => {
        const engine = join(fixture.directory, "pulumi");
        copyFileSync("/bin/sleep", engine);
        const living = spawn(engine, ["60"], { stdio: "ignore" });
        try {
            const lock = fixture.writeLock("a.json", { pid: living.pid, timestamp: "2026-01-01T00:00:00Z" });
            spawnSync("chmod", ["+x", engine]);
            await expect(recover(fixture.context, undefined)).rejects.toThrow(`another engine holds this stack: process ${living.pid}`);
            expect(existsSync(lock)).toBe(true);
        } finally {
            living.kill("SIGKILL");
        }
    });

    it("of another machine stop everything: nobody here can know", async () => {
        const lock = fixture.writeLock("a.json", { pid: deadPid(), hostname: "elsewhere", timestamp: "2026-01-01T00:00:00Z" });
        await expect(recover(fixture.context, undefined)).rejects.toThrow("elsewhere");
        expect(existsSync(lock)).toBe(true);
    });
});

describe("the state file", () => {
    it("that is torn is replaced by the engine's copy, and kept", async () => {
        fixture.writeState({ resources: [resource(network, "n", "id-n")] });
        const file = checkpointFile(fixture.context)!;
        const whole = readFileSync(file, "utf8");
        writeFileSync(`${file}.bak`, whole);
        writeFileSync(file, whole.slice(0, whole.length / 2));
        await recover(fixture.context, undefined);
        expect(readFileSync(file, "utf8")).toBe(whole);
        const aside = readdirSync(join(file, "..")).find((name) => name.includes("unreadable"))!;
        expect(readFileSync(join(file, "..", aside), "utf8")).toBe(whole.slice(0, whole.length / 2));
        expect(aside).toMatch(/\.bak$/); // the engine skips files with that ending when it lists stacks
    });

    it("that is torn like its copy is left to a person", async () => {
        fixture.writeState({});
        const file = checkpointFile(fixture.context)!;
        writeFileSync(file, "{");
        writeFileSync(`${file}.bak`, "");
        await expect(recover(fixture.context, undefined)).rejects.toThrow("is broken, and so is its copy");
        expect(readFileSync(file, "utf8")).toBe("{");
    });
});

describe("operations that were under way", () => {
    it("are dropped, and the rest of the state stays", async () => {
        fixture.writeState({
            resources: [resource(network, "n", "id-n")],
            pending_operations: [
                { resource: resource(container, "a"), type: "creating" },
                { resource: resource(command, "zookeeper-master1"), type: "updating" },
            ],
        });
        await recover(fixture.context, undefined);
        expect(fixture.readState()).toEqual({ resources: [resource(network, "n", "id-n")], pending_operations: [] });
        expect(fixture.calls()).toEqual(["stack export --non-interactive", "stack import --non-interactive"]);
        expect(notes).toContain("steps may still be running on hosts; each host's next step waits for its own: zookeeper-master1");
    });
});

describe("containers and networks that the state does not know", () => {
    const orphans = () =>
        new FakeDocker({
            containers: [
                { id: "id-a", name: "x-a", state: "running" },
                { id: "id-b", name: "x-b", state: "created" },
            ],
            networks: [{ id: "id-n", name: "x", state: "" }],
            volumes: [{ id: "v", name: "v", state: "" }],
        });

    it("are removed when the engine was about to make them; volumes never", async () => {
        const docker = orphans();
        fixture.writeState({
            resources: [resource(network, "n", "id-n"), resource(container, "a", "id-a")],
            pending_operations: [{ resource: resource(container, "b"), type: "creating" }],
        });
        await recover(fixture.context, docker);
        expect(docker.has.containers!.map(({ id }) => id)).toEqual(["id-a"]);
        expect(docker.has.networks!.map(({ id }) => id)).toEqual(["id-n"]);
        expect(docker.has.volumes).toHaveLength(1);
        expect(notes).toContain("data is on volumes): x-b");
    });

    it("are removed when the very first thing was under way", async () => {
        const docker = new FakeDocker({ networks: [{ id: "id-n", name: "x", state: "" }] });
        fixture.writeState({ pending_operations: [{ resource: resource(network, "n"), type: "creating" }] });
        await recover(fixture.context, docker);
        expect(docker.has.networks).toEqual([]);
    });

    it("go when the engine was removing them: they may be stopped at any later moment", async () => {
        const docker = new FakeDocker({
            containers: [
                { id: "id-a", name: "x-a", state: "running" },
                { id: "id-b", name: "x-b", state: "running" },
            ],
        });
        const [a, b] = [resource(container, "a", "id-a"), resource(container, "b", "id-b")];
        fixture.writeState({ resources: [a, b], pending_operations: [{ resource: b, type: "deleting" }] });
        await recover(fixture.context, docker);
        expect(docker.has.containers!.map(({ id }) => id)).toEqual(["id-a"]);
        expect(await wakeNodes(fixture.context, docker)).toBe(true);
    });

    it("are left alone when this state never made any: they may be another user's", async () => {
        const docker = orphans();
        fixture.writeState({ resources: [resource("pulumi:pulumi:Stack", "s")] });
        await expect(recover(fixture.context, docker)).rejects.toThrow("parts of stack datacentre/test that its state knows nothing of: x-a, x-b, x");
        expect(docker.has.containers).toHaveLength(2);
    });
});

describe("nodes", () => {
    const state = { resources: [resource(network, "n", "id-n"), resource(container, "a", "id-a"), resource(container, "b", "id-b")] };
    const running = { id: "id-a", name: "x-a", state: "running" };
    const net = { id: "id-n", name: "x", state: "" };

    it("that run need no look by the engine", async () => {
        fixture.writeState(state);
        const docker = new FakeDocker({ containers: [running, { id: "id-b", name: "x-b", state: "running" }], networks: [net] });
        expect(await wakeNodes(fixture.context, docker)).toBe(false);
        expect(notes).toBe("");
    });

    it.each(["exited", "paused", "created"])("that are %s are started, without a look by the engine", async (asleep) => {
        fixture.writeState(state);
        const docker = new FakeDocker({ containers: [running, { id: "id-b", name: "x-b", state: asleep }], networks: [net] });
        expect(await wakeNodes(fixture.context, docker)).toBe(false);
        expect(docker.has.containers!.map((one) => one.state)).toEqual(["running", "running"]);
    });

    it("that are gone, or do not start, make the engine look", async () => {
        fixture.writeState(state);
        expect(await wakeNodes(fixture.context, new FakeDocker({ containers: [running], networks: [net] }))).toBe(true);
        const broken = new FakeDocker({ containers: [running, { id: "id-b", name: "x-b", state: "exited" }], networks: [net] });
        broken.unstartable = ["x-b"];
        expect(await wakeNodes(fixture.context, broken)).toBe(true);
    });

    it("whose network is gone make the engine look", async () => {
        fixture.writeState(state);
        const docker = new FakeDocker({ containers: [running, { id: "id-b", name: "x-b", state: "running" }] });
        expect(await wakeNodes(fixture.context, docker)).toBe(true);
    });
});

describe("plugins of a dead engine", () => {
    const start = (mark: NodeJS.ProcessEnv, ...args: string[]) => 
        spawn("bash", ["-c", "sleep 60; :", ...args], { env: { ...process.env, ...mark }, stdio: "ignore" });

    it("are ended when they carry this stack's marks, and nothing else is", async () => {
        const marks = { PULUMI_STACK: "test", PULUMI_BACKEND_URL: fixture.context.env.PULUMI_BACKEND_URL };
        const ours = start(marks, "/x/pulumi-resource-docker");
        const others = [
            start({ ...marks, PULUMI_STACK: "other" }, "/x/pulumi-resource-docker"),
            start({ ...marks, PULUMI_BACKEND_URL: "file:///elsewhere" }, "/x/pulumi-resource-docker"),
            start(marks, "an-editor"),
        ];
        const gone = new Promise((resolve) => ours.on("exit", resolve));
        try {
            // Until they have become bash, they still are copies of this process.
            while ([ours, ...others].some(({ pid }) => findProcess(pid!)?.program !== "bash")) {
                await new Promise((resolve) => setTimeout(resolve, 5));
            }
            expect(leftovers(fixture.context).map(({ pid }) => pid)).toEqual([ours.pid]);
            await recover(fixture.context, undefined);
            await gone;
            expect(others.map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([null, null, null]);
            expect(notes).toContain("ended 1 plugin processes");
        } finally {
            [ours, ...others].forEach((child) => child.kill("SIGKILL"));
        }
    });
});
