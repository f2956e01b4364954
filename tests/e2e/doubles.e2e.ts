/**
 * The lab's doubles are held to what a real Mesos and a real Marathon answered: the same requests, replayed at doubles
 * with a real ZooKeeper and a real Docker engine. The recordings are read where they lie, beside the checkout.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { shared } from "../published";
import { root, run, settles, type Result } from "./lib/run";

const recorded = existsSync(join(shared, "recordings", "022-marathon-ping.json"));
const box = "e2ed-zookeeper";
const zookeeper = "127.0.0.1:12181";
const image = "e2ed-busybox:1";

let home: string;
const running: ChildProcess[] = [];

async function must(command: string, ...args: string[]): Promise<Result> {
    const result = await run(command, args);
    if (result.code !== 0) {
        throw new Error(`${command} ${args.join(" ")}: status ${result.code}\n${result.output.slice(-3000)}`);
    }
    return result;
}

const start = (program: string, ...args: string[]): number => running.push(spawn(join(home, program), args, { stdio: "ignore" }));

/** One of the doubles' own tests, which skip themselves where something is missing: that is a failure here. */
async function replay(folder: string): Promise<void> {
    const result = await run("go", ["test", "-C", "lab/doubles", "-count=1", "-v", "-run", "Recordings|Events", `./${folder}`], {
        env: { DATACENTRE_SHARED: shared, DATACENTRE_TEST_ZK: zookeeper, DATACENTRE_TEST_IMAGE: image },
        log: `doubles-${folder}`,
    });
    expect([result.code, result.code === 0 ? "" : result.output.slice(-4000)]).toEqual([0, ""]);
    expect(result.output).not.toContain("--- SKIP");
    expect(result.output.match(/--- PASS/g)?.length).toBeGreaterThanOrEqual(7);
}

beforeAll(async () => {
    if (!recorded) {
        return;
    }
    home = mkdtempSync(join(tmpdir(), "doubles-"));
    const java = "java -cp /etc/zookeeper/conf:/usr/share/java/zookeeper.jar org.apache.zookeeper.server.ZooKeeperServerMain 2181 /tmp/data";
    await run("docker", ["rm", "-f", box]);
    await must("docker", "run", "-d", "--name", box, "-p", `${zookeeper}:2181`, "datacentre-host:current", ...java.split(" "));
    // The lab's busybox, for tasks on this machine's engine, under a name of its own; who has the other name keeps it.
    await must(
        "bash",
        "-c",
        `was=$(docker image inspect -f '{{.Id}}' busybox:latest 2>/dev/null)
        docker run --rm --entrypoint cat datacentre-host:current /opt/datacentre-lab/images/busybox.tar | docker load -q && docker tag busybox:latest ${image} &&
            if [ -n "$was" ]; then docker tag "$was" busybox:latest; else docker rmi busybox:latest; fi`,
    );
    await must("go", "build", "-C", join(root, "lab/doubles"), "-o", `${home}/`, "./cmd/mesos-master", "./cmd/mesos-agent");
    const zk = `zk://${zookeeper}/mesos`;
    start("mesos-master", `--zk=${zk}`, "--quorum=1", "--ip=127.0.0.1", "--port=15050", `--work_dir=${home}/master`);
    for (const [last, ports] of [
        [1, "31100-31119"],
        [2, "31200-31219"],
    ] as const) {
        const resources = `cpus:2;mem:1024;disk:4000;ports:[${ports}]`;
        const address = [`--ip=127.0.0.${last}`, `--hostname=127.0.0.${last}`, `--port=1506${last}`];
        // The engine is everybody's on this machine, with tasks of others.
        start("mesos-agent", `--master=${zk}`, ...address, "--docker_kill_orphans=false", "--containerizers=docker,mesos", `--work_dir=${home}/agent${last}`, `--resources=${resources}`);
    }
    await settles(60, async () => {
        const { stdout } = await run("curl", ["-fsS", "http://127.0.0.1:15050/metrics/snapshot"]);
        expect(stdout).toMatch(/"master\/slaves_active": ?2/);
    });
});

afterAll(async () => {
    if (recorded) {
        running.forEach((child) => child.kill());
        // Two filters for one label would both have to fit.
        const of = (agent: string) => `docker ps -aq --filter label=org.datacentre.double.agent=${agent}`;
        await run("bash", ["-c", `{ ${of("127.0.0.1:15061")}; ${of("127.0.0.2:15062")}; } | xargs -r docker rm -f; docker rm -f ${box}; docker rmi ${image}`]);
        rmSync(home, { recursive: true, force: true });
    }
});

const title = recorded ? "" : " (skipped: no recordings beside the checkout)";
(recorded ? it : it.skip)(`Mesos answers as recorded${title}`, () => replay("mesos"));
(recorded ? it : it.skip)(`Marathon answers as recorded, and tells the same events${title}`, () => replay("marathon"));
