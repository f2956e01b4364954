/** The state when it lies in a bucket or a service: a copy to read here. */
import { rmSync } from "node:fs";

import { exec } from "../lib/exec";
import { writeWhole } from "../lib/files";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { checkpointFile } from "./checkpoint";

/** What the engine says of a stack that its backend does not have. Source: pulumi 3.255, cmd/pulumi/stack, "no stack named". */
const unknownStack = /no stack named .* found/;

/** Whose copies are what the backend has: a verb asks it again only after it has changed something. */
const copied = new WeakSet<Context>();

/** To be said of everything that writes the state. */
export function stateChanged(context: Context): void {
    copied.delete(context);
}

/**
 * A state that lies in a bucket or a service is read here through a copy of the engine's export, in this user's directory
 * and as the engine writes it: with secrets encrypted. A local state is read in place, and nothing is done.
 *
 * @throws Problem when the backend does not answer
 */
export async function copyRemoteState(context: Context): Promise<void> {
    const file = checkpointFile(context);
    if (context.bookkeeping !== undefined || file === undefined || copied.has(context)) {
        return;
    }
    const { code, stdout, stderr } = await exec(context.engine, ["stack", "export", "--stack", context.stack, "--non-interactive"], {
        cwd: context.root,
        env: context.env,
    });
    if (code === 0) {
        const { deployment } = JSON.parse(stdout) as { deployment: unknown };
        writeWhole(file, JSON.stringify({ checkpoint: { latest: deployment } }));
    } else if (unknownStack.test(stderr)) {
        rmSync(file, { force: true });
    } else {
        throw new Problem(
            `the state at ${(context.env.PULUMI_BACKEND_URL ?? "").split("?")[0]} cannot be read: ${stderr.trim() || `status ${code}`}`,
            "check PULUMI_BACKEND_URL, and the credentials that its service takes (README, State)",
        );
    }
    copied.add(context);
}
