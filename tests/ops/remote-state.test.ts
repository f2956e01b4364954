import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { readCheckpoint } from "../../ops/engine/checkpoint";
import type { Context } from "../../ops/stack/context";
import { ensureStack, runEngine } from "../../ops/engine/engine";
import { copyRemoteState } from "../../ops/engine/remote-state";
import { makeFixture, resource, type Fixture } from "./fixture";

let fixture: Fixture;
/** The fixture's stack, whose state lies where only the engine reaches it. */
let context: Context;

/** What the backend has, or what the engine says instead. */
const backend = (said: { resources: object[] } | string): void =>
    writeFileSync(
        fixture.context.engine,
        typeof said === "string"
            ? `#!/bin/sh\necho "$*" >>"$CALLS"\n[ "$1 $2" = "stack init" ] || { echo '${said}' >&2; exit 255; }\nprintf 'encryptionsalt: v1:made\\n' >"$6/Pulumi.test.yaml"\n`
            : `#!/bin/sh\necho "$*" >>"$CALLS"\ncat <<'END'\n${JSON.stringify({ version: 3, deployment: { ...said, secrets_providers: { state: { salt: "v1:theirs" } } } })}\nEND\n`,
        { mode: 0o755 },
    );

beforeEach(() => {
    fixture = makeFixture();
    const rest = fixture.context;
    const env = { ...rest.env, PULUMI_BACKEND_URL: "s3://bucket?region=x" };
    context = { ...rest, bookkeeping: undefined, remoteCopy: join(fixture.directory, "home", "remote-state.json"), env };
    mkdirSync(join(fixture.directory, "home"), { recursive: true });
});
afterEach(() => fixture.remove());

it("is read through a copy that only its owner reads", async () => {
    backend({ resources: [resource("datacentre:host:Host", "one")] });
    await copyRemoteState(context);
    expect(readCheckpoint(context)).toMatchObject({ resources: [{ type: "datacentre:host:Host" }] });
    expect(statSync(context.remoteCopy!).mode & 0o777).toBe(0o600);
});

it("is asked for once, and again only after the engine has changed something", async () => {
    const exports = (): number => fixture.calls().filter((call) => call.startsWith("stack export")).length;
    backend({ resources: [] });
    await copyRemoteState(context);
    await ensureStack(context);
    expect(exports()).toBe(1);
    await runEngine(context, ["up"]);
    backend({ resources: [resource("datacentre:host:Host", "one")] });
    await copyRemoteState(context);
    expect(exports()).toBe(2);
    expect(readCheckpoint(context)).toMatchObject({ resources: [{ type: "datacentre:host:Host" }] });
});

it("is absent when the backend has no such stack, also where an old copy was", async () => {
    backend({ resources: [] });
    await copyRemoteState(context);
    backend("error: no stack named test found");
    context = { ...context };
    await copyRemoteState(context);
    expect(existsSync(context.remoteCopy!)).toBe(false);
    expect(readCheckpoint(context)).toBe("absent");
});

it("is no state at all when the backend does not answer: the old copy does not count", async () => {
    backend("error: could not list bucket: no credentials");
    await expect(copyRemoteState(context)).rejects.toMatchObject({ message: expect.stringMatching(/s3:\/\/bucket cannot be read: .*no credentials/), remedy: expect.stringContaining("PULUMI_BACKEND_URL") });
});

it("makes the stack once, and takes over the salt that another user made", async () => {
    backend("error: no stack named test found");
    expect((await ensureStack(context)).encryptionsalt).toBe("v1:made");
    expect(fixture.calls().filter((call) => call.startsWith("stack init"))).toHaveLength(1);

    writeFileSync(context.settings, "config: {}\n");
    backend({ resources: [] });
    expect((await ensureStack(context)).encryptionsalt).toBe("v1:theirs");
    expect(fixture.calls().filter((call) => call.startsWith("stack init"))).toHaveLength(1);
});

it("does not ask the engine for a state that lies in a directory", async () => {
    await copyRemoteState(fixture.context);
    expect(fixture.calls()).toEqual([]);
    expect(readFileSync(fixture.context.engine, "utf8")).toContain("stack export");
});
