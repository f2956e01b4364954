/** The pool's step against a gluster command that answers from a file and writes down what it was told. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dataCentreSchema } from "../../components/description";
import { mountParameters, nodeParameters, nodeScripts, poolParameters, poolScripts } from "../../components/glusterfs";
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
        renderProgram("glusterfs", "a", nodeScripts, nodeParameters(dc, node)),
        renderProgram("glusterfs-pool", "a", poolScripts, poolParameters(dc, node)),
        renderProgram("glusterfs-mount", "a", ["components/glusterfs/mount.sh"], mountParameters(dc, node)),
    ];
    for (const text of steps) {
        execFileSync("bash", ["-n"], { input: text });
    }
    expect(mountParameters(dc, node).helper).toMatch(/^#!\/bin\/bash\n/);
});

describe("bricks that move, and members that leave", () => {
    const three = ["a:/x", "b:/x", "c:/x"];
    const there = info("Replicate", "1 x (2 + 1) = 3", three);
    const wanted = (bricks: string[]) => replicated(bricks, { arbiter: "c:/x" });
    const healed = three.map((brick) => `Brick ${brick}\nStatus: Connected\nTotal Number of entries: 0\nNumber of entries in heal pending: 0\n`).join("\n");

    /** Runs the whole step where b is described no more, or takes it back where a lead is named; `heal` is what the volume says of its heals. */
    function step(volume: Volume, given: Partial<Record<"there" | "later" | "heal" | "others" | "detach" | "leavers" | "lead", string>> = {}) {
        const now = given.there ?? there;
        const files = { info: now, later: given.later ?? now, heal: given.heal ?? healed, other: given.others ?? "", told: "", detach: given.detach ?? "" };
        Object.entries(files).forEach(([name, text]) => writeFileSync(join(home, name), text));
        writeFileSync(
            join(home, "gluster"),
            `#!/bin/bash
shift
case "$*" in
    "pool list") ;;
    "peer status") for p in b c d; do [ $p = b ] && grep -q "peer detach" ${home}/told || printf 'Hostname: %s\nUuid: 1\nState: Peer in Cluster (Connected)\n\n' $p; done ;;
    "volume list") echo v; [ ! -s ${home}/other ] || echo w ;;
    "volume info v") cat ${home}/info ;;
    "volume info w") cat ${home}/other ;;
    "volume heal v info summary") cat ${home}/heal ;;
    "volume heal "*) ;;
    "volume status v detail") printf 'Brick                : Brick a:/x\\nOnline               : Y\\n' ;;
    "volume status v shd") printf 'Self-heal Daemon on localhost               N/A       N/A        Y       831  \\n' ;;
    "volume get all cluster."*) printf 'Option Value\n------ -----\n%s 100000\n' "$4" ;;
    "volume replace-brick "*) echo "$*" >>${home}/told; cp ${home}/later ${home}/info ;;
    "peer detach b") echo "$*" >>${home}/told; [ ! -s ${home}/detach ] || { sed -i '/^peer detach b$/d' ${home}/told; cat ${home}/detach; exit 1; } ;;
    *) echo "$*" >>${home}/told ;;
esac
`,
        );
        chmodSync(join(home, "gluster"), 0o755);
        writeFileSync(join(home, "glusterd"), "#!/bin/bash\necho glusterfs 10.3\n", { mode: 0o755 });
        const dc = describe000(volume);
        dc.nodes.splice(1, 1);
        const text = renderProgram("glusterfs-pool", "a", poolScripts, poolParameters(dc, dc.nodes[0]!)).replace(/main "\$1"\n$/, "");
        const call = `PATH=${home}:$PATH state=${home}/state log=${home}/log leavers=${home}/leavers heal_patience=1
sleep() { command sleep 0.05; }
printf '%s\n' ${given.leavers ?? "b"} >${home}/leavers
mkdir -p ${home}/state/gluster
unit_is() { true; }
${given.lead === undefined ? "converge" : `echo ${given.lead} >${home}/state/gluster/lead; undo`}
printf '%s\n' "\${changes[@]}"`;
        const run = spawnSync("bash", ["-c", `${text}\n${call}`], { encoding: "utf8" });
        return { status: run.status, changes: run.stdout.trim().split("\n"), error: run.stderr, told: readFileSync(join(home, "told"), "utf8").trim().split("\n") };
    }
    const moved = info("Replicate", "1 x (2 + 1) = 3", ["a:/x", "d:/x", "c:/x"]);

    it("the brick first, then the member", () => {
        const done = step(wanted(["a:/x", "d:/x"]), { later: moved });
        expect([done.status, done.error]).toEqual([0, ""]);
        expect(done.told).toEqual(["volume replace-brick v b:/x d:/x commit force", "peer detach b"]);
        expect(done.changes).toEqual(["moved brick b:/x of volume v to d:/x", "detached b from the pool"]);
    });

    it("nobody while a copy has files to heal, or is away", () => {
        const heal = healed.replace("Total Number of entries: 0", "Total Number of entries: 7");
        const waits = step(wanted(["a:/x", "d:/x"]), { later: moved, heal });
        expect([waits.status, waits.told, waits.error]).toEqual([1, [""], expect.stringMatching(/not healed after 1 s: a:\/x has 7 entries[^]*heal v info summary/)]);
        const afterwards = step(wanted(["a:/x", "d:/x"]), { there: moved, heal: healed.replace("Connected", "Transport endpoint is not connected") });
        expect([afterwards.status, afterwards.told, afterwards.error]).toEqual([1, [""], expect.stringMatching(/a:\/x is not connected/)]);
    });

    it("also when the one that goes is down", () => {
        const heal = healed.replace("b:/x\nStatus: Connected\nTotal Number of entries: 0", "b:/x\nStatus: Transport endpoint is not connected\nTotal Number of entries: -");
        const done = step(wanted(["a:/x", "d:/x"]), { there: moved, heal: healed, detach: "peer detach: failed: One of the peers is probably down. Check with 'peer status'" });
        expect([done.status, done.told]).toEqual([0, ["peer detach b force"]]);
        expect(step(wanted(["a:/x", "d:/x"]), { later: moved, heal }).told[0]).toBe("volume replace-brick v b:/x d:/x commit force");
    });

    it.each<[string, Volume, Parameters<typeof step>[1], RegExp]>([
        ["a distributed volume", distributed(["a:/x"]), { there: info("Distribute", "2", pair) }, /'gluster volume remove-brick v b:\/x start'.*'status'.*'commit'/],
        ["a copy that nobody takes over", replicated(["a:/x", "c:/x"]), { there: info("Replicate", "1 x 3 = 3", three) }, /remove-brick v replica 2 b:\/x force'/],
        ["a volume of somebody else's", wanted(["a:/x", "d:/x"]), { later: moved, others: info("Distribute", "2", ["b:/y", "c:/y"]) }, /volume w, which is not described, has bricks there: b:\/y[^]*replace-brick w b:\/y/],
    ])("refused with the commands, and nothing touched: %s", (_, volume, given, problem) => {
        const refused = step(volume, given);
        expect([refused.status, refused.told, refused.error]).toEqual([1, [""], expect.stringMatching(problem)]);
    });

    it("a member that the pool is no more changed from lets its volumes go on, and one that it is stops them", () => {
        const started = { there: `${there}Status: Started\n` };
        expect(step(wanted(["a:/x", "d:/x"]), { ...started, lead: "d" })).toMatchObject({ status: 0, told: [""] });
        expect(step(wanted(["a:/x", "d:/x"]), { ...started, lead: "a" })).toMatchObject({ status: 0, told: ["volume stop v"] });
    });

    it("a peer that was never described stays", () => {
        const done = step(wanted(["a:/x", "d:/x"]), { there: moved, leavers: "" });
        expect([done.status, done.told]).toEqual([0, [""]]);
    });
});

