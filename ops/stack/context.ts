/** Which stack a verb works on: its names, its places, and the engine's environment. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { parse } from "yaml";

import { home } from "../../components/nodes/home";
import { Problem } from "../lib/say";

/** Everything that a verb needs to know about the stack that it works on. */
export interface Context {
    /** The checkout. */
    readonly root: string;
    readonly project: string;
    readonly stack: string;
    /** `project/stack`: the value of the label `datacentre.stack`, and of the claim on each host. */
    readonly owner: string;
    /** This user's directory for the stack: passphrase, keys, settings. */
    readonly stackHome: string;
    /** The engine's program. */
    readonly engine: string;
    /** `.pulumi` of a state that lies in a local directory; undefined when it lies elsewhere. */
    readonly bookkeeping: string | undefined;
    /** Of a state that lies elsewhere: where its copy is kept, for those who read it here. */
    readonly remoteCopy?: string;
    /** The stack's settings as tracked with the program. */
    readonly tracked: string;
    /** The same with this user's additions, the passphrase's salt and secrets among them: what the engine reads. */
    readonly settings: string;
    /** The engine's environment. */
    readonly env: NodeJS.ProcessEnv;
}

const stackName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** The engine: what `make setup` linked, else the one on PATH. Never our own wrapper, which would call itself. */
function findEngine(root: string): string {
    const linked = join(root, ".datacentre", "bin", "pulumi");
    const places = (process.env.PATH ?? "").split(delimiter).filter((place) => place !== join(root, "ops", "bin"));
    const found = [linked, ...places.map((place) => join(place, "pulumi"))].find((path) => existsSync(path));
    if (found === undefined) {
        throw new Problem("there is no Pulumi engine", "run 'make setup'");
    }
    return found;
}

/**
 * Gathers the context from the environment: STACK (default `local`), DATACENTRE_HOME, and what `make setup` wrote to
 * `.datacentre/env.sh`, which the Makefile reads first.
 */
export function loadContext(root = join(__dirname, "../..")): Context {
    const stack = process.env.STACK ?? "local";
    if (!stackName.test(stack) || stack.length > 63) {
        throw new Problem(
            `STACK=${JSON.stringify(stack)} is no stack name`,
            "use lower-case letters, digits and inner hyphens, as in Pulumi.local.yaml",
        );
    }
    const { name: project } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { name: string };
    const tracked = join(root, `Pulumi.${stack}.yaml`);
    if (!existsSync(tracked)) {
        throw new Problem(`there is no stack ${stack}: ${tracked} does not exist`, "name another with STACK=, or write that file");
    }
    const stackHome = join(home(), "stacks", stack);
    const settings = join(stackHome, "settings.yaml");
    const backend = process.env.PULUMI_BACKEND_URL ?? `file://${join(home(), "state")}`;
    return {
        root,
        project,
        stack,
        owner: `${project}/${stack}`,
        stackHome,
        engine: findEngine(root),
        bookkeeping: backend.startsWith("file://") ? join(fileURLToPath(backend.split("?")[0] ?? backend), ".pulumi") : undefined,
        remoteCopy: join(stackHome, "remote-state.json"),
        tracked,
        settings,
        env: {
            ...process.env,
            ...engineSettings(backend, stack, stackHome, settings),
        },
    };
}

/** What the engine is told by environment; the same for our verbs and for a person's shell (`make env`). */
export function engineSettings(backend: string, stack: string, stackHome: string, settings: string): Record<string, string> {
    return {
        PULUMI_BACKEND_URL: backend,
        PULUMI_STACK: stack,
        // Every option of the engine can be given so: here --config-file. Source: pulumi 3.255, cmd/pulumi/pulumi.go.
        PULUMI_OPTION_CONFIG_FILE: settings,
        // `stack rm` would remove the tracked settings along with the stack.
        PULUMI_OPTION_PRESERVE_CONFIG: "true",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // For steps that run on this machine: see components/step/lib.sh.
        DATACENTRE_STEP_STATE: join(stackHome, "steps"),
        // A passphrase that somebody set by hand counts.
        ...(process.env.PULUMI_CONFIG_PASSPHRASE === undefined
            ? { PULUMI_CONFIG_PASSPHRASE_FILE: process.env.PULUMI_CONFIG_PASSPHRASE_FILE ?? join(stackHome, "passphrase") }
            : {}),
    };
}
