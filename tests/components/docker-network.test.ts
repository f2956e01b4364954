/** Docker's networks in Calico's pools: what Docker is told, and the step against a docker that answers from files. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { macProbe } from "../../components/calico/check-links";
import { networkParameters, networkScripts } from "../../components/calico/docker-networks";
import { probes } from "../../components/calico/docker-networks/check";
import { createWords, describedLines, networkNodes, networkPlans } from "../../components/calico/docker-networks/plan";
import { dataCentreSchema } from "../../components/description";
import { renderProgram } from "../../components/step/program";
import type { DataCentre, DataCentreInput } from "../../config/schema";

const describe003 = (edit: Partial<DataCentreInput> = {}): DataCentre =>
    dataCentreSchema.parse({
        provider: { kind: "docker", prefix: "t", subnet: "172.30.9.0/24" },
        nodes: [
            { name: "a", address: "172.30.9.1", roles: ["docker", "etcd"] },
            { name: "b", address: "172.30.9.2", roles: ["docker", "calico"] },
            { name: "c", address: "172.30.9.3", roles: ["docker", "calico"] },
        ],
        sources: { calico: { kind: "archive", url: "file:///opt/calico.tar.gz" } },
        versions: { calico: "3.28.5" },
        etcd: { v2Api: true },
        calico: {
            pools: [
                { name: "other", cidr: "10.77.0.0/16" },
                { name: "web", cidr: "10.88.0.0/16" },
            ],
            dockerNetworks: [{ name: "calico-test", pool: "web" }],
        },
        ...edit,
    });
const series3 = describe003();
const series2 = describe003({ sources: {}, versions: { calico: "2.6.12" } });
const planOf = (dc: DataCentre) => networkPlans(dc)[0]!;

describe("a network", () => {
    it("is document 003's, with the pool's range, and with the profile's name for Calico 3's driver", () => {
        expect(createWords(planOf(series3), "datacentre/t").join(" ")).toBe(
            "--driver calico --ipam-driver calico-ipam --subnet 10.88.0.0/16 --opt org.projectcalico.profile=calico-test " +
                "--label org.datacentre.stack=datacentre/t calico-test",
        );
    });

    it("has no option with Calico 2.6, whose plugin refuses every one", () => {
        expect(planOf(series2).options).toEqual({});
        expect(createWords(planOf(series2), "o")).not.toContain("--opt");
    });

    it("is made by a node that has both, an engine and Calico", () => {
        expect(networkNodes(series3).map(({ name }) => name)).toEqual(["b", "c"]);
        expect(networkPlans(describe003({ calico: {} }))).toEqual([]);
    });
});

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "network-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface There {
    id?: string;
    name?: string;
    scope?: string;
    owner?: string;
    described?: string;
    /** Lines "endpoint or container id, name". */
    users?: string;
}

const asDescribed = describedLines(planOf(series3));
const file = (name: string): string => join(home, name);
const lines = (name: string): string[] => (existsSync(file(name)) ? readFileSync(file(name), "utf8").trim().split("\n") : []);

/** The networks that the stand-in has, one file each; created ones are as the first argument after `create` asks. */
function have(...networks: There[]): void {
    networks.forEach((one, index) => {
        const id = one.id ?? `id${index + 1}`;
        const { name = "calico-test", scope = "global", owner = "datacentre/t", described = asDescribed, users = "" } = one;
        writeFileSync(file(`net-${id}`), `${id} ${scope} ${name}\n`);
        writeFileSync(file(`owner-${id}`), owner);
        writeFileSync(file(`described-${id}`), described);
        writeFileSync(file(`users-${id}`), users);
    });
}

