import type { z } from "zod";

import type { Path } from "./faults";

/** As much of a zod schema's definition as is needed to walk it by the keys of a description. */
interface Definition {
    readonly type: string;
    readonly shape?: Record<string, z.core.$ZodType>;
    readonly element?: z.core.$ZodType;
    readonly innerType?: z.core.$ZodType;
    readonly in?: z.core.$ZodType;
    readonly options?: readonly z.core.$ZodType[];
    readonly entries?: Record<string, string>;
    readonly values?: readonly unknown[];
}

const definition = (schema: z.core.$ZodType): Definition => schema._zod.def;

/** A schema without its defaults and transformations. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
    const { innerType, in: source } = definition(schema);
    const inner = innerType ?? source;
    return inner ? bare(inner) : schema;
}

/** Whether a key may be left out. */
export const mayBeLeftOut = (schema: z.core.$ZodType): boolean =>
    ["optional", "default", "prefault"].includes(definition(schema).type);

/** The schema of what stands at a place, its default included; of several kinds of object, the one that `raw` says it is. */
export function schemaAt(schema: z.core.$ZodType, path: Path, raw: unknown): z.core.$ZodType | undefined {
    const [part, ...rest] = path;
    if (part === undefined) {
        return schema;
    }
    const inner = definition(bare(schema));
    const below = typeof part === "number" ? inner.element : shapeOf(inner, raw)[part];
    const value = typeof raw === "object" && raw !== null ? (raw as Record<string | number, unknown>)[part] : undefined;
    return below && schemaAt(below, rest, value);
}

function shapeOf(inner: Definition, raw: unknown): Record<string, z.core.$ZodType> {
    if (!inner.options) {
        return inner.shape ?? {};
    }
    const kind = (raw as { kind?: unknown } | undefined)?.kind;
    const shapes = inner.options.map((option) => definition(bare(option)).shape ?? {});
    return shapes.find((shape) => shape.kind && definition(shape.kind).values?.includes(kind)) ?? {};
}

/** The keys that an object at a place may have. */
export function keysAt(whole: z.core.$ZodType, path: Path, raw: unknown): string[] {
    const schema = schemaAt(whole, path, raw);
    const value = path.reduce<unknown>((at, part) => (at as Record<string | number, unknown> | undefined)?.[part], raw);
    return schema ? Object.keys(shapeOf(definition(bare(schema)), value)) : [];
}
