import type { Context } from "../context";
import { error, keyOf, type Fault } from "../faults";
import type { DataCentre } from "../schema";
import { secretPaths } from "../secrets";
import type { Systems } from "../systems";

/** What is secret was stored encrypted. */
export function secretRules(dc: DataCentre, context: Context, { form }: Systems): Fault[] {
    const { isSecret } = context;
    return isSecret
        ? secretPaths(form.secretKeys, dc)
              .filter((path) => !isSecret(path))
              .map((path) => plainSecret(path, context.stack))
        : [];
}

function plainSecret(path: readonly (string | number)[], stack: string): Fault {
    const command = `pulumi config set --stack ${stack} --secret --path '${keyOf(...path)}'`;
    return error(path, "this stands in the stack file as plain text", `change it where it is used, then run: ${command}`);
}
