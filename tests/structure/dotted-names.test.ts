/** Nodes whose names have dots get what others get, with their own names in it: nothing is cut at a dot, or takes one for any letter. */
import { stackValues } from "../stacks";
import { isStep, programOf, runIndex, type Run } from "./run-index";

const names = /\b(node_)?(master|agent|node)([1-4])\b/g;
/** BIRD's protocols have no dots. */
const dotted = (text: string): string =>
    text.replace(names, (_, bird: string | undefined, kind: string, number: string) => `${bird ?? ""}${kind}${number}${bird ? "DdcDexampleDcom" : ".dc.example.com"}`);

/** Columns are as wide as the names in them, and digests are of texts with names. */
const levelled = (text: string): string => text.replace(/\b[0-9a-f]{10,}\b/g, "DIGEST").replace(/ {2,}/g, " ");

const programs = ({ made }: Run): Record<string, string> =>
    Object.fromEntries(made.filter(isStep).map((step) => [step.name, `${programOf(step)}\n${String(step.inputs.create)}`]));

it.each(["local", "ha", "kubernetes"])("all of the stack %s", async (stack) => {
    const raw = stackValues(stack);
    const plain = programs(await runIndex(raw, [], "../../index", stack));
    const with_ = programs(await runIndex(JSON.parse(dotted(JSON.stringify(raw))) as Record<string, unknown>, [], "../../index", stack));
    expect(Object.keys(plain).length).toBeGreaterThan(20);
    expect(Object.keys(with_).sort()).toEqual(Object.keys(plain).map(dotted).sort());
    for (const [name, program] of Object.entries(plain)) {
        expect([name, levelled(with_[dotted(name)]!)]).toEqual([name, levelled(dotted(program))]);
    }
});
