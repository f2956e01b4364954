/** Runs the whole program on Pulumi's mocks, and tells all that it asks the engine for. */
import fs from "node:fs";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { dirname, join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { answers, computed } from "../nodes/alicloud-account";
import { openKey } from "./bodies";
import { tracked, type Description } from "./descriptions";
import { faultsOf } from "./faults";
import { checks, index, parse, root } from "./program";
import { home, json, masked, sorted, type Texts } from "./text";

interface Registration {
    readonly type: string;
    readonly name: string;
    /** As they go over the wire, without what stands for nothing. */
    readonly options: Record<string, unknown>;
    readonly inputs: Record<string, unknown>;
    outputs?: unknown;
}

/** Where the program's text stood, and what the SDK can do: neither is behaviour. */
const aside = /^(object|type|name|sourceposition|stacktrace|parentstacktracehandle|accept|supports|version|custom$)/;
const isNothing = (value: unknown): boolean => value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0);

const secretMark = "4dabf18193072939515e22adb298388d";
/** Secrets, as `{ "(secret)": … }` instead of the engine's mark. */
function shown(value: any): any {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map(shown);
    }
    return secretMark in value && "value" in value
        ? { "(secret)": shown(value.value) }
        : Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, shown(one)]));
}

/** What something depends on is a set. */
function asSet(key: string, value: any): unknown {
    if (key === "propertydependenciesMap") {
        const depending = (value as [property: string, on: { urnsList: string[] }][]).filter(([, { urnsList }]) => urnsList.length > 0);
        return Object.fromEntries(depending.map(([property, { urnsList }]) => [property, sorted(urnsList)]));
    }
    return key === "dependenciesList" ? sorted(value) : value;
}

/** Watches the engine's side of the SDK. The order is that in which resources were made: when requests arrive depends on promises. */
function watch(): { registrations: () => Registration[]; stop: () => void } {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const sdk = require("@pulumi/pulumi/runtime/resource");
    const register = sdk.registerResource;
    const order: string[] = [];
    sdk.registerResource = (...args: any[]) => {
        order.push(`${args[2]} ${args[3]}`);
        return register(...args);
    };
    const monitor = pulumi.runtime.getMonitor() as any;
    const [toRegister, toFinish] = [monitor.registerResource.bind(monitor), monitor.registerResourceOutputs.bind(monitor)];
    const all: Registration[] = [];
    monitor.registerResource = (request: any, ...rest: unknown[]) => {
        const options = Object.entries(request.toObject() as object)
            .filter(([key, value]) => !aside.test(key) && !isNothing(value))
            .map(([key, value]) => [key, asSet(key, value)]);
        const inputs = shown(request.getObject().toJavaScript());
        all.push({ type: request.getType(), name: request.getName(), options: Object.fromEntries(options), inputs });
        return toRegister(request, ...rest);
    };
    monitor.registerResourceOutputs = (request: any, ...rest: unknown[]) => {
        const one = all.find(({ type, name }) => request.getUrn().endsWith(`${type}::${name}`));
        if (one) {
            one.outputs = shown(request.getOutputs().toJavaScript());
        }
        return toFinish(request, ...rest);
    };
    const place = ({ type, name }: Registration) => order.indexOf(`${type} ${name}`);
    return { registrations: () => [...all].sort((a, b) => place(a) - place(b)), stop: () => (sdk.registerResource = register) };
}

/** The SDK's own waiting ends between a lookup's answer and what is made of it. Nothing here waits for more than promises. */
async function quiet(registrations: () => Registration[]): Promise<void> {
    for (let rounds = 0, before = -1; rounds < 10; rounds++) {
        await (pulumi.runtime as any).waitForRPCs();
        await new Promise((resolve) => setImmediate(resolve));
        const now = registrations().length;
        rounds = now === before ? rounds : 0;
        before = now;
    }
    await pulumi.runtime.disconnect();
}

