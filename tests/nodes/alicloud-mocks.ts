import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { makeNodes } from "../../components/nodes";
import type { ManagedNode } from "../../components/nodes/managed-node";
import { systems } from "../../components/systems";
import type { DataCentre } from "../../config";
import { watch, type Registered } from "../registrations";
import { answers, computed } from "./alicloud-account";

export interface Made {
    type: string;
    name: string;
    inputs: Record<string, any>;
}

export interface Called {
    token: string;
    inputs: Record<string, any>;
}

export const outputOf = <T>(value: pulumi.Input<T>): Promise<T> =>
    new Promise((resolve) => void pulumi.output(value).apply((known) => resolve(known as T)));

/** Runs the nodes of a description on mocks, with keys of a scratch home. `call` replaces what the account answers. */
export async function runNodes(
    dc: DataCentre,
    options: { operator?: string; preview?: boolean; call?: (token: string) => object; environment?: Record<string, string> } = {},
): Promise<{
    made: Made[];
    registered: Registered[];
    called: Called[];
    nodes: ManagedNode[];
    of: (type: string) => Made[];
    registeredOf: (type: string) => Registered[];
}> {
    const home = mkdtempSync(join(tmpdir(), "alicloud-"));
    const keys = join(home, "stacks", "dev", "ssh");
    mkdirSync(join(keys, "hosts"), { recursive: true });
    const write = (name: string, publicKey: string) => {
        writeFileSync(join(keys, name), `PRIVATE ${name}`);
        writeFileSync(join(keys, `${name}.pub`), `${publicKey} comment`);
    };
    write("id_ed25519", options.operator ?? "ssh-ed25519 AAAAoperator");
    dc.nodes.forEach(({ name }) => write(`hosts/${name}_ed25519`, `ssh-ed25519 AAAA${name}`));
    const before = process.env["DATACENTRE_HOME"];
    process.env["DATACENTRE_HOME"] = home;
    const environment = options.environment ?? { ALICLOUD_ACCESS_KEY: "mock" };
    Object.assign(process.env, environment);
    const made: Made[] = [];
    const called: Called[] = [];
    const registered: Registered[] = [];
    // The SDK makes an error for every promise, to say where it was made: half of the time goes there.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        const mocks = {
            newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
                made.push({ type, name, inputs: inputs as Record<string, any> });
                return { id: `${name}-id`, state: { ...(inputs as object), ...computed[type] } };
            },
            call: ({ token, inputs }: pulumi.runtime.MockCallArgs) => {
                called.push({ token, inputs: inputs as Record<string, any> });
                return options.call?.(token) ?? answers[token] ?? {};
            },
        };
        await pulumi.runtime.setMocks(mocks, "datacentre", "dev", options.preview ?? false);
        watch(pulumi, registered);
        const nodes = makeNodes(systems, dc, "dev", "datacentre/dev");
        await pulumi.runtime.disconnect();
        const of = (type: string) => made.filter((one) => one.type === type);
        const registeredOf = (type: string) => registered.filter((one) => one.type === type);
        return { made, registered, called, nodes, of, registeredOf };
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
        Object.keys(environment).forEach((key) => delete process.env[key]);
        if (before === undefined) {
            delete process.env["DATACENTRE_HOME"];
        } else {
            process.env["DATACENTRE_HOME"] = before;
        }
        rmSync(home, { recursive: true, force: true });
    }
}

/** A secret as mocks see it. */
export const opened = (value: any): any => value?.value ?? value;
