/**
 * What the default stack costs the engine and hosts, by the program alone: a limit each, which is what it takes today. Whoever adds to it
 * sees how much; whoever takes away lowers the limit.
 */
import { median } from "../../bench/lib/statistics";
import { isStep, runIndex, type Made } from "../structure/run-index";
import { whole } from "../config/good";

/** Steps of the host that has most, and of all hosts on average. */
const stepsOfOneHost = 18;
const stepsAHost = 11;
/** Connections that a first `up` makes to the host that has most: one for each resource that reaches it. */
const dialsOfOneHost = 19;
/** Bytes of a step's record in the state, as JSON and before secrets are encrypted: inputs, and outputs that hold them once more. */
const [medianRecord, largestRecord] = [5_652, 9_546];

let made: readonly Made[] = [];
beforeAll(async () => {
    ({ made } = await runIndex({ ...whole() }));
});

const hostOf = ({ inputs }: Made): string => {
    const { connection } = inputs as { connection: { value?: { host: string }; host?: string } };
    return connection.value?.host ?? connection.host ?? "";
};

function byHost(resources: readonly Made[]): number[] {
    const counts = new Map<string, number>();
    resources.map(hostOf).forEach((host) => counts.set(host, (counts.get(host) ?? 0) + 1));
    return [...counts.values()];
}

const recordBytes = ({ type, name, inputs }: Made): number =>
    Buffer.byteLength(JSON.stringify({ type, urn: name, inputs, outputs: { ...inputs, stdout: "0 changes\n", stderr: "" } }));

it("has no more steps a host", () => {
    const counts = byHost(made.filter(isStep));
    expect(counts.length).toBeGreaterThan(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(stepsOfOneHost);
    expect(counts.reduce((sum, one) => sum + one, 0) / counts.length).toBeLessThanOrEqual(stepsAHost);
});

it("reaches a host no more often", () => {
    const reaching = made.filter(({ type }) => type.startsWith("command:remote:"));
    expect(Math.max(...byHost(reaching))).toBeLessThanOrEqual(dialsOfOneHost);
});

it("records no more bytes a step", () => {
    const sizes = made.filter(isStep).map(recordBytes);
    expect(median(sizes)).toBeLessThanOrEqual(medianRecord);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(largestRecord);
});
