/** Docker's restarts under Mesos: whose turn comes when, and the step against programs that answer from files. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { restartParameters, turns } from "../../components/docker-roll/plan";
import { engineParameters } from "../../components/docker";
import { neededBy } from "../../components/docker/plan";
import { renderProgram, type Parameter } from "../../components/step/program";
import type { DataCentreInput } from "../../config";
import { sampleDataCentre } from "./sample";

const imaged = (raw: DataCentreInput): void => {
    raw.sources = {
        ...raw.sources,
        mesos: { kind: "images", master: "mesosphere/mesos-master:1.11.0", agent: "mesosphere/mesos-slave:1.11.0" },
        marathon: { kind: "images", image: "mesosphere/marathon:v1.11.24" },
    };
};
const order = (dc: ReturnType<typeof sampleDataCentre>): string[] => turns(dc).map(({ node, after }) => `${node.name} after ${after.map(({ name }) => name).join(", ") || "none"}`);

describe("turns", () => {
    it("are taken one after another, or as many at once as agents are visited", () => {
        expect(order(sampleDataCentre())).toEqual(["master1 after none", "agent1 after master1", "agent2 after agent1", "agent3 after agent2"]);
        expect(order(sampleDataCentre((raw) => (raw.mesos = { agentsAtOnce: 2 })))).toEqual([
            ...["master1 after none", "agent1 after none", "agent2 after master1", "agent3 after agent1"],
        ]);
    });

    it("come to masters and Marathon in containers first, each alone", () => {
        const dc = sampleDataCentre((raw) => {
            imaged(raw);
            raw.mesos = { agentsAtOnce: 9 };
            raw.nodes[1]!.roles!.push("marathon");
        }, "unchecked");
        expect(order(dc)).toEqual(["master1 after none", "agent1 after master1", "agent2 after agent1", "agent3 after agent1"]);
        expect(neededBy(dc, dc.nodes[0]!)).toEqual(["mesos-slave", "mesos-agent", "mesos-master", "marathon"]);
    });

    it("are not taken by new nodes, which wait for one other", () => {
        const order = (fresh: readonly string[]) =>
            turns(sampleDataCentre(), (name) => fresh.includes(name)).map(({ node, after }) => `${node.name} after ${after.map(({ name }) => name).join(", ") || "none"}`);
        expect(order(["agent1", "agent3"])).toEqual(["master1 after none", "agent2 after master1", "agent1 after master1", "agent3 after master1"]);
        expect(order(["master1", "agent1", "agent2", "agent3"])).toEqual(["master1 after none", ...["agent1", "agent2", "agent3"].map((name) => `${name} after master1`)]);
    });

    it("are none where nobody needs the engine", () => {
        const dc = sampleDataCentre((raw) => {
            raw.mesos = { containerizers: ["mesos"] };
            delete raw.registry;
            delete raw.marathonLb;
        });
        expect(turns(dc)).toEqual([]);
    });

    it("are told of what costs a restart, and of nothing that is reloaded", () => {
        const of = (docker: DataCentreInput["docker"]) => {
            const dc = sampleDataCentre((raw) => (raw.docker = docker));
            return { restart: restartParameters(dc, dc.nodes[1]!), engine: engineParameters(dc, dc.nodes[1]!) };
        };
        const plain = of({});
        const reloaded = of({ insecureRegistries: ["a:5000"], registryMirrors: ["http://b:5001"] });
        expect([reloaded.restart, reloaded.engine.daemon_json === plain.engine.daemon_json]).toEqual([plain.restart, false]);
        expect(of({ logMaxSizeMiB: 40 }).restart).not.toEqual(plain.restart);
    });
});

let home: string;
beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "docker-roll-"));
    mkdirSync(join(home, "state"));
    fake("systemctl", `case "$*" in "restart docker.service") echo "restart docker" >>${home}/events ;; "reload docker.service") echo "reload docker" >>${home}/events ;; esac; exit 0`);
    fake("iptables", `echo "iptables $*" >>${home}/rules; case "$*" in *-L*) [ -e ${home}/closed ] ;; *-N*) touch ${home}/closed ;; *"-D INPUT"*) exit 1 ;; *-X*) rm ${home}/closed ;; esac`);
    fake("ss", `echo "Recv-Q Send-Q Local Peer"; [ ! -e ${home}/closed ] || [ -e ${home}/seen ] || { touch ${home}/seen; echo "0 0 172.18.1.2:10080 172.18.1.9:40000"; }`);
    fake("dockerd", "echo Docker version 20.10.24, build x");
    fake("docker", `case "$*" in *LiveRestore*) grep -qs reload ${home}/events && echo true || cat ${home}/live ;; *) echo "/mnt/docker-data with overlay2" ;; esac`);
    // Agent, master and Marathon in one. An order to the master is an event.
    fake(
        "curl",
        `url=; for a in "$@"; do case $a in http*) url=$a ;; esac; done
        code() { case "$*" in *http_code*) printf '%s' "$status" ;; esac; }
        case $url in
        */health | */ping) printf 200 ;;
        */metrics/snapshot) cat ${home}/metrics ;;
        *:5051/state | *:5055/state) printf '{"id": "x-S1"}' ;;
        */slaves*) printf '{"slaves":[{"id":"x-S1","drain_info":{"state":"%s"}}]}' "$(cat ${home}/drained)" ;;
        */api/v1) body=$(cat); [ -e ${home}/leader ] || { printf '\\n503'; exit 0; }
            type=$(sed 's/.*"type":"\\([A-Z_]*\\)".*/\\1/' <<<"$body"); echo "$type" >>${home}/events
            if [ -e ${home}/old ]; then printf 'Failed to convert\\n400'; else printf '\\n200'; fi ;;
        */v2/tasks) if [ -e ${home}/spread ]; then cat ${home}/spread; else cat ${home}/tasks; fi ;;
        */tasks/*) echo "$url" | sed 's|.*/v2||' >>${home}/events; [ ! -e ${home}/later ] || cp ${home}/later ${home}/spread ;;
        */_haproxy_getconfig) cat ${home}/config 2>/dev/null || exit 7 ;;
        *'/haproxy?stats;csv') echo '# pxname,svname,x,status,'; sed "s/UP after/$(if [ -e ${home}/asked ]; then echo UP; else echo DOWN; fi)/" ${home}/stats; touch ${home}/asked ;;
        */v2/apps*apps.tasks) cat ${home}/served ;;
        */v2/apps*) if grep -qs restart ${home}/events && [ -e ${home}/after ]; then cat ${home}/after; else cat ${home}/apps; fi ;;
        *) exit 7 ;;
        esac`,
    );
    note("live", "true");
    note("metrics", '{"slave/registered":1.0,"master/elected":1.0,"registrar/log/recovered":1.0}');
    note("drained", "DRAINED");
    note("leader", "");
    note("tasks", tasks(["web.1", "x-S1"], ["web.2", "x-S2"]));
    note("served", apps());
    note("apps", apps({ id: "/web", instances: 3, tasksRunning: 3 }, { id: "/never", instances: 2, tasksRunning: 0 }));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const note = (name: string, text: string): void => writeFileSync(join(home, name), text);
const events = (): string[] => (existsSync(join(home, "events")) ? readFileSync(join(home, "events"), "utf8").trim().split("\n") : []);
const apps = (...list: object[]): string => JSON.stringify({ apps: list });
/** Tasks of one app, each with its agent. */
const tasks = (...list: (readonly [id: string, agent: string, state?: string])[]): string =>
    JSON.stringify({ tasks: list.map(([id, slaveId, state = "TASK_RUNNING"]) => ({ ipAddresses: [{ id: "no" }], appId: "/web", id, slaveId, state, ports: [1] })) });
/** An app with a task here and one elsewhere, and marathon-lb on both agents. */
const served = (): string => {
    const task = (slaveId: string, host: string, port: number) => ({ state: "TASK_RUNNING", slaveId, host, ports: [port], healthCheckResults: [{ alive: true }] });
    return apps(
        { id: "/web", labels: { HAPROXY_GROUP: "external" }, healthChecks: [{ path: "/" }], tasks: [task("x-S1", "172.18.1.2", 31001), task("x-S2", "172.18.1.3", 31002)] },
        { id: "/system/marathon-lb", tasks: [task("x-S1", "172.18.1.2", 9090), task("x-S2", "172.18.1.3", 9090)] },
    );
};
/** What every proxy has. */
const serve = (...servers: (readonly [address: string, status: string])[]): void => {
    const rows = servers.map(([address], n) => `  server s${n} ${address} id 7 check inter 1s`);
    note("config", `listen stats\n  bind 0.0.0.0:9090\nfrontend web_10080\n  bind *:10080\nbackend web_10080\n  mode http\n${rows.join("\n")}\n`);
    note("stats", `web_10080,FRONTEND,,OPEN,\n${servers.map(([, status], n) => `web_10080,s${n},,${status},`).join("\n")}\n`);
};
const away = (): boolean => existsSync(join(home, "state/agent-away"));

function fake(name: string, script: string): void {
    writeFileSync(join(home, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(home, name), 0o755);
}

const scripts = [
    ...["docker/diagnose", "docker/await", "step/helpers/http", "mesos/health", "mesos/drain", "marathon/lib"],
    ...["docker-roll/json", "docker-roll/apps", "docker-roll/proxies", "docker-roll/restart"],
    "step/helpers/upgrade",
];

/** Runs the step; `applied` says whether the engine runs with its settings by now. */
function step(applied: boolean, more: Record<string, Parameter> = {}) {
    const dc = sampleDataCentre();
    const parameters = { ...restartParameters(dc, dc.nodes[1]!), identity_file: join(home, "identity"), app_timeout: 1, drain_timeout: 2, ...more };
    const program = renderProgram("docker-restart", "agent1", scripts.map((name) => `components/${name}.sh`), parameters)
        .replace(/^state=.*$/m, `state=${home}/state`)
        .replace(/^run=\$\{run.*$/m, `run=${home}`)
        .replace(/^export LC_ALL=C PATH=\S+/m, `export LC_ALL=C PATH=${home}:$PATH`)
        .replace(/\[ "\$\(id -u\)" = 0 \]/, "true")
        .replace(/main "\$1"\n$/, "");
    const ready = applied ? 'mark_applied docker.service "$(engine_print)"' : ":";
    const text = `${program}\nlog=${home}/log\nsleep() { command sleep 0.05; }\n${ready}\nmain converge\nis_applied docker.service "$(engine_print)" && echo applied`;
    return spawnSync("bash", ["-c", text], { encoding: "utf8" });
}

describe("the step", () => {
    it("does nothing where the engine runs with its settings", () => {
        const done = step(true);
        expect([done.status, done.stdout, events()]).toEqual([0, "0 changes\napplied\n", []]);
    });

    it("empties the agent, restarts the engine, and gives the agent back", () => {
        const done = step(false);
        expect([done.status, done.stderr]).toEqual([0, ""]);
        expect(events()).toEqual(["DEACTIVATE_AGENT", "DRAIN_AGENT", "restart docker", "REACTIVATE_AGENT"]);
        expect(done.stdout).toContain("applied");
        expect(away()).toBe(false);
    });

    it("makes the engine spare containers first, where it was told otherwise by somebody else", () => {
        note("live", "false");
        expect(step(false).status).toBe(0);
        expect(events()).toEqual(["DEACTIVATE_AGENT", "DRAIN_AGENT", "reload docker", "restart docker", "REACTIVATE_AGENT"]);
    });

    it("moves one task of an app before, which has them all here", () => {
        note("tasks", tasks(["web.1", "x-S1"], ["web.2", "x-S1"], ["web.3", "x-S2", "TASK_STAGING"]));
        note("later", tasks(["web.1", "x-S1"], ["web.3", "x-S2"]));
        const done = step(false);
        expect([done.status, done.stderr]).toEqual([0, ""]);
        expect(events()).toEqual(["DEACTIVATE_AGENT", "/apps/web/tasks/web.2", "DRAIN_AGENT", "restart docker", "REACTIVATE_AGENT"]);
        expect(done.stdout).not.toContain("note:");
    });

    it("waits until marathon-lb elsewhere sends requests to what stays", () => {
        note("served", served());
        serve(["172.18.1.2:31001", "UP"], ["172.18.1.3:31002", "UP after"]);
        const done = step(false);
        expect([done.status, done.stderr]).toEqual([0, ""]);
        expect(events()).toEqual(["DEACTIVATE_AGENT", "DRAIN_AGENT", "restart docker", "REACTIVATE_AGENT"]);
        expect(done.stdout).not.toContain("note:");
        expect(existsSync(join(home, "asked"))).toBe(true);
        // New clients go elsewhere before the proxy here ends, and are let in again.
        const rules = readFileSync(join(home, "rules"), "utf8");
        expect(rules).toMatch(/-A DATACENTRE-CLOSED -p tcp --syn --dport 10080 -j REJECT[\s\S]*-I INPUT -j DATACENTRE-CLOSED/);
        expect(rules).toMatch(/-X DATACENTRE-CLOSED\n$/);
        expect(rules).not.toContain("--dport 9090");
        expect([existsSync(join(home, "seen")), existsSync(join(home, "closed"))]).toEqual([true, false]);
    });

    it("closes no proxy that is the only one", () => {
        note("served", served().replace('"slaveId":"x-S2","host":"172.18.1.3","ports":[9090]', '"slaveId":"x-S1","host":"172.18.1.2","ports":[9090]'));
        serve(["172.18.1.2:31001", "UP"], ["172.18.1.3:31002", "UP"]);
        expect(step(false).status).toBe(0);
        expect(readFileSync(join(home, "rules"), "utf8")).not.toContain("-N");
    });

    it("opens a proxy that a killed step had closed", () => {
        note("state/agent-away", "x-S1\n");
        note("closed", "");
        expect(step(true).status).toBe(0);
        expect(existsSync(join(home, "closed"))).toBe(false);
    });

    it("ends no tasks here while marathon-lb finds those elsewhere down", () => {
        note("served", served());
        serve(["172.18.1.2:31001", "UP"], ["172.18.1.3:31002", "DOWN"]);
        const done = step(false);
        expect(done.status).toBe(1);
        expect(done.stderr).toMatch(/nothing to tasks elsewhere.*: \/web at 172\.18\.1\.3\n[\s\S]*haproxy\?stats/);
        expect(events()).toEqual(["DEACTIVATE_AGENT"]);
        expect(away()).toBe(true);
    });

    it("goes on where marathon-lb elsewhere does not answer, and says so", () => {
        note("served", served());
        const done = step(false);
        expect([done.status, events()]).toEqual([0, ["DEACTIVATE_AGENT", "DRAIN_AGENT", "restart docker", "REACTIVATE_AGENT"]]);
        expect(done.stdout).toContain("note: marathon-lb does not know all tasks elsewhere: 172.18.1.3 silent");
    });

    it("leaves tasks where they are when that is asked for", () => {
        expect(step(false, { before: "deactivate" }).status).toBe(0);
        expect(events()).toEqual(["DEACTIVATE_AGENT", "restart docker", "REACTIVATE_AGENT"]);
    });

    it("gives back an agent that a killed step had sent away", () => {
        note("state/agent-away", "x-S1\n");
        expect(step(true).status).toBe(0);
        expect(events()).toEqual(["REACTIVATE_AGENT"]);
        expect(away()).toBe(false);
    });

    it("touches nothing while nobody leads, or tasks do not end", () => {
        rmSync(join(home, "leader"));
        const leaderless = step(false);
        expect([leaderless.status, leaderless.stderr]).toEqual([1, expect.stringMatching(/order to deactivate agent x-S1[\s\S]*make verify/)]);
        note("leader", "");
        note("drained", "DRAINING");
        const busy = step(false);
        expect([busy.status, busy.stderr]).toEqual([1, expect.stringMatching(/tasks do not end within 2 s[\s\S]*drainTimeoutSeconds/)]);
        expect(events()).toEqual(["DEACTIVATE_AGENT", "DRAIN_AGENT"]);
        expect(away()).toBe(true);
    });

    it("goes on with masters that cannot drain, and says so", () => {
        note("old", "");
        const done = step(false);
        expect([done.status, events()]).toEqual([0, ["DEACTIVATE_AGENT", "restart docker"]]);
        expect(done.stdout).toContain("note: no master deactivates agents (status 400: Failed to convert)");
        expect(away()).toBe(false);
    });

    it("stops the roll where an app that was whole is not any more, by name", () => {
        note("after", apps({ id: "/web", instances: 3, tasksRunning: 2 }, { id: "/never", instances: 2, tasksRunning: 0 }));
        const done = step(false);
        expect([done.status, done.stderr]).toEqual([1, expect.stringMatching(/turn are not 1 s later: \/web\n[\s\S]*make verify/)]);
        expect(away()).toBe(false);
    });

    it("asks the agent at the port that it was last told", () => {
        note("identity", "agent1 5055\n");
        expect(step(false, { port: 5099 }).status).toBe(0);
        expect(events()).toEqual(["DEACTIVATE_AGENT", "DRAIN_AGENT", "restart docker", "REACTIVATE_AGENT"]);
    });

    it("restarts no master in a container that the quorum needs", () => {
        const masters = { master: "172.18.1.1:5050", master_peers: ["172.18.1.2:5050", "172.18.1.3:5050"], quorum: 2 };
        note("metrics", '{"slave/registered":1.0,"master/elected":1.0,"registrar/log/recovered":0.0}');
        const done = step(false, masters);
        expect([done.status, done.stderr]).toEqual([1, expect.stringMatching(/would leave 0 masters, of which 2 must agree/)]);
        expect(events()).toEqual([]);
        note("metrics", '{"slave/registered":1.0,"master/elected":1.0,"registrar/log/recovered":1.0}');
        expect(step(false, masters).status).toBe(0);
    });
});

it("apps are read as Marathon tells them", () => {
    const list = apps(
        { id: "/plain", instances: 1, labels: { id: "/no" }, cmd: 'a "}" \\ [', tasksRunning: 1, tasksHealthy: 0 },
        { id: "/fewer", instances: 3, tasksRunning: 1, tasksHealthy: 0 },
        { id: "/staged", instances: 3, tasksStaged: 1, tasksRunning: 1, tasksHealthy: 0 },
        { id: "/ill", healthChecks: [{ path: '/"}]', id: "x" }], instances: 1, tasksRunning: 1, tasksHealthy: 0 },
        { id: "/well", healthChecks: [{ path: "/" }], instances: 1, tasksRunning: 1, tasksHealthy: 1 },
        { id: "/unchecked", healthChecks: [], instances: 1, tasksRunning: 1, tasksHealthy: 0 },
    );
    for (const text of [list, JSON.stringify(JSON.parse(list), undefined, 2)]) {
        const { stdout } = spawnSync("bash", ["-c", "source components/docker-roll/json.sh; source components/docker-roll/apps.sh; app_states"], { encoding: "utf8", input: text });
        expect(stdout).toBe("/plain whole\n/fewer lacking\n/staged starting\n/ill starting\n/well whole\n/unchecked whole\n");
    }
});

describe("marathon-lb", () => {
    const sources = ["step/helpers/http", "docker-roll/json", "docker-roll/proxies"].map((name) => `source components/${name}.sh`).join("; ");
    const parameters = "balancer=/lb balancer_group=external balancer_port=9090 ";
    const run = (line: string, input = "") => spawnSync("bash", ["-c", `set -Eeuo pipefail; PATH=${home}:$PATH; ${parameters}; ${sources}; ${line}`], { encoding: "utf8", input });
    const task = (slaveId: string, host: string, ...ports: number[]) => ({ state: "TASK_RUNNING", slaveId, host, ports });

    it("serves the ports of its group's apps that are well", () => {
        const labels = { HAPROXY_GROUP: "internal,external" };
        const list = apps(
            { id: "/two", labels: { ...labels, HAPROXY_1_ENABLED: "false" }, tasks: [task("a", "h1", 1, 2), task("b", "h2", 3, 4)] },
            { id: "/none", labels: {}, tasks: [task("a", "h1", 5)] },
            { id: "/one-port", labels: { HAPROXY_1_GROUP: "external" }, tasks: [task("b", "h2", 6, 7)] },
            { id: "/other", labels: { HAPROXY_GROUP: "externals" }, tasks: [task("a", "h1", 8)] },
            { id: "/own", labels, networks: [{ mode: "container" }], container: { portMappings: [{ containerPort: 80 }] }, tasks: [{ ...task("b", "h2"), ipAddresses: [{ ipAddress: "10.0.0.9" }] }] },
            {
                ...{ id: "/checked", labels, healthChecks: [{ protocol: "HTTP" }] },
                tasks: [
                    { ...task("b", "h2", 9), healthCheckResults: [{ alive: true }, { alive: false }] },
                    task("b", "h2", 10),
                    { ...task("b", "h2", 11), healthCheckResults: [{ alive: true }] },
                    { ...task("b", "h2", 12), healthCheckResults: [{ alive: true }], state: "TASK_KILLING" },
                ],
            },
            { id: "/lb", labels: {}, tasks: [task("a", "h1", 9090), task("b", "h2", 9090)] },
        );
        const { stdout, stderr } = run("served_ports a", list);
        expect([stderr, stdout.trim().split("\n")]).toEqual([
            "",
            ["/two.0 here h1 1", "/two.0 elsewhere h2 3", "/one-port.1 elsewhere h2 7", "/own.0 elsewhere 10.0.0.9 80", "/checked.0 elsewhere h2 11", "proxy h2"],
        ]);
    });

    const states = (list: string) => {
        note("served", list);
        return run(`ask_marathon() { cat ${home}/served; }; not_known a`).stdout;
    };
    const labels = { HAPROXY_GROUP: "external" };
    const lb = { id: "/lb", tasks: [task("b", "10.0.0.2", 9090)] };

    it("is waited for by one that lists nothing yet, and not by one that leaves an app out", () => {
        const list = apps({ id: "/a", labels, tasks: [task("b", "10.0.0.2", 1)] }, { id: "/b", labels, tasks: [task("b", "10.0.0.2", 2)] }, lb);
        serve();
        expect(states(list)).toBe("10.0.0.2 partly /a\n10.0.0.2 partly /b\n");
        serve(["10.0.0.2:2", "UP 1/2"]);
        expect(states(list)).toBe("");
        serve(["10.0.0.2:2", "no check"]);
        expect(states(list)).toBe("");
    });

    it("is waited for where it knows some of the tasks elsewhere, or none but those here", () => {
        const list = apps({ id: "/a", labels, tasks: [task("a", "10.0.0.1", 1), task("b", "10.0.0.2", 2), task("c", "10.0.0.3", 3)] }, lb);
        serve(["10.0.0.1:1", "UP"], ["10.0.0.2:2", "UP"]);
        expect(states(list)).toBe("10.0.0.2 partly /a\n");
        serve(["10.0.0.1:1", "UP"], ["10.0.0.3:3", "DOWN"]);
        expect(states(list)).toBe("10.0.0.2 not /a\n");
        serve(["10.0.0.2:2", "UP"], ["10.0.0.3:3", "UP"]);
        expect(states(list)).toBe("");
    });
});
