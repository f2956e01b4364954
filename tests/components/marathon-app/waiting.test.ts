/** Why an app waits: every cause, from answers of the real ones' form, with a remedy that can be carried out. */
import fc from "fast-check";

import { diagnose, type Master } from "../../../components/marathon-app/definition";
import { before, both, causes, failure, image, item, metrics, now, offer, only, situation, slave, slaves, task, told } from "./answers";

describe("no place among the offers", () => {
    it("memory: more than any agent has, or than is free", () => {
        expect(only(situation({ mem: 5000 }, both("InsufficientMemory")))).toBe(
            "memory: an instance asks for 5000 MiB of memory, and the agents last offered: 172.18.1.1 (master1) 900, 172.18.1.2 (agent1) 900; the largest of them has 1024 in all -> lower mem to 1024 or less, or give the agents more",
        );
        const used = situation({ mem: 1000 }, both("InsufficientMemory"));
        expect(only(used)).toMatch(/lower mem, stop or scale down what uses it, or add agents$/);
    });

    it("memory that the old version still uses", () => {
        const old = situation({ mem: 1000, tasks: [task({ version: before })] }, both("InsufficientMemory"));
        expect(only(old)).toMatch(/set upgradeStrategy\.minimumHealthCapacity below 1/);
    });

    it.each([
        ["cpus", "InsufficientCpus", { cpus: 64 }, /64 CPUs.*1\.5.*lower cpus to 2/],
        ["disk", "InsufficientDisk", { disk: 9e5 }, /MiB of disk/],
        ["gpus", "InsufficientGpus", { gpus: 1 }, /1 GPUs/],
    ])("%s", (cause, reason, app, text) => {
        expect(only(situation(app, both(reason)))).toMatch(new RegExp(`^${cause}: .*${text.source}`));
    });

    it("several at once, the ones that Marathon looks at first in front", () => {
        expect(causes(situation({ cpus: 64, mem: 5000 }, both("InsufficientMemory", "InsufficientCpus")))).toEqual([
            "cpus",
            "memory",
        ]);
    });

    it("on the one agent that it is tied to, whatever the others say", () => {
        const queue = [item([offer(1, ["InsufficientMemory"], { mem: 12 }), offer(2, ["UnfulfilledConstraint"])])];
        expect(only(situation({ constraints: [["hostname", "CLUSTER", "172.18.1.1"]] }, queue))).toMatch(
            /^memory: .*offered: 172\.18\.1\.1 \(master1\) 12 ->/,
        );
    });

    it("told by counts alone, as /v2/queue does without lastUnusedOffers", () => {
        const summary = {
            processedOffersCount: 2,
            rejectSummaryLastOffers: [{ reason: "InsufficientMemory", declined: 2, processed: 2 }],
        };
        expect(
            only(situation({ mem: 5000 }, [item([], { processedOffersSummary: summary, lastUnusedOffers: undefined })])),
        ).toMatch(/^memory: .*no agent offers as much; the largest of them has 1024/);
    });

    it("by what was offered, where the master was not asked", () => {
        expect(only(situation({ mem: 5000 }, both("InsufficientMemory"), { slaves: undefined }))).toMatch(
            /\(agent1\) 900 -> lower mem, stop/,
        );
    });

    it.each([
        [
            "maintenance",
            ["UnfulfilledConstraint", "AgentMaintenance"],
            /172\.18\.1\.1 \(master1\) and 172\.18\.1\.2 \(agent1\) are under maintenance.*\/machine\/up/,
        ],
        ["scarce", ["DeclinedScarceResources"], /have GPUs.*gpu_scheduling_behavior/],
        ["reservation", ["NoCorrespondingReservationFound"], /persistent volumes.*bring back the agent/],
    ])("%s", (cause, reasons, text) => {
        expect(only(situation({ constraints: [["rack", "UNIQUE"]] }, both(...reasons)))).toMatch(
            new RegExp(`^${cause}: .*${text.source}`),
        );
    });
});

describe("ports", () => {
    const mapped = (hostPort: number, over: object = {}) => ({
        ...image,
        container: { ...image.container, portMappings: [{ containerPort: 80, hostPort }] },
        networks: [{ mode: "container/bridge" }],
        ...over,
    });

    it("that no agent has to give", () => {
        expect(only(situation(mapped(80), both("InsufficientPorts")))).toBe(
            "ports: no agent has host port 80 to give; their ports: 172.18.1.1 (master1) 31000-31009; 172.18.1.2 (agent1) 31000-31009 -> add it to the agents' ports (mesos.ports), or use host port 0",
        );
    });

    const queue = [
        item([
            offer(1, ["InsufficientPorts"], { ports: [31005, 31009] }),
            offer(2, ["InsufficientPorts"], { ports: [31005, 31009] }),
        ]),
    ];

    it("that something else holds, or the app's own old version", () => {
        expect(only(situation(mapped(31001), queue))).toMatch(
            /host port 31001 is in no offer: something else holds it.*\/v2\/tasks/,
        );
        const old = only(situation(mapped(31001, { tasks: [task({ version: before })] }), queue));
        expect(old).toMatch(/own old version holds it on 172\.18\.1\.1.*minimumHealthCapacity: 0, maximumOverCapacity: 0/);
    });

    it("that are too many", () => {
        expect(
            only(situation({ portDefinitions: Array.from({ length: 20 }, () => ({ port: 0 })) }, both("InsufficientPorts"))),
        ).toMatch(/takes 20 host ports/);
    });
});

