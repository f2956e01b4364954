/** Document 001's data centre on another machine's engine, which is reached by SSH as an operator reaches it; and what a reboot leaves of it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bareHosts, makeKey, networkOf, removeHosts } from "./lib/hosts";
import { ask, OneBox, ports } from "./lib/onebox";
import { engineChanges, totalChanges } from "./lib/output";
import { root, run, settles } from "./lib/run";

const machines = networkOf("elsewhere");
const machine = `${machines.net}.1`;
const folder = mkdtempSync(join(tmpdir(), "elsewhere-"));
const key = join(folder, "key");
// The network of the containers is the other machine's own, and may be anything there.
const stack = new OneBox("e2e-elsewhere", { prefix: "box", third: 1, net: "172.30.1", subnet: "172.30.1.0/24" }, `ssh://root@${machine}`);
stack.edit((config) => {
    config.provider = { ...config.provider, engine: stack.engine, address: machine } as typeof config.provider;
});
const images = ["datacentre-lab/zookeeper:3.8.0", "datacentre-lab/haproxy:2.6", "datacentre-lab/mesos-master:1.11.0", "datacentre-lab/mesos-slave:1.11.0", "datacentre-lab/marathon:1.11.24", "busybox:latest"];
const green = (seconds = 120) => settles(seconds, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
const onMachine = (command: string) => run("ssh", [`root@${machine}`, command]);
/** All that the machine's engine and network have, but for numbers that change by themselves. */
const machineState = async () => (await onMachine("docker ps -a --format '{{.Names}}'; docker network ls --format '{{.Name}}'; docker images --format '{{.Repository}}:{{.Tag}}' | sort; ip -o link | awk '{print $2}' | sed 's/@.*//' | grep -v veth; iptables-save -t nat | grep -v -e '^[#:]' -e 127.0.0.11; ls -A / /etc /var/lib /opt /root")).stdout;

beforeAll(async () => {
    await makeKey(key);
    const [host] = await bareHosts(machines, 1, key, "current");
    writeFileSync(join(folder, "known_hosts"), `${machine} ${host!.hostKey}\n`);
    // What an operator has in ~/.ssh/config.
    mkdirSync(join(folder, "bin"));
    const config = join(folder, "config");
    writeFileSync(config, `Host *\n  IdentityFile ${key}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${join(folder, "known_hosts")}\n  LogLevel ERROR\n`);
    writeFileSync(join(folder, "bin", "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${config} "$@"\n`);
    chmodSync(join(folder, "bin", "ssh"), 0o755);
    process.env.PATH = `${join(folder, "bin")}:${process.env.PATH}`;
    await run("scripts/setup", ["--stack", "onebox", "--no-lint"]);
});
afterAll(async () => {
    await stack.clean();
    await removeHosts(machines);
    rmSync(folder, { recursive: true, force: true });
});

let before = "";

it("tells of a machine that has no engine, before anything is made", async () => {
    const { code, output } = await stack.make("up");
    expect(code).not.toBe(0);
    expect(output).toMatch(/Cannot connect to the Docker daemon|error during connect/);
    expect(output).toContain("remedy: see that 'ssh' reaches");
});

it("comes up on it from one command, and verify finds it as described", async () => {
    const engine = await onMachine("systemctl enable --now docker && docker version --format '{{.Server.Version}}'");
    expect([engine.code, engine.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+/)]);
    expect((await run(join(root, "lab/doubles/images/load.sh"), ["--host", stack.engine, ...images])).code).toBe(0);
    before = await machineState();
    const up = await stack.must("up");
    console.log(`make up: ${up.seconds.toFixed(0)} s`);
    await green();
    expect(engineChanges((await stack.must("up")).output)).toEqual({});
    expect(totalChanges((await stack.must("up", { CONVERGE: "1" })).output)).toBe(0);
});

it("serves at that machine's address, where tasks are found healthy as well", async () => {
    expect(await ask(ports.mesos, "/master/state", { host: machine })).toMatchObject({ status: 200 });
    const { tasks } = JSON.parse((await ask(ports.marathon, "/v2/apps/web/tasks", { host: machine })).body) as { tasks: { host: string; ports: number[]; healthCheckResults: { alive: boolean }[] }[] };
    expect(tasks).toHaveLength(2);
    for (const task of tasks) {
        expect(task).toMatchObject({ host: machine, healthCheckResults: [{ alive: true }] });
        expect((await ask(task.ports[0]!, "/", { host: machine })).body).toMatch(/^served by /);
    }
});

it("refuses an address that the machine has not", async () => {
    const address = (value: string) => stack.edit((config) => (config.provider = { ...config.provider, address: value } as typeof config.provider));
    address("192.0.2.1");
    const { code, output } = await stack.make("up");
    address(machine);
    expect(code).not.toBe(0);
    expect(output).toMatch(/provider\.address is 192\.0\.2\.1, which the engine's machine does not have.*172\./);
});

it("is there again after the machine was started anew, without a hand", async () => {
    await run("docker", ["restart", "-t", "20", `${machines.prefix}-node1`]);
    const begin = Date.now();
    await settles(180, async () => expect(await ask(ports.marathon, "/v2/apps", { host: machine })).toMatchObject({ status: 200 }));
    console.log(`${((Date.now() - begin) / 1000).toFixed(0)} s after the reboot Marathon is served again`);
    await green(240);
});

it("leaves the machine as it was, but for its data", async () => {
    await stack.must("destroy");
    expect(await machineState()).toBe(before);
    expect((await onMachine("docker volume ls -q | wc -l")).stdout.trim()).toBe("8");
    await stack.must("destroy", { DATA: "delete" });
    expect((await onMachine("docker volume ls -q | wc -l")).stdout.trim()).toBe("0");
});