it("a member notes who was described before, until that one is again", () => {
    const volume = replicated(pair);
    const told = (...names: string[]): string => {
        const dc = describe000(volume);
        dc.nodes.splice(0, dc.nodes.length, ...dc.nodes.filter(({ name }) => names.includes(name)));
        const text = renderProgram("glusterfs", "a", nodeScripts, nodeParameters(dc, dc.nodes[0]!)).replace(/main "\$1"\n$/, "");
        return execFileSync("bash", ["-c", `${text}\nstate=${home} hosts_file=${home}/hosts\nnote_members\ncat ${home}/gluster/leavers 2>/dev/null || true`], { encoding: "utf8" });
    };
    const hosts = (): string => readFileSync(join(home, "hosts"), "utf8");
    writeFileSync(join(home, "hosts"), "127.0.0.1 localhost\n");
    const [b, c] = ["b 172.30.9.2\n", "c 172.30.9.3\n"];
    expect([told("a", "b", "c"), told("a", "c"), told("a", "c"), told("a", "d")]).toEqual(["", b, b, b + c]);
    expect(hosts()).toBe("127.0.0.1 localhost\n172.30.9.2\tb # datacentre: former member\n172.30.9.3\tc # datacentre: former member\n");
    expect([told("a", "b", "d"), told("a", "b", "c", "d")]).toEqual([c, ""]);
    expect(hosts()).toBe("127.0.0.1 localhost\n");
});

