/** An agent's step against programs that answer from files: its identity, and what is left of its tasks. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { renderProgram, type Parameter } from "../../components/step/program";

let home: string;
beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "agent-"));
    mkdirSync(join(home, "work/meta/slaves"), { recursive: true });
    fake("systemctl", `echo "$*" >>${home}/events; exit 0`);
    fake("docker", "exit 0");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const note = (name: string, text: string): void => {
    mkdirSync(join(home, name, ".."), { recursive: true });
    writeFileSync(join(home, name), text);
};
const events = (): string => (existsSync(join(home, "events")) ? readFileSync(join(home, "events"), "utf8") : "");

function fake(name: string, script: string): void {
    writeFileSync(join(home, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(home, name), 0o755);
}

const scripts = ["mesos/layout", "mesos/units", "step/helpers/http", "mesos/health", "mesos/drain", "mesos/tasks", "mesos/agent"].map((name) => `components/${name}.sh`);

function run(call: string, more: Record<string, Parameter> = {}) {
    const parameters = {
        ...{ address: "10.0.0.2", port: 5052, hostname: "a", masters: ["10.0.0.1:5050"], incompatible: "renew", drain_timeout: 2 },
        ...{ work_dir: join(home, "work"), cgroups_hierarchy: join(home, "cgroup"), cgroups_root: "mesos", ...more },
    };
    const program = renderProgram("mesos-agent", "a", scripts, parameters).replace(/main "\$1"\n$/, "");
    const text = `${program}\nPATH=${home}:$PATH state=${home}/state log=${home}/log unit=mesos-slave settings=${home}/none\n${call}\nprintf '%s\\n' "\${changes[@]}" "\${notes[@]}"`;
    return spawnSync("bash", ["-c", text], { encoding: "utf8" });
}

/** An agent that answers at one port only, and a master that takes orders. */
const answers = (port: number): void =>
    fake(
        "curl",
        `url=; for a in "$@"; do case $a in http*) url=$a ;; esac; done
        case $url in
        *:${port}/health) printf 200 ;;
        *:${port}/metrics/snapshot) printf '{"slave/registered":1.0}' ;;
        *:${port}/state) printf '{"id": "x-S1"}' ;;
        */api/v1) cat >>${home}/orders; printf '\\n200' ;;
        */slaves*) cat ${home}/slaves ;;
        *) exit 7 ;;
        esac`,
    );

describe("another port", () => {
    beforeEach(() => {
        note("work/.datacentre-agent", "a 5051\n");
        symlinkSync("x-S1", join(home, "work/meta/slaves/latest"));
        note("slaves", '{"slaves":[],"recovered_slaves":[]}');
        answers(5051);
    });

    it("is asked of the agent where it listens, so that its tasks go before its id does", () => {
        const done = run("judge");
        expect([done.status, done.stderr]).toEqual([0, ""]);
        expect(readFileSync(join(home, "orders"), "utf8")).toBe('{"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"x-S1"},"mark_gone":true}}');
        expect(done.stdout).toMatch(/drained agent x-S1[\s\S]*new id/);
        expect(existsSync(join(home, "work/meta/slaves/latest"))).toBe(false);
    });

    it("is refused where no new id is asked for, by both", () => {
        const done = run("judge", { incompatible: "refuse" });
        expect([done.status, done.stderr]).toEqual([1, expect.stringContaining("was a:5051 and would become a:5052")]);
        expect(existsSync(join(home, "orders"))).toBe(false);
    });

    it("takes an agent for empty only by the master's word", () => {
        note("slaves", '{"slaves":[{"id":"x-S1","drain_info":{"config":{"mark_gone":true},"state":"DRAINING"}}]}');
        expect(run("judge").stderr).toMatch(/tasks do not end within 2 s/);
        note("slaves", "");
        expect(run("judge").stderr).toMatch(/tasks do not end within 2 s/);
        expect(readlinkSync(join(home, "work/meta/slaves/latest"))).toBe("x-S1");
    });
});

describe("an agent that was marked gone", () => {
    it("gets a new id, whatever is to become of incompatible ones", () => {
        symlinkSync("x-S1", join(home, "work/meta/slaves/latest"));
        answers(5052);
        fake("journalctl", `[ -L ${home}/work/meta/slaves/latest ] && echo "Agent asked to shut down by master@10.0.0.1:5050 because 'Agent has been marked gone'"; true`);
        const done = run(`registered() { [ ! -L ${home}/work/meta/slaves/latest ]; }\nawait cursor`, { incompatible: "refuse" });
        expect([done.status, done.stderr, done.stdout]).toEqual([0, "", "gave the agent a new id, since a master had marked the old one gone\n"]);
        expect(events()).toMatch(/^stop mesos-slave\n[^]*^start mesos-slave$/m);
    });
});

describe("tasks of the Mesos containerizer", () => {
    const children: ChildProcess[] = [];
    const task = (): ChildProcess => {
        const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
        children.push(child);
        return child;
    };
    const lives = ({ pid }: ChildProcess): boolean => spawnSync("bash", ["-c", `[ "$(ps -o stat= -p ${pid} | cut -c 1)" != Z ] && kill -0 ${pid}`]).status === 0;
    const group = (id: string, { pid }: ChildProcess): void => note(`cgroup/freezer/mesos/${id}/cgroup.procs`, `${pid}\n0\n`);
    const run_of = (id: string): string => `work/slaves/x-S1/frameworks/f/executors/e/runs/${id}`;
    afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

    /** In a directory, unlike in a control group, a process that ended stays listed: the fake one is emptied by its end. */
    const ended = `cat() { if [[ $1 == *cgroup.procs ]]; then :; fi; command cat "$@"; }
        contained() { [ $# -gt 0 ] || return 0; find "$@" -name cgroup.procs -exec cat {} + | grep -vx 0 | while read -r pid; do ! kill -0 "$pid" 2>/dev/null || echo "$pid"; done; }`;

    it("end with the agent, in its containers' control groups and those below, and nobody else's do", () => {
        const [own, nested, other] = [task(), task(), task()];
        note(`${run_of("c1")}/stdout`, "");
        group("c1", own);
        group("c1/mesos/n1", nested);
        note("cgroup/freezer/mesos/c1/freezer.state", "FROZEN");
        group("c2", other);
        expect(run(`${ended}\nstop_contained`).stdout).toContain("ended 2 processes of tasks");
        expect([lives(own), lives(nested), lives(other)]).toEqual([false, false, true]);
        expect(readFileSync(join(home, "cgroup/freezer/mesos/c1/freezer.state"), "utf8")).toBe("THAWED");
        expect(existsSync(join(home, "cgroup/freezer/mesos/c2"))).toBe(true);
    });

    it("end by their session where the launcher has no control groups, if they are in Mesos' slice", () => {
        const [own, stranger] = [task(), task()];
        for (const [id, child, slice] of [["c1", own, "mesos_executors.slice"], ["c2", stranger, "user.slice"]] as const) {
            note(`work/meta/slaves/x-S1/frameworks/f/executors/e/runs/${id}/pids/forked.pid`, String(child.pid));
            note(`proc/${child.pid}/cgroup`, `1:name=systemd:/${slice}\n`);
        }
        expect(run(`proc=${home}/proc\nps() { command ps "$@" | while read -r p; do ! kill -0 "$p" 2>/dev/null || [ "$(command ps -o stat= -p "$p" | cut -c 1)" = Z ] || echo "$p"; done; }\nstop_contained`).stdout).toContain(
            "ended 1 processes of tasks",
        );
        expect([lives(own), lives(stranger)]).toEqual([false, true]);
    });
});