describe("constraints", () => {
    it("that name a node where agents advertise addresses", () => {
        expect(only(situation({ constraints: [["hostname", "CLUSTER", "master1"]] }, both("UnfulfilledConstraint")))).toBe(
            "constraint: constraint [hostname, CLUSTER, master1] fits no agent: master1 is a node's name, and its agent advertises 172.18.1.1 -> write [hostname, CLUSTER, 172.18.1.1]",
        );
    });

    it("that name nobody, naming what is advertised also before any offer came", () => {
        const none = [item([], { processedOffersSummary: { processedOffersCount: 0 } })];
        const text = /they advertise 172\.18\.1\.1 \(master1\) and 172\.18\.1\.2 \(agent1\) -> .*use one of those/;
        expect(only(situation({ constraints: [["hostname", "CLUSTER", "db7"]] }, none))).toMatch(text);
        expect(only(situation({ constraints: [["rack", "LIKE", "r[7-9]"]] }, both("UnfulfilledConstraint")))).toMatch(
            /rack is r1 or r2/,
        );
        const never = {
            constraints: [
                ["rack", "CLUSTER", "r2"],
                ["hostname", "CLUSTER", "172.18.1.1"],
            ],
        };
        expect(only(situation(never, both("UnfulfilledConstraint")))).toMatch(/no agent fits all/);
    });

    it("whose room is used up", () => {
        const tasks = [task(), task({ host: "172.18.1.2" }), task({ host: "172.18.1.9", version: before })];
        const app = { constraints: [["hostname", "UNIQUE"]], instances: 3, tasks, tasksRunning: 3 };
        expect(only(situation(app, both("UnfulfilledConstraint")))).toBe(
            "unique: constraint [hostname, UNIQUE] lets no further instance run: 2 of 3 run on 172.18.1.1 and 172.18.1.2, and it allows 2 agents -> use instances: 2, add agents, or widen the constraint",
        );
    });
});

describe("agents", () => {
    it("none, or none that has the master", () => {
        const none = [item([], { processedOffersSummary: { processedOffersCount: 0 } })];
        expect(only(situation({}, none, { slaves: '{"slaves":[]}' }))).toMatch(
            /^no-agents: no Mesos agent is registered -> .*mesos-slave/,
        );
        const lost = JSON.stringify({ slaves: [slave("a", 1, { active: false })] });
        expect(only(situation({}, none, { slaves: lost }))).toMatch(/172\.18\.1\.1 lost the master/);
    });

    it("in another role", () => {
        const reserved = { unreserved_resources: { cpus: 0, mem: 0 }, reserved_resources: { prod: { cpus: 2, mem: 1024 } } };
        const all = JSON.stringify({ slaves: slaves.map((one) => ({ ...one, ...reserved })) });
        const none = [item([], { processedOffersSummary: { processedOffersCount: 0 } })];
        expect(told(situation({ role: "*" }, none, { slaves: all }))[0]).toMatch(
            /^role: the app takes resources of role \*, and the agents' resources are in role prod -> .*mesos_role/,
        );
        expect(causes(situation({ acceptedResourceRoles: ["dev"] }, both("UnfulfilledRole")))).toEqual(["role"]);
    });

    it("that offer nothing", () => {
        const none = [item([], { processedOffersSummary: { processedOffersCount: 0 } })];
        expect(only(situation({}, none))).toMatch(
            /^no-offers: Marathon has had no offer for the app, though 2 agents are registered -> .*odd/,
        );
    });
});

