import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { parse } from "yaml";

/** RAML 1.0 types, as far as Marathon's libraries use them: enough to hold a schema against them. */

export interface RamlType {
    readonly kind: "string" | "number" | "integer" | "boolean" | "object" | "array" | "datetime" | "any";
    /** What must be in a value, by keyword: minimum, maximum, minLength, maxLength, pattern, minItems, maxItems, uniqueItems. */
    readonly facets: Readonly<Record<string, unknown>>;
    readonly values?: readonly string[];
    readonly fields?: Readonly<Record<string, { readonly type: RamlType; readonly required: boolean }>>;
    /** The type of values under free keys. */
    readonly free?: RamlType;
    readonly items?: RamlType;
    /** Forms of which one applies. */
    readonly forms?: readonly RamlType[];
}

const plain = ["string", "number", "integer", "boolean", "object", "array", "datetime", "any"];
const keywords = ["minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"];

export class Library {
    private readonly types: Record<string, any>;
    private readonly uses: Record<string, Library> = {};

    public constructor(file: string, known = new Map<string, Library>()) {
        known.set(file, this);
        const { types = {}, uses = {} } = parse(readFileSync(file, "utf8"), { logLevel: "silent", uniqueKeys: false });
        this.types = types;
        for (const [alias, path] of Object.entries<string>(uses)) {
            const target = join(dirname(file), path);
            this.uses[alias] = known.get(target) ?? new Library(target, known);
        }
    }

    /** The type of a name, or of a declaration in this library. */
    public resolve(declared: any): RamlType {
        const { type, ...own } =
            typeof declared === "string" ? { type: declared } : { type: declared.properties ? "object" : "string", ...declared };
        const base = this.named(type);
        const facets = { ...base.facets, ...Object.fromEntries(Object.entries(own).filter(([key]) => keywords.includes(key))) };
        return {
            ...base,
            facets,
            ...(own.enum ? { values: own.enum.map(String) } : {}),
            ...(own.items ? { items: this.resolve(own.items) } : {}),
            ...(own.properties ? this.properties(own.properties) : {}),
        };
    }

    private named(name: string): RamlType {
        const text = name.trim().replace(/^\((.*)\)$/, "$1");
        if (text.includes("|")) {
            return { kind: "any", facets: {}, forms: text.split("|").map((one) => this.named(one)) };
        }
        if (text.endsWith("[]")) {
            return { kind: "array", facets: {}, items: this.named(text.slice(0, -2)) };
        }
        if (plain.includes(text)) {
            return { kind: text as RamlType["kind"], facets: {} };
        }
        const [alias, inner] = text.split(".");
        if (inner !== undefined) {
            return this.uses[alias ?? ""]!.named(inner);
        }
        if (this.types[text] === undefined) {
            throw new Error(`no type ${text}`);
        }
        return this.resolve(this.types[text]);
    }

    private properties(all: Record<string, any>): Pick<RamlType, "fields" | "free"> {
        const entries = Object.entries(all).filter(([, declared]) => declared !== "nil");
        const free = entries.find(([key]) => key.startsWith("/"))?.[1];
        const fields = entries
            .filter(([key]) => !key.startsWith("/"))
            .map(([key, declared]) => {
                // What has a default may be left out, whatever its name says.
                const required = !key.endsWith("?") && declared.default === undefined;
                return [key.replace(/\?$/, ""), { type: this.resolve(declared), required }] as const;
            });
        return { fields: Object.fromEntries(fields), ...(free === undefined ? {} : { free: this.resolve(free) }) };
    }
}
