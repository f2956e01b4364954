import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { NodeSpec } from "../../config/schema";
import type { ManagedNode, OperatorsMachine } from "../nodes/managed-node";
import { assignment, launcher, renderProgram, secretAssignment, type Parameter } from "./program";
import { needed, waitsFor } from "./order";
import { sharedProgram, type FirstStep, type SharedText } from "./shared";

/** What runs, wherever it does. */
export interface ProgramArgs {
    /** What it brings up, for resource names and error texts: "zookeeper". */
    step: string;
    /** Scripts, by path from the root, that define `converge` and `undo`. */
    scripts: readonly string[];
    /** Plain values for the scripts. File contents are among them, so that a preview shows their lines. */
    parameters: Record<string, Parameter>;
    /** Secret values for the scripts. They hide the step's whole program in previews, so they get a step of their own. */
    secrets?: Record<string, pulumi.Input<string>>;
}

export interface StepArgs extends ProgramArgs {
    /** Where it runs. */
    node: ManagedNode;
    /** Plain values that are known only when something has been made, such as a disk's id. */
    late?: Record<string, pulumi.Input<string>>;
    /** Only for the first step on a host: how long to try to reach it, in failed dials. */
    dialErrorLimit?: number;
    /** Only for the first step on a host. */
    first?: FirstStep;
}

const stepsOn = new WeakMap<ManagedNode, string[]>();
const textsOn = new WeakMap<NodeSpec, SharedText[]>();

/** Resolved once all of the program's steps are made: it makes them in one go. */
const whenMade = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The steps of a node that leave something on it, by name, once all are made: a program makes its resources in one go. A step that does not
 * leave anything there says so by the parameter `leaves_nothing`.
 */
export const stepsOf = (node: ManagedNode): Promise<string[]> => whenMade().then(() => [...(stepsOn.get(node) ?? [])].sort());

/** Every text that the node's steps name by digest, once all are made. */
export const textsOf = (node: NodeSpec): Promise<SharedText[]> => whenMade().then(() => textsOn.get(node) ?? []);

/**
 * One on-host step: a script that converges one system on one host and says how many things it changed.
 *
 * The only place where remote commands are made, since each of these options has a reason: the program goes through
 * stdin (arguments are seen by everybody on the host, and errors quote the command); the instance's id is part of the
 * command, so that a new machine gets all its steps again; nothing is deleted on a machine that goes away itself.
 *
 * @returns the remote command; its stdout is the count and list of changes. Fails with the script's problem and remedy.
 */
export function hostStep(args: StepArgs, opts: pulumi.CustomResourceOptions): command.remote.Command {
    const { node, step } = args;
    if (args.parameters.leaves_nothing !== true) {
        stepsOn.set(node, [...(stepsOn.get(node) ?? []), step]);
    }
    const late = args.late && Object.entries(args.late);
    const { text: plain, uses } = sharedProgram(step, node.spec.name, args.scripts, args.parameters, args.first);
    textsOn.set(node.spec, [...(textsOn.get(node.spec) ?? []), ...uses]);
    const whole = late?.length
        ? pulumi
              .all(late.map(([, value]) => value))
              .apply((values) => late.map(([key], i) => `${assignment(key, values[i] ?? "")}\n`).join("") + plain)
        : plain;
    const run = (mode: Mode) => `${launcher(node.spec.ssh.user)} ${mode} # ${step} on ${node.spec.name}`;
    const before = needed(opts.dependsOn);
    const made = new command.remote.Command(
        `${step}-${node.spec.name}`,
        {
            connection:
                args.dialErrorLimit === undefined ? node.connection : { ...node.connection, dialErrorLimit: args.dialErrorLimit },
            create: withInstance(node, (id) => `${run("converge")}, instance ${id}`),
            // Not run when the machine itself goes away: see deletedWith.
            delete: run("undo"),
            stdin: withSecrets(whole, args.secrets),
            addPreviousOutputInEnv: false,
            logging: command.remote.Logging.None,
        },
        { ...opts, ...before, ...(node.resource ? { deletedWith: node.resource } : {}), ...options(args) },
    );
    return waitsFor(made, before);
}

/** What is made of a machine's id. Plain where that is known already: each output is some dozens of the SDK's promises and closures. */
export const withInstance = ({ instance }: ManagedNode, make: (id: string) => string): pulumi.Input<string> =>
    typeof instance === "string" ? make(shortId(instance)) : pulumi.output(instance).apply((id) => make(shortId(id)));

/** Enough of an id to tell machines apart: a container's has 64 digits, and stands in each of its steps several times. */
const shortId = (id: string): string => (/^[0-9a-f]{64}$/.test(id) ? id.slice(0, 24) : id);

/** A step that only asks a service's API, from the operator's machine and as its user: where nodes are no hosts. By the same program. */
export function clientStep({ spec: of, resource }: OperatorsMachine, args: ProgramArgs, opts: pulumi.CustomResourceOptions): command.local.Command {
    const run = (mode: Mode) => `${launcher("root")} ${mode} # ${args.step} on ${of.name}, instance none: it runs here`;
    return new command.local.Command(
        `${args.step}-${of.name}`,
        {
            create: run("converge"),
            delete: run("undo"),
            stdin: withSecrets(renderProgram(args.step, of.name, args.scripts, args.parameters), args.secrets),
            addPreviousOutputInEnv: false,
            logging: command.local.Logging.None,
        },
        // Nothing is asked of a service that goes itself.
        { ...opts, deletedWith: resource, ...options(args) },
    );
}

type Mode = "converge" | "undo";

const options = ({ secrets }: ProgramArgs): pulumi.CustomResourceOptions => ({
    customTimeouts: { create: "30m", update: "30m", delete: "30m" },
    ...(secrets ? { additionalSecretOutputs: ["stdout", "stderr"] } : {}),
});

function withSecrets(program: pulumi.Input<string>, values: ProgramArgs["secrets"]): pulumi.Input<string> {
    const secrets = values && Object.entries(values);
    return secrets
        ? pulumi.secret(
              pulumi
                  .all([program, ...secrets.map(([, value]) => value)])
                  .apply(([text, ...given]) => secrets.map(([key], i) => `${secretAssignment(key, given[i] ?? "")}\n`).join("") + (text ?? "")),
          )
        : program;
}
