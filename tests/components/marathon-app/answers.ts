/** Answers of Marathon and Mesos as the real ones give them, short: what tests of the diagnosis change. */
import { diagnose, type Situation } from "../../../components/marathon-app/definition";

export const started = "2026-11-20T10:00:00.000Z";
export const before = "2026-11-20T09:00:00.000Z";
export const now = Date.parse("2026-11-20T10:01:00.000Z");

export const slave = (name: string, last: number, over: object = {}) => ({
    id: `m-S${last}`,
    hostname: `172.18.1.${last}`,
    active: true,
    attributes: { rack: `r${last}` },
    resources: { cpus: 2, mem: 1024, disk: 4000, gpus: 0, ports: "[31000-31009]" },
    unreserved_resources: { cpus: 2, mem: 1024, disk: 4000, gpus: 0, ports: "[31000-31009]" },
    reserved_resources: {},
    name,
    ...over,
});
export const slaves = [slave("master1", 1), slave("agent1", 2)];

export const offer = (last: number, reason: string[], over: { mem?: number; cpus?: number; ports?: [number, number] } = {}) => ({
    offer: {
        id: `m-O${last}`,
        hostname: `172.18.1.${last}`,
        agentId: `m-S${last}`,
        resources: [
            { name: "cpus", role: "*", scalar: over.cpus ?? 1.5 },
            { name: "mem", role: "*", scalar: over.mem ?? 900 },
            { name: "disk", role: "*", scalar: 4000 },
            { name: "ports", role: "*", ranges: [{ begin: over.ports?.[0] ?? 31000, end: over.ports?.[1] ?? 31009 }] },
        ],
        attributes: [{ name: "rack", text: `r${last}` }],
    },
    reason,
    timestamp: started,
});

export const item = (lastUnusedOffers: object[], over: object = {}) => ({
    app: { id: "/web" },
    count: 1,
    role: "*",
    delay: { timeLeftSeconds: 0, overdue: true },
    processedOffersSummary: { processedOffersCount: 9, unusedOffersCount: 9, rejectSummaryLastOffers: [] },
    lastUnusedOffers,
    ...over,
});
export const backingOff = (seconds: number) => item([], { delay: { timeLeftSeconds: seconds, overdue: false } });

export const task = (over: object = {}) => ({
    id: "web.instance-1._app.1",
    appId: "/web",
    host: "172.18.1.1",
    state: "TASK_RUNNING",
    version: started,
    stagedAt: started,
    ports: [31001],
    healthCheckResults: [],
    ...over,
});

export const failure = (message: string, over: object = {}) => ({
    lastTaskFailure: {
        appId: "/web",
        host: "172.18.1.1",
        message,
        state: "TASK_FAILED",
        timestamp: started,
        version: started,
        ...over,
    },
});

const definition = { id: "/web", cmd: "sleep 3000", cpus: 0.1, mem: 32, instances: 1, networks: [{ mode: "host" }] };

export const image = { cmd: null, container: { type: "DOCKER", docker: { image: "master1:5000/web:1" } } };

/** A situation of app /web: its fields, what is in the queue, and whatever else was asked. */
export function situation(app: object, queue: object[], over: Partial<Situation> = {}): Situation {
    const status = {
        version: started,
        versionInfo: { lastScalingAt: started, lastConfigChangeAt: started },
        tasksRunning: 0,
        tasksUnhealthy: 0,
    };
    return {
        appId: "/web",
        app: JSON.stringify({ app: { ...definition, ...status, deployments: [{ id: "d" }], tasks: [], ...app } }),
        queue: JSON.stringify({ queue }),
        deployments: JSON.stringify([
            { id: "d", affectedApps: ["/web"], currentActions: [{ action: "ScaleApplication", app: "/web" }] },
        ]),
        slaves: JSON.stringify({ slaves }),
        agents: [
            { node: "master1", address: "172.18.1.1", hostname: "172.18.1.1" },
            { node: "agent1", address: "172.18.1.2", hostname: "172.18.1.2" },
        ],
        now,
        ...over,
    };
}

export const metrics = (elected: 0 | 1, over: Record<string, number> = {}): string =>
    JSON.stringify({
        "master/elected": elected,
        "master/frameworks_active": elected,
        "registrar/log/ensemble_size": 3,
        "registrar/log/recovered": 1,
        ...over,
    });

/** `cause: text -> remedy` of each reason, in order. */
export const told = (what: Situation): string[] => diagnose(what).map(({ cause, text, remedy }) => `${cause}: ${text} -> ${remedy}`);

export const causes = (what: Situation): string[] => diagnose(what).map(({ cause }) => cause);

/** The one reason that there is. */
export function only(what: Situation): string {
    const all = told(what);
    expect(all).toHaveLength(1);
    return all[0] ?? "";
}

/** What is in the queue when both agents' offers were declined for one reason. */
export const both = (...reason: string[]) => [item([offer(1, reason), offer(2, reason)])];
