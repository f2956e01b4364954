import { inPairs, resultLines } from "../../bench/lib/pairs";
import { exponent, median } from "../../bench/lib/statistics";

it("finds the middle", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

it("finds the exponent of growth", () => {
    expect(exponent([25, 50, 100].map((x) => [x, 3 * x ** 1.5] as const))).toBeCloseTo(1.5, 9);
    expect(exponent([[25, 1]])).toBeUndefined();
});

it("compares each run with the one of ours before it", async () => {
    const order: string[] = [];
    const contender = (name: string, seconds: number[]) => ({
        name,
        run: async () => {
            order.push(name);
            return { wallSeconds: seconds.shift()!, cpuSeconds: 1, connections: 2, changes: null };
        },
    });
    const result = await inPairs("title", contender("ours", [2, 4, 30, 4]), [contender("a", [4, 10]), contender("b", [8, 2])], 2);
    expect(order).toEqual(["ours", "a", "ours", "b", "ours", "a", "ours", "b"]);
    expect(result.lines.map(({ oursByItsWall }) => oursByItsWall)).toEqual([undefined, (2 / 4 + 30 / 10) / 2, (4 / 8 + 4 / 2) / 2]);
    expect(resultLines(result)[1]).toMatch(/^ours +4 +4\.00 +1\.00 +2\.0 +– +– +–$/);
});
