/** The structure: what may take what, by what is really imported. ESLint says the same at each line; this says it of the whole. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { schemas } from "../../components/schemas";
import { filesBelow, rings, root, takenBy } from "./imports";

const files = [...["components", "config", "ops"].flatMap(filesBelow), "index.ts"];
const graph = new Map(files.map((file) => [file, new Set(takenBy(file))]));

const isLeaf = (file: string): boolean => file === "components/schemas.ts" || (/^components\/.*\/schema\.ts$/.test(file) && !file.includes("marathon-app"));

/** The folder that a file is at home in. Leaves are one layer, below everything; files of components/ itself put systems together. */
function homeOf(file: string): string {
    if (isLeaf(file)) {
        return "leaves";
    }
    const [top = "", second = ""] = file.split("/");
    if (top === "config" && /^(texts|sources|system-schema)\.ts$/.test(second)) {
        return "forms";
    }
    return (top === "components" || top === "ops") && file.split("/").length > 2 ? `${top}/${second}` : top === "config" ? top : file;
}

const homes = new Map<string, Set<string>>();
for (const [file, taken] of graph) {
    const home = homeOf(file);
    const others = homes.get(home) ?? new Set();
    [...taken].map(homeOf).filter((other) => other !== home).forEach((other) => others.add(other));
    homes.set(home, others);
}

it("has no ring of files", () => {
    expect(rings(graph)).toEqual([]);
});

it("has no ring of folders", () => {
    expect(rings(homes)).toEqual([]);
});

it("keeps config/ to itself", () => {
    const taken = [...(homes.get("config") ?? []), ...(homes.get("forms") ?? []), ...(homes.get("leaves") ?? [])];
    expect([...new Set(taken)].filter((home) => !["forms", "leaves", "config"].includes(home))).toEqual([]);
    expect([...(homes.get("config") ?? [])]).toEqual(["forms"]);
});

it("lets components/ take nothing of ops/", () => {
    expect([...homes].filter(([home, taken]) => home.startsWith("components") && [...taken].some((one) => one.startsWith("ops")))).toEqual([]);
});

it("knows what systems say without Pulumi, for verify, bundles and tests", () => {
    const reached = new Set<string>();
    const walk = (file: string): void => {
        if (!reached.has(file)) {
            reached.add(file);
            graph.get(file)?.forEach(walk);
        }
    };
    ["components/systems.ts", "components/rows.ts", "components/description.ts", "components/bundle/needs.ts", "components/host/plan.ts"].forEach(walk);
    expect(reached.size).toBeGreaterThan(100);
    // The SDK is loaded by who loads the running program's configuration, when it does.
    const pulumi = [...reached].filter((file) => /^import (?!type ).* from "@pulumi\//m.test(readFileSync(join(root, file), "utf8")));
    expect(pulumi).toEqual([]);
});

it("names no system in config/", () => {
    // Apps are also a kind of part, of which config/ knows.
    const names = [...schemas.systems, ...schemas.apps].flatMap(({ name, roles }) => [name, ...roles]).filter((name) => name !== "apps");
    const named = filesBelow("config").flatMap((file) => {
        const code = readFileSync(join(root, file), "utf8").replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
        return names.filter((name) => new RegExp(`["']${name}["']|\\bdc\\.${name}\\b`).test(code)).map((name) => `${file}: ${name}`);
    });
    expect(named).toEqual([]);
});

it("has the files of a system where one looks for them", () => {
    const folder = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const lacking = [...schemas.systems, ...schemas.apps].flatMap(({ name }) =>
        ["schema.ts", "system.ts", "index.ts"].map((file) => `components/${folder(name)}/${file}`).filter((file) => !existsSync(join(root, file))),
    );
    expect(lacking).toEqual([]);
});
