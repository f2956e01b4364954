import { randomBytes } from "node:crypto";
import type { CallContext, CheckResult, DiffResult, ReadResult, ResourceHandler } from "../provider/resource";
import type { PropertyMap } from "../provider/values";
import type { Output } from "./capture";
import { checkInputs } from "./inputs";
import type { Field } from "./inputs";
import { runLocally } from "./local";
import { diffInputs, previewOutputs, withIgnored } from "./plan";
import { runCommand } from "./run";
import { COMMAND_FIELDS, LOCAL_COMMAND_FIELDS } from "./schema";
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

/** What tells commands elsewhere from commands here. */
export interface CommandKind {
    /** The Go type of the inputs, as messages name it. */
    inputs: string;
    fields: Record<string, Field>;
    run(context: CallContext, command: string, inputs: PropertyMap, previous: Output): Promise<Output>;
}

/** `command:remote:Command`. */
export const REMOTE: CommandKind = { inputs: "remote.CommandInputs", fields: COMMAND_FIELDS, run: runCommand };

/** `command:local:Command`. */
export const LOCAL: CommandKind = { inputs: "local.CommandInputs", fields: LOCAL_COMMAND_FIELDS, run: runLocally };

/** A command of the genuine provider 1.2.1: run where its kind says. */
export class CommandHandler implements ResourceHandler {
    public constructor(private readonly kind: CommandKind = REMOTE) {}

    public async check(_context: CallContext, _olds: PropertyMap, news: PropertyMap): Promise<CheckResult> {
        return checkInputs(this.kind.inputs, this.kind.fields, news);
    }

    public async diff(
        _context: CallContext, _id: string, oldInputs: PropertyMap, olds: PropertyMap, news: PropertyMap,
        ignoreChanges: string[],
    ): Promise<DiffResult> {
        return diffInputs(this.kind.fields, oldInputs, olds, news, ignoreChanges);
    }

    public async create(
        context: CallContext, inputs: PropertyMap, preview: boolean,
    ): Promise<{ id: string; properties: PropertyMap }> {
        const id = uniqueHex(context.name);
        if (preview) {
            return { id, properties: previewOutputs(this.kind.fields, inputs, OUTPUTS) };
        }
        const command = textOf(inputs, "create");
        const output = command === undefined ? NOTHING : await this.kind.run(context, command, inputs, NOTHING);
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
            return previewOutputs(this.kind.fields, inputs, OUTPUTS, olds);
        }
        const previous = outputOf(olds);
        const command = textOf(inputs, "update") ?? textOf(inputs, "create");
        const output = command === undefined ? previous : await this.kind.run(context, command, inputs, previous);
        return { ...inputs, ...output };
    }

    public async delete(context: CallContext, _id: string, properties: PropertyMap): Promise<void> {
        const command = textOf(properties, "delete");
        if (command !== undefined) {
            await this.kind.run(context, command, properties, outputOf(properties));
        }
    }
}
