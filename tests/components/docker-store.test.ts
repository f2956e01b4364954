/** The store that engines keep common networks in: what they are told of it, and how a host judges it. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dataCentreSchema } from "../../components/description";
import { engineParameters, engineScripts } from "../../components/docker";
import { probes } from "../../components/docker/check";
import { clusterStore, daemonJson, engineSettings, restartSettings, storeUnit } from "../../components/docker/plan";
import { renderProgram, root } from "../../components/step/program";
import type { DataCentre, DataCentreInput } from "../../config/schema";

const describe003 = (edit: Partial<DataCentreInput> = {}): DataCentre =>
    dataCentreSchema.parse({
        provider: { kind: "docker", prefix: "t", subnet: "172.30.9.0/24" },
        nodes: [
            { name: "a", address: "172.30.9.1", roles: ["docker", "etcd", "calico"] },
            { name: "b", address: "172.30.9.2", roles: ["etcd"] },
            { name: "c", address: "172.30.9.3", roles: ["docker", "calico"] },
        ],
        etcd: { v2Api: true, clientPort: 4379 },
        calico: { pools: [{ name: "p", cidr: "10.88.0.0/16" }], dockerNetworks: [{ name: "web", pool: "p" }] },
        ...edit,
    });
const withStore = describe003();
const without = describe003({ calico: {} });
const settingsOf = (dc: DataCentre, index = 2) => engineSettings(dc, dc.nodes[index]!);
const store = "etcd://172.30.9.1:4379,172.30.9.2:4379";

describe("the engine's settings", () => {
    it("name every etcd member in one URL, on nodes without etcd too", () => {
        expect(clusterStore(settingsOf(withStore, 0))).toBe(store);
        expect(JSON.parse(daemonJson(settingsOf(withStore)))).toMatchObject({ "cluster-store": store, "live-restore": true });
    });

    it("have the store among what restarts the engine", () => {
        expect(JSON.parse(restartSettings(settingsOf(withStore)))).toHaveProperty("cluster-store");
    });

    it("have no store, and no wait for one, without Docker networks", () => {
        expect(Object.keys(JSON.parse(daemonJson(settingsOf(without))) as object)).not.toContain("cluster-store");
        expect(storeUnit(settingsOf(without))).toBe("");
        expect(engineParameters(without, without.nodes[2]!)).toMatchObject({ cluster_store: "", store_members: [], await_store: "" });
    });

    it("make systemd wait for the store before the engine, however the wait ends", () => {
        expect(storeUnit(settingsOf(withStore))).toBe(
            "[Service]\nExecStartPre=/usr/local/lib/datacentre/await-store 120 http://172.30.9.1:4379 http://172.30.9.2:4379\n",
        );
    });
});

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "store-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const stand = (name: string, text: string): void => {
    writeFileSync(join(home, name), `#!/bin/bash\n${text}`);
    chmodSync(join(home, name), 0o755);
};

/** The step's functions on a host where commands are stand-ins from the test's directory. */
function bash(dc: DataCentre, call: string) {
    const program = renderProgram("docker", "c", engineScripts, engineParameters(dc, dc.nodes[2]!)).replace(/main "\$1"\n$/, "");
    const body = `${program}\nPATH=${home}:$PATH state=${home}/state log=${home}/log config=${home}/daemon.json
wait_for() { shift; "$@" >/dev/null; }
${call}
printf '%s\\n' "\${changes[@]}"`;
    const run = spawnSync("bash", ["-c", body], { encoding: "utf8" });
    return { status: run.status, error: run.stderr, out: run.stdout.trim() };
}

