/**
 * `verify` is not blind: for every kind of row that it prints, the thing is broken on a host, and verify has to name
 * that row and not to end with status 0. A row without an entry here fails the test. FULL=1 breaks them all.
 */
import { networkOf } from "./lib/hosts";
import { run } from "./lib/run";
import { threeNodes, TestStack, withCalico, withMesos } from "./lib/stack";

const network = networkOf("blind");
const { net } = network;
const stack = new TestStack("e2e-blind", withCalico(withMesos(threeNodes(network)), network));
stack.edit((config) => {
    config.calico!.pools!.push({ name: "small", cidr: "10.242.26.0/27", blockSize: 29 });
    config.calico!.networks!.push({ name: "small", pools: ["small"] });
    config.calico!.policies = [{ name: "web", selector: "role == 'web'", ingress: [{ action: "Allow" }] }];
    // Small enough to be filled.
    config.etcd = { quotaBackendMiB: 100 };
    config.mesos = { agentPingTimeout: "2secs", maxAgentPingTimeouts: 2 };
});

afterAll(() => stack.clean());

interface Row {
    system: string;
    row: string;
    nodes: string[];
    ok: boolean;
    remedy?: string;
}

interface Damage {
    /** On which node the thing is broken; agent2 unless said. */
    on?: string;
    /** On which node's row it shows; the same, unless said. */
    shows?: string;
    harm: string;
    mend: string;
    /** By the container engine, where the host can no longer be reached. */
    inside?: boolean;
}

const shim = (name: string, body: string): Pick<Damage, "harm" | "mend"> => ({
    harm: `printf '#!/bin/sh\\n${body}\\n' > /usr/local/bin/${name} && chmod 755 /usr/local/bin/${name}`,
    mend: `rm -f /usr/local/bin/${name}`,
});
const moved = (file: string, damage: string): Pick<Damage, "harm" | "mend"> => ({
    harm: `cp -a ${file} /root/whole && ${damage}`,
    mend: `cp -a /root/whole ${file}`,
});
const stopped = (units: string): Pick<Damage, "harm" | "mend"> => ({ harm: `systemctl stop ${units}`, mend: `systemctl start ${units.split(" ").reverse().join(" ")}` });
const ctl = "ETCDCTL_API=3 etcdctl";
const killBricks = "pkill -9 -f '^/usr/s?bin/glusterfsd .*repli'";
const startBricks = "gluster volume start replica_volume force >/dev/null";
const fill = (count: number): string => `for i in $(seq ${count}); do head -c 700000 /dev/zero | tr '\\0' x | ${ctl} put filler$i >/dev/null; done`;
const empty = `${ctl} del --prefix filler >/dev/null; rev=$(${ctl} endpoint status -w json | grep -o '"revision":[0-9]*' | cut -d: -f2); ${ctl} compact $rev >/dev/null; ${ctl} defrag --endpoints=http://${net}.1:2379,http://${net}.2:2379,http://${net}.3:2379 >/dev/null; ${ctl} alarm disarm >/dev/null`;

