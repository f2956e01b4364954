/** Calico's scripts against an `ip` and a `calicoctl` that answer from files. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { resources } from "../../components/calico/resources";
import { renderProgram, type Parameter } from "../../components/step/program";
import { sampleDataCentre } from "./sample";

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "calico-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

function fake(name: string, script: string): void {
    writeFileSync(join(home, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(home, name), 0o755);
}

function run(scripts: string[], parameters: Record<string, Parameter>, call: string) {
    const program = renderProgram("calico", "agent1", scripts, parameters).replace(/main "\$1"\n$/, "");
    // lib.sh sets the PATH, so the fakes go before it afterwards.
    const text = `${program}\nPATH=${home}:$PATH state=${home}/state log=${home}/log record=${home}/record\n${call}`;
    return spawnSync("bash", ["-c", text], { encoding: "utf8" });
}

describe("routes", () => {
    const routes = [
        "default via 172.18.1.254 dev eth0",
        "10.240.103.64/26 via 10.240.103.64 dev vxlan.calico onlink",
        "blackhole 10.240.137.64/26 proto 80",
        "10.240.137.66 dev calicbcdef01234 scope link",
        "unreachable 10.241.0.0/16 proto bird metric 32",
        "10.241.103.64 via 172.18.1.2 dev eth0 proto bird metric 32",
        "172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1",
        "192.168.56.0/24 dev eth1 proto kernel scope link src 192.168.56.101",
    ];
    const check = (name: string, pools: string[], given = routes) => {
        writeFileSync(join(home, "routes"), `${given.join("\n")}\n`);
        fake("ip", `cat ${home}/routes`);
        return run(["components/calico/dataplane.sh"], { pools }, name);
    };

    it("refuses a pool over a network that the host knows, such as document 003's", () => {
        const found = check("check_routes", ["10.240.0.0/16 vxlan", "192.168.0.0/16 vxlan"]);
        expect(found.status).toBe(1);
        expect(found.stderr).toContain("pool 192.168.0.0/16 overlaps a network that this host has already: 192.168.56.0/24 dev eth1");
    });

    it("takes Calico's and BIRD's own routes for no other network", () => {
        expect(check("check_routes", ["10.240.0.0/16 vxlan", "10.241.0.0/16 none"]).status).toBe(0);
    });

    it("refuses to forget a pool whose addresses are in use, here or by BGP elsewhere", () => {
        expect(check("check_users", ["10.240.0.0/16 vxlan", "10.241.0.0/16 none"]).status).toBe(0);
        const here = check("check_users", ["10.241.0.0/16 none"]);
        expect([here.status, here.stderr]).toEqual([1, expect.stringContaining("of no pool that is described: 10.240.137.66")]);
        const there = check("check_users", ["10.240.0.0/16 vxlan"]);
        expect([there.status, there.stderr]).toEqual([1, expect.stringContaining("of no pool that is described: 10.241.103.64")]);
        expect(check("check_users", [], [routes[0]!, routes[4]!]).status).toBe(0);
    });
});

describe("kernel", () => {
    it("names VXLAN where there is no IPIP", () => {
        fake("ip", '[ "$2" != add ] || { [ "$5" != ipip ] || exit 2; }');
        const call = "quietly() { \"$@\" >/dev/null 2>&1; }; check_kernel";
        const found = run(["components/calico/dataplane.sh"], { pools: ["10.1.0.0/16 ipip"], address: "10.0.0.1" }, call);
        expect([found.status, found.stderr]).toEqual([1, expect.stringMatching(/IPIP, and this kernel has none[\s\S]*encapsulation to vxlan/)]);
        expect(run(["components/calico/dataplane.sh"], { pools: ["10.1.0.0/16 none"], address: "10.0.0.1" }, call).status).toBe(0);
    });
});

describe("datastore", () => {
    const dc = sampleDataCentre();
    const wanted = resources(dc, "datacentre/local");
    const parameters = {
        stack: "datacentre/local",
        annotation: "datacentre/owner",
        series: 3,
        kinds: ["globalnetworkpolicy", "profile", "ippool"],
        resources: wanted.flatMap(({ kind, name, body }) => [kind, name, JSON.stringify(body)]),
        nodes: ["master1"],
        tunnels: false,
        ctl_options: [],
    };

    /** A datastore in files: KIND.NAME.json. */
    const calicoctl = () => `
        cd ${home}
        case $1 in
            get)
                kind=$2 name=$3
                if [ "$name" = -o ] || [ "$name" = --all-namespaces ]; then cat "$kind".*.json 2>/dev/null | jq -s '{items: .}'
                else cat "$kind.$name.json"; fi ;;
            apply)
                cat >new; echo "apply $(jq -r .metadata.name new)" >>told
                kind=$(jq -r '.kind | ascii_downcase' new)
                jq '.metadata.resourceVersion = "7" | del(.spec.disabled | select(. == false))' new >"$kind.$(jq -r .metadata.name new).json" ;;
            delete) echo "delete $2 $3" >>told; rm -f "$2.$3.json" ;;
        esac`;
    const datastore = (call: string, more: Record<string, Parameter> = {}) => {
        fake("calicoctl", calicoctl());
        writeFileSync(join(home, "told"), "");
        const found = run(["components/calico/datastore.sh"], { ...parameters, ...more }, `${call}\nprintf '%s\\n' "\${changes[@]}"`);
        return { ...found, told: readFileSync(join(home, "told"), "utf8").trim().split("\n") };
    };
    const put = 'for ((i = 0; i + 2 < ${#resources[@]}; i += 3)); do put_resource "${resources[i]}" "${resources[i + 1]}" "${resources[i + 2]}"; done';

    it("writes what is missing, and the second time nothing", () => {
        expect(datastore(put).stdout.trim().split("\n")).toEqual(["wrote ippool apps", "wrote profile calico"]);
        const again = datastore(put);
        expect([again.stdout.trim(), again.told]).toEqual(["", [""]]);
    });

    it("mends what somebody changed", () => {
        datastore(put);
        writeFileSync(join(home, "profile.calico.json"), readFileSync(join(home, "profile.calico.json"), "utf8").replace("has(calico)", "all()"));
        expect(datastore(put).stdout.trim()).toBe("changed profile calico");
    });

    it("removes what was ours, and leaves what somebody else wrote", () => {
        datastore(put);
        const policy = (name: string, owner?: string) =>
            writeFileSync(join(home, `globalnetworkpolicy.${name}.json`), JSON.stringify({ metadata: { name, annotations: owner ? { "datacentre/owner": owner } : {} } }));
        policy("ours", "datacentre/local");
        policy("other-stack", "datacentre/other");
        policy("by-hand");
        expect(datastore("drop_resources").told).toEqual(["delete globalnetworkpolicy ours"]);
    });

    it("keeps a pool that is described no more while somebody has an address of it", () => {
        datastore(put);
        const endpoint = { spec: { node: "agent1", containerID: "c1", ipNetworks: ["10.240.3.4/32"] } };
        writeFileSync(join(home, "workloadendpoints.w.json"), JSON.stringify(endpoint));
        const kept = datastore("drop_resources", { resources: [] });
        expect([kept.status, kept.stderr]).toEqual([1, expect.stringContaining("pool apps is described no more, and has addresses in use: c1 on agent1")]);
        expect(existsSync(join(home, "ippool.apps.json"))).toBe(true);
        rmSync(join(home, "workloadendpoints.w.json"));
        expect(datastore("drop_resources", { resources: [] }).told).toContain("delete ippool apps");
    });

    it("gives a pool another range only when nobody has an address of the old one", () => {
        datastore(put);
        const moved = wanted.flatMap(({ kind, name, body }) => [kind, name, JSON.stringify(body).replace("10.240.0.0/16\",\"blockSize", "10.250.0.0/16\",\"blockSize")]);
        writeFileSync(join(home, "workloadendpoints.w.json"), JSON.stringify({ spec: { node: "agent1", workload: "w", ipNetworks: ["10.240.3.4/32"] } }));
        const kept = datastore(put, { resources: moved });
        expect([kept.status, kept.stderr]).toEqual([1, expect.stringContaining("would become 10.250.0.0/16")]);
        rmSync(join(home, "workloadendpoints.w.json"));
        expect(datastore(put, { resources: moved }).told.slice(0, 2)).toEqual(["delete ippool apps", "apply apps"]);
    });

    it("takes out nodes that are described no more, and no other", () => {
        for (const name of ["master1", "old"]) {
            writeFileSync(join(home, `nodes.${name}.json`), JSON.stringify({ metadata: { name } }));
        }
        expect(datastore("drop_nodes").told).toEqual(["delete node old"]);
    });
});
