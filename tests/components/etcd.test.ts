import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";

import { bootstrapConf, clientFiles, clients, clientUrls, endpoints, etcdConf, memberFiles, memberNames } from "../../components/etcd/plan";
import { probes } from "../../components/etcd/check";
import { etcdSystem } from "../../components/etcd/system";
import { hostPlan } from "../../components/host/plan";
import { systems } from "../../components/systems";
import { root } from "../../components/step/program";
import type { Part } from "../../config/system";
import { changed } from "../config/good";
import { isStep, programOf, runIndex, type Run } from "../structure/run-index";
import { kept, sampleDataCentre } from "./sample";

const dc = sampleDataCentre();
const agent1 = dc.nodes[1]!;

it("writes the member's own addresses, quota and compaction", () => {
    expect(etcdConf(dc, agent1, "3.4.23")).toBe(`ETCD_NAME="agent1"
ETCD_DATA_DIR="/var/lib/etcd/default.etcd"
ETCD_LISTEN_PEER_URLS="http://172.18.1.2:2380"
ETCD_LISTEN_CLIENT_URLS="http://172.18.1.2:2379,http://127.0.0.1:2379,http://172.18.1.2:4001,http://127.0.0.1:4001"
ETCD_ADVERTISE_CLIENT_URLS="http://172.18.1.2:2379,http://172.18.1.2:4001"
ETCD_QUOTA_BACKEND_BYTES="2147483648"
ETCD_AUTO_COMPACTION_MODE="periodic"
ETCD_AUTO_COMPACTION_RETENTION="1h"
ETCD_SNAPSHOT_COUNT="10000"
ETCD_HEARTBEAT_INTERVAL="100"
ETCD_ELECTION_TIMEOUT="1000"
ETCD_ENABLE_V2="false"
`);
});

it("leaves the v2 switch out where etcd has none any more", () => {
    expect(etcdConf(dc, agent1, "3.6.0")).not.toContain("ENABLE_V2");
});

it("keeps what is read at the first start only apart from what restarts a member", () => {
    expect(bootstrapConf(dc, agent1)).toContain(
        'ETCD_INITIAL_CLUSTER="master1=http://172.18.1.1:2380,agent1=http://172.18.1.2:2380,' +
            'agent2=http://172.18.1.3:2380,agent3=http://172.18.1.4:2380"',
    );
    expect(etcdConf(dc, agent1, "3.4.23")).not.toContain("INITIAL");
});

it("cannot write a URL without scheme, host or port, whatever the ports", () => {
    const port = fc.integer({ min: 1, max: 65535 });
    fc.assert(
        fc.property(port, fc.array(port, { maxLength: 4 }), (clientPort, extraClientPorts) => {
            const some = sampleDataCentre((raw) => (raw.etcd = { clientPort, extraClientPorts }), "unchecked");
            for (const url of some.nodes.flatMap((node) => clientUrls(some, node))) {
                const parsed = new URL(url);
                expect(parsed.protocol).toBe("http:");
                expect(url).toMatch(/^http:\/\/172\.18\.1\.[1-4]:[0-9]+$/);
            }
        }),
        { numRuns: 50 },
    );
});

it("gives clients every member, and keeps the directory that the data directory is in", () => {
    expect(endpoints(dc)).toHaveLength(4);
    expect(kept(etcdSystem, dc, agent1)).toEqual(["/var/lib/etcd"]);
});

