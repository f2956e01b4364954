import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { askPlaces, isReached } from "../../ops/stack/fallbacks";
import { syncSettings } from "../../ops/stack/settings";

const url = "https://images.example/v2/";
let directory: string;
let at: { tracked: string; settings: string };
let said: string[];

beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "fallbacks-"));
    at = { tracked: join(directory, "Pulumi.local.yaml"), settings: join(directory, "home", "settings.yaml") };
    mkdirSync(join(directory, "home"));
    writeFileSync(join(directory, "other.yaml"), stringify({ config: { "datacentre:imageRegistries": { mirror: { upstream: "http://127.0.0.1:5555" } } } }));
    track({ "datacentre:imageRegistries": { mirror: { upstream: "https://images.example", port: 5001 } } });
    said = [];
    jest.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
    jest.restoreAllMocks();
    rmSync(directory, { recursive: true });
});

const track = (config: object, take = "other.yaml"): void =>
    writeFileSync(at.tracked, stringify({ config: { "datacentre:fallbacks": [{ unreached: url, take }], ...config } }));
const mirror = () => (syncSettings(at).config?.["datacentre:imageRegistries"] as { mirror: unknown }).mirror;
const never = () => Promise.reject(new Error("asked"));

it("goes by the description where the place is reached, and while nobody has asked", async () => {
    expect(mirror()).toEqual({ upstream: "https://images.example", port: 5001 });
    await askPlaces(at, (asked) => Promise.resolve(asked === url));
    expect(mirror()).toEqual({ upstream: "https://images.example", port: 5001 });
    expect(said).toEqual([]);
});

it("puts the other file's keys over it where not, says so each time, and asks once", async () => {
    await askPlaces(at, () => Promise.resolve(false));
    expect(mirror()).toEqual({ upstream: "http://127.0.0.1:5555", port: 5001 });
    await askPlaces(at, never);
    expect(mirror()).toEqual({ upstream: "http://127.0.0.1:5555", port: 5001 });
    expect(said).toHaveLength(2);
    expect(said[1]).toMatch(/https:\/\/images\.example\/v2\/ was not reached .* other\.yaml holds instead .*reached\.json/);
});

it("asks what is new, and keeps the answers that there are", async () => {
    await askPlaces(at, () => Promise.resolve(false));
    track({ "datacentre:fallbacks": [{ unreached: url, take: "other.yaml" }, { unreached: "https://more.example", take: "other.yaml" }] });
    const asked: string[] = [];
    await askPlaces(at, (place) => (asked.push(place), Promise.resolve(true)));
    expect(asked).toEqual(["https://more.example"]);
    expect(JSON.parse(readFileSync(join(directory, "home", "reached.json"), "utf8"))).toEqual({ [url]: false, "https://more.example": true });
});

it("keeps no answers for a stack that has nothing to ask", async () => {
    writeFileSync(at.tracked, stringify({ config: {} }));
    await askPlaces(at, never);
    expect(existsSync(join(directory, "home", "reached.json"))).toBe(false);
});

it("names the file that cannot be read", async () => {
    track({}, "none.yaml");
    await askPlaces(at, () => Promise.resolve(false));
    expect(() => syncSettings(at)).toThrow(/none\.yaml, which datacentre:fallbacks names, cannot be read/);
});

it.each([
    [200, true],
    [401, true],
    [403, false],
    [502, false],
])("takes status %i for reached: %s", async (status, reached) => {
    const server = await new Promise<Server>((resolve) => {
        const made = createServer((_, answer) => answer.writeHead(status).end()).listen(0, "127.0.0.1", () => resolve(made));
    });
    const place = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/`;
    expect(await isReached(place)).toBe(reached);
    await new Promise((resolve) => server.close(resolve));
    expect(await isReached(place)).toBe(false);
});
