/** HAProxy itself, with the configuration that proxies get, before servers that lose and win the lead: what a client sees meanwhile. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { haproxyConfig } from "../../components/proxies/haproxy";
import type { DataCentre } from "../../config";
import { FakeMarathon, FakeMaster, FakeMember } from "./proxies-servers";
import { sampleDataCentre } from "./sample";

const program = process.env.HAPROXY ?? "haproxy";
const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin` };
const version = /version (\S+)/.exec(spawnSync(program, ["-v"], { env, encoding: "utf8" }).stdout)?.[1];

// Loopback addresses of this process alone, and ports that nobody takes at all addresses: those of an engine's machine may be taken.
const [mesosPort, marathonPort, zookeeperPort] = [23050, 23080, 23181];
const net = `127.${1 + ((process.pid >> 8) & 63)}.${process.pid & 255}`;
const credentials = { username: "ops", password: "p$a%s#s w'ort:" };
const login = `${credentials.username}:${credentials.password}`;
const authorization = `Basic ${Buffer.from(login).toString("base64")}`;
const dc = ((): DataCentre => {
    const sample = sampleDataCentre((raw) => {
        raw.nodes = [1, 2, 3].map((n) => ({ name: `m${n}`, address: `172.18.1.${n}`, roles: ["zookeeper", "mesos-master", "marathon"] }));
        raw.mesos = { masterPort: mesosPort };
        raw.marathon = { port: marathonPort };
        raw.zookeeper = { clientPort: zookeeperPort };
        raw.proxies = { mesosPort, marathonPort, zookeeperPort };
        raw.nodes.push({ name: "proxy", address: "172.18.1.9", roles: ["mesos-proxy", "marathon-proxy", "zookeeper-proxy"] });
    }, "unchecked");
    const nodes = sample.nodes.map((node) => ({ ...node, address: node.address.replace("172.18.1", net) }));
    return { ...sample, marathon: { ...sample.marathon, credentials }, nodes };
})();
const proxy = dc.nodes[3]!;
const ids = [1, 2, 3].map((n) => `${net}.${n}`);
const masters = ids.map((address) => new FakeMaster(address, mesosPort));
const marathons = ids.map((address) => new FakeMarathon(address, marathonPort, login));
const members = ids.map((address) => new FakeMember(address, zookeeperPort));

/** `who` leads, and all others know it. */
function lead(all: readonly (FakeMaster | FakeMarathon)[], who: number | undefined): void {
    const leader = who === undefined ? undefined : all[who]!;
    all.forEach((one) => {
        one.leads = one === leader;
        one.leader = leader && (one instanceof FakeMarathon ? `${leader.address}:${leader.port}` : leader.address);
    });
}

interface Told {
    readonly status: number;
    readonly body: string;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly at: number;
}

/** The status is 0 where the connection ended without an answer. */
const ask = (port: number, path: string, method = "GET", host?: string): Promise<Told> =>
    new Promise((done) => {
        const ended = () => done({ status: 0, body: "", headers: {}, at: Date.now() });
        const headers = { authorization, ...(host ? { Host: host } : {}) };
        const asked = request({ host: proxy.address, port, path, method, headers, agent: false }, (answer) => {
            let body = "";
            answer.on("data", (data: Buffer) => (body += data.toString()));
            answer.on("end", () => done({ status: answer.statusCode ?? 0, body, headers: answer.headers, at: Date.now() })).on("error", ended);
        });
        asked.on("error", ended).end(method === "GET" ? undefined : "{}");
    });

/** What clients were told that asked every 20 ms while something happened, and for some time after. */
async function during(port: number, path: string, event: () => Promise<void> | void, after = 900, method = "GET"): Promise<Told[]> {
    const asked: Promise<Told>[] = [];
    const timer = setInterval(() => asked.push(ask(port, `${path}/${asked.length}`, method)), 20);
    await sleep(150);
    await event();
    await sleep(after);
    clearInterval(timer);
    return Promise.all(asked);
}

async function until(what: () => Promise<boolean> | boolean, ms = 4000): Promise<number> {
    const begin = Date.now();
    while (!(await what())) {
        expect(Date.now() - begin).toBeLessThan(ms);
        await sleep(10);
    }
    return Date.now() - begin;
}

const statuses = (told: readonly Told[]): number[] => [...new Set(told.map(({ status }) => status))].sort();
const answers = async (port: number, from: string): Promise<boolean> => (await ask(port, "/some")).body.trim() === from;

