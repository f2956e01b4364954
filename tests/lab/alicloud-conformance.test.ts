/** The stand-in's resources and lookups against the provider's published schema. */
import { functionInputs, functionNames } from "../../lab/plugins/alicloud/functions";
import { drivers } from "../../lab/plugins/alicloud/provider";
import type { Kind } from "../../lab/plugins/docker/spec";
import { describeWithJson } from "../published";

interface Property {
    type?: string;
    items?: Property;
    additionalProperties?: Property;
    willReplaceOnChanges?: boolean;
}

interface Schema {
    resources: Record<string, { inputProperties: Record<string, Property>; properties: Record<string, Property>; requiredInputs?: string[] }>;
    functions: Record<string, { inputs: { properties: Record<string, Property> } }>;
}

/** Numbers with a fraction stand as texts here. */
const matches = (kind: Kind, property: Property): boolean => {
    switch (kind.type) {
        case "string":
            return property.type === "string" || property.type === "number";
        case "int":
            return property.type === "integer";
        case "bool":
            return property.type === "boolean";
        case "map":
            return property.type === "object" && property.additionalProperties?.type === "string";
        default:
            return property.type === "array";
    }
};

describeWithJson("the alicloud stand-in against the published schema", "schemas/alicloud-3.105.0-part.json", (read) => {
    const schema = read as () => Schema;
    it.each(Object.entries(drivers))("%s: every input and output, the done ones with their types and replacements, and nothing else", (token, { fields }) => {
        const published = schema().resources[token]!;
        const inputs = Object.entries(fields).filter(([, field]) => field.outputOnly !== true);
        expect(inputs.map(([name]) => name).sort()).toEqual(Object.keys(published.inputProperties).sort());
        expect(Object.keys(fields).sort()).toEqual(Object.keys(published.properties).sort());
        for (const [name, field] of inputs) {
            const refused = field.validate?.("x")?.includes("not implemented") === true;
            if (!refused) {
                const property = published.inputProperties[name]!;
                expect([name, matches(field.kind, property)]).toEqual([name, true]);
                expect([name, field.forceNew === true]).toEqual([name, property.willReplaceOnChanges === true]);
            }
        }
        const required = inputs.filter(([, field]) => field.required === true).map(([name]) => name);
        expect(required.sort()).toEqual([...(published.requiredInputs ?? [])].sort());
    });

    it.each(functionNames)("%s: every input, and nothing else", (token) => {
        expect([...functionInputs(token)].sort()).toEqual(Object.keys(schema().functions[token]!.inputs.properties).sort());
    });
});