describe("masters", () => {
    const three: Master[] = [
        { name: "master1", described: true, metrics: metrics(1), quorum: 2 },
        { name: "agent1", described: true, metrics: metrics(0), quorum: 2 },
        { name: "agent2", described: true, metrics: metrics(0), quorum: 2 },
    ];
    const of = (masters: readonly Master[]) => told(situation({}, [], { masters }));
    const alone = (over: Partial<Master>) => [
        { name: "master1", described: true, metrics: metrics(1, { "registrar/log/ensemble_size": 1 }), ...over },
    ];

    it("that are as they should be give no reason", () => {
        expect(of(three)).toEqual([]);
        expect(of(alone({ quorum: 1 }))).toEqual([]);
    });

    it("without leader: none answers, none is elected, or the elected one has no majority", () => {
        expect(of(three.map((one) => ({ ...one, metrics: undefined })))[0]).toMatch(
            /^no-leader: .*master1, agent1 and agent2 do not answer -> .*mesos-master/,
        );
        expect(of(three.map((one) => ({ ...one, metrics: metrics(0) })))[0]).toMatch(
            /^no-leader: no Mesos master leads -> .*ZooKeeper/,
        );
        const stuck = three.map((one, index) => ({
            ...one,
            metrics: index === 0 ? metrics(1, { "registrar/log/recovered": 0 }) : undefined,
        }));
        expect(of(stuck)[0]).toMatch(/^no-leader: master1 was elected.*start the other masters \(agent1 and agent2\)/);
    });

    it("of which two lead, or that Marathon is not registered with", () => {
        expect(of(three.map((one) => ({ ...one, metrics: metrics(1) })))[0]).toMatch(/^two-leaders: .*same ZooKeeper members/);
        const deaf = three.map((one) => ({
            ...one,
            metrics: one.metrics === metrics(1) ? metrics(1, { "master/frameworks_active": 0 }) : metrics(0),
        }));
        expect(of(deaf)[0]).toMatch(/^no-framework: .*leading master master1.*--master/);
    });

    it("in even number", () => {
        expect(of(three.slice(0, 2).map((one) => ({ ...one, metrics: one.metrics?.replace(/size":3/, 'size":2') })))).toEqual([
            "masters-even: there are 2 Mesos masters: an even number survives no more failures than 1, and half of them decide nothing -> run one or three, and disable mesos-master on the other nodes",
        ]);
    });

    it("that should not run", () => {
        const extra = [...three, { name: "agent3", described: false, metrics: metrics(0) }];
        expect(of(extra).map((text) => text.split(":")[0])).toEqual(["masters-superfluous", "masters-even"]);
        expect(of(extra)[0]).toMatch(/agent3 runs a Mesos master and should not -> .*systemctl disable --now mesos-master/);
        expect(of(alone({ quorum: 1, metrics: metrics(1) }))[0]).toMatch(
            /^masters-superfluous: 3 masters keep the registry, and 1 are described/,
        );
    });

    it("with a quorum that does not fit", () => {
        expect(of(three.map((one) => ({ ...one, quorum: 1 })))).toEqual([
            "quorum: the quorum of master1, agent1 and agent2 is 1, and 3 masters need 2 -> write 2 into /etc/mesos-master/quorum, and restart them one by one",
        ]);
    });

    it("come after what the offers say, and before it where nobody leads", () => {
        const even = three.slice(0, 2);
        expect(causes(situation({ mem: 5000 }, both("InsufficientMemory"), { masters: even }))).toEqual([
            "memory",
            "masters-superfluous",
            "masters-even",
        ]);
        const silent = three.map((one) => ({ ...one, metrics: undefined }));
        expect(causes(situation({ mem: 5000 }, both("InsufficientMemory"), { masters: silent }))).toEqual([
            "no-leader",
            "memory",
        ]);
    });
});

it("says nothing of what it was not told", () => {
    expect(diagnose({ appId: "/web" })).toEqual([]);
    expect(
        diagnose({
            appId: "/web",
            app: '{"message":"App \'/web\' does not exist"}',
            queue: "<html>",
            slaves: "",
            deployments: "{}",
        }),
    ).toEqual([]);
});

it("reads what another Marathon may tell of an app", () => {
    const strange = situation(
        { mem: 5000, novelty: { a: 1 }, killSelection: "NEW_WORD", tasks: [task({ healthCheckResults: undefined })] },
        both("InsufficientMemory"),
    );
    expect(causes(strange)).toEqual(["memory"]);
});

it("does not stumble over anything", () => {
    const text = fc.option(fc.oneof(fc.json({ maxDepth: 3 }), fc.string()), { nil: undefined });
    const all = fc.record({ queue: text, app: text, deployments: text, slaves: text, stderr: text });
    fc.assert(
        fc.property(all, (texts) => Array.isArray(diagnose({ appId: "/web", now, ...texts }))),
        { numRuns: 100 },
    );
    const parts = fc.record({
        app: fc.record({
            mem: fc.nat(),
            instances: fc.nat(5),
            constraints: fc.array(fc.array(fc.constantFrom("hostname", "UNIQUE", "LIKE", "rack", "(")), { maxLength: 3 }),
        }),
        reasons: fc.array(
            fc.constantFrom("InsufficientMemory", "InsufficientPorts", "UnfulfilledConstraint", "UnfulfilledRole", "New"),
            { maxLength: 3 },
        ),
        message: fc.string(),
    });
    fc.assert(
        fc.property(parts, ({ app, reasons, message }) => {
            const found = diagnose(situation({ ...app, ...failure(message) }, both(...reasons)));
            found.forEach(({ text, remedy }) => expect(`${text} ${remedy}`).not.toMatch(/undefined|NaN|Infinity|\[object/));
        }),
        { numRuns: 100 },
    );
});
