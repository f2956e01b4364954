import { randomBytes } from "node:crypto";
import type { CallContext, CheckResult, DiffResult, ReadResult, ResourceHandler } from "../provider/resource";
import type { PropertyMap } from "../provider/values";
import { checkInputs } from "./inputs";
import { diffInputs, previewOutputs, withIgnored } from "./plan";
import { runCommand } from "./run";
import type { Output } from "./run";
import { COMMAND_FIELDS } from "./schema";
import { textOf } from "./types";

const OUTPUTS = ["stdout", "stderr"];
const NOTHING: Output = { stdout: "", stderr: "" };

function outputOf(state: PropertyMap): Output {
    return { stdout: textOf(state, "stdout") ?? "", stderr: textOf(state, "stderr") ?? "" };
}

/** An id as pulumi-go-provider makes it: the prefix and 8 random hex digits. */
export function uniqueHex(prefix: string): string {
    return prefix + randomBytes(4).toString("hex");
}

/** `command:remote:Command` of the genuine provider 1.2.1. */
export class CommandHandler implements ResourceHandler {
    public async check(_context: CallContext, _olds: PropertyMap, news: PropertyMap): Promise<CheckResult> {
        return checkInputs("CommandInputs", COMMAND_FIELDS, news);
    }

    public async diff(
        _context: CallContext, _id: string, oldInputs: PropertyMap, olds: PropertyMap, news: PropertyMap,
        ignoreChanges: string[],
    ): Promise<DiffResult> {
        return diffInputs(COMMAND_FIELDS, oldInputs, olds, news, ignoreChanges);
    }

    public async create(
        context: CallContext, inputs: PropertyMap, preview: boolean,
    ): Promise<{ id: string; properties: PropertyMap }> {
        const id = uniqueHex(context.name);
        if (preview) {
            return { id, properties: previewOutputs(COMMAND_FIELDS, inputs, OUTPUTS) };
        }
        const command = textOf(inputs, "create");
        const output = command === undefined ? NOTHING : await runCommand(context, command, inputs, NOTHING);
        return { id, properties: { ...inputs, ...output } };
    }

    /** The genuine provider reads nothing: state is what it was, and no drift is found. */
    public async read(_context: CallContext, id: string, properties: PropertyMap, inputs: PropertyMap): Promise<ReadResult> {
        return { id, properties, inputs };
    }

    /** Runs `update`, or else `create` again, with the new inputs; with neither the old output stays. */
    public async update(
        context: CallContext, _id: string, olds: PropertyMap, news: PropertyMap, ignoreChanges: string[], preview: boolean,
    ): Promise<PropertyMap> {
        const inputs = withIgnored(news, olds, ignoreChanges);
        if (preview) {
            return previewOutputs(COMMAND_FIELDS, inputs, OUTPUTS, olds);
        }
        const previous = outputOf(olds);
        const command = textOf(inputs, "update") ?? textOf(inputs, "create");
        const output = command === undefined ? previous : await runCommand(context, command, inputs, previous);
        return { ...inputs, ...output };
    }

    public async delete(context: CallContext, _id: string, properties: PropertyMap): Promise<void> {
        const command = textOf(properties, "delete");
        if (command !== undefined) {
            await runCommand(context, command, properties, outputOf(properties));
        }
    }
}