describe("before anything is changed", () => {
    const dockerd = (version: string) => stand("dockerd", `echo 'Docker version ${version}, build 1'\n`);
    // What each member answers, by its address.
    const etcd = (a: string, b: string) => stand("curl", `case "$*" in *172.30.9.1*) printf ${a} ;; *) printf ${b} ;; esac\n`);

    it("one member that answers for a majority is enough", () => {
        dockerd("20.10.24+dfsg1");
        etcd("000", "200");
        expect(bash(withStore, "check_store")).toEqual({ status: 0, error: "", out: "" });
    });

    it("the read goes through the majority, and through no proxy", () => {
        dockerd("20.10.24");
        stand("curl", `echo "$*" >>${home}/asked; printf 200\n`);
        bash(withStore, "check_store");
        expect(readFileSync(join(home, "asked"), "utf8")).toMatch(/--noproxy \* .*http:\/\/172.30.9.1:4379\/v2\/keys\/\?quorum=true/);
    });

    it.each([
        ["an engine after the store's time", "23.0.6", "200", "200", /Docker 23\.0\.6 has no cluster store any more/, /versions\.docker "20\.10"/],
        ["a much later one", "28.1.1", "200", "200", /Docker 28/, /datacentre:calico\.networks/],
        ["etcd without its v2 API", "20.10.24", "404", "404", /without its v2 API/, /datacentre:etcd\.v2Api: true/],
        ["etcd without a majority", "20.10.24", "500", "000", /no majority: http:\/\/172.30.9.1:4379 says 500, .* says 000/, /systemctl status etcd/],
        ["no etcd", "20.10.24", "000", "000", /is not reached/, /client port/],
    ])("%s is told by name", (_, version, a, b, problem, remedy) => {
        dockerd(version);
        etcd(a, b);
        const refused = bash(withStore, "check_store");
        expect(refused.status).toBe(1);
        expect(refused.error).toMatch(problem);
        expect(refused.error.split("remedy:")[1]).toMatch(remedy);
    });

    it("nobody is asked without Docker networks, of whatever version the engine is", () => {
        dockerd("28.1.1");
        stand("curl", "exit 7\n");
        expect(bash(without, "check_store").status).toBe(0);
    });

    describe("of the store that the engine has", () => {
        const docker = (users: string) =>
            stand("docker", `case "$*" in *"network ls"*) echo 1 ;; *"network inspect"*) printf '${users}' ;; esac\n`);
        beforeEach(() => {
            dockerd("20.10.24");
            etcd("200", "200");
            stand("systemctl", "exit 0\n");
        });
        const former = (url: string) => writeFileSync(join(home, "daemon.json"), `{\n    "mtu": 1400,\n    "cluster-store": "${url}"\n}\n`);

        it("containers here that would be forgotten are named, and nothing is done", () => {
            former(store);
            docker("ab12 web.1 in web\\nep-cd34 web.2 in web\\n");
            const refused = bash(without, "check_store");
            expect(refused.error).toMatch(/would forget: web\.1 in web\n/);
            expect(refused.status).toBe(1);
        });

        it("another node's containers are no reason to stay", () => {
            former(store);
            docker("ep-cd34 web.2 in web\\n");
            expect(bash(without, "check_store")).toMatchObject({ status: 0 });
        });

        it("a member more or less is the same store", () => {
            former("etcd://172.30.9.9:4379,172.30.9.2:4379");
            docker("ab12 web.1 in web\\n");
            expect(bash(withStore, "check_store")).toMatchObject({ status: 0 });
            former("etcd://172.30.9.9:4379/root");
            expect(bash(withStore, "check_store").error).toMatch(/web\.1 in web/);
        });
    });
});

