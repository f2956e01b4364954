import * as pulumi from "@pulumi/pulumi";

import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Systems } from "../../config/systems";
import type { ManagedNode } from "../nodes/managed-node";
import type { Target } from "../ssh/ssh";
import { renderProgram, type Parameter } from "../step/program";
import { filesFor } from "./cover";
import { folderOf, readManifest } from "./folder";
import { indexOf, releaseText } from "./manifest";
import type * as sending from "./send";

/** What the first step on a host is told of the bundle; nothing without one. */
export function bundleParameters(dc: DataCentre): Record<string, Parameter> {
    if (!dc.bundle) {
        return {};
    }
    const manifest = readManifest(dc.bundle.path);
    return { bundle_index: manifest.files[indexOf(manifest)]?.sha256 ?? "", bundle_release: releaseText(manifest) };
}

/** How long a machine that the stack has just made may take to boot, and one that was there to answer; in seconds. */
const patience = { made: 300, there: 20 };

const scripts = ["packages/apt.sh", "packages/yum.sh", "packages/repositories.sh", "host/preflight.sh", "bundle/receive.sh"].map((name) => `components/${name}`);

/** The program that receives a node's files: it looks at the host as the first step does, before it takes any. */
export function receivingProgram(systems: Systems, dc: DataCentre, node: NodeSpec, parameters: Record<string, Parameter>): string {
    const files = filesFor(systems, dc, readManifest(dc.bundle?.path ?? ""), node).map(({ path, sha256, bytes }) => `${sha256} ${bytes} ${path}`);
    return renderProgram("bundle", node.name, scripts, { ...parameters, bundle_files: files });
}

/**
 * The node, known to the engine as its own self only once it has its files of the bundle: what runs on it with this one's `instance`
 * waits for them. Every `up` asks each host what it lacks, and sends just that, so a damaged file is mended and a cut-off one gone
 * on with; previews send nothing. A host that is not reached, or refuses, is warned of: the first step on it says why, if it is due.
 *
 * @param parameters what the first step on the host is told
 */
export function supplied(systems: Systems, node: ManagedNode, dc: DataCentre, parameters: Record<string, Parameter>): ManagedNode {
    const { bundle } = dc;
    if (!bundle) {
        return node;
    }
    const made = node.resource;
    const instance = pulumi.all([pulumi.output(node.connection), node.instance]).apply(async ([connection, id]) => {
        if (!pulumi.runtime.isDryRun()) {
            const program = receivingProgram(systems, dc, node.spec, parameters);
            const target = targetOf(connection as unknown as Connection);
            await inTurn(() => supply(node.spec, target, folderOf(bundle.path), program, made));
        }
        return id;
    });
    // The connection's key is secret; a machine's id is not.
    return { ...node, instance: pulumi.unsecret(instance) };
}

/** A node's connection, all of it known; a key that the description lacks is not in it. */
type Connection = Omit<Target, "hostKey" | "proxy"> & { hostKey?: string; proxy?: Omit<Target, "hostKey" | "proxy"> & { hostKey?: string } };

const targetOf = ({ host, port, user, privateKey, hostKey, proxy }: Connection): Target => ({
    ...{ host, port, user, privateKey, hostKey: hostKey ?? "" },
    ...(proxy ? { proxy: { ...proxy, hostKey: proxy.hostKey ?? "" } } : {}),
});

async function supply(node: NodeSpec, target: Target, folder: string, program: string, made: pulumi.Resource | undefined): Promise<void> {
    // Loaded when it is used: only descriptions with a bundle need an SSH client here.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { sendBundle } = require("./send") as typeof sending;
    try {
        const { files, bytes, refusal, untouched } = await sendBundle(target, folder, program, made ? patience.made : patience.there);
        if (refusal !== undefined && !untouched) {
            await pulumi.log.warn(`${node.name} did not get its bundle whole: ${refusal}`);
        } else if (files > 0) {
            await pulumi.log.info(`${node.name} was sent ${files} files of the bundle, ${Math.ceil(bytes / 1048576)} MiB`);
        }
    } catch (error) {
        await pulumi.log.warn(`${node.name} was not sent its bundle: ${(error as Error).message}`);
    }
}

/** Hosts that are sent files at once: they share the way out of this machine. */
const atOnce = 3;
let busy = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (busy >= atOnce) {
        await new Promise<void>((resolve) => waiting.push(resolve));
    }
    busy++;
    try {
        return await work();
    } finally {
        busy--;
        waiting.shift()?.();
    }
}