describe("with TLS", () => {
    const secure = sampleDataCentre((raw) => (raw.etcd = { tls: true, advertise: ["https://{name}.dc.example:4001"] }), "unchecked");
    const member = secure.nodes[1]!;
    const caller = (from: string): Part => ({ ...etcdSystem, calls: () => [{ service: "etcd:clients", from: [from] }] }) as unknown as Part;
    const asked = (parts: readonly Part[]) => clients(secure, { parts }).map(({ name }) => name);

    it("has members and peers that take nobody without a certificate", () => {
        expect(etcdConf(secure, member, "3.4.23")).toContain(`ETCD_CERT_FILE="/etc/etcd/tls/member.crt"
ETCD_KEY_FILE="/etc/etcd/tls/member.key"
ETCD_CLIENT_CERT_AUTH="true"
ETCD_TRUSTED_CA_FILE="/etc/etcd/tls/authority.crt"
ETCD_PEER_CERT_FILE="/etc/etcd/tls/member.crt"
ETCD_PEER_KEY_FILE="/etc/etcd/tls/member.key"
ETCD_PEER_CLIENT_CERT_AUTH="true"
ETCD_PEER_TRUSTED_CA_FILE="/etc/etcd/tls/authority.crt"
`);
        expect(etcdConf(secure, member, "3.4.23") + bootstrapConf(secure, member)).not.toContain("http:");
        expect([...clientUrls(secure, member), ...endpoints(secure)].filter((url) => !url.startsWith("https://"))).toEqual([]);
        expect(memberNames(secure, member)).toBe("DNS:agent1,IP:172.18.1.2,DNS:localhost,IP:127.0.0.1,DNS:agent1.dc.example");
    });

    it("has openssl on its hosts, and files of its own", () => {
        expect(hostPlan(systems, secure, member).packages.apt).toContain("openssl");
        expect(hostPlan(systems, dc, agent1).packages.apt).not.toContain("openssl");
        expect(memberFiles(secure)).toEqual({ authority: "/etc/etcd/tls/authority.crt", certificate: "/etc/etcd/tls/member.crt", key: "/etc/etcd/tls/member.key" });
        expect(clientFiles(secure)?.key).toBe("/etc/datacentre-etcd/client.key");
        expect([memberFiles(dc), clientFiles(dc)]).toEqual([undefined, undefined]);
    });

    it("has as clients the nodes whose systems call it, by role or by what is placed on them", () => {
        expect(asked([caller("glusterfs")])).toEqual(secure.nodes.filter(({ roles }) => roles.includes("glusterfs")).map(({ name }) => name));
        expect(asked([{ ...caller("watcher"), duties: { watcher: { nodes: () => ["agent2"] } } } as unknown as Part])).toEqual(["agent2"]);
        expect(asked([etcdSystem as unknown as Part])).toEqual([]);
    });

    it("is asked by verify with the member's own certificate, which has a row, as a client's has", () => {
        const rows = probes(secure, { systems: { ...systems, parts: [caller("glusterfs")] } }).filter(({ node }) => node === "agent1");
        const flags = "'--cacert' '/etc/etcd/tls/authority.crt' '--cert' '/etc/etcd/tls/member.crt' '--key' '/etc/etcd/tls/member.key'";
        const command = (row: string) => rows.find((one) => one.row === row)!.command;
        expect(command("/health on port 2379")).toContain(`curl -si --http1.1 --noproxy '*' --max-time 4 ${flags} 'https://172.18.1.2:2379/health' | awk `);
        expect(command("members as described")).toContain(`'--endpoints=https://172.18.1.2:2379' '--command-timeout=5s' ${flags} 'member' 'list'`);
        expect(rows.find(({ row }) => row === "certificate is good for 30 days and more")!.evaluate("640 root:etcd\nOK\n700\n3600\n", 0).ok).toBe(true);
        expect(rows.find(({ row }) => row === "client's certificate is good for 30 days and more")!.evaluate("640 root:root\nOK\n700\n3600\n", 0)).toMatchObject({ ok: false, expected: "600 root:root" });
        expect(probes(dc, { systems }).filter(({ row, command }) => row.includes("certificate") || command.includes("https"))).toEqual([]);
    });
});

