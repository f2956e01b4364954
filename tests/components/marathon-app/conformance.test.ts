/** Our schema of the app definition against the published one: fields, types, limits, words, and every published example. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { shapeFaults } from "../../../components/marathon-app/issues";
import { withoutNulls } from "../../../components/marathon-app/normalise";
import { appSchema, defaults, toldByMarathon } from "../../../components/marathon-app/schema";
import { Library, type RamlType } from "./raml";
import { describeWith } from "../../published";

type Json = Record<string, any>;

/** Fields of ours that the published type does not have: one of an older version, and what only answers hold. */
const ownFields = ["storeUrls", ...Object.keys(toldByMarathon).filter((key) => !["version", "versionInfo"].includes(key))];
/** Lists that Marathon declares as sets; JSON Schema has no word for our refinement, so these are tried with values. */
const sets: Record<string, unknown> = {
    acceptedResourceRoles: ["a", "a"],
    constraints: [
        ["a", "UNIQUE"],
        ["a", "UNIQUE"],
    ],
    dependencies: ["/a", "/a"],
    healthChecks: [{}, {}],
    "ipAddress.groups": ["a", "a"],
    "readinessChecks[].httpStatusCodesForReady": [200, 200],
    "container.volumes[].persistent.constraints": [
        ["path", "LIKE", "a"],
        ["path", "LIKE", "a"],
    ],
};
const limits = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

/** Places that both were compared at, and what differed. */
class Comparison {
    public readonly places: string[] = [];
    public readonly sets: string[] = [];
    public readonly differences: string[] = [];

    public compare(at: string, published: RamlType, ours: Json | undefined): void {
        this.places.push(at);
        if (ours === undefined) {
            this.differences.push(`${at}: unknown to us`);
            return;
        }
        const forms = published.forms ?? [published];
        const mine: Json[] = ours["anyOf"] ?? [ours];
        const [theirFields, ourFields] = [merged(forms), mergedJson(mine)];
        this.same(
            at,
            "fields",
            Object.keys(theirFields),
            Object.keys(ourFields).filter((key) => at !== "" || !ownFields.includes(key)),
        );
        this.same(at, "required", required(forms), requiredJson(mine));
        const words = mine.flatMap((one) => one["enum"] ?? (one["const"] === undefined ? [] : [one["const"]]));
        this.same(
            at,
            "values",
            forms.flatMap(({ values = [] }) => values),
            words,
        );
        for (const [key, type] of Object.entries(theirFields).filter(([name]) => at !== "" || !(name in toldByMarathon))) {
            this.compare(at === "" ? key : `${at}.${key}`, type, ourFields[key]);
        }
        forms.forEach((form) => this.compareForm(at, form, mine));
    }

    private compareForm(at: string, form: RamlType, mine: Json[]): void {
        const same =
            mine.find((one) => kindOf(one) === (form.kind === "datetime" ? "any" : form.kind)) ??
            mine.find((one) => kindOf(one) === "any");
        if (!same && form.kind !== "any") {
            this.differences.push(`${at}: published as ${form.kind}, ours is ${mine.map(kindOf).join(" or ")}`);
            return;
        }
        for (const limit of limits.filter((key) => form.facets[key] !== undefined)) {
            if (same?.[limit] !== form.facets[limit]) {
                this.differences.push(
                    `${at}: ${limit} ${String(form.facets[limit])} is published, ours is ${String(same?.[limit])}`,
                );
            }
        }
        if (form.facets["uniqueItems"] === true) {
            this.sets.push(at);
        }
        if (typeof form.facets["pattern"] === "string") {
            this.patterns(at, form.facets["pattern"], String(same?.["pattern"]));
        }
        if (form.items) {
            this.compare(`${at}[]`, form.items, same?.["items"]);
        }
        if (form.free) {
            this.compare(
                `${at}.*`,
                form.free,
                mine.map((one) => one["additionalProperties"]).find((one) => typeof one === "object"),
            );
        }
    }

    /** Patterns are written differently and must let in the same, but for doubled slashes of ids. */
    private patterns(at: string, published: string, ours: string): void {
        const words = [
            "",
            "a",
            "A",
            "a-b",
            "-a",
            "a-",
            "a.b",
            "a_b",
            "/a/b",
            "a/b/",
            "/",
            "..",
            "../a",
            "a b",
            "//cmd",
            "/a/-b",
            "a..b",
            "0",
            "/a.b/c",
            "ä",
        ];
        const differ = words.filter((word) => new RegExp(published).test(word) !== new RegExp(ours).test(word));
        // The executor's is not anchored on all sides, and so lets anything in; ours is what it was meant to be.
        const known = at === "executor" ? ["/", "a/b/"] : ["//cmd"];
        this.same(
            at,
            "words of its pattern",
            [],
            differ.filter((word) => !known.includes(word)),
        );
    }

    private same(at: string, what: string, published: readonly string[], ours: readonly string[]): void {
        const [theirs, own] = [[...new Set(published)].sort().join(", "), [...new Set(ours.map(String))].sort().join(", ")];
        if (theirs !== own) {
            this.differences.push(`${at}: ${what} are published as (${theirs}), ours are (${own})`);
        }
    }
}

