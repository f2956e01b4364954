import { spawn } from "node:child_process";
import { request } from "node:http";

import { asItIs } from "./cloud";
import type { TestNetwork } from "./hosts";
import { run, sleep, type Result } from "./run";
import { TestStack } from "./stack";

/** Ports of this machine that the proxies have here, since others may have the usual ones. */
export const ports = { mesos: 25050, marathon: 28080, zookeeper: 22181 } as const;

/** Pulumi.onebox.yaml on a network of the test's own; the app's image by a name of its own as well. */
export class OneBox extends TestStack {
    public constructor(
        name: string,
        public readonly network: TestNetwork,
        public readonly engine = "unix:///var/run/docker.sock",
    ) {
        super(name, asItIs("onebox", { "172.18.1.": `${network.net}.`, '"onebox"': JSON.stringify(network.prefix) }));
        this.edit((config) => {
            config.proxies = { mesosPort: ports.mesos, marathonPort: ports.marathon, zookeeperPort: ports.zookeeper };
            config.mesos = { ...config.mesos, masterPort: ports.mesos, ports: ["21000-21999"], agentPingTimeout: "3secs", maxAgentPingTimeouts: 3 };
            config.appWait = { stuckSeconds: 30, timeoutSeconds: 240 };
        });
    }

    public container = (node: string): string => `${this.network.prefix}-${node}`;

    public docker = (...args: string[]): Promise<Result> => run("docker", ["--host", this.engine, ...args]);

    /** What Docker's client says, which must go well. */
    public async asked(...args: string[]): Promise<string> {
        const { code, output, stdout } = await this.docker(...args);
        if (code !== 0) {
            throw new Error(`docker ${args.join(" ")}: status ${code}\n${output}`);
        }
        return stdout;
    }

    /** A command of bash in a node's container, as document 001 tries things. */
    public inside = (node: string, command: string): Promise<string> => this.asked("exec", "-u", "0", this.container(node), "bash", "-c", command);

    /** What a ZooKeeper member says, asked in its own container. */
    public fourLetters = (node: string, word: string): Promise<string> =>
        this.inside(node, `exec 3<>/dev/tcp/${this.node(node).address}/2181 && printf ${word} >&3 && timeout 5 cat <&3`);

    /** A page, asked in the node's own container: the status line and all that follows. */
    public page = (node: string, port: number, path: string): Promise<string> =>
        this.inside(node, `exec 3<>/dev/tcp/${this.node(node).address}/${port} && printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 5 cat <&3`);
}

/** An answer from outside. */
export interface Answered {
    readonly status: number;
    readonly location: string | undefined;
    /** The header by which a standby of Marathon's tells that it has passed a request on. */
    readonly via: string | undefined;
    readonly body: string;
}

/** One request from this machine to a published port; a status of 0 when nobody answered. */
export function ask(port: number, path: string, { method = "GET", body = "", host = "127.0.0.1" } = {}): Promise<Answered> {
    return new Promise((resolve) => {
        const failed = (error: Error): void => resolve({ status: 0, location: undefined, via: undefined, body: error.message });
        const sent = request({ host, port, path, method, agent: false, timeout: 20_000, headers: body === "" ? {} : { "content-type": "application/json" } }, (response) => {
            let text = "";
            response.on("data", (data: Buffer) => (text += data.toString()));
            response.on("error", failed);
            response.on("end", () => resolve({ status: response.statusCode ?? 0, location: response.headers.location, via: response.headers["x-marathon-via"] as string | undefined, body: text }));
        });
        sent.on("timeout", () => sent.destroy(new Error("no answer in 20 s")));
        sent.on("error", failed);
        sent.end(body);
    });
}

/** What a client saw that asked without a break. */
export interface Watched {
    /** Statuses, each once, in the order of their first time. */
    readonly statuses: readonly number[];
    /** What no client of a proxy should see: a redirect to somewhere, or an answer that a standby passed on. */
    readonly strange: readonly string[];
    /** The longest time without a good answer, in ms. */
    readonly gap: number;
    readonly count: number;
}

/** Asks a port for a page every 20 ms, until `work` has ended and a good answer has come after it. */
export async function watched(port: number, path: string, work: () => Promise<unknown>): Promise<Watched> {
    const statuses: number[] = [];
    const strange: string[] = [];
    let [gap, last, count, done] = [0, Date.now(), 0, false];
    const worked = work().finally(() => (done = true));
    const end = Date.now() + 120_000;
    for (let good = false; !(done && good) && Date.now() < end; ) {
        const { status, location, via } = await ask(port, path);
        count++;
        good = status === 200;
        if (good) {
            gap = Math.max(gap, Date.now() - last);
            last = Date.now();
        }
        if (!statuses.includes(status)) {
            statuses.push(status);
        }
        if (location !== undefined || via !== undefined || (status >= 300 && status < 400)) {
            strange.push(`${status} ${location ?? ""} ${via ?? ""}`);
        }
        await sleep(20);
    }
    await worked;
    return { statuses, strange, gap, count };
}

/**
 * ZooKeeper's own client, which comes by the proxy from outside and writes without a break: each entry until it is there.
 *
 * @returns how many were written, and the longest wait for one, in ms
 */
export async function writes(stack: OneBox, work: () => Promise<unknown>): Promise<{ count: number; slowest: number; lost: readonly string[] }> {
    const name = `${stack.network.prefix}-client`;
    const args = ["run", "--rm", "-i", "--name", name, "--network", "host", "--entrypoint", "zkCli.sh", "datacentre-lab/zookeeper:3.8.0", "-server", `127.0.0.1:${ports.zookeeper}`];
    const child = spawn("docker", ["--host", stack.engine, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    [child.stdout, child.stderr].forEach((stream) => stream.setEncoding("utf8").on("data", (text: string) => (said += text)));
    child.stdin.on("error", () => undefined);
    const there = (entry: string): boolean => new RegExp(`(Created|Node already exists:) ${entry}$`, "m").test(said);
    const written: string[] = [];
    let [slowest, done] = [0, false];
    const root = `/written-${Date.now()}`;
    const worked = work().finally(() => (done = true));
    const begin = Date.now();
    for (let at = 0, after = 0; after < 5 && Date.now() - begin < 240_000; at++) {
        after += done ? 1 : 0;
        const entry = at === 0 ? root : `${root}/${at}`;
        const since = Date.now();
        for (let tries = 0; !there(entry) && Date.now() - since < 90_000; tries++) {
            if (tries % 40 === 0) {
                child.stdin.write(`create ${entry} x\n`);
            }
            await sleep(50);
        }
        if (at > 0) {
            slowest = Math.max(slowest, Date.now() - since);
        }
        written.push(entry);
    }
    await worked;
    child.stdin.write(`ls ${root}\n`);
    await sleep(2000);
    const listed = /^\[([^\]]*)\]$/m.exec(said.slice(said.lastIndexOf("Created")))?.[1]?.split(", ") ?? [];
    child.stdin.write("quit\n");
    await sleep(500);
    await stack.docker("rm", "-f", name);
    return { count: written.length, slowest, lost: written.slice(1).filter((entry) => !listed.includes(entry.slice(root.length + 1))) };
}
