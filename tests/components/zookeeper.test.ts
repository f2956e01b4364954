import { classPath, connectString, members, unitFile, zooCfg } from "../../components/zookeeper/plan";
import { sampleDataCentre } from "./sample";

const dc = sampleDataCentre();

it("numbers members from 1 in the order of the nodes, or as the nodes say", () => {
    expect(members(dc).map(({ node, id }) => [node.name, id])).toEqual([
        ["master1", 1],
        ["agent1", 2],
        ["agent2", 3],
    ]);
    const moved = sampleDataCentre((raw) => (raw.nodes[2]!.zookeeperId = 7));
    expect(members(moved).map(({ id }) => id)).toEqual([1, 2, 7]);
});

it("names members by address, purges old snapshots, lets only listed words in and leaves port 8080 alone", () => {
    expect(zooCfg(dc)).toBe(`tickTime=2000
initLimit=10
syncLimit=5
dataDir=/var/lib/zookeeper
clientPort=2181
maxClientCnxns=200
autopurge.snapRetainCount=3
autopurge.purgeInterval=6
4lw.commands.whitelist=ruok,srvr,mntr,stat,conf,isro
admin.enableServer=false
server.1=172.18.1.1:2888:3888
server.2=172.18.1.2:2888:3888
server.3=172.18.1.3:2888:3888
`);
    expect(connectString(dc)).toBe("172.18.1.1:2181,172.18.1.2:2181,172.18.1.3:2181");
});

it("runs a single member without server lines, since it is no quorum", () => {
    const one = sampleDataCentre((raw) => raw.nodes.forEach((node, i) => (node.roles = i === 0 ? ["zookeeper"] : [])), "unchecked");
    expect(zooCfg(one)).not.toContain("server.");
});

it("gives Java the described heap, and the class path of the source", () => {
    const unit = unitFile(sampleDataCentre((raw) => (raw.zookeeper = { heapMiB: 512 })), undefined);
    expect(unit).toContain("-Xms512m -Xmx512m");
    expect(unit).toContain("Restart=always");
    expect(classPath("/opt/datacentre/zookeeper-0123")).toBe("/etc/zookeeper/conf:/opt/datacentre/zookeeper-0123/lib/*");
});
