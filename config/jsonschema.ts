import { join } from "node:path";

import { z } from "zod";

import { keyOf } from "./faults";
import type { Form } from "./systems";

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
function withSecrets(secretKeys: readonly string[], schema: JsonSchema, path: string[]): JsonSchema {
    const { properties, items } = schema;
    if (properties) {
        const below = Object.entries(properties).map(([key, value]) => [key, withSecrets(secretKeys, value, [...path, key])] as const);
        return { ...schema, properties: Object.fromEntries(below) };
    }
    if (items) {
        return { ...schema, items: withSecrets(secretKeys, items, path) };
    }
    const secret = secretKeys.some((key) => key.replaceAll(".*", "") === path.join("."));
    return secret ? { description: schema.description, anyOf: [schema, secure] } : schema;
}

/**
 * The JSON Schema (draft 7, which editors know) of a whole stack file, ending in a newline: editors complete and check stack files
 * from it. What must hold between keys is beyond it, and is checked when the stack is used.
 */
export function stackFileSchema({ schema: whole, secretKeys }: Form): string {
    const inner = z.toJSONSchema(whole, { io: "input", target: "draft-7", reused: "inline" }) as JsonSchema;
    const properties = Object.entries(withSecrets(secretKeys, inner, []).properties ?? {}).map(
        ([key, value]) => [keyOf(key), value] as const,
    );
    const schema = {
        $schema: "http://json-schema.org/draft-07/schema#",
        title: "A stack of datacentre",
        description: "Made from components/*/schema.ts by 'make schema'; not to be edited.",
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
