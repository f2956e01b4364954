import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { providerOf, syncSettings } from "../../ops/stack/settings";

let directory: string;
let at: { tracked: string; settings: string };

beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "settings-"));
    at = { tracked: join(directory, "Pulumi.local.yaml"), settings: join(directory, "home", "settings.yaml") };
    track({ "datacentre:nodes": [{ name: "a" }], "datacentre:provider": { kind: "docker" } });
});
afterEach(() => rmSync(directory, { recursive: true }));

const track = (config: object, more: object = {}): void => writeFileSync(at.tracked, stringify({ config, ...more }));
const mine = (): { config: Record<string, unknown>; encryptionsalt?: string } => parse(readFileSync(at.settings, "utf8")) as never;
const setHere = (change: (settings: ReturnType<typeof mine>) => void): void => {
    const settings = mine();
    change(settings);
    writeFileSync(at.settings, stringify(settings));
};

it("leaves the tracked file alone, and is readable by its owner only", () => {
    const before = readFileSync(at.tracked, "utf8");
    syncSettings(at, { encryptionsalt: "v1:salt" });
    expect(readFileSync(at.tracked, "utf8")).toBe(before);
    expect(statSync(at.settings).mode & 0o777).toBe(0o600);
    expect(mine().encryptionsalt).toBe("v1:salt");
});

it("keeps the salt and what was set here, and takes in what changes in the tracked file", () => {
    syncSettings(at, { encryptionsalt: "v1:salt" });
    setHere((settings) => (settings.config["datacentre:docker"] = { logMaxFiles: 5 }));
    track({ "datacentre:nodes": [{ name: "a" }, { name: "b" }], "datacentre:provider": { kind: "docker" } });
    const merged = syncSettings(at);
    expect(merged).toEqual(mine());
    expect(merged).toEqual({
        config: {
            "datacentre:nodes": [{ name: "a" }, { name: "b" }],
            "datacentre:provider": { kind: "docker" },
            "datacentre:docker": { logMaxFiles: 5 },
        },
        encryptionsalt: "v1:salt",
    });
});

it("lets a key go that was taken out of the tracked file", () => {
    syncSettings(at);
    track({ "datacentre:provider": { kind: "docker" } });
    expect(Object.keys(syncSettings(at).config ?? {})).toEqual(["datacentre:provider"]);
});

it("has what the tracked file extends, so that the whole can be changed here", () => {
    writeFileSync(join(directory, "base.yaml"), stringify({ config: { "datacentre:etcd": { quotaBackendMiB: 64, heartbeatMs: 200 } } }));
    track({ "datacentre:extends": ["base.yaml"], "datacentre:etcd": { heartbeatMs: 300 }, "docker:host": "x" });
    expect(syncSettings(at).config).toEqual({ "datacentre:etcd": { quotaBackendMiB: 64, heartbeatMs: 300 }, "docker:host": "x" });
    setHere((settings) => (settings.config["datacentre:etcd"] = { quotaBackendMiB: 32, heartbeatMs: 300 }));
    writeFileSync(join(directory, "base.yaml"), stringify({ config: { "datacentre:etcd": { quotaBackendMiB: 64, heartbeatMs: 200 }, "datacentre:security": "seed" } }));
    expect(syncSettings(at).config).toEqual({ "datacentre:etcd": { quotaBackendMiB: 32, heartbeatMs: 300 }, "datacentre:security": "seed", "docker:host": "x" });
    track({ "datacentre:extends": ["none.yaml"] });
    expect(() => syncSettings(at)).toThrow(/datacentre:extends\[0\]: none\.yaml cannot be read/);
});

it("does not write when nothing changed", () => {
    syncSettings(at);
    const before = statSync(at.settings, { bigint: true }).mtimeNs;
    syncSettings(at);
    expect(statSync(at.settings, { bigint: true }).mtimeNs).toBe(before);
});

it("takes the tracked file's salt over its own, unless secrets were encrypted with its own", () => {
    syncSettings(at, { encryptionsalt: "v1:mine" });
    track({ "datacentre:provider": { kind: "docker" } }, { encryptionsalt: "v1:theirs" });
    expect(syncSettings(at).encryptionsalt).toBe("v1:theirs");

    track({ "datacentre:provider": { kind: "docker" } }, { encryptionsalt: "v1:other" });
    setHere((settings) => (settings.config["datacentre:x"] = { secure: "v1:secret" }));
    expect(() => syncSettings(at)).toThrow(/two different passphrases/);
});

it("says which file is no YAML", () => {
    writeFileSync(at.tracked, "config: [");
    expect(() => syncSettings(at)).toThrow(at.tracked);
});

it("finds the provider in settings that nobody has checked yet", () => {
    const provider = (given: Record<string, string>) => providerOf({ config: { "datacentre:provider": given } });
    expect(provider({ kind: "docker", prefix: "dc", socket: "/x.sock" })).toEqual({ kind: "docker", prefix: "dc", engine: "unix:///x.sock" });
    expect(provider({ kind: "containers", prefix: "one", engine: "ssh://ops@box" })).toEqual({ kind: "containers", prefix: "one", engine: "ssh://ops@box" });
    expect(provider({ kind: "containers" })).toEqual({ kind: "containers", prefix: "", engine: "unix:///var/run/docker.sock" });
    expect(providerOf({})).toEqual({ kind: "", prefix: "", engine: "unix:///var/run/docker.sock" });
});