/** Outputs as they are in the end, with secrets said. */
async function settled(value: any): Promise<unknown> {
    if (pulumi.Output.isInstance(value)) {
        const output = value as any;
        const inside = (await output.isKnown) ? await settled(await output.promise()) : "(unknown)";
        return (await output.isSecret) ? { "(secret)": inside } : inside;
    }
    if (Array.isArray(value)) {
        return Promise.all(value.map(settled));
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(await Promise.all(Object.entries(value as object).map(async ([key, one]) => [key, await settled(one)] as const)));
    }
    return value;
}

/** What `make setup` makes, without a real key. */
function makeKeys({ stack, values, secrets }: Description): void {
    const write = (path: string, text: string): void => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text, { mode: 0o600 });
    };
    for (const [, path = ""] of JSON.stringify(values).matchAll(/"privateKeyFile":"~\/([^"]*)"/g)) {
        write(join(home(), path), openKey);
    }
    const keys = join(home(), "datacentre", "stacks", stack, "ssh");
    rmSync(keys, { recursive: true, force: true });
    const nodes = (parse(values, stack, [], secrets).dataCentre as { nodes: { name: string }[] } | undefined)?.nodes ?? [];
    for (const name of ["id_ed25519", ...nodes.map((node) => `hosts/${node.name}_ed25519`)]) {
        write(join(keys, name), `PRIVATE ${name}`);
        write(join(keys, `${name}.pub`), `ssh-ed25519 AAAA${name.replaceAll(/\W/g, "")} comment`);
    }
    // As scripts/setup does, only where they are needed.
    const secure = /"tls":true|"kubernetes-/.test(JSON.stringify([values.etcd, values.nodes]));
    for (const name of ["authority", ...(secure ? ["etcd-authority", "kubernetes-authority", "front-proxy-authority", "service-accounts", "encryption", "admin"] : [])]) {
        ["key", "crt", "pub"].forEach((end) => write(join(keys, "../tls", `${name}.${end}`), `TEXT of ${name}.${end}\n`));
    }
}

/** A stack's settings as Pulumi hands them over. */
function configure({ values, beside = {}, secrets = [] }: Description): void {
    const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
    const own = Object.entries(values).map(([key, value]) => [`datacentre:${key}`, text(value)]);
    pulumi.runtime.setAllConfig({ ...Object.fromEntries(own), ...beside }, secrets.map((key) => `datacentre:${key}`));
}

interface Loaded {
    _compile: (code: string, path: string) => unknown;
}
const { _extensions: loaders } = Module as unknown as { _extensions: Record<string, (module: Loaded, path: string) => unknown> };
const load = loaders[".ts"]!;
const translated = new Map<string, string>();
// Modules are loaded anew for every description, and translated once.
loaders[".ts"] = (module, path) => {
    const code = translated.get(path);
    if (code !== undefined) {
        return module._compile(code, path);
    }
    const compile = module._compile.bind(module);
    module._compile = (text, file) => {
        translated.set(path, text);
        return compile(text, file);
    };
    return load(module, path);
};

// Neither this machine's version of control groups is the description's, nor are stacks that running tests have in the checkout.
const { existsSync, readdirSync } = fs;
Object.assign(fs, {
    existsSync: (path: string) => path === "/sys/fs/cgroup/cgroup.controllers" || existsSync(path),
    readdirSync: (path: string, options?: object) => (readdirSync(path, options) as unknown[]).filter((name) => !String(name).startsWith("Pulumi.e2e-")),
});

/** The program anew, as a process of its own has it. */
function forgetModules(): void {
    for (const path of Object.keys(require.cache)) {
        if (path.startsWith(root) && !path.includes("/node_modules/") && !path.startsWith(__dirname)) {
            delete require.cache[path];
        }
    }
}

const blocks = (list: readonly (readonly [title: string, text: string])[]): string => list.map(([title, text]) => `## ${title}\n${text}\n`).join("\n");

const isStep = ({ type }: Registration): boolean => type === "command:remote:Command" || type === "command:local:Command";
const texts = ["create", "update", "delete", "stdin"] as const;

