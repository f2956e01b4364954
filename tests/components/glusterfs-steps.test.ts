/** The pool's step against a gluster command that answers from a file and writes down what it was told. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dataCentreSchema } from "../../components/description";
import { mountParameters, nodeParameters, poolParameters, poolScripts } from "../../components/glusterfs";
import { renderProgram } from "../../components/step/program";
import type { DataCentreInput } from "../../config/schema";

type Volume = NonNullable<NonNullable<DataCentreInput["glusterfs"]>["volumes"]>[number];

const describe000 = (volume: Volume) =>
    dataCentreSchema.parse({
        provider: { kind: "docker", prefix: "t", subnet: "172.30.9.0/24" },
        security: "seed",
        nodes: ["a", "b", "c", "d"].map((name, index) => ({ name, address: `172.30.9.${index + 1}`, roles: ["glusterfs"] })),
        glusterfs: { volumes: [volume] },
    });
const replicated = (bricks: string[], more: object = {}): Volume => ({ name: "v", type: "replicated", bricks, mount: "/mnt/v", ...more });
const distributed = (bricks: string[]): Volume => ({ name: "v", type: "distributed", bricks, mount: "/mnt/v" });

const program = (volume: Volume): string => {
    const dc = describe000(volume);
    return renderProgram("glusterfs-pool", "a", poolScripts, poolParameters(dc, dc.nodes[0]!)).replace(/main "\$1"\n$/, "");
};

const info = (type: string, count: string, bricks: string[]): string =>
    `\nVolume Name: v\nType: ${type}\nStatus: Started\nNumber of Bricks: ${count}\nBricks:\n` +
    bricks.map((brick, index) => `Brick${index + 1}: ${brick}${count.includes("+") && index === 2 ? " (arbiter)" : ""}\n`).join("") +
    "Options Reconfigured:\nauth.allow: *\nnetwork.ping-timeout: 10\n";

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "gluster-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Runs keep_volume for `volume` where `there` is what gluster has; after an add-brick or a create it has `later`. */
function keep(volume: Volume, there: string, later = there) {
    const fake = `#!/bin/bash
shift
case "$*" in
    "volume list") [ ! -s ${home}/info ] || echo v ;;
    "volume info v") cat ${home}/info ;;
    "volume status v detail") printf 'Brick                : Brick a:/x\\nOnline               : Y\\n' ;;
    "volume status v shd") printf 'Self-heal Daemon on localhost               N/A       N/A        Y       831  \\n' ;;
    "volume create "* | "volume add-brick "*) echo "$*" >>${home}/told; cp ${home}/later ${home}/info ;;
    *) echo "$*" >>${home}/told ;;
esac
`;
    writeFileSync(join(home, "gluster"), fake);
    chmodSync(join(home, "gluster"), 0o755);
    writeFileSync(join(home, "info"), there);
    writeFileSync(join(home, "later"), later);
    writeFileSync(join(home, "told"), "");
    const call = `PATH=${home}:$PATH state=${home}/state log=${home}/log
keep_volume "\${volume_names[0]}" "\${volume_types[0]}" "\${volume_words[0]}" "\${volume_bricks[0]}" "\${volume_options[0]}"
printf '%s\\n' "\${changes[@]}"`;
    const run = spawnSync("bash", ["-c", `${program(volume)}\n${call}`], { encoding: "utf8" });
    return { changes: run.stdout.trim(), error: run.stderr, told: readFileSync(join(home, "told"), "utf8").trim(), status: run.status };
}

const pair = ["a:/x", "b:/x"];