describe("another version of a member's programs", () => {
    /** Runs the look before it; `due` says whether another version is described. */
    function look(volume: Volume, there: string, { due = true, heal = "", offline = "" } = {}) {
        const fake = `#!/bin/bash
shift
case "$*" in
    "pool list") ;;
    "volume list") echo v ;;
    "volume info v") cat ${home}/info ;;
    "volume status v detail") printf 'Brick                : Brick a:/x\\nOnline               : ${offline ? "N" : "Y"}\\n' ;;
    "volume status v shd") ;;
    "volume heal v info summary") printf '${heal}' ;;
esac
`;
        writeFileSync(join(home, "gluster"), fake, { mode: 0o755 });
        writeFileSync(join(home, "systemctl"), "#!/bin/bash\nexit 0\n", { mode: 0o755 });
        mkdirSync(join(home, "vols/v"), { recursive: true });
        writeFileSync(join(home, "vols/v/info"), "brick-0=a:-x\nbrick-1=b:-x\n");
        writeFileSync(join(home, "info"), there);
        const dc = describe000(volume);
        const text = renderProgram("glusterfs", "a", nodeScripts, nodeParameters(dc, dc.nodes[0]!)).replace(/main "\$1"\n$/, "");
        const call = `PATH=${home}:$PATH state=${home}/state log=${home}/log gluster_home=${home} heal_patience=0
wait_for() { shift; "$@"; }; sleep() { :; }; due=(${due ? "x" : ""}); check_upgrade`;
        const { status, stderr } = spawnSync("bash", ["-c", `${text}\n${call}`], { encoding: "utf8" });
        return [status, stderr];
    }
    const three = info("Replicate", "1 x 3 = 3", ["a:/x", "b:/x", "c:/x"]);
    const wanted = replicated(["a:/x", "b:/x", "c:/x"]);

    it("begins where every copy is there and healed", () => {
        expect(look(wanted, three)).toEqual([0, ""]);
    });

    it("waits for a brick that is down, and for heals, by name", () => {
        expect(look(wanted, three, { offline: "yes" })).toEqual([1, expect.stringMatching(/volume v has bricks or healers that are not online.*: a:\/x\n.*volume start v force/)]);
        const heal = "Brick b:/x\\nStatus: Connected\\nTotal Number of entries: 3\\n";
        expect(look(wanted, three, { heal })).toEqual([1, expect.stringContaining("volume v is not healed after 0 s: b:/x has 3 entries to heal")]);
    });

    it("refuses to take the only copy of files away, unless the volume is stopped", () => {
        const two = info("Distribute", "2", ["a:/x", "b:/x"]);
        expect(look(distributed(["a:/x", "b:/x"]), two)).toEqual([1, expect.stringMatching(/volume v has one copy of each file[^]*gluster volume stop v/)]);
        expect(look(distributed(["a:/x", "b:/x"]), two.replace("Status: Started", "Status: Stopped"))).toEqual([0, ""]);
    });

    it("asks nothing where none is due", () => {
        expect(look(distributed(["a:/x", "b:/x"]), info("Distribute", "2", ["a:/x", "b:/x"]), { due: false })).toEqual([0, ""]);
    });
});