/** What a ZooKeeper client sees: a member's address, or the end of its connection. */
function session(): { socket: Socket; said: Promise<string> } {
    const socket = connect(zookeeperPort, proxy.address);
    const said = new Promise<string>((done) => {
        socket.on("error", () => done("end")).on("data", (data) => done(data.toString().trim())).on("close", () => done("end"));
        socket.on("connect", () => socket.write("hello"));
    });
    return { socket, said };
}

async function served(): Promise<string> {
    const { socket, said } = session();
    const found = await said;
    socket.destroy();
    return found;
}

if (version === undefined) {
    it.skip(`proxies before real servers: there is no ${program} on PATH`, () => undefined);
} else {
    describe(`HAProxy ${version}`, () => {
        const folder = mkdtempSync(join(tmpdir(), "proxies-"));
        const config = join(folder, "haproxy.cfg");
        let haproxy: ChildProcess;
        let log = "";

        beforeAll(async () => {
            writeFileSync(config, haproxyConfig(dc, proxy));
            await Promise.all([...masters, ...marathons, ...members].map((one) => one.start()));
            lead(masters, 0);
            lead(marathons, 0);
            members.forEach((member, at) => (member.mode = at === 1 ? "leader" : "follower"));
            haproxy = spawn(program, ["-db", "-f", config], { env: { ...env, MARATHON_LOGIN: login }, stdio: ["ignore", "pipe", "pipe"] });
            for (const stream of [haproxy.stdout, haproxy.stderr]) {
                stream?.on("data", (data: Buffer) => (log += data.toString()));
            }
            await until(async () => (await ask(mesosPort, "/some")).status === 200 && (await ask(marathonPort, "/some")).status === 200);
            // First checks are spread over an interval.
            await sleep(600);
        });

        afterAll(async () => {
            haproxy.kill("SIGKILL");
            await once(haproxy, "exit");
            await Promise.all([...masters, ...marathons, ...members].map((one) => one.stop()));
            rmSync(folder, { recursive: true });
        });

        it("takes the configuration without a warning", () => {
            const { status, stdout, stderr } = spawnSync(program, ["-c", "-f", config], { env: { ...env, MARATHON_LOGIN: login }, encoding: "utf8" });
            expect([status, stdout + stderr]).toEqual([0, expect.not.stringMatching(/WARNING|ALERT/)]);
        });

        it("passes on to the leading master alone, and never says where another is", async () => {
            expect(await answers(mesosPort, ids[0]!)).toBe(true);
            for (const path of ["/redirect", "/master/redirect"]) {
                expect(await ask(mesosPort, path, "GET", "mesos.example:5050")).toMatchObject({ status: 307, headers: { location: "//mesos.example:5050" } });
            }
            const begin = Date.now();
            const told = await during(mesosPort, "/state", () => lead(masters, 1));
            expect([[200], [200, 503]]).toContainEqual(statuses(told));
            for (const one of told.filter(({ status }) => status === 503)) {
                expect([one.headers["retry-after"], one.headers.location, one.body]).toEqual(["1", undefined, expect.stringMatching(/^No Mesos master leads.*nothing was done/)]);
            }
            const first = told.find(({ body }) => body.trim() === ids[1]);
            expect(first!.at - begin).toBeLessThan(2000);
            console.log(`HAProxy ${version}: a master's lead moved, and the new one answered ${first!.at - begin - 150} ms later`);
        });

        it("finds the next master when the leading one ends, and sends reads again", async () => {
            const told = await during(mesosPort, "/state", async () => {
                await masters[1]!.stop();
                await sleep(200);
                lead(masters, 2);
            });
            expect([[200], [200, 503]]).toContainEqual(statuses(told));
            expect(await answers(mesosPort, ids[2]!)).toBe(true);
            await masters[1]!.start();
        });

        it("says that nobody leads, with the time to ask again", async () => {
            lead(masters, undefined);
            lead(marathons, undefined);
            await until(async () => (await ask(mesosPort, "/some")).body.startsWith("No Mesos") && (await ask(marathonPort, "/some")).body.startsWith("No Marathon"));
            const [mesos, marathon] = await Promise.all([ask(mesosPort, "/some"), ask(marathonPort, "/v2/apps", "POST")]);
            expect(mesos).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
            expect(marathon).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
            lead(masters, 0);
            lead(marathons, 0);
            await until(async () => (await answers(mesosPort, ids[0]!)) && (await answers(marathonPort, ids[0]!)));
        });

        it("passes on to the leading Marathon alone: nothing twice, nothing by way of a standby", async () => {
            const begin = Date.now();
            const told = await during(marathonPort, "/v2/apps/moved", () => lead(marathons, 1), 900, "POST");
            // 502 where its connection ended before it was taken up: who asked is told, and what was done is counted below.
            expect([[200], [200, 502], [200, 503], [200, 502, 503]]).toContainEqual(statuses(told));
            const done = marathons.flatMap((one) => one.done).filter((one) => one.includes("/moved/"));
            expect(done.length).toBe(new Set(done).size);
            expect(done.length).toBe(told.filter(({ status }) => status === 200).length);
            expect(marathons.flatMap(({ passedOn }) => passedOn)).toEqual([]);
            expect(told.filter(({ headers }) => "x-marathon-via" in headers)).toEqual([]);
            const first = told.find(({ body }) => body.trim() === ids[1]);
            expect(first!.at - begin).toBeLessThan(2000);
            console.log(`HAProxy ${version}: Marathon's lead moved, and the new one answered ${first!.at - begin - 150} ms later`);
        });

        it("never sends who listens for events to another address", async () => {
            const seen: number[] = [];
            // Each until its head is there.
            const open = () =>
                new Promise<void>((done) => {
                    const asked = request({ host: proxy.address, port: marathonPort, path: "/v2/events", agent: false, headers: { authorization } }, (answer) => {
                        seen.push(answer.statusCode ?? 0);
                        answer.destroy();
                        done();
                    });
                    asked
                        .on("error", () => {
                            done();
                        })
                        .end();
                });
            lead(marathons, 2);
            const end = Date.now() + 700;
            while (Date.now() < end) {
                await open();
                await sleep(10);
            }
            expect([[200], [200, 503]]).toContainEqual([...new Set(seen)].sort());
            expect(seen.at(-1)).toBe(200);
        });

        it("passes events on as they come, until their leader is none any more", async () => {
            let events = 0;
            const closed = new Promise<void>((done) => {
                request({ host: proxy.address, port: marathonPort, path: "/v2/events", agent: false, headers: { authorization } }, (answer) => {
                    answer.on("data", () => {
                        events += 1;
                    });
                    answer.on("error", () => undefined).on("close", done);
                }).end();
            });
            await until(() => events > 5);
            lead(marathons, 0);
            await closed;
            await until(() => answers(marathonPort, ids[0]!));
        });

        it("does nothing twice when the leader ends within a write", async () => {
            for (const [port, all] of [[mesosPort, masters], [marathonPort, marathons]] as const) {
                expect((await ask(port, "/write/vanish", "POST")).status).toBe(502);
                expect(all.flatMap((one) => one.done).filter((one) => one === "POST /write/vanish")).toHaveLength(1);
                expect((await ask(port, "/read/vanish")).status).not.toBe(200);
            }
        });

        it("leaves a member out that does not serve, and cuts what is at it", async () => {
            expect(new Set(await Promise.all(ids.map(served)))).toEqual(new Set(ids));
            const all = [session(), session(), session()];
            const at = await Promise.all(all.map(({ said }) => said));
            const lost = all[at.indexOf(ids[2]!)]!.socket;
            const begin = Date.now();
            const closed = once(lost, "close");
            members[2]!.mode = undefined;
            await closed;
            const took = Date.now() - begin;
            expect(took).toBeLessThan(2000);
            console.log(`HAProxy ${version}: a member's sessions were cut ${took} ms after it had left the quorum`);
            expect(all.filter(({ socket }) => !socket.destroyed)).toHaveLength(2);
            expect(new Set(await Promise.all([...ids, ...ids].map(served)))).toEqual(new Set([ids[0], ids[1]]));
            all.forEach(({ socket }) => socket.destroy());
        });

        it("gives nobody to a minority", async () => {
            members.forEach((member) => (member.mode = undefined));
            await until(async () => (await served()) === "end");
            await sleep(600);
            expect(await Promise.all(ids.map(served))).toEqual(["end", "end", "end"]);
            members[0]!.mode = "leader";
            members[1]!.mode = "follower";
            await until(async () => (await served()) !== "end");
        });

        it("tells who serves and who does not, and no login", () => {
            expect(log).toMatch(/Server mesos\/m1 is DOWN/);
            expect(log).toMatch(new RegExp(`Server marathon/${ids[0]}:${marathonPort} is UP`));
            expect(log).not.toContain(credentials.password);
            expect(log).not.toContain(authorization);
        });
    });
}
