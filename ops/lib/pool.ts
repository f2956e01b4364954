/** Work on many things, a few at once: in any order, or each after what it waits for. */

/**
 * Runs `work` over all items, at most `limit` at once, and gives the results in the items' order.
 * The first failure is thrown, after the work that was under way has ended.
 */
export async function pooled<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
    const results = new Array<R>(items.length);
    const failures: unknown[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
        while (next < items.length && failures.length === 0) {
            const index = next++;
            try {
                results[index] = await work(items[index] as T);
            } catch (error) {
                failures.push(error);
            }
        }
    };
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
    if (failures.length > 0) {
        throw failures[0];
    }
    return results;
}

/** A job that waits for others, and for the one thing that it needs for itself. */
export interface Job {
    readonly id: string;
    /** Ids of jobs that must have ended well before; ids that are no jobs are ignored. */
    readonly after: readonly string[];
    /** Two jobs with the same one never run at once. */
    readonly alone: string;
}

/**
 * Runs jobs in dependency order, at most `limit` at once. A job whose predecessor failed is not run.
 *
 * @param work true when the job ended well
 * @returns the ids that were left out because something before them failed
 */
export async function ordered<J extends Job>(jobs: readonly J[], limit: number, work: (job: J) => Promise<boolean>): Promise<string[]> {
    const state = new Map<string, "waiting" | "running" | "done" | "failed">(jobs.map((job) => [job.id, "waiting"]));
    const busy = new Set<string>();
    const running = new Set<Promise<void>>();
    const start = (job: J): void => {
        state.set(job.id, "running");
        busy.add(job.alone);
        const run: Promise<void> = work(job)
            .then((ok) => {
                state.set(job.id, ok ? "done" : "failed");
            })
            .finally(() => {
                busy.delete(job.alone);
                running.delete(run);
            });
        running.add(run);
    };
    for (;;) {
        for (const job of jobs) {
            const ready = job.after.every((id) => (state.get(id) ?? "done") === "done");
            if (state.get(job.id) === "waiting" && ready && running.size < limit && !busy.has(job.alone)) {
                start(job);
            }
        }
        if (running.size === 0) {
            break;
        }
        await Promise.race(running);
    }
    return jobs.filter((job) => state.get(job.id) === "waiting").map((job) => job.id);
}
