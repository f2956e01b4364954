/** Settings that are too long for a program's environment. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { parse } from "yaml";

import { decode } from "../../config/load";
import { engineSettingsOf } from "../../ops/stack/engine-settings";
import { makeFixture, type Fixture } from "./fixture";

let fixture: Fixture;
beforeEach(() => {
    fixture = makeFixture();
    mkdirSync(fixture.context.stackHome, { recursive: true });
});
afterEach(() => fixture.remove());

const nodes = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `node${i}`, address: "10.0.0.1", roles: ["docker"], ssh: { hostKey: "k".repeat(80) } }));
const write = (config: object): void => writeFileSync(fixture.context.settings, JSON.stringify({ encryptionsalt: "v1:salt", config }));
const beside = (name: string): string => join(dirname(fixture.context.settings), name);

it("are no others for most stacks", () => {
    write({ "datacentre:nodes": nodes(100) });
    expect(engineSettingsOf(fixture.context)).toEqual({});
    expect(existsSync(beside("engine-settings.yaml"))).toBe(false);
});

it("have the longest keys elsewhere, and all the rest as it is", () => {
    write({ "datacentre:nodes": nodes(1000), "datacentre:security": "seed", "other:key": "stays" });
    const file = beside("engine-settings.yaml");
    expect(engineSettingsOf(fixture.context)).toEqual({ PULUMI_OPTION_CONFIG_FILE: file });
    const values = beside("engine-settings.json");
    expect(parse(readFileSync(file, "utf8"))).toEqual({
        encryptionsalt: "v1:salt",
        config: { "datacentre:security": "seed", "other:key": "stays", "datacentre:elsewhere": values },
    });
    expect(JSON.parse(readFileSync(values, "utf8"))).toEqual({ nodes: nodes(1000) });
    expect(decode({ "datacentre:elsewhere": values })).toEqual({ elsewhere: values });
});

it("never have a secret elsewhere, which the engine alone can read", () => {
    write({ "datacentre:nodes": nodes(1000), "datacentre:docker": { credentials: [{ password: { secure: "x".repeat(200_000) } }] } });
    engineSettingsOf(fixture.context);
    expect(readFileSync(beside("engine-settings.json"), "utf8")).not.toContain("secure");
    expect(readFileSync(beside("engine-settings.yaml"), "utf8")).toContain("secure");
});

it("go when the stack has become small again", () => {
    write({ "datacentre:nodes": nodes(1000) });
    engineSettingsOf(fixture.context);
    write({ "datacentre:nodes": nodes(10) });
    expect(engineSettingsOf(fixture.context)).toEqual({});
    expect(existsSync(beside("engine-settings.json"))).toBe(false);
});