function run(mode: string, options: { create?: string; store?: string; engine?: string; keeper?: string } = {}) {
    const made = 'echo "new global calico-test" >net-new; printf datacentre/t >owner-new; printf "%s" "$AS_DESCRIBED" >described-new; : >users-new';
    const docker = `#!/bin/bash
cd ${home}
case "$1 $2" in
    "info --format") echo "${options.engine ?? "etcd://172.30.9.1:2379"}" ;;
    "network ls") cat net-* 2>/dev/null ;;
    "network inspect") case "$4" in *index*) cat "owner-$5" ;; *Containers*) cat "users-$5" ;; *Driver}}) echo bridge ;; *) cat "described-$5" ;; esac ;;
    "network create") echo "$*" >>told; ${options.create ?? made} ;;
    "network rm") echo "$*" >>told; rm -f *-"$3" ;;
esac
`;
    // The value that is kept in etcd is in a file; a member without the key answers as one that is down, with status 22.
    const curl = `#!/bin/bash
cd ${home}
${options.store ?? ""}
case "$*" in
    *"-X PUT"*) echo "$*" | sed 's/.*value=//; s/ .*//' >keeper ;;
    *"-X DELETE"*) echo "DELETE \${*: -1}" >>store-told; case "$*" in *docker-networks/*) [ -e keeper ] && rm keeper || exit 22 ;; *dir=true*) exit 22 ;; esac ;;
    *docker-networks/*) [ -e keeper ] && printf '{"node":{"value":"%s"}}' "$(cat keeper)" || exit 22 ;;
esac
`;
    if (options.keeper !== undefined) {
        writeFileSync(file("keeper"), `${options.keeper}\n`);
    }
    for (const [name, text] of Object.entries({ docker, curl })) {
        writeFileSync(file(name), text);
        chmodSync(file(name), 0o755);
    }
    const program = renderProgram("docker-network-calico-test", "b", networkScripts, networkParameters(series3, planOf(series3), "datacentre/t"));
    const body = `${program.replace(/main "\$1"\n$/, "")}
PATH=${home}:$PATH state=${home}/state log=${home}/log record=${home}/state/docker-networks/$name
export AS_DESCRIBED=$described_lines
wait_for() { shift; "$@" >/dev/null; }
${mode}
printf '%s\\n' "\${changes[@]}" "\${notes[@]}"`;
    const result = spawnSync("bash", ["-c", body], { encoding: "utf8" });
    return { status: result.status, error: result.stderr, out: result.stdout.trim(), told: lines("told") };
}

