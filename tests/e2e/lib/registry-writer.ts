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
 * Writes numbers into the maintenance schedule, which masters keep in their registry, one after another, at whoever leads. When somebody
 * else leads, or something failed, it looks first whether the last acknowledged one is there. A leader that has not read the registry
 * yet shows no schedule: that is no loss, unless it stays so.
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
    private host: string;
    /** Whether this host led since it was looked at. */
    private trusted = false;

    /** @param hosts addresses of all masters that there may be */
    public constructor(private readonly hosts: readonly string[]) {
        this.host = hosts[0] ?? "";
        this.ended = this.run();
    }

    public async stop(): Promise<Written> {
        this.stopped = true;
        await this.ended;
        const gap = Math.max(this.gap, Date.now() - this.acknowledgedAt);
        return { acknowledged: this.count, rate: this.count / ((Date.now() - this.begun) / 1000), gap, lost: this.lost };
    }

    private async run(): Promise<void> {
        while (!this.stopped) {
            if (!(await (this.trusted ? this.write() : this.look()).catch(() => this.turn()))) {
                await sleep(50);
            }
            await sleep(10);
        }
    }

    /** To the next host, or the one that leads by what this one says. */
    private turn(location?: string | null): false {
        this.trusted = false;
        const told = this.hosts.find((host) => location?.includes(`//${host}:`));
        this.host = told ?? this.hosts[(this.hosts.indexOf(this.host) + 1) % this.hosts.length] ?? "";
        return false;
    }

    private async write(): Promise<boolean> {
        this.next += 1;
        const written = this.next;
        const reply = await ask(this.host, written);
        if (reply.status !== 200) {
            return this.turn(reply.headers.get("location"));
        }
        this.gap = Math.max(this.gap, Date.now() - this.acknowledgedAt);
        this.acknowledgedAt = Date.now();
        this.last = written;
        this.count += 1;
        return true;
    }

    private async look(): Promise<boolean> {
        const reply = await ask(this.host);
        if (reply.status !== 200) {
            return this.turn(reply.headers.get("location"));
        }
        const there = await numberIn(reply);
        if (there !== undefined && there < this.last) {
            this.lost.push(`${there} after ${this.last}`);
        }
        this.trusted = there === undefined ? this.last === 0 : there >= this.last;
        return this.trusted;
    }
}

const scheduleOf = (number: number) => ({ windows: [{ machine_ids: [{ hostname: "written" }], unavailability: { start: { nanoseconds: number } } }] });

/** Asks a master for the schedule, or gives it one with that number. */
const ask = (host: string, number?: number, redirect: "manual" | "follow" = "manual"): Promise<Response> =>
    fetch(`http://${host}:5050/maintenance/schedule`, {
        ...{ redirect, signal: AbortSignal.timeout(3000) },
        ...(number === undefined ? {} : { method: "POST", body: JSON.stringify(scheduleOf(number)) }),
    });

async function numberIn(reply: Response): Promise<number | undefined> {
    const { windows } = (await reply.json()) as Partial<ReturnType<typeof scheduleOf>>;
    return windows?.[0]?.unavailability.start.nanoseconds;
}

/** @returns the number that the leader has; nothing where it has none */
export async function scheduled(host: string): Promise<number | undefined> {
    const reply = await ask(host, undefined, "follow");
    if (reply.status !== 200) {
        throw new Error(`status ${reply.status}`);
    }
    return numberIn(reply);
}

/** Writes one number, for a look at it later. */
export async function schedule(host: string, number: number): Promise<void> {
    const reply = await ask(host, number, "follow");
    if (reply.status !== 200) {
        throw new Error(`status ${reply.status}: ${await reply.text()}`);
    }
}
