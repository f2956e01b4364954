import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { ManagedNode } from "../nodes/managed-node";
import { assignment, launcher, renderProgram, secretAssignment, type Parameter } from "./program";

export interface StepArgs {
    /** Where it runs. */
    node: ManagedNode;
    /** What it brings up, for resource names and error texts: "zookeeper". */
    step: string;
    /** Scripts, by path from the root, that define `converge` and `undo`. */
    scripts: readonly string[];
    /** Plain values for the scripts. File contents are among them, so that a preview shows their lines. */
    parameters: Record<string, Parameter>;
    /** Secret values for the scripts. They hide the step's whole program in previews, so they get a step of their own. */
    secrets?: Record<string, pulumi.Input<string>>;
    /** Plain values that are known only when something has been made, such as a disk's id. */
    late?: Record<string, pulumi.Input<string>>;
    /** Only for the first step on a host: how long to try to reach it, in failed dials. */
    dialErrorLimit?: number;
}

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
    const plain = renderProgram(step, node.spec.name, args.scripts, args.parameters);
    const secrets = args.secrets && Object.entries(args.secrets);
    const late = args.late && Object.entries(args.late);
    const whole = late?.length
        ? pulumi
              .all(late.map(([, value]) => value))
              .apply((values) => late.map(([key], i) => `${assignment(key, values[i] ?? "")}\n`).join("") + plain)
        : plain;
    const program = secrets
        ? pulumi.secret(
              pulumi
                  .all([whole, ...secrets.map(([, value]) => value)])
                  .apply(([text, ...values]) => secrets.map(([key], i) => `${secretAssignment(key, values[i] ?? "")}\n`).join("") + (text ?? "")),
          )
        : whole;
    const run = (mode: "converge" | "undo") =>
        pulumi.interpolate`${launcher(node.spec.ssh.user)} ${mode} # ${step} on ${node.spec.name}, instance ${node.instance}`;

    return new command.remote.Command(
        `${step}-${node.spec.name}`,
        {
            connection:
                args.dialErrorLimit === undefined ? node.connection : { ...node.connection, dialErrorLimit: args.dialErrorLimit },
            create: run("converge"),
            // Not run when the machine itself goes away: see deletedWith.
            delete: run("undo"),
            stdin: program,
            addPreviousOutputInEnv: false,
            logging: command.remote.Logging.None,
        },
        {
            ...opts,
            ...(node.resource ? { deletedWith: node.resource } : {}),
            customTimeouts: { create: "30m", update: "30m", delete: "30m" },
            ...(secrets ? { additionalSecretOutputs: ["stdout", "stderr"] } : {}),
        },
    );
}