describe("converge", () => {
    it("makes a network that is not there, once", () => {
        const made = run("converge");
        expect(made).toMatchObject({ status: 0, error: "", out: "made network calico-test (10.88.0.0/16)" });
        expect(made.told).toEqual([`network create ${createWords(planOf(series3), "datacentre/t").join(" ")}`]);
        expect(lines("keeper")).toEqual(["b"]);
        expect(run("converge")).toMatchObject({ status: 0, out: "", told: made.told });
    });

    it("leaves one that is as described alone, with containers in it, and a namesake in part of the name", () => {
        have({ users: "ab12 web.1" }, { name: "calico-test-2", owner: "" });
        expect(run("converge")).toMatchObject({ status: 0, error: "", out: "", told: [] });
    });

    it.each<[string, string, RegExp]>([
        ["another range", asDescribed.replace("10.88.", "10.77."), /has subnet 10\.77\.0\.0\/16, is to have subnet 10\.88\.0\.0\/16/],
        ["no option", asDescribed.replace(/\noption.*/, ""), /is to have option org\.projectcalico\.profile=calico-test/],
        ["another driver", asDescribed.replace("driver calico\n", "driver overlay\n"), /has driver overlay, is to have driver calico/],
        ["no way out", `${asDescribed}\ninternal`, /has internal/],
    ])("makes one with %s anew while nobody uses it, and refuses to while somebody does", (_, described, difference) => {
        have({ described, users: "ab12 web.1\nep-cd34 web.2\n" });
        const refused = run("converge");
        expect(refused).toMatchObject({ status: 1, told: [] });
        expect(refused.error).toMatch(difference);
        expect(refused.error).toMatch(/containers are in it: web\.1 \(here\), web\.2 \(on another node\)\n {2}remedy: /);
        have({ described });
        const anew = run("converge");
        expect(anew.out.split("\n")).toEqual(["removed network calico-test, which had other settings", "made network calico-test (10.88.0.0/16)"]);
        expect(anew.told[0]).toBe("network rm id1");
    });

    it.each<[string, There[], RegExp]>([
        ["of another stack", [{ owner: "datacentre/u" }], /is datacentre\/u's, not ours/],
        ["made by hand, with the same settings", [{ owner: "" }], /is nobody's, not ours/],
        ["of this host alone", [{ owner: "", scope: "local" }], /driver bridge and local scope/],
        ["there twice", [{}, { id: "id2" }], /2 networks called calico-test: id1 global, id2 global/],
    ])("refuses one %s", (_, there, problem) => {
        have(...there);
        const refused = run("converge");
        expect(refused).toMatchObject({ status: 1, told: [] });
        expect(refused.error).toMatch(problem);
        expect(refused.error).toMatch(/remedy: .*docker network rm/);
    });

    it("asks the store first: an engine without it knows no such network", () => {
        expect(run("converge", { engine: "" }).error).toMatch(/no cluster store/);
        const silent = run("converge", { store: "exit 7" });
        expect(silent).toMatchObject({ status: 1, told: [] });
        expect(silent.error).toMatch(/store does not answer[^]*etcd\.v2Api/);
    });

    it("does not take Docker's word for a network that came out otherwise", () => {
        const create = 'echo "new local calico-test" >net-new; printf datacentre/t >owner-new; printf "driver calico\\nscope local" >described-new; : >users-new';
        expect(run("converge", { create }).error).toMatch(/not as described: driver calico, scope local/);
    });

    // Sentences of dockerd 20.10, of libnetwork-plugin 1.1.3, and of the lab's driver.
    it.each([
        ['plugin "calico" not found', /does not answer in \/run\/docker\/plugins/, /systemctl status calico-docker calico-node/],
        [
            'legacy plugin: Post "http://%2Frun%2Fdocker%2Fplugins%2Fcalico.sock/Plugin.Activate": dial unix /run/docker/plugins/calico.sock: connect: connection refused',
            /does not answer in \/run\/docker\/plugins/,
            /their journals/,
        ],
        ["IpamDriver.RequestPool: The requested subnet must match the CIDR of a configured Calico IP Pool.", /no enabled pool 10\.88\.0\.0\/16/, /calicoctl get ippool/],
        ["IpamDriver.RequestPool: --subnet must be the CIDR of a Calico IP pool, and 10.88.0.0/16 is none's", /no enabled pool/, /whole stack/],
        [
            "failed to update store for object type *libnetwork.endpointCnt: client: response is invalid json. The endpoint is probably not valid etcd cluster endpoint",
            /does not write to its cluster store/,
            /etcd\.v2Api/,
        ],
        ['NetworkDriver.CreateNetwork: "Web_1" cannot be the name of a Calico profile', /refuses the network's profile/, /another name/],
        ["something new", /does not make the network: something new/, /journalctl -u docker/],
    ])("tells why Docker makes none: %s", (answer, problem, remedy) => {
        writeFileSync(file("answer"), `Error response from daemon: ${answer}\n`);
        const failed = run("converge", { create: "cat answer >&2; exit 1" });
        expect(failed.status).toBe(1);
        expect(failed.error).toMatch(problem);
        expect(failed.error.split("remedy:")[1]).toMatch(remedy);
    });
});

describe("undo", () => {
    it("removes ours, and nobody else's of that name", () => {
        have({ id: "id1" }, { id: "id2", owner: "datacentre/u" });
        const gone = run("undo", { keeper: "b" });
        expect(gone).toMatchObject({ status: 0, error: "", out: "removed network calico-test", told: ["network rm id1"] });
        expect(existsSync(file("keeper"))).toBe(false);
    });

    it("names the containers that are in it, and removes nothing", () => {
        have({ users: "ab12 web.1\nep-cd34 web.2\n" });
        const refused = run("undo", { keeper: "b" });
        expect(refused).toMatchObject({ status: 1, told: [] });
        expect(refused.error).toMatch(/still in network calico-test: web\.1 \(here\), web\.2 \(on another node\)/);
        expect(refused.error).toMatch(/docker network disconnect -f calico-test NAME/);
        expect(existsSync(file("keeper"))).toBe(true);
    });

    it("leaves it to the node that sees to it now", () => {
        have({});
        const left = run("undo", { keeper: "c" });
        expect(left).toMatchObject({ status: 0, told: [] });
        expect(left.out).toMatch(/c sees to it now/);
        expect(lines("keeper")).toEqual(["c"]);
    });

    it("takes over from another node without a change to the network", () => {
        have({});
        expect(run("converge", { keeper: "c" })).toMatchObject({ status: 0, out: "" });
        expect(lines("keeper")).toEqual(["b"]);
    });

    it("does nothing where there is none, also a second time", () => {
        expect(run("undo")).toMatchObject({ status: 0, error: "", out: "" });
    });

    it("takes it out of the store itself when the engine has left that", () => {
        have({});
        run("converge");
        rmSync(file("net-id1"));
        const gone = run("undo", { engine: "" });
        expect(gone).toMatchObject({ status: 0, out: "removed network calico-test from the former cluster store", told: [] });
        expect(lines("store-told").filter((line) => line.includes("/docker/"))).toEqual(
            ["network/id1", "endpoint_count/id1", "endpoint/id1?recursive=true"].map(
                (key) => `DELETE http://172.30.9.1:2379/v2/keys/docker/network/v1.0/${key}`,
            ),
        );
    });
});

describe("verify", () => {
    const all = probes(series3);
    const judge = (row: string, output: string) => all.find((probe) => probe.node === "b" && probe.row === row)!.evaluate(output, 0);
    const good = "driver calico, scope global, ipam driver calico-ipam, subnet 10.88.0.0/16";

    it("asks every node that can have containers in the networks, each row once", () => {
        expect([...new Set(all.map(({ node }) => node))]).toEqual(["b", "c"]);
        expect(new Set(all.map(({ node, row }) => `${node} ${row}`)).size).toBe(all.length);
        expect(probes(describe003({ calico: {} }))).toEqual([]);
    });

    it("is green as described", () => {
        expect(judge("network calico-test", `${good}\n`)).toMatchObject({ ok: true, found: good });
        const answers = 'calico {"Implements":["NetworkDriver"]}\ncalico-ipam {"Implements":["IpamDriver"]}\nend\n';
        expect(judge("Calico's drivers answer", answers)).toMatchObject({ ok: true });
    });

    it.each([
        ["network calico-test", "[]\nError: No such network: calico-test\n", "not there", /cluster store/],
        ["network calico-test", "[]\nError: network calico-test is ambiguous (2 matches found based on name)\n", "two of that name", /docker network ls/],
        ["network calico-test", good.replace("global", "local"), good.replace("global", "local"), /no container is in it/],
        ["network calico-test", "", "no answer", /rows 'engine' and 'cluster store'/],
        ["Calico's drivers answer", 'calico {"Implements":["NetworkDriver"]}\ncalico-ipam \nend\n', "silent: calico-ipam", /calico-docker/],
        ["Calico's drivers answer", "", "silent: calico, calico-ipam", /calico-docker/],
    ])("%s is red for %j", (row, output, found, remedy) => {
        expect(judge(row, output)).toMatchObject({ ok: false, found });
        expect(judge(row, output).remedy).toMatch(remedy);
    });
});

describe("links to containers", () => {
    const ee = "ee:ee:ee:ee:ee:ee";
    const judge = (dc: DataCentre, output: string) => macProbe(dc, dc.nodes[1]!).evaluate(output, 0);

    it.each([
        ["none yet", series3, "end\n"],
        ["one of series 3", series3, `cali1 ${ee} 1 02:00:0a:58:00:01 02:00:0a:58:00:01\nend\n`],
        ["one whose container nobody finds", series3, `cali1 ${ee} 1 02:00:0a:58:00:01 -\nend\n`],
        ["one of series 2, which has that MAC at the container's end", series2, `cali1 5a:11:22:33:44:55 1 ${ee} ${ee}\nend\n`],
    ])("are fine: %s", (_, dc, output) => {
        expect(judge(dc, output).ok).toBe(true);
    });

    it.each([
        ["the document's: the container lost its MAC, and the host sends to the former", series2, `cali1 5a:11:22:33:44:55 1 ${ee} ee:aa:66:53:32:86\nend\n`, /go to ee:ee:ee:ee:ee:ee, and its container is ee:aa:66:53:32:86/],
        ["the host's end has a MAC of udev's", series3, "cali1 5a:11:22:33:44:55 1 - -\nend\n", /cali1 is 5a:11:22:33:44:55, not ee:ee/],
        ["nobody answers for the gateway", series3, `cali1 ${ee} 0 - -\nend\n`, /nobody answers for 169\.254\.1\.1 on cali1/],
        ["an answer that is cut off", series3, `cali1 ${ee} 1 - -\n`, /no answer/],
    ])("are broken: %s", (_, dc, output, found) => {
        const broken = judge(dc, output);
        expect(broken.ok).toBe(false);
        expect(broken.found).toMatch(found);
        expect(broken.remedy).toMatch(/MACAddressPolicy=none|nsenter/);
    });

    it("are read by a whole bash program that only reads", () => {
        const { command } = macProbe(series3, series3.nodes[1]!);
        execFileSync("bash", ["-n"], { input: command });
        expect(command).not.toMatch(/^\s*#|\bset\b|replace|\badd\b/m);
        expect(execFileSync("bash", ["-c", command], { encoding: "utf8" })).toMatch(/end\n$/);
    });
});