describe("a volume that is there", () => {
    it.each<[string, Volume, string]>([
        ["two copies", replicated(pair), info("Replicate", "1 x 2 = 2", pair)],
        ["an arbiter", replicated(pair, { arbiter: "c:/x" }), info("Replicate", "1 x (2 + 1) = 3", [...pair, "c:/x"])],
        ["two sets", replicated(["a:/x", "b:/x", "c:/x", "d:/x"], { replica: 2 }), info("Distributed-Replicate", "2 x 2 = 4", ["a:/x", "b:/x", "c:/x", "d:/x"])],
        ["no copies", distributed(pair), info("Distribute", "2", pair)],
        ["no copies, bricks in another order", distributed(pair), info("Distribute", "2", ["b:/x", "a:/x"])],
    ])("as described, with %s, is left alone", (_, volume, there) => {
        expect(keep(volume, there)).toEqual({ changes: "", error: "", told: "", status: 0 });
    });

    it.each<[string, Volume, string, string, string[]]>([
        [
            "an arbiter to two copies",
            replicated(pair, { arbiter: "c:/x" }),
            info("Replicate", "1 x 2 = 2", pair),
            info("Replicate", "1 x (2 + 1) = 3", [...pair, "c:/x"]),
            ["volume add-brick v replica 3 arbiter 1 c:/x"],
        ],
        [
            "a third copy",
            replicated([...pair, "c:/x"]),
            info("Replicate", "1 x 2 = 2", pair),
            info("Replicate", "1 x 3 = 3", [...pair, "c:/x"]),
            ["volume add-brick v replica 3 c:/x"],
        ],
        [
            "a second set, whose directories are then laid out anew",
            replicated([...pair, "c:/x", "d:/x"], { replica: 2 }),
            info("Replicate", "1 x 2 = 2", pair),
            info("Distributed-Replicate", "2 x 2 = 4", [...pair, "c:/x", "d:/x"]),
            ["volume add-brick v c:/x d:/x", "volume rebalance v fix-layout start"],
        ],
        [
            "bricks to a distributed volume, also in the midst",
            distributed(["a:/x", "c:/x", "b:/x"]),
            info("Distribute", "2", pair),
            info("Distribute", "3", [...pair, "c:/x"]),
            ["volume add-brick v c:/x", "volume rebalance v fix-layout start"],
        ],
    ])("grows by %s", (_, volume, there, later, told) => {
        const grown = keep(volume, there, later);
        expect(grown.error).toBe("");
        expect(grown.told.split("\n")).toEqual(told);
        expect(grown.changes).toMatch(/^added .* to volume v$/);
    });

    it.each<[string, Volume, string, RegExp]>([
        ["fewer bricks", distributed(["a:/x"]), info("Distribute", "2", pair), /has bricks that are not described: b:\/x[^]*remove-brick v b:\/x start/],
        ["another type", distributed(pair), info("Replicate", "1 x 2 = 2", pair), /is Replicate \(2 copies\).*described as Distribute/],
        [
            "a full copy for an arbiter",
            replicated([...pair, "c:/x"]),
            info("Replicate", "1 x (2 + 1) = 3", [...pair, "c:/x"]),
            /\(2\+1 copies\).*\(3 copies\)/,
        ],
        ["copies in another order", replicated(["b:/x", "a:/x"]), info("Replicate", "1 x 2 = 2", pair), /described as Replicate \(2 copies\) of 'b:\/x a:\/x'/],
        [
            "sets out of a set with an arbiter",
            replicated([...pair, "c:/x", "d:/x"], { replica: 2 }),
            info("Replicate", "1 x (2 + 1) = 3", [...pair, "c:/x"]),
            /is described as Distributed-Replicate/,
        ],
    ])("is left alone, and the difference told, for %s", (_, volume, there, problem) => {
        const refused = keep(volume, there);
        expect(refused.status).toBe(1);
        expect(refused.error).toMatch(problem);
        expect(refused.error).toMatch(/remedy: /);
        expect(refused.told).toBe("");
    });
});

it("a volume that is not there is created without force", () => {
    const made = keep(replicated(pair, { arbiter: "c:/x" }), "", info("Replicate", "1 x (2 + 1) = 3", [...pair, "c:/x"]));
    expect(made.error).toBe("");
    expect(made.told).toBe("volume create v replica 3 arbiter 1 transport tcp a:/x b:/x c:/x");
    expect(made.changes).toBe("created volume v");
});

it("an option that somebody changed is set again, and only that one", () => {
    const there = info("Distribute", "2", pair);
    expect(keep(distributed(pair), there.replace("timeout: 10", "timeout: 42"), there).told).toBe("volume set v network.ping-timeout 10");
});

it("peers are known under every name that they have", () => {
    const status =
        "Number of Peers: 2\n\nHostname: 172.30.9.2\nUuid: 1\nState: Peer in Cluster (Connected)\nOther names:\nb\nb.example\n\n" +
        "Hostname: c\nUuid: 2\nState: Peer Rejected (Connected)\n";
    writeFileSync(join(home, "gluster"), `#!/bin/bash\ncat <<'X'\n${status}X\n`);
    chmodSync(join(home, "gluster"), 0o755);
    expect(execFileSync("bash", ["-c", `${program(distributed(pair))}\nPATH=${home}:$PATH\npeer_states`], { encoding: "utf8" })).toBe(
        "172.30.9.2\tPeer in Cluster (Connected)\nb\tPeer in Cluster (Connected)\nb.example\tPeer in Cluster (Connected)\nc\tPeer Rejected (Connected)\n",
    );
});

it("every step is whole bash, and the mounts' helper arrives as it is", () => {
    const dc = describe000(distributed(pair));
    const node = dc.nodes[0]!;
    const steps = [
        renderProgram("glusterfs", "a", ["components/glusterfs/gluster.sh", "components/glusterfs/node.sh"], nodeParameters(dc, node)),
        renderProgram("glusterfs-pool", "a", poolScripts, poolParameters(dc, node)),
        renderProgram("glusterfs-mount", "a", ["components/glusterfs/mount.sh"], mountParameters(dc, node)),
    ];
    for (const text of steps) {
        execFileSync("bash", ["-n"], { input: text });
    }
    expect(mountParameters(dc, node).helper).toMatch(/^#!\/bin\/bash\n/);
});
