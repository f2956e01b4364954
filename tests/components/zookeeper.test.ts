import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../../components/step/program";
import { classPath, connectString, listLine, listedZooCfg, members, unitFile, zooCfg } from "../../components/zookeeper/plan";
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

it("purges old snapshots, lets only listed words in, leaves port 8080 alone, and leaves the list of members to the ensemble", () => {
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
reconfigEnabled=true
standaloneEnabled=false
`);
    expect(listLine(dc, members(dc)[1]!)).toBe("server.2=172.18.1.2:2888:3888:participant;0.0.0.0:2181");
    expect(connectString(dc)).toBe("172.18.1.1:2181,172.18.1.2:2181,172.18.1.3:2181");
});

it("lists members in containers by address, but a single one, since it is no quorum", () => {
    expect(listedZooCfg(dc)).toContain("server.1=172.18.1.1:2888:3888\nserver.2=172.18.1.2:2888:3888\nserver.3=172.18.1.3:2888:3888\n");
    const one = sampleDataCentre((raw) => raw.nodes.forEach((node, i) => (node.roles = i === 0 ? ["zookeeper"] : [])), "unchecked");
    expect(listedZooCfg(one)).not.toContain("server.");
});

it("gives Java the described heap, and the class path of the source", () => {
    const unit = unitFile(sampleDataCentre((raw) => (raw.zookeeper = { heapMiB: 512 })), { home: undefined, version: "3.8.0" });
    expect(unit).toContain("-Xms512m -Xmx512m");
    expect(unit).toContain("Restart=always");
    expect(classPath("/opt/datacentre/zookeeper-0123", "3.9.3")).toBe("/etc/zookeeper/conf:/opt/datacentre/zookeeper-0123/lib/*");
    expect(classPath(undefined, "3.8.0")).toBe("/etc/zookeeper/conf:/usr/share/java/zookeeper.jar");
    expect(classPath(undefined, "3.9")).toBe("/etc/zookeeper/conf:/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-log4j12.jar:/usr/share/java/log4j-1.2.jar");
});

/** member.sh's own functions on an ensemble that stands in files: what each member answers, and what the list was told. */
describe("a member", () => {
    const folder = mkdtempSync(join(tmpdir(), "zookeeper-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const line = (id: number, at = `10.0.0.${id}`) => `server.${id}=${at}:2888:3888:participant;0.0.0.0:2181`;
    const three = [1, 2, 3].map((id) => line(id));
    interface Given {
        list?: readonly string[];
        serving?: readonly number[];
        data?: boolean;
        described?: readonly number[];
        first?: boolean;
        own?: readonly string[];
        told?: string;
        left?: boolean;
    }
    const ensemble = (body: string, given: Given = {}) => {
        const { list = three, serving = [1, 2, 3], data = true, described = [1, 2, 3], first = false, own = list, told = "", left = false } = given;
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(join(folder, "data/conf"), { recursive: true });
        mkdirSync(join(folder, "state/members"), { recursive: true });
        writeFileSync(join(folder, "list"), list.map((one) => `${one}\n`).join(""));
        if (own.length > 0) {
            writeFileSync(join(folder, "data/conf/zoo.cfg.dynamic"), own.map((one) => `${one}\n`).join(""));
        }
        if (told !== "") {
            writeFileSync(join(folder, "state/members/zookeeper"), told);
        }
        const text = `cd "$root"; . components/step/lib.sh; state=$folder/state; run=$folder; step=zookeeper node=a log=$folder/log; : >"$log"
            id=1 address=10.0.0.1 peer_port=2888 election_port=3888 client_port=2181 data_dir=$folder/data first=${first ? "yes" : ""} zoo_cfg=$'tickTime=2000\nclientPort=2181\n'
            members=(${described.map((one) => `"${one} 10.0.0.${one}"`).join(" ")})
            . components/step/helpers/members.sh; . components/zookeeper/member.sh
            trust_flag=$folder/trust
            has_data() { ${data ? ":" : "false"}; }; unit_is() { [ "$1" = active ]; }; systemctl() { echo "systemctl $*" >>"$folder/calls"; }; chown() { :; }; has_left() { ${left ? ":" : "false"}; }
            words() { [[ " ${serving.map((one) => `10.0.0.${one}`).join(" ")} " == *" $1 "* ]] || return 1; case $2 in srvr) echo "Mode: follower" ;; conf) echo membership; cat "$folder/list" ;; esac; }
            reconfigure() { echo "$*" >>"$folder/calls"; }
            ${body}
            cat "$folder/calls" 2>/dev/null || true; cat "$folder/data/conf/zoo.cfg.dynamic" 2>/dev/null || true`;
        const { status, stdout, stderr } = spawnSync("bash", ["-c", text], { encoding: "utf8", env: { ...process.env, folder, root } });
        return { status, stderr, said: stdout.split("\n").filter((one) => one !== "") };
    };

    it("is not restarted while one of three is dead, whatever its host says", () => {
        const refused = ensemble("spare_me", { serving: [1, 3] });
        expect(refused.status).toBe(1);
        expect(refused.stderr).toMatch(/a restart .* would leave 1 at work, and 2 must agree; not at work: 10\.0\.0\.2\n.*systemctl start zookeeper/);
        expect(ensemble("spare_me").status).toBe(0);
        // Alone, and one that serves nobody, it costs nothing; who is described and was never a member does not count.
        expect(ensemble("spare_me", { list: [line(1)], serving: [1] }).status).toBe(0);
        expect(ensemble("spare_me", { serving: [3] }).status).toBe(0);
    });

    it("joins with the list of those that serve and itself, without a voice where the list knows it already", () => {
        expect(ensemble("take_part", { list: [line(2)], own: [], data: false, serving: [2] }).said).toEqual([line(2), line(1)]);
        expect(ensemble("take_part", { own: [], data: false, serving: [2, 3], told: "1 10.0.0.1\n" }).said).toEqual([line(2), line(3), line(1).replace("participant", "observer")]);
        // One that left joins anew, and one that is in the list goes on with its own.
        expect(ensemble("take_part", { list: [line(2), line(3)], own: three, left: true, serving: [2, 3] }).said).toEqual([line(2), line(3), line(1)]);
        expect(ensemble("take_part", { serving: [2, 3] }).said).toEqual(three);
    });

    it("begins an ensemble alone, and only as its first member that never was one", () => {
        expect(ensemble("take_part", { own: [], data: false, serving: [], first: true }).said).toEqual([line(1)]);
        const second = ensemble("take_part", { own: [], data: false, serving: [] });
        expect(second.stderr).toMatch(/no member of the ensemble serves, and without data this one would begin another one\n.*bring members back/);
        const empty = ensemble("take_part", { own: [], data: false, serving: [], first: true, told: "1 10.0.0.1\n" });
        expect(empty.stderr).toMatch(/the data of this member is gone, and no other member serves/);
        // A person's word.
        expect(ensemble(': >"$folder/trust"; take_part', { own: [], data: false, serving: [], told: "1 10.0.0.1\n" }).said).toEqual(three);
    });

    it("refuses a number that another member has, and takes the same member at another address", () => {
        const list = [line(1, "10.0.0.9"), line(2), line(3)];
        const refused = ensemble("take_part", { list, own: [], data: false, serving: [2, 3] });
        expect(refused.stderr).toMatch(/number 1 belongs to the member at 10\.0\.0\.9, which the ensemble still has.*\n.*'make up'.*zookeeperId/);
        expect(ensemble("take_part", { list, own: list, serving: [2, 3], told: "1 10.0.0.9\n" }).said).toEqual([line(2), line(3), line(1)]);
    });

    it("does not give up its data for another ensemble's", () => {
        const refused = ensemble("take_part", { list: [line(2), line(3)], own: [line(1)], serving: [2, 3] });
        expect(refused.stderr).toMatch(/serves another ensemble than the one that this member's data belong to/);
    });

    it("is taken into the list, and takes out who is described no more", () => {
        expect(ensemble("be_listed", { list: [line(2)] }).said[0]).toBe(`-add ${line(1)}`);
        expect(ensemble("be_listed").said).toEqual(three);
        expect(ensemble("drop_strangers", { list: [...three, line(4)] }).said[0]).toBe("-remove 4");
        expect(ensemble("drop_strangers").said).toEqual(three);
    });

    it("leaves while the others hold a quorum, stays off, and refuses to where they do not", () => {
        expect(ensemble("leave").said.slice(0, 2)).toEqual(["-remove 1", "systemctl is-active zookeeper"]);
        const refused = ensemble("leave", { serving: [1, 2] });
        expect([refused.status, refused.said]).toEqual([1, []]);
        expect(refused.stderr).toMatch(/its leaving would leave 1 at work, and 2 must agree; not at work: 10\.0\.0\.3/);
        expect(ensemble("leave", { left: true }).said[0]).toBe("systemctl is-active zookeeper");
    });

    it("keeps the list of before members changed it themselves", () => {
        const migrate = (cfg: string) => `mkdir -p "$state/originals/etc/zookeeper/conf"; : >"$state/originals/etc/zookeeper/conf/zoo.cfg"; eval "$(declare -f keep_static_list | sed "s|/etc/zookeeper/conf/zoo.cfg|$folder/old|; s|\$state/originals$folder/old|$state/originals/etc/zookeeper/conf/zoo.cfg|")"; printf '${cfg}' >$folder/old; keep_static_list`;
        expect(ensemble(migrate("tickTime=2000\\nserver.1=10.0.0.1:2888:3888\\nserver.2=10.0.0.2:2888:3888\\n"), { own: [] }).said).toEqual([line(1), line(2)]);
        expect(ensemble(migrate("tickTime=2000\\n"), { own: [] }).said).toEqual([line(1)]);
    });
});