describe("steps", () => {
    let plain: Run;
    let secure: Run;
    const step = (run: Run, name: string) => run.made.filter(isStep).find((one) => one.name === name);
    const after = (name: string) => secure.registered.find((one) => one.name === name)!.dependencies.map((urn) => urn.replace(/.*::/, ""));
    beforeAll(async () => {
        plain = await runIndex(changed());
        secure = await runIndex(changed({ "etcd.tls": true }));
    });

    it("give the authority's key to those that sign, as a secret", () => {
        const withKey = secure.made.filter(isStep).filter((one) => programOf(one).includes("TEXT of etcd-authority.key"));
        expect(withKey.map(({ name }) => name).sort()).toEqual(["etcd-certificate-agent1", "etcd-certificate-agent2", "etcd-certificate-agent3", "etcd-certificate-master1"]);
        expect(withKey.filter(({ inputs }) => typeof inputs.stdin === "string")).toEqual([]);
        expect(JSON.stringify(secure.outputs) + secure.told.join()).not.toContain("etcd-authority.key");
        expect(programOf(step(secure, "etcd-certificate-agent1")!)).toContain("names='DNS:agent1,IP:172.18.1.2,DNS:localhost,IP:127.0.0.1'\nothers='3'");
    });

    it("touch no member before all of them have agreed", () => {
        expect(after("etcd-master1").filter((name) => name.startsWith("etcd-")).sort()).toEqual(["etcd-certificate-agent1", "etcd-certificate-agent2", "etcd-certificate-agent3", "etcd-certificate-master1"]);
    });

    it("are none for stacks without, whose members know nothing of it", () => {
        expect(plain.made.filter(isStep).map(({ name }) => name).filter((name) => name.startsWith("etcd-")).sort()).toEqual(["etcd-agent1", "etcd-agent2", "etcd-agent3", "etcd-master1"]);
        expect(programOf(step(plain, "etcd-agent1")!)).not.toMatch(/"https:|by_certificate|tls/);
        expect(programOf(step(secure, "etcd-agent1")!)).toContain("by_certificate=");
    });
});

/** The scripts' own functions, run by bash with programs that write down how they are called. */
describe("a member with TLS", () => {
    const folder = mkdtempSync(join(tmpdir(), "etcd-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const bash = (body: string, script = "certificate.sh") => {
        const text = `cd "$root"; . components/step/lib.sh; . components/step/helpers/certificate.sh
            step=etcd node=agent1 log=$folder/log address=10.0.0.2 peer_port=2380 client_port=2379 etc=$folder/tls data_dir=$folder/data others=0 peers=() scheme=https
            archive_url= etcdctl=etcdctl authority=
            members=("agent1 10.0.0.2" "master1 10.0.0.1"); . components/step/helpers/members.sh
            timeout() { shift; "$@"; }; etcdctl() { echo "$*" >>"$folder/calls"; }
            ${script === "tls.sh" ? ". components/etcd/member.sh; " : ""}. components/etcd/${script}
            ${body}`;
        rmSync(join(folder, "calls"), { force: true });
        const { status, stdout, stderr } = spawnSync("bash", ["-c", text], { encoding: "utf8", env: { ...process.env, folder, root } });
        const calls = existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : [];
        return { status, stdout, stderr, calls };
    };

    it("names members with https wherever it does, and asks by its certificate", () => {
        const functions = bash("declare -f join add_member move_url drop_strangers ctl http", "tls.sh").stdout;
        expect(functions).not.toContain("http://");
        expect(bash("my_url", "tls.sh").stdout).toBe("https://10.0.0.2:2380");
        const { calls, stderr } = bash("add_member 10.0.0.1", "tls.sh");
        expect([stderr, calls]).toEqual(["", [`--endpoints=https://10.0.0.1:2379 --command-timeout=4s --cacert ${folder}/tls/authority.crt --cert ${folder}/tls/member.crt --key ${folder}/tls/member.key member add agent1 --peer-urls=https://10.0.0.2:2380`]]);
    });

    it("asks for health by its certificate, and where there is an alarm whether a read is agreed on", () => {
        const asks = (health: string) =>
            bash(`curl() { echo "$*" >>"$folder/calls"; case "$*" in *health) printf '%s' '${health}' ;; *) printf '{"header":{"revision":"7"}}' ;; esac; }; if healthy 10.0.0.1; then echo yes; else echo no; fi`, "tls.sh");
        const by = `-s --noproxy * --max-time 3 --cacert ${folder}/tls/authority.crt --cert ${folder}/tls/member.crt --key ${folder}/tls/member.key`;
        expect(asks('{"health":"true"}')).toMatchObject({ stdout: "yes\n", calls: [`${by} https://10.0.0.1:2379/health`] });
        expect(asks('{"health":"false"}')).toMatchObject({ stdout: "yes\n", calls: [`${by} https://10.0.0.1:2379/health`, `${by} -d {"key":"aGVhbHRo"} https://10.0.0.1:2379/v3/kv/range`] });
        expect(asks("")).toMatchObject({ stdout: "no\n" });
    });

    /** With a member that runs by a scheme, and with what its cluster lists. */
    const change = (is: string, to: string, others: number, list: readonly string[]) =>
        bash(`sed() { echo ${is}; }; has_data() { :; }; scheme=${to} others=${others}
            ask() { if [ "$3" = list ]; then printf '%s\n' ${list.map((line) => `'${line}'`).join(" ")}; else echo "$*" >>"$folder/calls"; fi; }
            change_scheme; printf '%s\n' "\${changes[@]}"`);
    const line = (scheme: string) => `8e9e05c52164694d, started, agent1, ${scheme}://10.0.0.2:2380, ${scheme}://10.0.0.2:2379, false`;

    it("that is alone is told to its cluster by its other URL, once, and back", () => {
        expect(change("http", "https", 0, [line("http")])).toMatchObject({ status: 0, calls: ["http member update 8e9e05c52164694d --peer-urls=https://10.0.0.2:2380"] });
        expect(change("http", "https", 0, [line("https")])).toMatchObject({ status: 0, calls: [] });
        expect(change("https", "http", 0, [line("https")])).toMatchObject({ status: 0, calls: ["https member update 8e9e05c52164694d --peer-urls=http://10.0.0.2:2380"] });
        expect(change("https", "https", 2, [])).toMatchObject({ status: 0, calls: [] });
    });

    it.each<[string, string, string, number, string[], RegExp]>([
        ["one of three", "http", "https", 2, [line("http")], /several members that run cannot go to TLS.*\n.*leave the role etcd to one node.*etcd\.tls: true/],
        ["one of three that goes back", "https", "http", 2, [], /several members that run cannot go back to plain HTTP.*\n.*etcd\.tls: false/],
        ["one whose others are described no more", "http", "https", 0, [line("http"), line("http")], /several members/],
        ["one that does not answer", "http", "https", 0, [""], /etcd does not answer.*\n.*systemctl start etcd/],
    ])("refuses to change when it is %s, and touches nothing", (_, is, to, others, list, told) => {
        const { status, stderr, calls } = change(is, to, others, list);
        expect([status, calls]).toEqual([1, []]);
        expect(stderr).toMatch(told);
    });

    /** The stack's authority against what a member with others trusts and has. */
    it("takes another authority only when the former one is still trusted, or the new one is already", () => {
        const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
        const at = (file: string) => join(folder, file);
        for (const name of ["former", "latter"]) {
            openssl(...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=datacentre/OU=etcd/CN=test"], "-keyout", at(`${name}.key`), "-out", at(`${name}.crt`));
        }
        const agrees = (given: string, trusted: string, others = 2) =>
            bash(`mkdir -p "$etc"; cd "$folder"; cat ${trusted} >"$etc/authority.crt"; rm -f "$etc"/member.*; valid_days=99 renew_days=30 others=${others}
                set_mode() { :; }; has_data() { :; }; key=$(cat former.key); put_certificate "$etc/member" /CN=agent1 clientAuth "" root:root former.crt key
                authority=$(cat ${given})$'\\n'; know_one_another`);
        expect(agrees("former.crt", "former.crt").status).toBe(0);
        expect(agrees("latter.crt former.crt", "former.crt")).toMatchObject({ status: 0, stderr: "" });
        expect(agrees("latter.crt", "latter.crt former.crt").status).toBe(0);
        expect(agrees("latter.crt", "former.crt", 0).status).toBe(0);
        expect(agrees("latter.crt", "former.crt")).toMatchObject({ status: 1, stderr: expect.stringMatching(/another one, which no member that runs knows yet/) as unknown });
        expect(agrees("/dev/null", "former.crt")).toMatchObject({ status: 1, stderr: expect.stringMatching(/holds no certificate/) as unknown });
    });
});

/** member.sh's own functions on a cluster that stands in files: its list, who is healthy, and what etcdctl was told. */
describe("a member", () => {
    const folder = mkdtempSync(join(tmpdir(), "etcd-member-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const line = (name: string, at: string) => `id-${name}, started, ${name}, http://${at}:2380, http://${at}:2379, false`;
    const three = ["a", "b", "c"].map((name, i) => line(name, `10.0.0.${i + 1}`));
    const cluster = (body: string, { list = three, healthy = "10.0.0.1 10.0.0.2 10.0.0.3", data = true, said = "" } = {}) => {
        const text = `cd "$root"; . components/step/lib.sh; state=$folder/state; run=$folder unit_run=$folder/units
            step=etcd node=a log=$folder/log address=10.0.0.1 peer_port=2380 client_port=2379 data_dir=$folder/data peers=(10.0.0.2 10.0.0.3)
            archive_url= etcdctl=etcdctl members=("a 10.0.0.1" "b 10.0.0.2" "c 10.0.0.3") etcd_conf='ETCD_QUOTA_BACKEND_BYTES="104857600"'
            . components/step/helpers/members.sh; . components/etcd/member.sh
            healthy() { [[ " ${healthy} " == *" $1 "* ]]; }; has_data() { ${data ? ":" : "false"}; }; unit_is() { :; }; systemctl() { echo "systemctl $*" >>"$folder/calls"; }; reload_units() { :; }
            ctl() { case "$2 $3" in "member list") cat "$folder/list" ;; "alarm list") echo "${said}" ;; "endpoint status") echo '"dbSize":'$((60 << 20)) ;; *) echo "\${*:2}" >>"$folder/calls" ;; esac; }
            : >"$folder/log"; ${body}; printf '%s\n' "\${changes[@]}"`;
        rmSync(join(folder, "calls"), { force: true });
        writeFileSync(join(folder, "list"), `${list.join("\n")}\n`);
        const { status, stdout, stderr } = spawnSync("bash", ["-c", text], { encoding: "utf8", env: { ...process.env, folder, root } });
        return { status, stdout, stderr, calls: existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : [] };
    };

    it("is not restarted while one of three is dead, whatever its host says, and is when the others are there", () => {
        const refused = cluster("spare_me", { healthy: "10.0.0.1 10.0.0.3" });
        expect(refused.status).toBe(1);
        expect(refused.stderr).toMatch(/a restart .* would leave 1 at work, and 2 must agree; not at work: 10.0.0.2\n.*systemctl start etcd/);
        expect(cluster("spare_me")).toMatchObject({ status: 0, calls: [] });
        // Alone, and one that serves nobody, it costs nothing.
        expect(cluster("spare_me", { list: [line("a", "10.0.0.1")] }).status).toBe(0);
        expect(cluster("spare_me", { healthy: "10.0.0.2" }).status).toBe(0);
    });

    it("tells its cluster another address of its node, and is no second member", () => {
        const list = [line("a", "10.0.0.9"), line("b", "10.0.0.2"), line("c", "10.0.0.3")];
        expect(cluster("move_in", { list })).toMatchObject({ status: 0, calls: ["member update id-a --peer-urls=http://10.0.0.1:2380"] });
        expect(cluster("move_in").calls).toEqual([]);
        // Others leave it to that one.
        expect(cluster("drop_strangers", { list: [line("a", "10.0.0.1"), line("b", "10.0.0.8"), line("c", "10.0.0.3")] }).calls).toEqual([]);
    });

    it("takes out who is described no more, while a majority of the others is healthy", () => {
        const list = ["a", "b", "c", "d"].map((name, i) => line(name, `10.0.0.${i + 1}`));
        expect(cluster("drop_strangers", { list })).toMatchObject({ status: 0, calls: ["member remove id-d"] });
        const refused = cluster("drop_strangers", { list, healthy: "10.0.0.1 10.0.0.4" });
        expect([refused.status, refused.calls]).toEqual([1, []]);
    });

    it("leaves while the others hold a quorum, stays off, and refuses to where they do not", () => {
        expect(cluster("leave")).toMatchObject({ status: 0, calls: ["member remove id-a", "systemctl is-active etcd", "systemctl disable etcd", "systemctl reset-failed etcd"] });
        const refused = cluster("leave", { healthy: "10.0.0.1 10.0.0.2" });
        expect(refused).toMatchObject({ status: 1, calls: [] });
        expect(refused.stderr).toMatch(/its leaving would leave 1 at work, and 2 must agree; not at work: 10\.0\.0\.3/);
    });

    it("joins anew with former data aside where its cluster is the same, and gives up no other cluster's", () => {
        const list = three.slice(1);
        const given = { list, healthy: "10.0.0.2 10.0.0.3" };
        const data = (cluster: string) => `mkdir -p "$data_dir"; echo ${cluster} >"$folder/.datacentre-cluster"; cluster_at() { echo 77; }; has_data() { [ -d "$data_dir" ]; }; unit_is() { false; }; wait_for() { shift; "$@"; }; move_in`;
        expect(cluster(data("77"), given)).toMatchObject({ status: 0, calls: ["member add a --peer-urls=http://10.0.0.1:2380"] });
        const refused = cluster(data("78"), given);
        expect(refused).toMatchObject({ status: 1, calls: [] });
        expect(refused.stderr).toMatch(/belong to another cluster than the one at 10\.0\.0\.2.*\n.*decide whose data stay/);
    });

    it("begins no other cluster when its data are gone and nobody is there", () => {
        const refused = cluster("note_members x; move_in", { healthy: "", data: false });
        expect(refused).toMatchObject({ status: 1, calls: [] });
        expect(refused.stderr).toMatch(/the data of this member is gone, and no other member is healthy/);
        expect(cluster("forget_members; move_in", { healthy: "", data: false }).status).toBe(0);
    });

    it("disarms NOSPACE when the data bases have room, and else says how to make some", () => {
        expect(cluster("make_room", { said: "memberID:1 alarm:NOSPACE" })).toMatchObject({ status: 0, calls: ["alarm disarm"] });
        const full = cluster(`etcd_conf='ETCD_QUOTA_BACKEND_BYTES="67108864"'; make_room`, { said: "memberID:1 alarm:NOSPACE" });
        expect([full.status, full.calls]).toEqual([1, []]);
        expect(full.stderr).toMatch(/has 60 MiB, and its quota is 64\n.*quotaBackendMiB to 76 or more.* compact .*defrag' with each member's/);
        expect(full.stderr).toMatch(/address in turn.*alarm disarm/);
        expect(cluster("make_room").calls).toEqual([]);
    });
});
