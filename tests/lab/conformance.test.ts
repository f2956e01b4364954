import type { Field as CommandField, Shape } from "../../lab/plugins/command/inputs";
import { COMMAND_FIELDS, CONNECTION_FIELDS, COPY_FIELDS, LOCAL_COMMAND_FIELDS, PROXY_FIELDS } from "../../lab/plugins/command/schema";
import { CONTAINER_FIELDS } from "../../lab/plugins/docker/container-spec";
import { IMAGE_FIELDS, NETWORK_FIELDS, VOLUME_FIELDS } from "../../lab/plugins/docker/other-specs";
import { UNSUPPORTED_CONFIG } from "../../lab/plugins/docker/provider";
import type { Fields, Kind } from "../../lab/plugins/docker/spec";
import { describeWithJson } from "../published";

interface Property {
    type?: string;
    $ref?: string;
    items?: Property;
    additionalProperties?: Property;
    default?: unknown;
    secret?: boolean;
    replaceOnChanges?: boolean;
    willReplaceOnChanges?: boolean;
    oneOf?: Property[];
}

interface ObjectType {
    properties: Record<string, Property>;
    required?: string[];
    enum?: unknown[];
    type?: string;
}

interface Schema {
    resources: Record<string, ObjectType & { inputProperties: Record<string, Property>; requiredInputs?: string[] }>;
    types: Record<string, ObjectType>;
    config: { variables: Record<string, Property> };
}

function typeNamed(schema: Schema, ref: string | undefined): ObjectType {
    const found = schema.types[(ref ?? "").replace("#/types/", "")];
    if (found === undefined) {
        throw new Error(`the schema has no type ${ref}`);
    }
    return found;
}

function shapeOf(schema: Schema, property: Property): Shape["kind"] {
    if (property.$ref?.startsWith("pulumi.json#/") === true) {
        return "asset";
    }
    if (property.$ref !== undefined) {
        return typeNamed(schema, property.$ref).enum === undefined ? "object" : "string";
    }
    const kinds: Record<string, Shape["kind"]> = {
        string: "string", boolean: "bool", number: "number", integer: "int", array: "list", object: "stringMap",
    };
    return kinds[property.type ?? ""] ?? "asset";
}

describeWithJson("the command stand-in against the published schema", "schemas/command-1.2.1.json", (read) => {
    const schema = read as () => Schema;
    test.each<[string, Record<string, CommandField>]>([
        ["command:local:Command", LOCAL_COMMAND_FIELDS],
        ["command:remote:Command", COMMAND_FIELDS], ["command:remote:CopyToRemote", COPY_FIELDS],
        ["command:remote:Connection", CONNECTION_FIELDS], ["command:remote:ProxyConnection", PROXY_FIELDS],
    ])("%s: the same properties, types, defaults, secrets, required and replacing ones", (token, fields) => {
        const published = schema();
        const resource = published.resources[token];
        const inputs = resource?.inputProperties ?? published.types[token]?.properties ?? {};
        const required = resource?.requiredInputs ?? published.types[token]?.required ?? [];
        const described = (name: string, property: Property): unknown => ({
            kind: shapeOf(published, property),
            fallback: property.default,
            secret: property.secret === true,
            replaceOnChanges: property.replaceOnChanges === true,
            required: required.includes(name),
        });
        const wanted = Object.fromEntries(Object.entries(inputs).map(([name, property]) => [name, described(name, property)]));
        const imitated = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, {
            kind: field.shape.kind,
            fallback: field.fallback,
            secret: field.secret === true,
            replaceOnChanges: field.replaceOnChanges === true,
            required: field.required === true,
        }]));
        expect(Object.keys(wanted).length).toBeGreaterThan(3);
        expect(imitated).toEqual(wanted);
    });
});

function kindMatches(kind: Kind, property: Property): boolean {
    switch (kind.type) {
        case "string": return property.type === "string";
        case "bool": return property.type === "boolean";
        case "int": return property.type === "integer";
        case "map": return property.type === "object" && property.additionalProperties?.type === "string";
        case "block": return property.$ref !== undefined;
        default:
            return property.type === "array" && (kind.element === "string"
                ? property.items?.type === "string"
                : property.items?.$ref !== undefined);
    }
}

function nestedFields(kind: Kind): Fields | undefined {
    const fields = kind.type === "block" ? kind.fields : kind.type === "list" || kind.type === "set" ? kind.element : "string";
    return fields === "string" || Object.keys(fields).length === 0 ? undefined : fields;
}

describeWithJson("the docker stand-in against the published schema", "schemas/docker-5.1.0.json", (read) => {
    const schema = read as () => Schema;
    const resources: [string, Fields][] = [
        ["docker:index/container:Container", CONTAINER_FIELDS], ["docker:index/network:Network", NETWORK_FIELDS],
        ["docker:index/volume:Volume", VOLUME_FIELDS], ["docker:index/remoteImage:RemoteImage", IMAGE_FIELDS],
    ];

    test.each(resources)("%s: every input is known, with the published type, and nothing else", (token, fields) => {
        const published = schema();
        const inputs = published.resources[token]?.inputProperties ?? {};
        const mine = Object.entries(fields).filter(([, field]) => field.outputOnly !== true);
        expect(mine.map(([name]) => name).sort()).toEqual(Object.keys(inputs).sort());
        for (const [name, field] of mine) {
            const property = inputs[name] ?? {};
            expect({ name, ok: kindMatches(field.kind, property) }).toEqual({ name, ok: true });
            const replaces = property.willReplaceOnChanges === true;
            expect({ name, replaces: field.forceNew === true }).toEqual({ name, replaces });
            const nested = nestedFields(field.kind);
            if (nested !== undefined && field.unsupported !== true) {
                const type = typeNamed(published, property.$ref ?? property.items?.$ref);
                expect(Object.keys(nested).sort()).toEqual(Object.keys(type.properties).sort());
                for (const [inner, { kind }] of Object.entries(nested)) {
                    const ok = kindMatches(kind, type.properties[inner] ?? {});
                    expect({ name, inner, ok }).toEqual({ name, inner, ok: true });
                }
                const required = Object.entries(nested).filter(([, inner]) => inner.required === true).map(([inner]) => inner);
                expect(required.sort()).toEqual([...type.required ?? []].sort());
            }
        }
    });

    test.each(resources)("%s: required inputs and outputs", (token, fields) => {
        const resource = schema().resources[token];
        const required = Object.entries(fields).filter(([, field]) => field.required === true && field.autonamed !== true);
        expect(required.map(([name]) => name).sort()).toEqual([...resource?.requiredInputs ?? []].sort());
        const outputs = Object.keys(resource?.properties ?? {});
        expect(Object.keys(fields).sort()).toEqual(outputs.sort());
    });

    test("provider configuration: host and sshOpts are done, every other published key is refused by name", () => {
        expect([...UNSUPPORTED_CONFIG, "host", "sshOpts"].sort()).toEqual(Object.keys(schema().config.variables).sort());
    });
});
