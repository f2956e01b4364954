/** What happens on hosts behind the engine's back: `make drift` names it and changes nothing, `make up CONVERGE=1` mends it. */
import type { DataCentreInput } from "../../config";
import { networkOf, useBareHosts } from "./lib/hosts";
import { totalChanges } from "./lib/output";
import { run } from "./lib/run";
import { TestStack } from "./lib/stack";

const network = networkOf("drift");
const lab = "file:///opt/datacentre-lab";
const nodes: DataCentreInput["nodes"] = [1, 2, 3].map((n) => ({
    name: `node${n}`,
    address: `${network.net}.${n}`,
    roles: ["docker", "zookeeper", "mesos-agent", ...(n === 1 ? (["mesos-master"] as const) : [])],
}));
const stack = new TestStack("e2e-drift", {
    provider: { kind: "existing" },
    nodes,
    security: "seed",
    sources: { mesos: { kind: "repository", apt: { url: `${lab}/apt` } } },
} as DataCentreInput);

/** Past SSH, so that it leaves nothing in what is counted. */
async function inside(node: string, command: string): Promise<string> {
    const { code, stdout, output } = await run("docker", ["exec", `${network.prefix}-${node}`, "bash", "-c", command]);
    if (code !== 0) {
        throw new Error(`${node}: ${command}: status ${code}\n${output}`);
    }
    return stdout;
}

/** Every file but what hosts write by themselves, with its times; every unit with its state and its process; what the kernel was told. */
const picture = (node: string): Promise<string> =>
    inside(
        node,
        `find /etc /opt /root /usr /srv /home /mnt /boot /var /data -xdev \\( -path /var/log -o -path '/var/lib/zookeeper/version-2' -o -path '/var/lib/mesos/*' \
            -o -path '/mnt/docker-data/*' -o -path /var/lib/chrony \\) -prune -o -printf '%p %m %u:%g %s %T@ %C@\\n' 2>/dev/null | sort
        systemctl list-unit-files --no-legend --no-pager
        for unit in zookeeper docker containerd mesos-master mesos-slave chrony ssh; do echo "$unit"; systemctl show -p ActiveState,UnitFileState,MainPID,InvocationID,NeedDaemonReload "$unit"; done
        dpkg-query -W; awk '{print $1, $2, $3}' /proc/mounts; ip -o address; iptables-save | grep '^-A' || true; cat /proc/sys/net/ipv4/ip_forward
        docker ps -aq; docker images -q; ls -A /run/datacentre | grep -v '^lock' || true`,
    );

const logins = async (node: string): Promise<number> => Number(await inside(node, "journalctl -u ssh -o cat --no-pager | grep -c '^Accepted publickey' || true"));

interface Step {
    step: string;
    node: string;
    state: string;
    differences: { what: string; lines: string[] }[];
}

/** What differs, `node step: what` each. */
async function drift(): Promise<{ code: number | null; told: string[]; steps: Step[] }> {
    const { code, stdout } = await stack.make("drift", { JSON: "1" });
    const { steps } = JSON.parse(stdout) as { steps: Step[] };
    return { code, steps, told: steps.flatMap(({ node, step, differences }) => differences.map(({ what }) => `${node} ${step}: ${what}`)) };
}

/** How many more logins each host had at the end. */
async function counted(work: () => Promise<unknown>): Promise<number[]> {
    const before = await Promise.all(stack.names.map(logins));
    await work();
    const after = await Promise.all(stack.names.map(logins));
    return after.map((count, i) => count - before[i]!);
}

/** The second half of `make up CONVERGE=1`, without the engine's own connections. */
const rerun = () =>
    run("bash", ["-c", ". .datacentre/env.sh && exec node --require tsx/cjs ops/rerun.ts"], {
        env: { STACK: stack.name, DATACENTRE_HOME: stack.home },
        log: "e2e-drift-rerun",
    });

useBareHosts(stack, network);

it("says of a stack that is not there that it is not", async () => {
    const { output } = await stack.make("drift");
    expect(output).toContain("is not there");
});

it("finds nothing after up, over one connection a host", async () => {
    await stack.must("up");
    let said = "";
    expect(await counted(async () => (said = (await stack.must("drift")).stdout))).toEqual([1, 1, 1]);
    expect(said).toBe("0 differences on 3 hosts\n");
});

it("runs nothing again where nothing is due, over one connection a host", async () => {
    let output = "";
    expect(await counted(async () => ({ output } = await rerun()))).toEqual([1, 1, 1]);
    expect(totalChanges(output)).toBe(0);
});

it("names what was changed on each host, and changes nothing itself", async () => {
    // Two of the three members of ZooKeeper go on, so that nothing else moves by itself.
    await inside("node1", "sed -i 's/^tickTime=.*/tickTime=2345/' /etc/zookeeper/conf/zoo.cfg; systemctl disable mesos-master; printf 9 >/etc/mesos-master/quorum");
    await inside("node2", "chmod 0666 /etc/systemd/system/zookeeper.service; systemctl stop mesos-slave; systemctl mask docker.socket");
    await inside("node3", "dpkg --purge --force-all zookeeper; sed -i 's/\"max-file\": .*/\"max-file\": \"9\"/' /etc/docker/daemon.json");
    const before = await Promise.all(stack.names.map(picture));
    const { told, steps, code } = await drift();
    expect(code).not.toBe(0);
    for (const one of [
        "node1 zookeeper: /etc/zookeeper/conf/zoo.cfg differs",
        "node1 mesos-master: mesos-master is disabled, not enabled",
        "node1 mesos-master: /etc/mesos-master/quorum differs",
        "node2 zookeeper: /etc/systemd/system/zookeeper.service is 666 root:root, not 644 root:root",
        "node2 mesos-agent: mesos-slave is inactive, not active",
        "node2 docker: docker.socket is masked, not enabled",
        "node3 docker: /etc/docker/daemon.json differs",
    ]) {
        expect(told).toContain(one);
    }
    expect(told.filter((one) => /^node3 prepare: package zookeeper .*is not there/.test(one))).toHaveLength(1);
    expect(told.filter((one) => one.startsWith("node1 docker:") || one.startsWith("node2 prepare:"))).toEqual([]);
    const lines = steps.find(({ node, step }) => node === "node1" && step === "zookeeper")!.differences[0]!.lines;
    expect(lines).toEqual(expect.arrayContaining(["-tickTime=2345", "+tickTime=2000"]));
    expect(await Promise.all(stack.names.map(picture))).toEqual(before);
});

it("mends all of it, and nothing differs then", async () => {
    const { output } = await stack.must("up", { CONVERGE: "1" });
    expect(totalChanges(output)).toBeGreaterThan(6);
    expect((await stack.must("drift")).stdout).toBe("0 differences on 3 hosts\n");
    await stack.must("verify");
    expect(await inside("node1", "cat /etc/mesos-master/quorum")).toBe("1\n");
});

it("names a host that is not reached, and looks at the others", async () => {
    await inside("node2", "systemctl stop ssh.socket ssh.service 2>/dev/null; true");
    const { output, code } = await stack.make("drift");
    await inside("node2", "systemctl start ssh.service");
    expect(code).not.toBe(0);
    expect(output).toMatch(/^node2\n {2}not reached, with its steps prepare, .*zookeeper/m);
    expect(output).toContain("0 differences on 2 hosts, 1 host not reached");
});
