/** The compared work is what our steps do, and each of the compared tools is given all of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { scriptOf } from "../../bench/bash/script";
import { left, primitives, putsOf, sitesOf } from "../../bench/work/sites";
import { workInProcess, type HostWork } from "../../bench/work/work";

const root = join(__dirname, "../..");
const keys = ["A", "B", "C", "D"].map((letter) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(41)}${letter}A`);
let work: HostWork[] = [];

beforeAll(() => {
    work = workInProcess(keys.map((hostKey, i) => ({ address: `172.18.201.${i + 1}`, hostKey })));
});

it("has every host's systems, in an order in which they can start", () => {
    expect(work.map(({ name, steps }) => [name, steps.map(({ step }) => step)])).toEqual([
        ["master1", ["zookeeper", "etcd", "docker", "mesos-master", "mesos-agent", "marathon"]],
        ...["agent1", "agent2"].map((name) => [name, ["zookeeper", "etcd", "docker", "mesos-agent"]]),
        ["agent3", ["docker", "mesos-agent"]],
    ]);
});

it("has files with the contents, modes and owners of the plan", () => {
    const [zookeeper] = work[0]!.steps;
    expect(zookeeper!.files.find(({ path }) => path.endsWith("/myid"))).toEqual({ path: "/var/lib/zookeeper/myid", mode: "0644", user: "zookeeper", group: "zookeeper", content: "1\n" });
    const all = work.flatMap(({ steps }) => steps.flatMap(({ files }) => files));
    expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(["/etc/docker/daemon.json", "/etc/etcd/etcd.conf", "/etc/mesos-slave/resources", "/etc/mesos/zk"]));
    expect(all.filter(({ path, mode, user }) => !path.startsWith("/") || !/^0[0-7]{3}$/.test(mode) || user === "")).toEqual([]);
    for (const { steps } of work) {
        expect(steps.filter(({ units, answers }) => units.length === 0 || answers.length === 0)).toEqual([]);
    }
});

const step = (script: string, parameters = {}) => ({ step: "trial", node: "n", scripts: [script], parameters });

it("takes what is added to a script, and refuses what no parameter tells", () => {
    const script = "tests/bench/added.sh";
    expect(sitesOf(script).map(({ text }) => text)).toEqual(['put_file /etc/added 0640 root:adm "$added"', 'put_file "/etc/$1" 0644 root:root x']);
    expect(() => putsOf(step(script, { added: "it's\n" }))).toThrow(/added.sh: what 'put_file "\/etc\/\$1" 0644 root:root x' puts on a host/);
    expect(() => putsOf(step(script))).toThrow(/'put_file \/etc\/added/);
});

it("leaves out no site that scripts do not have any more", () => {
    const stale = Object.entries(left).flatMap(([script, texts]) => {
        const there = new Set(sitesOf(script).map(({ text }) => text));
        return Object.keys(texts).filter((text) => !there.has(text)).map((text) => `${script}: ${text}`);
    });
    expect(stale).toEqual([]);
});

it("knows every helper of lib.sh that puts something", () => {
    const lib = readFileSync(join(root, "components/step/lib.sh"), "utf8");
    const helpers = [...lib.matchAll(/^(put_\w+|enable_unit|run_unit)\(\)/gm)].map(([, name]) => name!);
    expect(helpers.filter((name) => !(primitives as readonly string[]).includes(name))).toEqual([]);
});

it("gives the script every file, unit and question", () => {
    for (const host of work) {
        const script = scriptOf(host);
        const wanted = host.steps.flatMap(({ files, directories, units, users }) => [
            ...[...files, ...directories].map(({ path, mode, user, group }) => `'${path}' '${mode}' '${user}:${group}'`),
            ...units.map((unit) => `unit '${unit}'`),
            ...users.map(({ name }) => `user '${name}'`),
        ]);
        expect([...wanted, ...host.packages, ...host.idle].filter((text) => !script.includes(text))).toEqual([]);
    }
});

it("gives playbook and deploy every kind of thing, and the playbook every system", () => {
    const [ofHost, ofStep] = [Object.keys(work[0]!), Object.keys(work[0]!.steps[0]!)];
    const playbook = ["site", "step"].map((name) => readFileSync(join(root, `bench/ansible/${name}.yml`), "utf8")).join("");
    const deploy = readFileSync(join(root, "bench/pyinfra/deploy.py"), "utf8");
    const named = ["name", "address", "step"];
    const lacking = [
        ...ofHost.filter((key) => !named.includes(key)).flatMap((key) => [playbook.includes(`work.${key}`) ? [] : [`playbook: ${key}`], deploy.includes(`work["${key}"]`) ? [] : [`deploy: ${key}`]].flat()),
        ...ofStep.filter((key) => !named.includes(key)).flatMap((key) => [playbook.includes(`one.${key}`) ? [] : [`playbook: ${key}`], deploy.includes(`step["${key}"]`) ? [] : [`deploy: ${key}`]].flat()),
        ...work[0]!.steps.filter(({ step: name }) => !playbook.includes(`hosts: ${name}\n`)).map(({ step: name }) => `playbook: ${name}`),
    ];
    expect(lacking).toEqual([]);
});
