import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { checkpointFile, readCheckpoint } from "../../ops/engine/checkpoint";
import { recordedNodes } from "../../ops/engine/outputs";
import { lookWhetherSettled } from "../../ops/prepare/settled";
import type { Context } from "../../ops/stack/context";
import { makeFixture, resource, type Fixture } from "./fixture";

const noteSettled = (context: Context) => lookWhetherSettled(context).note();
const isSettled = (context: Context) => lookWhetherSettled(context).isSettled;

let fixture: Fixture;
beforeEach(() => {
    fixture = makeFixture();
    const { context } = fixture;
    mkdirSync(join(context.root, "components", "etcd"), { recursive: true });
    mkdirSync(join(context.stackHome, "ssh"), { recursive: true });
    write("components/etcd/member.sh", "converge() {\n:\n}\n");
    writeFileSync(context.settings, "config: {}\n");
    writeFileSync(join(context.stackHome, "ssh", "id_ed25519"), "KEY");
    fixture.writeState({ resources: [] });
});
afterEach(() => fixture.remove());

const write = (path: string, text: string) => writeFileSync(join(fixture.context.root, path), text);

it("is not while no 'up' came to its end", () => expect(isSettled(fixture.context)).toBe(false));

it("is after an 'up' that did, as long as nothing is different", () => {
    noteSettled(fixture.context);
    expect(isSettled(fixture.context)).toBe(true);
    expect(isSettled(fixture.context)).toBe(true);
});

it.each<[string, () => void]>([
    ["a script", () => write("components/etcd/member.sh", "converge() {\nfalse\n}\n")],
    ["a new file of the program", () => write("components/etcd/other.sh", "")],
    ["a file that went", () => rmSync(join(fixture.context.root, "components/etcd/member.sh"))],
    ["a setting", () => writeFileSync(fixture.context.settings, "config: { a: 1 }\n")],
    ["a key", () => writeFileSync(join(fixture.context.stackHome, "ssh", "id_ed25519"), "KEX")],
    ["the state, which somebody else wrote", () => fixture.writeState({ resources: [resource("t", "x")] })],
    ["the state, which is gone", () => rmSync(checkpointFile(fixture.context)!)],
])("is not with another: %s", (_, change) => {
    noteSettled(fixture.context);
    change();
    expect(isSettled(fixture.context)).toBe(false);
});

it("is not with what was changed while the 'up' went on", () => {
    const before = lookWhetherSettled(fixture.context);
    write("components/etcd/member.sh", "converge() {\nfalse\n}\n");
    before.note();
    expect(isSettled(fixture.context)).toBe(false);
});

it("is never where the state lies elsewhere", () => {
    const context = { ...fixture.context, bookkeeping: undefined, remoteCopy: join(fixture.directory, "copy.json") };
    writeFileSync(context.remoteCopy, '{"checkpoint":{"latest":{}}}');
    noteSettled(context);
    expect(isSettled(context)).toBe(false);
});

it("reads a state again that was written again", () => {
    fixture.writeState({ resources: [resource("t", "one")] });
    expect(readCheckpoint(fixture.context)).toMatchObject({ resources: [{ type: "t" }] });
    fixture.writeState({ resources: [] });
    expect(readCheckpoint(fixture.context)).toEqual({ resources: [] });
});

it("knows the nodes without the engine, but where they hold a secret", () => {
    const stack = (nodes: unknown) => fixture.writeState({ resources: [{ ...resource("pulumi:pulumi:Stack", "datacentre-test"), outputs: { nodes } }] });
    stack([{ name: "a", address: "10.0.0.1", roles: ["etcd"] }]);
    expect(recordedNodes(fixture.context)).toMatchObject([{ name: "a" }]);
    stack({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" });
    expect(recordedNodes(fixture.context)).toBeUndefined();
    stack([{ name: "a", address: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" } }]);
    expect(recordedNodes(fixture.context)).toBeUndefined();
    rmSync(checkpointFile(fixture.context)!);
    expect(recordedNodes(fixture.context)).toBeUndefined();
});
