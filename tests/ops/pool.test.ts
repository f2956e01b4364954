import { setTimeout as sleep } from "node:timers/promises";

import { ordered, pooled, type Job } from "../../ops/lib/pool";

const job = (id: string, alone: string, ...after: string[]): Job => ({ id, alone, after });

it("runs no more than the limit at once and keeps the order of results", async () => {
    let now = 0;
    let most = 0;
    const results = await pooled([5, 1, 4, 2, 3], 2, async (n) => {
        most = Math.max(most, ++now);
        await sleep(n);
        now--;
        return n * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
});

it("throws the first failure and begins nothing more", async () => {
    const begun: number[] = [];
    const work = async (n: number): Promise<void> => {
        begun.push(n);
        await sleep(1);
        throw new Error(`no ${n}`);
    };
    await expect(pooled([1, 2, 3], 1, work)).rejects.toThrow("no 1");
    expect(begun).toEqual([1]);
});

it("runs jobs after those that they need, one a host, at most so many", async () => {
    const jobs = [job("d", "h1", "b", "c"), job("a", "h1"), job("b", "h1", "a", "elsewhere"), job("c", "h2", "a"), job("e", "h3"), job("f", "h4")];
    const done: string[] = [];
    const hosts = new Set<string>();
    let now = 0;
    let most = 0;
    const left = await ordered(jobs, 2, async ({ id, alone, after }) => {
        expect(hosts.has(alone)).toBe(false);
        expect(after.filter((one) => one !== "elsewhere").every((one) => done.includes(one))).toBe(true);
        hosts.add(alone);
        most = Math.max(most, ++now);
        await sleep(2);
        now--;
        hosts.delete(alone);
        done.push(id);
        return true;
    });
    expect(left).toEqual([]);
    expect([...done].sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(most).toBe(2);
});

it("leaves out what comes after a failure, also at second hand", async () => {
    const ran: string[] = [];
    const left = await ordered([job("a", "1"), job("b", "1", "a"), job("c", "2", "b"), job("d", "3")], 4, ({ id }) => {
        ran.push(id);
        return Promise.resolve(id !== "a");
    });
    expect(ran.sort()).toEqual(["a", "d"]);
    expect(left).toEqual(["b", "c"]);
});