function programsOf(all: readonly Registration[]): string {
    const text = (value: any): string => String(value?.["(secret)"] ?? value);
    return blocks(
        all.filter(isStep).flatMap(({ name, inputs }) => texts.filter((key) => key in inputs).map((key) => [`${name}: ${key}`, text(inputs[key])] as const)),
    );
}

function graphOf(all: readonly Registration[], called: readonly string[]): string {
    const without = (one: Registration) =>
        isStep(one)
            ? Object.fromEntries(
                  Object.entries(one.inputs).map(([key, value]: [string, any]) => [key, !texts.includes(key as "stdin") ? value : value?.["(secret)"] === undefined ? "(program)" : "(secret program)"]),
              )
            : one.inputs;
    const resources = all.map((one) => [`${one.type} ${one.name}`, json({ ...one.options, inputs: without(one), outputs: one.outputs })] as const);
    return blocks([...resources, ["calls", sorted(called).join("\n")]]);
}

function rowsOf(description: Description): string {
    const { values, stack, secrets } = description;
    const { dataCentre } = parse(values, stack, Object.keys(tracked), secrets);
    if (dataCentre === undefined) {
        return "refused\n";
    }
    const said = (evaluate: () => unknown): string => {
        try {
            return json(evaluate());
        } catch {
            return "throws";
        }
    };
    const { probes, groups } = checks(dataCentre, `datacentre/${stack}`);
    const single = probes.map(({ node, system, row, command, evaluate }) =>
        [`${node} ${system}: ${row}`, [command, said(() => evaluate("", 0)), said(() => evaluate("end\n", 0))].join("\n")] as const);
    const whole = groups.map(({ system, row, questions, evaluateAll }) => {
        const silent = new Map(questions.map(({ node }) => [node, { output: "", at: 0 }]));
        return [`all ${system}: ${row}`, [json(questions), said(() => evaluateAll(new Map())), said(() => evaluateAll(silent))].join("\n")] as const;
    });
    return blocks([...single, ...whole].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Everything about one description, by aspect. */
export async function record(description: Description): Promise<Texts> {
    const { name, stack, values, secrets = [], preview = false, poor = false } = description;
    makeKeys(description);
    configure(description);
    process.env["ALICLOUD_ACCESS_KEY"] = poor ? "" : "mock";
    forgetModules();
    const told: string[] = [];
    const called: string[] = [];
    const fail = (error: unknown): void => void told.push(`failed: ${error instanceof Error ? error.message : String(error)}`);
    for (const kind of ["info", "warn", "error"] as const) {
        Object.assign(pulumi.log, { [kind]: async (text: string) => void told.push(`${kind}: ${text}`) });
    }
    process.on("unhandledRejection", fail);
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name: one, inputs }) => ({ id: `${one}-id`, state: { ...inputs, ...computed[type], ...(type === "docker:index/volume:Volume" ? { mountpoint: `/volumes/${inputs.name}` } : {}) } }),
            call: ({ token, inputs }) => {
                called.push(`${token} ${json(inputs, 0)}`);
                return answers[token] ?? {};
            },
        },
        "datacentre",
        stack,
        preview,
    );
    const { registrations, stop } = watch();
    let outputs: unknown;
    // The SDK makes an error for every promise, to say where it was made, which takes longer than all else.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const made: unknown = require(index);
        await quiet(registrations);
        outputs = await settled(made);    } catch (error) {
        fail(error);
    }
    Error.stackTraceLimit = stackTraceLimit;
    stop();
    process.off("unhandledRejection", fail);
    const all = registrations();
    const aspects: Texts = {
        description: json({ name, stack, values, secrets, preview, beside: description.beside }),
        programs: programsOf(all),
        graph: graphOf(all, called),
        rows: rowsOf(description),
        outputs: `${json(outputs)}\n${sorted(told).join("\n")}\n`,
        faults: `${faultsOf(values, stack, secrets)}\n`,
    };
    return Object.fromEntries(Object.entries(aspects).map(([aspect, text]) => [aspect, masked(text)]));
}
