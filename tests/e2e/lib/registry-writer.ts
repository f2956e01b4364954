import { sleep } from "./run";

/** What a client saw that writes Mesos' registry all the while. */
export interface Written {
    readonly acknowledged: number;
    readonly rate: number;
    /** The longest time between two acknowledged writes, in milliseconds. */
    readonly gap: number;
    /** Reads that showed less than had been acknowledged. */
    readonly lost: readonly string[];
}

/**
 * Writes numbers into the maintenance schedule, which masters keep in their registry, one after another, at whoever leads; and before
 * each, looks whether the last acknowledged one is there. A leader that has not read the registry yet shows no schedule: that is no
 * loss, unless it stays so.
 */
export class RegistryWriter {
    private last = 0;
    private next = 0;
    private readonly begun = Date.now();
    private acknowledgedAt = Date.now();
    private gap = 0;
    private count = 0;
    private readonly lost: string[] = [];
    private stopped = false;
    private readonly ended: Promise<void>;

    /** @param hosts addresses of all masters that there may be */
    public constructor(private readonly hosts: readonly string[]) {
        this.ended = this.run();
    }

    public async stop(): Promise<Written> {
        this.stopped = true;
        await this.ended;
        const gap = Math.max(this.gap, Date.now() - this.acknowledgedAt);
        return { acknowledged: this.count, rate: this.count / ((Date.now() - this.begun) / 1000), gap, lost: this.lost };
    }

    private async run(): Promise<void> {
        let at = 0;
        while (!this.stopped) {
            const host = this.hosts[at % this.hosts.length]!;
            if (!(await this.write(host).catch(() => false))) {
                at += 1;
                await sleep(50);
            }
            await sleep(30);
        }
    }

    private async write(host: string): Promise<boolean> {
        const there = await scheduled(host);
        if (there === undefined ? this.last > 0 : there < this.last) {
            if (there !== undefined) {
                this.lost.push(`${there} after ${this.last}`);
            }
            return false;
        }
        this.next += 1;
        const written = this.next;
        const reply = await fetch(url(host), { method: "POST", body: JSON.stringify(scheduleOf(written)), signal: AbortSignal.timeout(3000) });
        if (reply.status !== 200) {
            return false;
        }
        this.gap = Math.max(this.gap, Date.now() - this.acknowledgedAt);
        this.acknowledgedAt = Date.now();
        this.last = written;
        this.count += 1;
        return true;
    }
}

const url = (host: string): string => `http://${host}:5050/maintenance/schedule`;

const scheduleOf = (number: number) => ({ windows: [{ machine_ids: [{ hostname: "written" }], unavailability: { start: { nanoseconds: number } } }] });

/** @returns the number that the leader has; nothing where it has none */
export async function scheduled(host: string): Promise<number | undefined> {
    const reply = await fetch(url(host), { signal: AbortSignal.timeout(3000) });
    if (reply.status !== 200) {
        throw new Error(`status ${reply.status}`);
    }
    const { windows } = (await reply.json()) as Partial<ReturnType<typeof scheduleOf>>;
    return windows?.[0]?.unavailability.start.nanoseconds;
}

/** Writes one number, for a look at it later. */
export async function schedule(host: string, number: number): Promise<void> {
    const reply = await fetch(url(host), { method: "POST", body: JSON.stringify(scheduleOf(number)), signal: AbortSignal.timeout(3000) });
    if (reply.status !== 200) {
        throw new Error(`status ${reply.status}: ${await reply.text()}`);
    }
}
