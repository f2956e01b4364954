/**
 * Reads from a stack's settings what set-up needs before the engine can run, without judging them: `make up` does that.
 * Arguments: the settings files, tracked first. Prints five lines, each from all files together, since a user's own settings may be behind
 * the tracked ones or ahead of them: the provider's kinds; the names of nodes that are hosts; the lab's images that nodes and apps run in,
 * where set-up does not get them anyway; for containers as nodes their engine; for whom keys and authorities are made besides the stack's
 * own (scripts/keys.sh).
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { isGroup, projectKeys, withDefaults } from "../config/defaults";

/** With what it extends, as far as that can be read. */
function configOf(document: unknown): Record<string, unknown> {
    const own = projectKeys(isGroup(document) ? document.config : {});
    try {
        return withDefaults(own, "", join(__dirname, ".."));
    } catch {
        return own;
    }
}

/** All texts below a value. */
const textsIn = (value: unknown): string[] =>
    typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];

/** Host images of the lab's that have more than the others: `lab/NAME/host-image.sh` makes them. */
const hostImage = /^datacentre-host-[a-z0-9-]+:current$/;

/** Images of the lab's own, and what its sample apps run in. */
const labImage = /^(datacentre-lab\/[a-z0-9-]+:[A-Za-z0-9_.-]+|busybox:latest)$/;

const kinds = new Set<string>();
const nodes = new Set<string>();
const images = new Set<string>();
const engines = new Set<string>();
const keysFor = new Set<string>();
for (const file of process.argv.slice(2).filter((path) => existsSync(path))) {
    let document: unknown;
    try {
        document = parse(readFileSync(file, "utf8"));
    } catch (error) {
        process.stderr.write(`error: ${file} is not YAML: ${(error as Error).message.split("\n")[0]}\n  remedy: correct the file\n`);
        process.exit(1);
    }
    const { provider, nodes: listed, sources, apps, etcd } = configOf(document);
    if (isGroup(provider) && typeof provider.kind === "string") {
        kinds.add(provider.kind);
    }
    if (isGroup(provider) && provider.kind === "docker" && typeof provider.image === "string" && hostImage.test(provider.image)) {
        images.add(provider.image);
    }
    if (isGroup(provider) && provider.kind === "containers") {
        engines.add(typeof provider.engine === "string" ? provider.engine : "unix:///var/run/docker.sock");
        textsIn([sources, apps]).filter((text) => labImage.test(text)).forEach((image) => images.add(image));
        // No host, so no key of one.
        continue;
    }
    if (isGroup(etcd) && etcd.tls === true) {
        keysFor.add("etcd");
    }
    for (const node of Array.isArray(listed) ? (listed as unknown[]) : []) {
        // Names that are none are reported by the program's own checks.
        if (isGroup(node) && typeof node.name === "string" && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(node.name)) {
            nodes.add(node.name);
        }
        const roles = isGroup(node) && Array.isArray(node.roles) ? (node.roles as unknown[]) : [];
        if (roles.some((role) => typeof role === "string" && role.startsWith("kubernetes-"))) {
            keysFor.add("etcd");
        }
        if (roles.includes("kubernetes-master")) {
            keysFor.add("kubernetes");
        }
    }
}
process.stdout.write([kinds, nodes, images, [...engines].slice(-1), keysFor].map((line) => `${[...line].join(" ")}\n`).join(""));