describe("an engine that is to have a store", () => {
    it("is asked which one it has, and one without is not asked", () => {
        stand("docker", `printf '%s\\n' "$*" >>${home}/asked; echo '/mnt/docker-data with overlay2 and ${store}'\n`);
        expect(bash(withStore, "is_as_described").status).toBe(0);
        expect(bash(describe003({ etcd: { clientPort: 2379 } }), "is_as_described || exit 3").status).toBe(3);
        bash(without, "where_it_is");
        expect(readFileSync(join(home, "asked"), "utf8").trim().split("\n").pop()).not.toMatch(/ClusterStore/);
    });

    it("is restarted when it started without it, and only then", () => {
        const call = (flag: string) => `
store_helper=${home}/lib/await store_drop_in=${home}/unit.d/datacentre.conf store_flag=${home}/flag
put_file() { make_dir "\${1%/*}"; printf '%s' "$4" >"$1"; }
mark_applied docker.service x
${flag}
put_store
[ -e "$state/applied/docker.service" ] && echo stays || echo restart`;
        expect(bash(withStore, call("")).out).toBe("stays");
        expect(bash(withStore, call('touch "$store_flag"')).out).toBe("restart");
        expect(readFileSync(join(home, "lib/await"), "utf8")).toMatch(/^#!\/bin\/bash\n/);
    });

    it("leaves no file of it behind", () => {
        const paths = `store_helper=${home}/lib/await store_drop_in=${home}/unit.d/datacentre.conf store_flag=${home}/flag`;
        const owner = execFileSync("bash", ["-c", "echo $(id -un):$(id -gn)"], { encoding: "utf8" }).trim();
        const call = (rest: string) => `${paths}\n${rest}`;
        bash(withStore, call(`put_file "$store_helper" 0755 ${owner} x; put_file "$store_drop_in" 0644 ${owner} y; touch "$store_flag"`));
        expect(existsSync(join(home, "unit.d/datacentre.conf"))).toBe(true);
        expect(bash(without, call("put_store")).out.split("\n")).toEqual([
            `removed ${home}/unit.d/datacentre.conf`,
            `removed ${home}/lib/await`,
        ]);
        expect(["unit.d", "lib", "flag"].map((name) => existsSync(join(home, name)))).toEqual([false, false, false]);
    });
});

describe("the wait before dockerd", () => {
    const text = readFileSync(join(root, "components/docker/await-store.sh"), "utf8");
    const run = (seconds: number) => {
        const script = text.replace(/flag=\S+/, `flag=${home}/run/flag`);
        return spawnSync("bash", ["-c", script, "await-store", String(seconds), "http://a:1", "http://b:1"], {
            encoding: "utf8",
            env: { ...process.env, PATH: `${home}:${process.env.PATH ?? ""}` },
        });
    };

    it("ends at once when a member answers, and takes the mark of an earlier start away", () => {
        stand("curl", `case "$*" in *b:1*) printf 200 ;; *) printf 000; exit 7 ;; esac\n`);
        mkdirSync(join(home, "run"));
        writeFileSync(join(home, "run/flag"), "");
        expect(run(60).status).toBe(0);
        expect(existsSync(join(home, "run/flag"))).toBe(false);
    });

    it("waits until one does", () => {
        stand("curl", `echo >>${home}/n; [ "$(wc -l <${home}/n)" -gt 4 ] && printf 200 || printf 500\n`);
        expect(run(60).status).toBe(0);
        expect(existsSync(join(home, "run/flag"))).toBe(false);
    });

    it.each([
        ["no member has answered in time", "500", 1],
        ["etcd has no v2 API, for which waiting is of no use", "404", 600],
    ])("lets the engine start, and marks it, when %s", (_, code, seconds) => {
        stand("curl", `printf ${code}\n`);
        const { status, stdout } = run(seconds);
        expect(status).toBe(0);
        expect(readFileSync(join(home, "run/flag"), "utf8")).toBe(`http://a:1 says ${code}\nhttp://b:1 says ${code}\n`);
        expect(stdout).toMatch(/starts without its cluster store; 'systemctl restart docker.service'/);
    });
});

describe("verify", () => {
    const row = (dc: DataCentre) => probes(dc).filter((probe) => probe.row === "cluster store");
    const judge = (output: string) => row(withStore)[0]!.evaluate(output, 0);

    it("asks each engine, where there are Docker networks", () => {
        expect(row(withStore).map(({ node }) => node)).toEqual(["a", "c"]);
        expect(row(without)).toEqual([]);
    });

    it("is green when one member answers for a majority", () => {
        expect(judge(`store ${store}\ncode 000\ncode 200\nend\n`)).toMatchObject({ ok: true, found: store });
    });

    it.each([
        ["", "no answer", /make up CONVERGE=1/],
        ["code 200\ncode 200\nend\n", "no answer", /Docker 23/],
        ["store \ncode 200\nend\n", "none", /make up CONVERGE=1/],
        ["store etcd://172.30.9.1:4379\ncode 200\nend\n", "etcd://172.30.9.1:4379", /make up CONVERGE=1/],
        [`store ${store}\ncode 404\ncode 000\nend\n`, "etcd has no v2 API", /etcd\.v2Api: true/],
        [`store ${store}\ncode 500\ncode 000\nend\n`, "no member answers for a majority", /etcd's rows/],
        [`store ${store}\nwithout\ncode 200\ncode 200\nend\n`, "the engine started without it", /systemctl restart docker\.service' on a/],
    ])("is red for %j", (output, found, remedy) => {
        expect(judge(output)).toMatchObject({ ok: false, found });
        expect(judge(output).remedy).toMatch(remedy);
    });

    it("asks in one bash command that ends", async () => {
        stand("systemctl", "exit 0\n");
        stand("docker", "echo 'store x'\n");
        stand("curl", "printf 'code 200\\n'\n");
        const child = spawn("bash", ["-c", row(withStore)[0]!.command], { env: { PATH: `${home}:${process.env.PATH ?? ""}` } });
        let output = "";
        child.stdout.on("data", (data: Buffer) => (output += data.toString()));
        await new Promise((resolve) => child.on("close", resolve));
        expect(output.trim().split("\n")).toEqual(["store x", "code 200", "code 200", "end"]);
    });
});
