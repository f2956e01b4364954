import { dataCentreSchema } from "../../components/description";
import { layoutWords, leadMember, nodeBricks, nodeMounts, volumePlans } from "../../components/glusterfs/plan";
import { mountUnit } from "../../components/glusterfs/render";
import { glusterfsSystem } from "../../components/glusterfs/system";
import type { DataCentre, DataCentreInput } from "../../config/schema";
import { kept } from "./sample";

type Volumes = NonNullable<NonNullable<DataCentreInput["glusterfs"]>["volumes"]>;

const replicated: Volumes[number] = {
    name: "replica_volume",
    type: "replicated",
    bricks: ["master1:/data/repli", "agent1:/data/repli"],
    arbiter: "agent2:/data/repli-arbiter",
    mount: "/data/mnt",
};
const distributed: Volumes[number] = {
    name: "hash_volume",
    type: "distributed",
    bricks: ["master1:/data/hash", "agent1:/data/hash", "agent2:/data/hash", "agent3:/data/hash"],
    mount: "/data/mnt_hash",
    mountOn: ["agent3"],
};

const describe000 = (volumes: Volumes = [replicated, distributed], security: "default" | "seed" = "default"): DataCentre =>
    dataCentreSchema.parse({
        provider: { kind: "docker", prefix: "t", subnet: "172.30.9.0/24" },
        security,
        nodes: ["new", "master1", "agent1", "agent2", "agent3"].map((name, index) => ({
            name,
            address: `172.30.9.${index + 1}`,
            roles: ["glusterfs"],
        })),
        glusterfs: { volumes },
    });

describe("a volume's plan", () => {
    it("puts the arbiter last in its set, and tells gluster of three copies", () => {
        const [plan] = volumePlans(describe000());
        expect(plan).toMatchObject({
            type: "Replicate",
            bricks: ["master1:/data/repli", "agent1:/data/repli", "agent2:/data/repli-arbiter"],
            mountedOn: ["new", "master1", "agent1", "agent2", "agent3"],
        });
        expect(layoutWords(plan!)).toBe("replica 3 arbiter 1");
    });

    it.each<[string, Partial<Volumes[number]>, string, string]>([
        ["two plain copies", { arbiter: undefined }, "Replicate", "replica 2"],
        [
            "two sets of two",
            { arbiter: undefined, replica: 2, bricks: ["master1:/d/a", "agent1:/d/a", "agent2:/d/a", "agent3:/d/a"] },
            "Distributed-Replicate",
            "replica 2",
        ],
        ["three copies", { arbiter: undefined, bricks: ["master1:/d/a", "agent1:/d/a", "agent2:/d/a"] }, "Replicate", "replica 3"],
    ])("%s", (_, change, type, words) => {
        const { arbiter, ...rest } = { ...replicated, ...change };
        const [plan] = volumePlans(describe000([{ ...rest, ...(arbiter === undefined ? {} : { arbiter }) }]));
        expect(plan!.type).toBe(type);
        expect(layoutWords(plan!)).toBe(words);
    });

    it("of a distributed volume has no words and one copy", () => {
        const plan = volumePlans(describe000())[1]!;
        expect([plan.type, plan.copies, layoutWords(plan), plan.mountedOn]).toEqual(["Distribute", 1, "", ["agent3"]]);
    });

    it("lets nobody but the pool mount, unless the stack is as open as the document", () => {
        expect(volumePlans(describe000())[0]!.options).toEqual({
            "network.ping-timeout": "10",
            "auth.allow": "172.30.9.1,172.30.9.2,172.30.9.3,172.30.9.4,172.30.9.5",
        });
        expect(volumePlans(describe000(undefined, "seed"))[0]!.options["auth.allow"]).toBe("*");
    });

    it.each<[string, Volumes[number], RegExp]>([
        ["copies that do not fit", { ...replicated, replica: 2, bricks: ["master1:/d/a", "agent1:/d/a", "agent2:/d/a"] }, /do not make replica sets of 2/],
        ["a brick on a stranger", { ...distributed, bricks: ["nobody:/data/hash"] }, /node nobody has no role glusterfs/],
        ["a mount on a stranger", { ...distributed, mountOn: ["nobody"] }, /node nobody has no role glusterfs/],
    ])("refuses %s", (_, volume, problem) => {
        expect(() => volumePlans(describe000([volume]))).toThrow(problem);
    });
});

describe("what nodes get", () => {
    const dc = describe000();
    const node = (name: string) => dc.nodes.find((candidate) => candidate.name === name)!;

    it("the lead is where the first volume begins, also when a node was put in front", () => {
        expect(leadMember(dc)?.name).toBe("master1");
        expect(leadMember(describe000([]))?.name).toBe("new");
    });

    it("bricks, and the directories that hold them as what is kept: never the brick, which must be no mount point", () => {
        expect(nodeBricks(dc, node("agent2"))).toEqual([
            { volume: "replica_volume", path: "/data/repli-arbiter" },
            { volume: "hash_volume", path: "/data/hash" },
        ]);
        expect(kept(glusterfsSystem, dc, node("agent2"))).toEqual(["/var/lib/glusterd", "/data"]);
        expect(kept(glusterfsSystem, dc, node("new"))).toEqual(["/var/lib/glusterd"]);
    });

    it("mounts where they are described", () => {
        expect(nodeMounts(dc, node("agent3")).map(({ unit, path }) => [unit, path])).toEqual([
            ["datacentre-mount-replica_volume.service", "/data/mnt"],
            ["datacentre-mount-hash_volume.service", "/data/mnt_hash"],
        ]);
        expect(nodeMounts(dc, node("new")).map(({ volume }) => volume)).toEqual(["replica_volume"]);
    });
});

it("a mount's unit comes back by itself, without end, and before containers that bind the mount", () => {
    const unit = mountUnit("replica_volume", "/data/mnt");
    for (const line of ["Restart=always", "StartLimitIntervalSec=0", "Before=docker.service", "After=glusterd.service network-online.target"]) {
        expect(unit).toContain(`\n${line}\n`);
    }
    expect(unit).toContain("--volfile-server=localhost --volfile-id=/replica_volume /data/mnt\n");
});