function merged(forms: readonly RamlType[]): Record<string, RamlType> {
    const all: Record<string, RamlType> = {};
    const fields = forms.flatMap((form) => [
        ...Object.entries(form.fields ?? {}),
        ...Object.entries(form.forms ? asFields(form) : {}),
    ]);
    for (const [key, { type }] of fields) {
        const before = all[key];
        all[key] = before ? { kind: "any", facets: {}, forms: [...(before.forms ?? [before]), ...(type.forms ?? [type])] } : type;
    }
    return all;
}

const asFields = (form: RamlType) =>
    Object.fromEntries(Object.entries(merged(form.forms ?? [])).map(([key, type]) => [key, { type, required: false }]));

function mergedJson(forms: readonly Json[]): Record<string, Json> {
    const all: Record<string, Json> = {};
    for (const [key, type] of forms.flatMap((form) => Object.entries<Json>(form["properties"] ?? {}))) {
        all[key] = all[key] ? { anyOf: [...(all[key]["anyOf"] ?? [all[key]]), ...(type["anyOf"] ?? [type])] } : type;
    }
    return all;
}

/** What every form that is an object must have. */
const inAll = (lists: readonly string[][]): string[] =>
    (lists[0] ?? []).filter((key) => lists.every((list) => list.includes(key)));
const required = (forms: readonly RamlType[]): string[] =>
    inAll(
        forms
            .filter(({ fields = {} }) => Object.keys(fields).length > 0)
            .map(({ fields = {} }) => Object.keys(fields).filter((key) => fields[key]?.required)),
    );
const requiredJson = (forms: readonly Json[]): string[] =>
    inAll(forms.filter((form) => form["properties"]).map((form) => form["required"] ?? []));

const kindOf = (json: Json): string => json["type"] ?? ((json["enum"] ?? json["const"]) ? "string" : "any");

/** Our schema for what stands at a place such as `container.volumes[].mode`. */
const ourJson = (): Json => z.toJSONSchema(appSchema, { io: "input", unrepresentable: "any" });

describeWith("our schema against Marathon's published one", "schemas/marathon", (folder) => {
    const comparison = new Comparison();
    beforeAll(() => comparison.compare("", new Library(join(folder, "types/app.raml")).resolve("App"), ourJson()));

    it("knows every published field, with its type, limits, words and need, and no others", () => {
        expect(comparison.differences).toEqual([]);
    });

    it("has compared what there is to compare", () => {
        const { places } = comparison;
        expect(places.length).toBeGreaterThan(150);
        const deep = [
            "env.*",
            "check.exec.command.argv[]",
            "container.docker.portMappings[].hostPort",
            "container.volumes[].external.options.capability.accessMode",
            "container.volumes[].persistent.size",
            "ipAddress.discovery.ports[].number",
        ];
        expect(deep.filter((place) => !places.includes(place))).toEqual([]);
    });

    it("takes no value twice where Marathon declares a set", () => {
        expect(comparison.sets.sort()).toEqual(Object.keys(sets).sort());
        for (const [at, value] of Object.entries(sets)) {
            const around = (inner: unknown, key: string) => ({ [key.replace("[]", "")]: key.endsWith("[]") ? [inner] : inner });
            const input = at.split(".").reduceRight<unknown>(around, value);
            const issues = appSchema.safeParse({ id: "/a", ...(input as object) }).error?.issues ?? [];
            expect([at, issues.filter(({ message }) => message.includes("twice")).length]).toEqual([at, 1]);
        }
    });

    it("takes for granted what Marathon does", () => {
        const text = readFileSync(join(folder, "types/app.raml"), "utf8");
        for (const [name, value] of Object.entries(defaults)) {
            const declared = new RegExp(`^      ${name}\\?:\\n(?:        .*\\n)*?        default: (\\S+)`, "m").exec(text)?.[1];
            expect([name, Number(declared)]).toEqual([name, value]);
        }
    });

    it("takes every published example", () => {
        const files = readdirSync(join(folder, "examples")).filter((file) => file.endsWith(".json"));
        const examples = files.flatMap((file) =>
            appsIn(JSON.parse(readFileSync(join(folder, "examples", file), "utf8"))).map((app) => ({
                file,
                raw: withoutNulls(app),
            })),
        );
        const faults = examples.map(({ file, raw }) => ({
            file,
            faults: shapeFaults(raw, appSchema.safeParse(raw).error?.issues ?? []),
        }));
        expect(faults.filter((one) => one.faults.length > 0)).toEqual([]);
        expect([...new Set(examples.map(({ file }) => file))].sort()).toEqual([
            "app-check-http-example.json",
            "app.json",
            "app_list.json",
            "app_patch.json",
            "apps_create.json",
            "apps_patch.json",
            "group.json",
            "queue.json",
        ]);
    });
});

/** The app definitions within an example; tasks, deployments and pods are none. */
function appsIn(value: unknown): unknown[] {
    if (Array.isArray(value)) {
        return value.flatMap(appsIn);
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const { apps, groups, app, queue, id, ...rest } = value as Json;
    if (apps ?? groups ?? queue ?? app) {
        return [apps, groups, queue, app].flatMap(appsIn);
    }
    const looks = ["cmd", "args", "container", "cpus", "instances"].some((key) => key in rest) && !("containers" in rest);
    return typeof id === "string" && looks ? [value] : [];
}
