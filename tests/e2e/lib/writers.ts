/** Clients that write all the while, note what was acknowledged, and look at the end whether it is all there. */
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Figures {
    readonly acknowledged: number;
    /** Acknowledged and not there at the end. */
    readonly lost: number;
    /** The longest time without an acknowledgement, in seconds. */
    readonly gap: number;
    /** Times without one that were longer than a second. */
    readonly gaps: readonly number[];
    readonly perSecond: number;
}

/** How one system is written to, through whichever of its members answers. */
interface Store {
    write: (name: string) => Promise<void>;
    list: () => Promise<ReadonlySet<string>>;
    close: () => void;
}

/** One write at a time, each begun 20 ms after the one before was acknowledged, or tried again until it is. */
export class Writer {
    private readonly done: string[] = [];
    private readonly gaps: number[] = [];
    private readonly begun = Date.now();
    private last = Date.now();
    private stopped = false;
    private readonly work: Promise<void>;

    public constructor(private readonly store: Store) {
        this.work = this.run();
    }

    private async run(): Promise<void> {
        for (let n = 0; !this.stopped; ) {
            const name = `b${String(n).padStart(7, "0")}`;
            const acknowledged = await this.store.write(name).then(
                () => true,
                () => false,
            );
            if (acknowledged) {
                n++;
                this.done.push(name);
                this.gaps.push((Date.now() - this.last) / 1000);
                this.last = Date.now();
            }
            await sleep(20);
        }
    }

    /** The longest time without an acknowledgement up to now, which may be going on. */
    public get gap(): number {
        return Math.max(0, ...this.gaps, (Date.now() - this.last) / 1000);
    }

    public async end(): Promise<Figures> {
        const seconds = (Date.now() - this.begun) / 1000;
        const { gap } = this;
        this.stopped = true;
        await this.work;
        const there = await this.store.list();
        this.store.close();
        const long = this.gaps.filter((one) => one > 1);
        const lost = this.done.filter((name) => !there.has(name)).length;
        return { acknowledged: this.done.length, lost, gap, gaps: long, perSecond: this.done.length / seconds };
    }
}

const int = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer).swap32();
const text = (value: string): Buffer => Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);
const framed = (...parts: Buffer[]): Buffer => Buffer.concat([int(Buffer.concat(parts).length), ...parts]);

const answerTime = 4000;
const nodeExists = -110;

/** ZooKeeper's own protocol, as far as this needs it: sessions, `create`, `sync` and `getChildren`. Source: zookeeper.jute. */
export function zookeeperStore(addresses: readonly string[], root: string, port = 2181): Store {
    let socket: Socket | undefined;
    let received = Buffer.alloc(0);
    let waiting: { resolve: (frame: Buffer) => void; reject: (error: Error) => void } | undefined;
    let turn = 0;
    let xid = 0;
    const fail = (why: string): void => {
        socket?.destroy();
        socket = undefined;
        waiting?.reject(new Error(why));
        waiting = undefined;
    };
    const exchange = (frame: Buffer): Promise<Buffer> =>
        new Promise((resolve, reject) => {
            const timer = setTimeout(() => fail("no answer"), answerTime);
            const settle = <T>(then: (value: T) => void) => (value: T): void => {
                clearTimeout(timer);
                then(value);
            };
            waiting = { resolve: settle(resolve), reject: settle(reject) };
            socket!.write(frame);
        });
    const open = async (): Promise<void> => {
        const mine = connect({ host: addresses[turn++ % addresses.length]!, port });
        socket = mine;
        received = Buffer.alloc(0);
        mine.on("data", (chunk: Buffer) => {
            received = Buffer.concat([received, chunk]);
            while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
                const frame = received.subarray(4, 4 + received.readInt32BE(0));
                received = received.subarray(4 + frame.length);
                waiting?.resolve(frame);
                waiting = undefined;
            }
        });
        for (const event of ["error", "close"]) {
            mine.on(event, () => socket === mine && fail("closed"));
        }
        await exchange(framed(int(0), Buffer.alloc(8), int(10000), Buffer.alloc(8), int(16), Buffer.alloc(16), Buffer.from([0])));
    };
    const call = async (type: number, ...payload: Buffer[]): Promise<{ error: number; body: Buffer }> => {
        if (!socket) {
            await open();
        }
        const answer = await exchange(framed(int(++xid), int(type), ...payload));
        return { error: answer.readInt32BE(12), body: answer.subarray(16) };
    };
    const create = async (path: string): Promise<void> => {
        const { error } = await call(1, text(path), text("x"), int(1), int(31), text("world"), text("anyone"), int(0));
        if (error !== 0 && error !== nodeExists) {
            throw new Error(`create ${path}: ${error}`);
        }
    };
    let made: Promise<void> | undefined;
    return {
        write: async (name) => {
            await (made ??= create(root).catch((error: unknown) => {
                made = undefined;
                throw error;
            }));
            await create(`${root}/${name}`);
        },
        list: async () => {
            await call(9, text(root));
            const { body } = await call(8, text(root), Buffer.from([0]));
            const names = new Set<string>();
            for (let at = 4, n = body.readInt32BE(0); n > 0; n--) {
                const length = body.readInt32BE(at);
                names.add(body.toString("utf8", at + 4, at + 4 + length));
                at += 4 + length;
            }
            return names;
        },
        close: () => fail("ended"),
    };
}

/** etcd by its gateway for JSON. */
export function etcdStore(addresses: readonly string[], root: string, port = 2379): Store {
    const agent = new Agent({ keepAlive: true });
    let turn = 0;
    const call = (path: string, body: object): Promise<string> =>
        new Promise((resolve, reject) => {
            const asked = request({ agent, host: addresses[turn % addresses.length]!, port, path: `/v3/kv/${path}`, method: "POST", timeout: answerTime }, (answer) => {
                const chunks: Buffer[] = [];
                answer.on("data", (chunk: Buffer) => chunks.push(chunk));
                answer.on("error", reject);
                answer.on("end", () => (answer.statusCode === 200 ? resolve(Buffer.concat(chunks).toString()) : reject(new Error(`status ${answer.statusCode}`))));
            });
            asked.on("timeout", () => asked.destroy(new Error("no answer")));
            asked.on("error", reject);
            asked.end(JSON.stringify(body));
        });
    const base64 = (value: string): string => Buffer.from(value).toString("base64");
    const turning = async (path: string, body: object): Promise<string> => {
        try {
            return await call(path, body);
        } catch (error) {
            turn++;
            throw error;
        }
    };
    return {
        write: async (name) => {
            await turning("put", { key: base64(`${root}/${name}`), value: base64("x") });
        },
        list: async () => {
            const said = JSON.parse(await turning("range", { key: base64(`${root}/`), range_end: base64(`${root}0`), keys_only: true })) as { kvs?: { key: string }[] };
            return new Set((said.kvs ?? []).map(({ key }) => Buffer.from(key, "base64").toString().slice(root.length + 1)));
        },
        close: () => agent.destroy(),
    };
}