const marathon = `http://${net}.1:8080`;
const answering = (url: string): string => `for i in $(seq 60); do ! curl -fsS -o /dev/null ${url} 2>/dev/null || break; sleep 1; done`;
/** What stops a service has to wait for those who need it, or the next row's answer is this one's. */
const leading = { harm: "systemctl stop mesos-master", mend: `systemctl start mesos-master; ${answering(`http://${net}.1:5050/master/state`)}; sleep 5` };
const withoutMarathon = { harm: "systemctl stop marathon", mend: `systemctl start marathon; ${answering(`${marathon}/v2/leader`)}; sleep 3` };
/** Longer than the master waits for an agent that does not answer. */
const givenUp = { harm: "systemctl stop mesos-slave; sleep 12", mend: "systemctl start mesos-slave; sleep 5" };

const calicoctl = (command: string) => `calicoctl ${command} --allow-version-mismatch`;
/** What any node can see is told of the two that are asked. */
const datastore = { on: "master1" };
const plugin = (command: string, id: string, network = "calico") =>
    `CNI_COMMAND=${command} CNI_CONTAINERID=${id} CNI_NETNS=/var/run/netns/${id} CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin /opt/cni/bin/calico </etc/mesos/cni/${network}.conf >/dev/null 2>&1`;
/** More addresses than nine tenths of the small pool's. */
const used = [...Array(32).keys()].map((n) => `u${n}`).join(" ");

const damages: Record<string, Damage> = {
    "host: answers by SSH with its known key, as root": { ...stopped("ssh.service"), inside: true },
    "host: belongs to this stack": moved("/var/lib/datacentre/claim", "echo other/stack > /var/lib/datacentre/claim"),
    "host: hosts file names every node": moved("/etc/hosts", "sed -i /agent1/d /etc/hosts"),
    "host: packages as in the catalogue": {
        harm: "cp /var/lib/dpkg/status /root/whole && sed -i '/^Package: etcd-client$/,/^$/s/^Version: .*/Version: 3.3.1-1/' /var/lib/dpkg/status",
        mend: "cp /root/whole /var/lib/dpkg/status",
    },
    "host: keeps its time": stopped("chrony"),
    "host: clock agrees with this machine's": shim("date", 'exec /usr/bin/date -d "+9 seconds" "$@"'),
    "host: clocks agree with each other": shim("date", 'exec /usr/bin/date -d "-9 seconds" "$@"'),
    "host: SELinux not enforcing, firewalld off": {
        harm: "printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > /run/systemd/system/firewalld.service && systemctl daemon-reload && systemctl start firewalld",
        mend: "systemctl stop firewalld; rm -f /run/systemd/system/firewalld.service; systemctl daemon-reload",
    },
    "host: disk space where data is kept": {
        harm: "mount -t tmpfs -o size=64M none /mnt/docker-data",
        mend: "umount /mnt/docker-data",
    },
    "host: no unit of ours has failed": {
        harm: "mkdir -p /run/systemd/system/chrony.service.d && printf '[Service]\\nRestart=no\\n' > /run/systemd/system/chrony.service.d/x.conf && systemctl daemon-reload && systemctl kill -s KILL chrony && sleep 1",
        mend: "rm -r /run/systemd/system/chrony.service.d; systemctl daemon-reload; systemctl reset-failed chrony; systemctl start chrony",
    },
    "docker: engine": stopped("docker.socket docker.service"),
    "docker: data root": {
        harm: "cp -a /etc/docker/daemon.json /root/whole && sed -i 's#/mnt/docker-data#/mnt/docker-data/other#' /etc/docker/daemon.json && systemctl restart docker",
        mend: "cp -a /root/whole /etc/docker/daemon.json && systemctl restart docker",
    },
    "docker: daemon.json": moved("/etc/docker/daemon.json", "echo >> /etc/docker/daemon.json"),
    "docker: registries in use": {
        harm: `cp -a /etc/docker/daemon.json /root/whole && sed -i 's#"registry-mirrors": \\[\\]#"registry-mirrors": ["https://other.example"]#' /etc/docker/daemon.json && systemctl reload docker && sleep 1`,
        mend: "cp -a /root/whole /etc/docker/daemon.json && systemctl reload docker && sleep 1",
    },
    "docker: images that come as archives": {
        on: "master1",
        harm: "docker tag busybox:latest aside && docker rmi busybox:latest",
        mend: "docker tag aside busybox:latest && docker rmi aside",
    },
    "glusterfs: glusterd": stopped("glusterd"),
    "glusterfs: peers": { on: "agent1", shows: "agent2", ...stopped("glusterd") },
    "glusterfs: volume replica_volume": {
        shows: "master1",
        harm: "gluster volume set replica_volume network.ping-timeout 42 >/dev/null",
        mend: "gluster volume set replica_volume network.ping-timeout 10 >/dev/null",
    },
    "glusterfs: volume hash_volume": {
        shows: "master1",
        harm: "gluster volume set hash_volume network.ping-timeout 42 >/dev/null",
        mend: "gluster volume set hash_volume network.ping-timeout 10 >/dev/null",
    },
    "glusterfs: volume replica_volume: bricks": { shows: "master1", harm: killBricks, mend: startBricks },
    "glusterfs: volume hash_volume: bricks": { shows: "master1", harm: "pkill -9 -f '^/usr/s?bin/glusterfsd .*hash'", mend: "gluster volume start hash_volume force >/dev/null" },
    "glusterfs: volume replica_volume: copies": {
        on: "agent1",
        shows: "master1",
        harm: `${killBricks}; sleep 1; echo pending > /data/mnt/pending`,
        mend: `${startBricks}; gluster volume heal replica_volume >/dev/null; sleep 6`,
    },
    "glusterfs: self-heal daemon": { harm: "pkill -9 -f 'process-name glustershd'", mend: startBricks },
    "glusterfs: mount /data/mnt": stopped("datacentre-mount-replica_volume"),
    "glusterfs: mount /data/mnt_hash": stopped("datacentre-mount-hash_volume"),
    "zookeeper: service runs, and starts with the host": { harm: "systemctl disable zookeeper", mend: "systemctl enable zookeeper" },
    "zookeeper: configuration files as described": moved("/etc/zookeeper/conf/zoo.cfg", "echo x=1 >> /etc/zookeeper/conf/zoo.cfg"),
    "zookeeper: srvr: serves in a quorum": stopped("zookeeper"),
    "zookeeper: member number": moved("/var/lib/zookeeper/myid", "echo 9 > /var/lib/zookeeper/myid"),
    "zookeeper: old snapshots are purged": {
        harm: "for i in 1 2 3 4 5 6; do touch -d '3 days ago' /var/lib/zookeeper/version-2/snapshot.f$i; done",
        mend: "rm -f /var/lib/zookeeper/version-2/snapshot.f?",
    },
    "zookeeper: mntr: one leader, followed by all others": stopped("zookeeper"),
    "etcd: service runs, and starts with the host": { harm: "systemctl disable etcd", mend: "systemctl enable etcd" },
    "etcd: configuration files as described": moved("/etc/etcd/etcd.conf", "echo X=1 >> /etc/etcd/etcd.conf"),
    "etcd: /health on port 2379": stopped("etcd"),
    "etcd: /health on port 4001": {
        harm: "iptables -I INPUT -p tcp --dport 4001 -j REJECT",
        mend: "iptables -D INPUT -p tcp --dport 4001 -j REJECT",
    },
    "etcd: members as described": {
        harm: `${ctl} member add ghost --peer-urls=http://${net}.99:2380 >/dev/null`,
        mend: `${ctl} member remove $(${ctl} member list | grep 26.99 | cut -d, -f1) >/dev/null`,
    },
    "etcd: database within its quota": { harm: fill(125), mend: empty },
    "etcd: no alarms": { harm: `${fill(170)}; true`, mend: empty },
    "etcd: one leader, named by all members": { harm: "systemctl stop etcd", mend: "systemctl start etcd" },
    "calico: calico-node runs, and starts with the host": { harm: "systemctl disable calico-node", mend: "systemctl enable calico-node" },
    "calico: calico-tunnel runs, and starts with the host": stopped("calico-tunnel"),
    "calico: calico-bird runs, and starts with the host": stopped("calico-bird"),
    "calico: configuration files as described": moved("/etc/calico/calico.env", "echo X=1 >> /etc/calico/calico.env"),
    "calico: programs as described": {
        harm: "mv -T /usr/local/bin/calicoctl /root/calicoctl && ln -s /bin/true /usr/local/bin/calicoctl",
        mend: "mv -fT /root/calicoctl /usr/local/bin/calicoctl",
    },
    "calico: Felix is ready": { harm: "systemctl stop calico-node", mend: "systemctl start calico-node; sleep 5" },
    "calico: calls itself by the node's name": moved("/var/lib/calico/nodename", "echo other > /var/lib/calico/nodename"),
    "calico: links to containers: MACs and proxy ARP as Calico set them": {
        harm: `ip netns add mac; ${plugin("ADD", "mac")}; ip link set calimac address 5a:11:22:33:44:55`,
        mend: `${plugin("DEL", "mac")}; ip netns delete mac`,
    },
    "calico: VXLAN to every other node": {
        harm: "bridge fdb show dev vxlan.calico | while read -r mac dst ip rest; do bridge fdb del $mac dev vxlan.calico dst $ip; done",
        mend: "systemctl restart calico-node; sleep 5",
    },
    "calico: BGP to every other node": { harm: "birdc -s /run/calico-bird.ctl disable node_agent1", mend: "birdc -s /run/calico-bird.ctl enable node_agent1; sleep 8" },
    "calico: nodes as described": {
        ...datastore,
        harm: `echo '{"apiVersion":"projectcalico.org/v3","kind":"Node","metadata":{"name":"ghost"}}' | ${calicoctl("apply -f -")}`,
        mend: calicoctl("delete node ghost"),
    },
    "calico: bgpconfiguration as described": {
        ...datastore,
        harm: calicoctl(`patch bgpconfiguration default -p '{"spec":{"asNumber":64999}}'`),
        mend: calicoctl(`patch bgpconfiguration default -p '{"spec":{"asNumber":64512}}'`),
    },
    "calico: ippool as described": {
        ...datastore,
        harm: calicoctl(`patch ippool apps -p '{"spec":{"natOutgoing":false}}'`),
        mend: calicoctl(`patch ippool apps -p '{"spec":{"natOutgoing":true}}'`),
    },
    "calico: profile as described": {
        ...datastore,
        harm: `${calicoctl("get profile calico -o json")} >/root/profile.json && ${calicoctl("delete profile calico")}`,
        mend: `jq 'del(.metadata.resourceVersion, .metadata.uid)' /root/profile.json | ${calicoctl("apply -f -")}`,
    },
    "calico: globalnetworkpolicy as described": {
        ...datastore,
        harm: calicoctl(`patch globalnetworkpolicy web -p '{"spec":{"selector":"all()"}}'`),
        mend: calicoctl(`patch globalnetworkpolicy web -p '{"spec":{"selector":"role == '"'web'"'"}}'`),
    },
    "calico: pools have addresses left": {
        ...datastore,
        harm: `for id in ${used}; do ip netns add $id; ${plugin("ADD", "$id", "small")}; done; true`,
        mend: `for id in ${used}; do ${plugin("DEL", "$id", "small")}; ip netns delete $id; done`,
    },
    "calico: no address is leaked": {
        ...datastore,
        harm: `ip netns add leak; ${plugin("ADD", "leak")}; ip netns delete leak; ${calicoctl("delete workloadendpoint master1-cni-leak-eth0")}`,
        mend: plugin("DEL", "leak"),
    },
    "mesos: master runs, and starts with the host": { on: "master1", harm: "systemctl disable mesos-master", mend: "systemctl enable mesos-master" },
    "mesos: master's flags as described": { on: "master1", ...moved("/etc/mesos-master/cluster", "echo other > /etc/mesos-master/cluster") },
    "mesos: master has no other flags": { on: "master1", harm: "echo 5secs > /etc/mesos-master/offer_timeout", mend: "rm /etc/mesos-master/offer_timeout" },
    "mesos: master answers": { on: "master1", ...leading },
    "mesos: one master leads": { on: "master1", ...leading },
    "mesos: the quorum fits the masters": { on: "master1", ...leading },
    "mesos: agent runs, and starts with the host": { harm: "systemctl disable mesos-slave", mend: "systemctl enable mesos-slave" },
    "mesos: agent's flags as described": moved("/etc/mesos-slave/hostname", "echo agent2 > /etc/mesos-slave/hostname"),
    "mesos: agent has no other flags": { harm: "echo x:y > /etc/mesos-slave/attributes", mend: "rm /etc/mesos-slave/attributes" },
    "mesos: agent is registered": stopped("mesos-slave"),
    "mesos: mesos-master is kept off": { harm: "systemctl enable mesos-master", mend: "systemctl disable mesos-master" },
    "mesos: every agent is active at the leader": { shows: "master1", ...givenUp },
    "mesos: agents call themselves as described": { shows: "master1", ...givenUp },
    "marathon: service runs, and starts with the host": { on: "master1", harm: "systemctl disable marathon", mend: "systemctl enable marathon" },
    "marathon: configuration files as described": {
        on: "master1",
        ...moved("/etc/systemd/system/marathon.service.d/datacentre.conf", "echo '# x' >> /etc/systemd/system/marathon.service.d/datacentre.conf"),
    },
    "marathon: API answers": { on: "master1", ...withoutMarathon },
    "marathon: one leads, and all know it": { on: "master1", ...withoutMarathon },
    "apps: /registry is deployed as described": {
        on: "master1",
        harm: `curl -fsS -X PUT -H 'Content-Type: application/json' -d '{"instances":0}' '${marathon}/v2/apps/registry?force=true'; sleep 3`,
        mend: `curl -fsS -X PUT -H 'Content-Type: application/json' -d '{"instances":1}' '${marathon}/v2/apps/registry?force=true'; sleep 3`,
    },
    "apps: /system/marathon-lb is deployed as described": {
        on: "master1",
        harm: `curl -fsS -X DELETE '${marathon}/v2/apps/system/marathon-lb?force=true'; sleep 2`,
        mend: "true",
    },
};

async function rows(): Promise<{ code: number | null; rows: Row[] }> {
    const result = await stack.make("verify", { JSON: "1" });
    return { code: result.code, rows: (JSON.parse(result.stdout.slice(result.stdout.indexOf("{"))) as { checks: Row[] }).checks };
}

const kind = ({ system, row }: Row): string => `${system}: ${row}`;
let printed: Row[] = [];

it("comes up, green", async () => {
    await stack.must("up");
    const verify = await rows();
    printed = verify.rows;
    expect(printed.filter(({ ok }) => !ok)).toEqual([]);
    expect(verify.code).toBe(0);
});

it("prints no row that nobody has tried to break", () => {
    expect([...new Set(printed.map(kind))].filter((name) => !(name in damages))).toEqual([]);
});

/** Every row takes a whole `make verify`: FULL=1 tries them all, and without it every eighth is tried. */
const tried = Object.keys(damages).filter((_, index) => process.env.FULL || index % 8 === 0);

it.each(tried)("%s", async (name) => {
    const { on = "agent2", shows, harm, mend, inside } = damages[name]!;
    const act = async (command: string): Promise<void> => {
        const result = inside ? await run("docker", ["exec", `${network.prefix}-${on}`, "sh", "-c", command]) : await stack.on(on, command);
        expect([command, result.code, result.output]).toEqual([command, 0, expect.anything()]);
    };
    await act(harm);
    const broken = await rows();
    await act(mend);
    const named = broken.rows.filter((row) => kind(row) === name && !row.ok);
    expect(named.flatMap(({ nodes }) => nodes)).toContain(shows ?? on);
    expect(named[0]?.remedy).toMatch(/\w/);
    expect(broken.code).not.toBe(0);
});

it("is green again when all is mended", async () => {
    await stack.must("up", { CONVERGE: "1" });
    await stack.must("verify");
});
