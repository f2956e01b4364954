import { readFileSync, writeFileSync } from "node:fs";

import { parse } from "yaml";

import { ensureStack, refuseTellingLogs, stackOutputs } from "../../ops/engine/engine";
import { findOutputs, loadOutputs, targetOf, type Outputs } from "../../ops/engine/outputs";
import type { Problem } from "../../ops/lib/say";
import { makeFixture, type Fixture } from "./fixture";

let fixture: Fixture;
beforeEach(() => (fixture = makeFixture()));
afterEach(() => fixture.remove());

const salt = (): unknown => (parse(readFileSync(fixture.context.settings, "utf8")) as { encryptionsalt?: string }).encryptionsalt;

it("makes a stack away from the tracked settings and keeps the salt for this user", async () => {
    const tracked = readFileSync(fixture.context.tracked, "utf8");
    expect((await ensureStack(fixture.context)).encryptionsalt).toBe("v1:made");
    expect(salt()).toBe("v1:made");
    expect(readFileSync(fixture.context.tracked, "utf8")).toBe(tracked);
    const calls = fixture.calls();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^stack init test --no-select -C \/.+ --non-interactive$/);
    expect(calls[0]).not.toContain(`-C ${fixture.directory} `);
});

it("does not call the engine for a stack that is there", async () => {
    await ensureStack(fixture.context);
    await ensureStack(fixture.context);
    expect(fixture.calls()).toHaveLength(1);
});

it("makes a lost stack again with the salt that this user's secrets were encrypted with", async () => {
    await ensureStack(fixture.context);
    const settings = readFileSync(fixture.context.settings, "utf8").replace("v1:made", "v1:mine");
    writeFileSync(fixture.context.settings, settings);
    fixture.remove();
    fixture = makeFixture();
    await ensureStack({ ...fixture.context });
    writeFileSync(fixture.context.settings, settings);
    fixture.writeState({});
    await ensureStack(fixture.context);
    expect(salt()).toBe("v1:mine");
});

it("takes the salt from the state when this user's settings were lost", async () => {
    fixture.writeState({ secrets_providers: { type: "passphrase", state: { salt: "v1:state" } } });
    await ensureStack(fixture.context);
    expect(salt()).toBe("v1:state");
    expect(fixture.calls()).toEqual([]);
});

it("says what the engine said when it fails", async () => {
    const failing = { ...fixture.context, engine: "/bin/false" };
    await expect(stackOutputs(failing)).rejects.toThrow("the engine failed at 'stack output': status 1");
});

describe("outputs", () => {
    const outputs = {
        nodes: [{ name: "n1", address: "10.0.0.1", roles: ["etcd"], ssh: { host: "10.0.0.1", port: 2222, user: "admin", hostKey: "ssh-ed25519 AAAA" } }],
        services: {},
        sshPrivateKey: "KEY",
        description: {},
    };

    it("say how nodes are reached", async () => {
        fixture.writeState({});
        writeFileSync(fixture.context.env.OUTPUTS!, JSON.stringify(outputs));
        const found = await loadOutputs(fixture.context);
        expect(targetOf(found, "n1")).toEqual({ host: "10.0.0.1", port: 2222, user: "admin", hostKey: "ssh-ed25519 AAAA", privateKey: "KEY" });
        expect(() => targetOf(found, "n2")).toThrow("do not name n2");
    });

    it("of a stack that is not there end with the status 2", async () => {
        expect(await findOutputs(fixture.context)).toBeUndefined();
        fixture.writeState({});
        writeFileSync(fixture.context.env.OUTPUTS!, "{}");
        const error = await loadOutputs(fixture.context).then(
            (_: Outputs) => undefined,
            (reason: unknown) => reason as Problem,
        );
        expect([error?.status, error?.remedy]).toEqual([2, "run 'make up STACK=test'"]);
    });
});

it("refuses a verbosity whose log would hold secrets", () => {
    for (const [flags, variable] of [[["-v=9"]], [["--verbose", "9"]], [["-v", "12"]], [[], "9"]] as [string[], string?][]) {
        expect(() => refuseTellingLogs(flags, variable)).toThrow("in plain text");
    }
    refuseTellingLogs(["-v=8", "--debug"], "8");
    refuseTellingLogs([], undefined);
});
