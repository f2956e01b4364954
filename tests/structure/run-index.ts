/** The program as Pulumi runs it, on mocks: index.ts itself, with a stack's settings. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type * as pulumiModule from "@pulumi/pulumi";

import { namedIn } from "../../components/step/shared";
import { watch, type Registered } from "../registrations";

export interface Made {
    readonly type: string;
    readonly name: string;
    readonly inputs: Record<string, any>;
}

export interface Run {
    readonly made: readonly Made[];
    readonly registered: readonly Registered[];
    /** What index.ts hands to Pulumi. */
    readonly outputs: Record<string, any>;
    /** What was told to the person at the engine; its debug log, which filters secrets itself, is not among it. */
    readonly told: readonly string[];
}

/** What an engine says of what it made. */
const computed: Readonly<Record<string, (inputs: Record<string, any>) => object>> = {
    "docker:index/volume:Volume": ({ name }) => ({ mountpoint: `/var/lib/docker/volumes/${name}/_data` }),
    "docker:index/remoteImage:RemoteImage": ({ name }) => ({ imageId: `id of ${name}` }),
};

/**
 * @param raw the values of the project's keys
 * @param secrets top-level keys that hold some
 * @param program the module that is run, by path; what it exports are the outputs
 */
export async function runIndex(raw: Record<string, unknown>, secrets: readonly string[] = [], program = "../../index", stack = "local"): Promise<Run> {
    const home = mkdtempSync(join(tmpdir(), "index-"));
    const before = process.env.DATACENTRE_HOME;
    process.env.DATACENTRE_HOME = home;
    const keys = join(home, "stacks", stack, "ssh");
    mkdirSync(join(keys, "hosts"), { recursive: true });
    for (const name of ["id_ed25519", ...(raw.nodes as { name: string }[]).map((node) => `hosts/${node.name}_ed25519`)]) {
        writeFileSync(join(keys, name), "PRIVATE");
        writeFileSync(join(keys, `${name}.pub`), `ssh-ed25519 ${name.length}AAA comment`);
    }
    mkdirSync(join(keys, "../tls"));
    writeFileSync(join(keys, "../tls/authority.key"), "AUTHORITY");
    writeFileSync(join(keys, "../tls/authority.crt"), "CERTIFICATE");
    const { etcd } = raw as { etcd?: { tls?: boolean } };
    const secure = etcd?.tls === true || (raw.nodes as { roles?: string[] }[]).some(({ roles = [] }) => roles.some((role) => role.startsWith("kubernetes-")));
    for (const name of secure ? ["etcd-authority", "kubernetes-authority", "front-proxy-authority", "service-accounts", "encryption", "admin"] : []) {
        ["key", "crt", "pub"].forEach((end) => writeFileSync(join(keys, "../tls", `${name}.${end}`), `TEXT of ${name}.${end}\n`));
    }
    const made: Made[] = [];
    const registered: Registered[] = [];
    const told: string[] = [];
    let outputs: Record<string, any> = {};
    // The SDK makes an error for every promise, to say where it was made: half of the time goes there.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        await jest.isolateModulesAsync(async () => {
            /* eslint-disable @typescript-eslint/no-require-imports */
            const pulumi = require("@pulumi/pulumi") as typeof pulumiModule;
            for (const kind of ["info", "warn", "error"] as const) {
                jest.spyOn(pulumi.log, kind).mockImplementation(async (...args: unknown[]) => void told.push(String(args[0])));
            }
            await pulumi.runtime.setMocks(
                {
                    newResource: ({ type, name, inputs }) => {
                        made.push({ type, name, inputs: inputs as Record<string, any> });
                        return { id: `${name}-id`, state: { ...(inputs as Record<string, any>), ...computed[type]?.(inputs as Record<string, any>) } };
                    },
                    call: () => ({}),
                },
                "datacentre",
                stack,
            );
            watch(pulumi, registered);
            const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
            pulumi.runtime.setAllConfig(
                Object.fromEntries(Object.entries(raw).map(([key, value]) => [`datacentre:${key}`, text(value)])),
                secrets.map((key) => `datacentre:${key}`),
            );
            outputs = require(program) as Record<string, any>;
            await pulumi.runtime.disconnect();
        });
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
        if (before === undefined) {
            delete process.env.DATACENTRE_HOME;
        } else {
            process.env.DATACENTRE_HOME = before;
        }
        rmSync(home, { recursive: true, force: true });
    }
    return { made, registered, outputs, told };
}

export const isStep = ({ type }: Made): boolean => type === "command:remote:Command";

/** Where the program puts what hosts are sent. */
const packs = join(__dirname, "../../.datacentre/scripts");

/** A text that a program names by digest, from one of the files that were written for hosts. */
function sharedText(digest: string): string {
    const begin = `put ${digest} <<'end of datacentre script'\n`;
    for (const file of readdirSync(packs)) {
        const text = readFileSync(join(packs, file), "utf8");
        const at = text.indexOf(begin);
        if (at >= 0) {
            return text.slice(at + begin.length, text.indexOf("\nend of datacentre script\n", at) + 1);
        }
    }
    throw new Error(`no host was sent ${digest}`);
}

/** A step's own text, whether it is secret or not. */
export const textOf = ({ inputs }: Made): string => {
    const text = inputs.stdin as string | { value: string };
    return typeof text === "string" ? text : text.value;
};

/** The program of a step with what it names by digest. */
export const programOf = (step: Made): string => [textOf(step), ...namedIn(textOf(step)).map(({ digest }) => sharedText(digest))].join("");
