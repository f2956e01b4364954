/** Whatever stands in a stack file, a person is told what is wrong with it: no rule throws, and no text has lost its words. */
import fc from "fast-check";

import { parseDataCentre } from "../../components/description";
import type { Context } from "../../config";
import type { Fault } from "../../config/faults";
import { stackValues } from "../stacks";

type Path = readonly (string | number)[];

/** Every place of a value, groups and lists too. */
function places(value: unknown, path: Path = []): Path[] {
    const below = Array.isArray(value)
        ? value.flatMap((item, index) => places(item, [...path, index]))
        : typeof value === "object" && value !== null
          ? Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]))
          : [];
    return path.length === 0 ? below : [path, ...below];
}

/** What a text says where it has lost its words. */
const lost = /undefined|\[object|NaN|\bnull\b|function|=>/;

/** What is quoted may not look like that by itself. */
const text = (maxLength: number) => fc.string({ maxLength }).filter((one) => !lost.test(one));

/** Values of every kind, with those that are near to right: another type, another length, an old word, a name that is none. */
const odd = fc.oneof(
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 70000, 1e21, "", " ", "x", "0", "..", "/", "/etc", "none", "docker", "master1", "10.0.0.0/8", "1.2.3.4", [], [[]], [null], {}, [{}], { kind: "docker" }, { kind: "none" }),
    text(12),
    fc.integer(),
    fc.array(fc.oneof(text(6), fc.integer(), fc.constant(null), fc.constant({})), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("name", "kind", "node", "path", "bricks", "pool", "id", "image", "url"), fc.oneof(text(6), fc.integer(), fc.constant([])), { maxKeys: 3 }),
);

type Change = { readonly at: number } & ({ readonly put: unknown } | { readonly how: "without" | "twice" | "elsewhere"; readonly other: number });
const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ at: fc.nat(), put: odd }),
    fc.record({ at: fc.nat(), how: fc.constantFrom("without" as const, "twice" as const, "elsewhere" as const), other: fc.nat() }),
);

const at = (raw: unknown, path: Path): any => path.reduce<any>((value, key) => value?.[key], raw);

/** A description with one change after the other. */
function altered(whole: object, changes: readonly Change[]): Record<string, unknown> {
    const raw = structuredClone(whole) as Record<string, unknown>;
    for (const one of changes) {
        const all = places(raw);
        const path = all[one.at % Math.max(1, all.length)];
        const holder = path && at(raw, path.slice(0, -1));
        const key = path?.at(-1);
        if (holder === undefined || key === undefined) {
            continue;
        }
        if ("put" in one) {
            holder[key] = structuredClone(one.put);
        } else if (one.how === "elsewhere") {
            // A value of another place is of the right kind somewhere.
            holder[key] = structuredClone(at(raw, all[one.other % all.length]!));
        } else if (Array.isArray(holder)) {
            holder.splice(Number(key), one.how === "without" ? 1 : 0, ...(one.how === "twice" ? [structuredClone(holder[Number(key)])] : []));
        } else if (one.how === "without") {
            delete holder[key];
        }
    }
    return raw;
}

const context: Context = { stack: "local", siblings: [{ stack: "other", kind: "docker", prefix: "other", subnet: "172.18.9.0/24", nodes: [] }] };

function judged(raw: Record<string, unknown>): Fault[] {
    const { faults, warnings, dataCentre } = parseDataCentre(raw, context);
    expect(faults.length > 0 || dataCentre !== undefined).toBe(true);
    return [...faults, ...warnings];
}

const runs = process.env.FULL === "1" ? 4000 : 250;

it.each(["local", "dev", "prod", "ha", "onebox"])(`tells what is wrong with %s, changed in ${runs} ways`, (stack) => {
    const whole = stackValues(stack);
    fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
            for (const { key, problem, remedy } of judged(altered(whole, changes))) {
                expect(key).toMatch(/^datacentre:/);
                expect([problem, remedy].filter((said) => said.trim() === "" || lost.test(said))).toEqual([]);
            }
        }),
        { numRuns: runs },
    );
}, 300_000);

it("tells of volumes whose bricks are no list", () => {
    const whole = stackValues("local") as unknown as { glusterfs: { volumes: Record<string, unknown>[] } };
    const bricks = ["master1:/data/repli", {}, { node: "master1" }, 1, null, [{}], ["x", 1], [["master1:/data/repli"]]];
    for (const value of bricks) {
        const raw = structuredClone(whole);
        raw.glusterfs.volumes[0]!["bricks"] = value;
        expect(judged(raw).some(({ key, severity }) => key.startsWith("datacentre:glusterfs.volumes[0].bricks") && severity === "error")).toBe(true);
    }
});
