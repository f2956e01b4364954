/**
 * Writes `config/datacentre.schema.json`, from which editors complete and check the stack files: `npx tsx config/jsonschema.ts`.
 * What must hold between keys is beyond it, and is checked when the stack is used.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { keyOf } from "./faults";
import { dataCentreSchema } from "./schema";
import { maySee } from "./secrets";

interface JsonSchema {
    [keyword: string]: unknown;
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
    required?: string[];
}

export const schemaFile = join(__dirname, "datacentre.schema.json");

/** How Pulumi writes an encrypted value into a stack file. */
const secure: JsonSchema = {
    type: "object",
    properties: { secure: { type: "string" } },
    required: ["secure"],
    additionalProperties: false,
};

/** Lets encrypted values stand where secrets do; a plain one is left to the check, which knows the command. */
function withSecrets(schema: JsonSchema, path: string[]): JsonSchema {
    const { properties, items } = schema;
    if (properties) {
        const below = Object.entries(properties).map(([key, value]) => [key, withSecrets(value, [...path, key])] as const);
        return { ...schema, properties: Object.fromEntries(below) };
    }
    if (items) {
        return { ...schema, items: withSecrets(items, path) };
    }
    return path.at(-1) === "password" && !maySee(path) ? { description: schema.description, anyOf: [schema, secure] } : schema;
}

/** The JSON Schema (draft 7, which editors know) of a whole stack file, ending in a newline. */
export function stackFileSchema(): string {
    const inner = z.toJSONSchema(dataCentreSchema, { io: "input", target: "draft-7", reused: "inline" }) as JsonSchema;
    const properties = Object.entries(withSecrets(inner, []).properties ?? {}).map(
        ([key, value]) => [keyOf(key), value] as const,
    );
    const schema = {
        $schema: "http://json-schema.org/draft-07/schema#",
        title: "A stack of datacentre",
        description: "Made from config/schema.ts by 'npx tsx config/jsonschema.ts'; not to be edited.",
        type: "object",
        properties: {
            config: {
                type: "object",
                properties: Object.fromEntries(properties),
                // Keys of other namespaces, such as a provider's own, are not ours to judge.
                patternProperties: { "^(?!datacentre:)": true },
                additionalProperties: false,
                // What a stack extends may have them.
                anyOf: [{ required: (inner.required ?? []).map((key) => keyOf(key)) }, { required: [keyOf("extends")] }],
            },
        },
        required: ["config"],
    };
    return `${JSON.stringify(schema, undefined, 2)}\n`;
}

if (require.main === module) {
    writeFileSync(schemaFile, stackFileSchema());
}
