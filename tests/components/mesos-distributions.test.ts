/** Whose packages of Mesos there can be: what each is called, how hosts tell which one they have, and how one gives way to another. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { hostPlan } from "../../components/host/plan";
import { preflight } from "../../components/host/preflight";
import { probes } from "../../components/mesos/check";
import { describedDistribution, distributions, layoutAnswer, layoutQuestion, type DistributionName } from "../../components/mesos/distributions";
import { filesOf, flagsOf, programOf } from "../../components/mesos/program";
import { mesosLeaf } from "../../components/mesos/schema";
import { needsCgroup1 } from "../../components/nodes/alicloud/user-data";
import { renderProgram, root, type Parameter } from "../../components/step/program";
import { systems } from "../../components/systems";
import { packagesOf, versionOf } from "../../config/catalogue";
import { checkWhole, type Edit } from "../config/good";
import { sampleDataCentre } from "./sample";
import { publicKey } from "../config/public-key";

let host: string;
beforeEach(() => (host = mkdtempSync(join(tmpdir(), "distributions-"))));
afterEach(() => rmSync(host, { recursive: true, force: true }));

function put(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(host, path)), { recursive: true });
    writeFileSync(join(host, path), text);
    chmodSync(join(host, path), mode);
}
const unitFile = (verb: string): string => `[Service]\nExecStart=/usr/bin/mesos-init-wrapper ${verb}\nKillMode=process\n`;
/** The units that a distribution's package has. */
const install = (name: DistributionName): void => {
    const { unit, verb } = distributions[name].layout;
    put(`usr/lib/systemd/system/${unit}.service`, unitFile(verb));
};

const repository = (more: object = {}) => ({ kind: "repository", apt: { url: "file:///srv/apt" }, ...more });
const of = (source: object | undefined, more: Edit = {}) => {
    const { dataCentre, faults } = checkWhole({ "sources.mesos": source, "calico.networks": undefined, ...more });
    return { dc: dataCentre!, faults: faults.map(({ key, problem, remedy }) => `${key}: ${problem} -> ${remedy}`) };
};
const named = (name: DistributionName, more: Edit = {}) => of(repository({ distribution: name }), more);
const names = Object.keys(distributions) as DistributionName[];

describe("the description", () => {
    it.each([
        ["says it", repository({ distribution: "apache" }), {}, "apache"],
        ["says it of the hosts' own sources", { kind: "package", distribution: "clusterd" }, {}, "clusterd"],
        ["has its publisher's repository", { kind: "repository", apt: { url: "http://rpm.aventer.biz/Debian/", suite: "bookworm", components: ["main"] }, key: publicKey }, {}, "clusterd"],
        ["has its publisher's repository for the other family", { kind: "repository", yum: { url: "http://rpm.aventer.biz/CentOS/9/x86_64/" }, key: publicKey }, {}, "clusterd"],
        ["has a copy of it, and says so", { kind: "repository", apt: { url: "https://mirror.example/rpm.aventer.biz" }, key: publicKey, distribution: "clusterd" }, {}, "clusterd"],
        ["has a copy of it, and does not say so", { kind: "repository", apt: { url: "https://mirror.example/rpm.aventer.biz" }, key: publicKey }, {}, undefined],
        ["wants a version that one alone has", repository(), { "versions.mesos": "1.11.0-0.9.0" }, "clusterd"],
        ["wants a version that several have", repository(), { "versions.mesos": "1.11.0" }, undefined],
        ["says nothing", undefined, {}, undefined],
    ] as const)("that %s", (_, source, more, name) => {
        const { dc, faults } = of(source, more);
        expect(faults).toEqual([]);
        expect(describedDistribution(dc)).toBe(name);
    });

    it("names packages and versions by it", () => {
        const told = (dc: ReturnType<typeof of>["dc"]) => [versionOf(mesosLeaf, dc), ...packagesOf(mesosLeaf, dc, "apt"), ...packagesOf(mesosLeaf, dc, "yum")];
        expect(told(named("clusterd").dc)).toEqual([
            "1.11.0-0.9.0",
            ...["aventer-mesos=1.11.0-0.9.0", "libapr1|libapr1t64", "libcurl4|libcurl4t64", "libsvn1|libsvn1t64"],
            "mesos=1.11.0-0.9.0",
        ]);
        expect(told(named("mesosphere").dc)).toEqual(["1.11.0", "mesos=1.11.0", "mesos=1.11.0"]);
        expect(told(named("apache", { "versions.mesos": "1.5.3" }).dc)).toEqual(["1.5.3", "mesos=1.5.3", "mesos=1.5.3"]);
        expect(told(of(undefined).dc)).toEqual(["1.11.0", "mesos=1.11.0", "mesos=1.11.0"]);
        expect(named("clusterd", { "versions.mesos": "1.5.3" }).faults).toEqual([
            expect.stringMatching(/versions\.mesos: mesos 1\.5\.3 is not among what clusterd packages -> use one of: 1\.11\.0-0\.9\.0$/),
        ]);
        expect(named("mesosphere", { "versions.mesos": "1.11.0-0.9.0" }).faults).toEqual([expect.stringMatching(/not among what mesosphere packages -> use one of: 1\.11\.0, 1\.5\.3$/)]);
    });

    it("has what gives way to them", () => {
        const replaced = (dc: ReturnType<typeof of>["dc"]) => hostPlan(systems, dc, dc.nodes[1]!).replaced;
        expect(replaced(named("clusterd").dc)).toEqual({ apt: ["mesos"], yum: [] });
        expect(replaced(named("apache").dc)).toEqual({ apt: ["aventer-mesos"], yum: [] });
        expect(replaced(of(undefined).dc)).toEqual({ apt: [], yum: [] });
        const instead = (dc: ReturnType<typeof of>["dc"]) => hostPlan(systems, dc, dc.nodes[1]!).instead;
        expect(instead(of(undefined).dc)).toEqual({ apt: ["mesos aventer-mesos=1.11.0-0.9.0"], yum: [] });
        expect(instead(named("mesosphere").dc)).toEqual({ apt: [], yum: [] });
    });

    it.each([
        ["clusterd", "a flag that looks for cgroup v1", { agentFlags: { systemd_enable_support: "true" } }, /systemd_enable_support: with it an agent looks for cgroup v1/],
        ["clusterd", "a limit of swap", { agentFlags: { cgroups_limit_swap: "true" } }, /cgroups_limit_swap: .*no agent starts with this/],
        ["mesosphere", "a flag of clusterd's", { masterFlags: { cleanup_log_files: "5" } }, /cleanup_log_files: the Mesos that mesosphere packages has no flag/],
    ] as const)("for %s, %s is refused", (name, _, flags, fault) => {
        const edit = Object.fromEntries(Object.entries(flags).map(([group, value]) => [`mesos.${group}`, value]));
        expect(named(name, edit).faults).toEqual([expect.stringMatching(fault)]);
        const other = name === "clusterd" ? "mesosphere" : "clusterd";
        expect(named(other, edit).faults).toEqual([]);
        expect(of(repository(), edit).faults).toEqual([]);
    });

    it("of Mesos 1.5 has no flags that came later", () => {
        const edit: Edit = { "versions.mesos": "1.5.3", "mesos.agentFlags": { docker_ignore_runtime: "true", docker_kill_orphans: "false" }, "mesos.masterFlags": { memory_profiling: "false" } };
        expect(of(repository(), edit).faults).toEqual([
            expect.stringMatching(/masterFlags\.memory_profiling: Mesos 1\.5 has no flag/),
            expect.stringMatching(/agentFlags\.docker_ignore_runtime: Mesos 1\.5 has no flag/),
        ]);
        expect(of(repository(), { ...edit, "versions.mesos": "1.11" }).faults).toEqual([]);
    });
});

describe("control groups", () => {
    const needs = (source: object, mesos: object = {}) => {
        const dc = sampleDataCentre((raw) => Object.assign(raw, { provider: { kind: "existing", privateKeyFile: "/k" }, mesos, sources: { mesos: source } }), "unchecked");
        return preflight(systems, dc, dc.nodes[1]!).needs.filter((need) => need.startsWith("cgroup"));
    };

    it("are version 1 for Apache's, with both ways out, and version 2 for clusterd's Docker tasks", () => {
        expect(needs(repository())).toEqual([expect.stringMatching(/^cgroup1 Apache's Mesos does not know it.*\|take clusterd's Mesos/)]);
        expect(needs(repository({ distribution: "apache" }))).toHaveLength(1);
        expect(needs(repository({ distribution: "clusterd" }))).toEqual([expect.stringMatching(/^cgroup2 .*\|take docker out of/)]);
        expect(needs(repository({ distribution: "clusterd" }), { containerizers: ["mesos"] })).toEqual([]);
        // So is the first boot of a machine that is made.
        const cloud = (source: object) => {
            const dc = sampleDataCentre((raw) => Object.assign(raw, { provider: { kind: "existing", privateKeyFile: "/k" }, sources: { mesos: source } }), "unchecked");
            return needsCgroup1(systems, dc, dc.nodes[1]!);
        };
        expect([cloud(repository()), cloud(repository({ distribution: "clusterd" }))]).toEqual([true, false]);
        expect(needs(repository(), { agentFlags: { systemd_enable_support: "false" } })).toEqual([]);
    });
});

describe("flags", () => {
    it("are told to clusterd's agents that systemd's support would end, unless somebody says otherwise", () => {
        const flag = (dc: ReturnType<typeof of>["dc"]) => flagsOf(dc, dc.nodes[1]!, "agent")["systemd_enable_support"];
        expect([flag(named("clusterd").dc), flag(named("apache").dc), flag(of(undefined).dc)]).toEqual(["false", undefined, undefined]);
        const mesos = { agentFlags: { systemd_enable_support: "true" }, containerizers: ["mesos" as const] };
        const told = sampleDataCentre((raw) => Object.assign(raw, { mesos, sources: { mesos: repository({ distribution: "clusterd" }) } }), "unchecked");
        expect(flag(told)).toBe("true");
    });

    it.each(names)("reach the agent of %s by its own wrapper, and the master", (name) => {
        const { dc } = named(name);
        const { verb, files } = distributions[name].layout;
        const wrapper = readFileSync(join(root, "lab/doubles/packages/mesos/mesos-init-wrapper.in"), "utf8");
        put("wrapper", wrapper.replaceAll("@AGENT@", verb).replaceAll("@DOTTED@", "yes").replaceAll("@PROGRAMS@", host).replaceAll("/etc/", `${host}/etc/`), 0o755);
        put("etc/default/mesos", 'LOGS=/var/log/mesos\nULIMIT="-n 1024"\n');
        for (const program of ["mesos-master", `mesos-${verb}`]) {
            put(program, `#!/bin/sh\nprintf '%s\\n' "$0" "$@"\n`, 0o755);
        }
        for (const kind of ["master", "agent"] as const) {
            const node = dc.nodes[0]!;
            for (const [path, text] of Object.entries(filesOf(dc, node, kind, distributions[name].layout))) {
                put(path, text.replaceAll("/etc/mesos/zk", `${host}/etc/mesos/zk`));
            }
            const said = execFileSync(join(host, "wrapper"), [kind === "agent" ? verb : kind], { encoding: "utf8" }).trim().split("\n");
            const wanted = Object.entries(flagsOf(dc, node, kind)).map(([flag, value]) => `--${flag}=${value}`);
            expect(said).toEqual(expect.arrayContaining([...wanted, expect.stringMatching(kind === "agent" ? /^--master=zk:/ : /^--zk=zk:/)]));
        }
        expect(existsSync(join(host, "etc", files, "ip"))).toBe(true);
        expect(spawnSync(join(host, "wrapper"), [verb === "slave" ? "agent" : "slave"]).status).toBe(1);
    });
});

/** The layout's scripts on a host of files, with systemctl told by a folder. */
function bash(body: string, parameters: Record<string, Parameter> = {}): { status: number | null; stdout: string; stderr: string } {
    const scripts = ["step/helpers/images", "step/helpers/flag-files", "mesos/layout", "mesos/units"].map((name) => `components/${name}.sh`);
    const program = renderProgram("mesos-agent", "a", scripts, { unit: "", files: "", ...parameters }).replace('main "$1"\n', "");
    const fakes = `systemctl() {
        echo "$*" >>${host}/events
        case $1 in
            is-active) [ -e "${host}/active/\${2#--quiet }\${3-}" ] && echo active || { echo inactive; return 3; } ;;
            is-enabled) [ -e "${host}/enabled/\${2#--quiet}\${3-}" ] || return 1 ;;
            stop) [ -e "${host}/run/systemd/system/$2.service" ] && cat "${host}/run/systemd/system/$2.service" >>${host}/events; rm -f "${host}/active/$2" ;;
            disable) rm -f "${host}/enabled/$2" ;;
        esac
    }
    chown() { :; }; sync() { :; }
    unit_is() { [ -e "${host}/$1/$2" ] || [ -e "${host}/\${1/is-/}/$2" ]; }
    set_mode() { :; }`;
    const text = program
        .replace("state=${DATACENTRE_STEP_STATE:-/var/lib/datacentre}", `state=${host}/state`)
        .replaceAll(/(["= (])(\/(etc|run|lib|usr\/lib)\/)/g, `$1${host}$2`);
    return spawnSync("bash", ["--norc", "-c", 'eval "$(cat)"'], {
        input: `${text}\n${fakes}\nlog=${host}/log\n${body}\nprintf '%s\\n' "\${changes[@]}"\n`,
        encoding: "utf8",
    });
}

describe("on a host", () => {
    const find = (parameters: Record<string, Parameter> = {}) => bash("find_layout; echo $unit $files $settings", parameters);

    it.each(names)("the layout of %s is found by its package's unit", (name) => {
        install(name);
        const { unit, files } = distributions[name].layout;
        for (const described of [{}, { unit, files }]) {
            const { stdout, stderr } = find(described);
            expect([stderr, stdout.trim()]).toEqual(["", `${unit} ${files} ${host}/etc/${files}`]);
        }
        const answer = execFileSync("bash", ["-c", layoutQuestion.replaceAll(/ (\/(usr\/)?lib)/g, ` ${host}$1`)], { encoding: "utf8" });
        expect(layoutAnswer(answer)).toBe(name);
    });

    it("another one than is described, and none, are named with what to do", () => {
        install("clusterd");
        const other = find({ unit: "mesos-slave", files: "mesos-slave" });
        expect(other.status).toBe(1);
        expect(other.stderr).toMatch(/mesos-agent\.service with its flags in \S*mesos-agent, and described is .*\n {2}remedy: leave/);
        rmSync(join(host, "usr"), { recursive: true });
        expect(find().stderr).toMatch(/no package here has a unit of an agent \(mesos-slave mesos-agent\)/);
        expect(layoutAnswer("")).toBeUndefined();
    });

    it("an agent in another layout gives way, its unit known to systemd until then, and what was ours of it is taken back", () => {
        install("clusterd");
        put("active/mesos-slave", "");
        put("enabled/mesos-slave", "");
        put("etc/systemd/system/multi-user.target.wants/mesos-slave.service", "");
        put("etc/mesos-slave/work_dir", "/var/lib/mesos\n");
        put("state/units/mesos-slave", "disabled inactive\n");
        const { stdout, stderr } = bash(
            `put_file ${host}/etc/mesos-slave/ip 0644 root:root x; put_file ${host}/etc/mesos-slave/work_dir 0644 root:root y
            put_file ${host}/etc/default/mesos-slave 0644 root:root z; put_logs mesos-slave; changes=()
            find_layout; leave_other_layouts`,
        );
        expect(stderr).toBe("");
        expect(stdout).toContain("stopped mesos-slave, in whose place mesos-agent runs");
        expect(readFileSync(join(host, "events"), "utf8")).toMatch(/daemon-reload\nstop mesos-slave\n\[Service\]\nExecStart=\/bin\/true\nKillMode=process\n/);
        expect(readFileSync(join(host, "etc/mesos-slave/work_dir"), "utf8")).toBe("/var/lib/mesos\n");
        expect(readdirSync(join(host, "etc/mesos-slave"))).toEqual(["work_dir"]);
        for (const gone of ["etc/default/mesos-slave", "run/systemd/system/mesos-slave.service", "etc/systemd/system/multi-user.target.wants/mesos-slave.service", "state/units/mesos-slave", "active/mesos-slave"]) {
            expect([gone, existsSync(join(host, gone))]).toEqual([gone, false]);
        }
        const again = bash("find_layout; leave_other_layouts");
        expect([again.stderr, again.stdout.trim()]).toEqual(["", ""]);
    });
});

describe("a package that gives way", () => {
    const retire = (body: string, more = "") =>
        spawnSync("bash", ["--norc", "-c", 'eval "$(cat)"'], {
            input: [
                readFileSync(join(root, "components/step/lib.sh"), "utf8"),
                readFileSync(join(root, "components/packages/retire.sh"), "utf8").replaceAll(/( |")(\/(usr\/)?lib\/)/g, `$1${host}$2`),
                readFileSync(join(root, "components/packages/choices.sh"), "utf8"),
                `state=${host}/state log=${host}/log unit_run=${host}/run family=apt units=(mesos-master.service mesos-slave.service)`,
                `apt_replaced=(mesos) apt_version() { [ ! -e ${host}/there/$1 ] || echo 1.11; }`,
                `apt_fetch() { echo "fetch $*"; }; apt_remove() { ls ${host}/run; echo "remove $*"; }`,
                `unit_is() { :; }; systemctl() { echo "FragmentPath=${host}/lib/systemd/system/\${4}"; }`,
                more,
                body,
                `printf '%s\\n' "\${changes[@]}"`,
            ]
                .join("\n")
                .replace(/apt_replaced=\(mesos\) apt_version/, "apt_replaced=(mesos); apt_version"),
            encoding: "utf8",
        });

    it("is fetched for first, and its units stay known while they run", () => {
        put("there/mesos", "");
        put("lib/systemd/system/mesos-slave.service", unitFile("slave"));
        put("lib/systemd/system/mesos-master.service", unitFile("master"));
        const { stdout, stderr } = retire("find_replaced; retire_packages aventer-mesos=1.11.0");
        expect(stderr).toBe("");
        expect(stdout).toBe("fetch aventer-mesos=1.11.0\nmesos-master.service\nmesos-slave.service\nremove mesos\nremoved mesos, in whose place another package comes\n");
        expect(readFileSync(join(host, "run/mesos-slave.service"), "utf8")).toContain("KillMode=process");
        // The new one has a master of that name, and no slave.
        rmSync(join(host, "lib/systemd/system/mesos-slave.service"));
        retire("settle_retired");
        expect(readdirSync(join(host, "run"))).toEqual(["mesos-slave.service"]);
    });

    it("is left where nobody says whose it is to be, and counts for the one of the other name", () => {
        const prepare = readFileSync(join(root, "components/host/prepare.sh"), "utf8");
        const missing = (there: string, instead = 'apt_instead=("mesos aventer-mesos=1.11.0-0.9.0")'): string =>
            retire(
                `time_package= apt_packages=(mesos=1.11.0) yum_packages=() ${instead}
                apt_version() { case $1 in ${there}) echo 1.11.0-0.9.0.debian12 ;; esac; }; settle_packages() { :; }
                find_missing; echo "missing \${missing[*]-}"`,
                prepare,
            ).stdout.trim();
        expect([missing("aventer-mesos"), missing("mesos"), missing("none"), missing("aventer-mesos", "")]).toEqual([
            ...["missing", "missing"],
            ...["missing mesos=1.11.0", "missing mesos=1.11.0"],
        ]);
    });

    it("is nothing where it is not there", () => {
        expect(retire("find_replaced; retire_packages x=1").stdout.trim()).toBe("");
    });
});

describe("rows of verify", () => {
    const rows = (dc: ReturnType<typeof of>["dc"]) => probes(dc).filter(({ row }) => row.startsWith("agent"));

    it("ask the host whose layout it has where nobody says it, and judge by that", () => {
        const row = rows(of(repository()).dc).find(({ row: name }) => name === "agent runs, and starts with the host")!;
        const answer = (said: string) => `${said}\n--- which mesosphere\nactive enabled\n--- which apache\nactive enabled\n--- which clusterd\ninactive disabled\n`;
        expect(row.evaluate(answer("mesos-slave slave"), 0).ok).toBe(true);
        expect(row.evaluate(answer("mesos-slave agent"), 0).ok).toBe(true);
        expect(row.evaluate(answer("mesos-agent agent"), 0)).toMatchObject({ ok: false, remedy: expect.stringContaining("mesos-agent") as string });
        expect(row.evaluate(answer(""), 0)).toMatchObject({ ok: false, found: "none" });
        expect(row.evaluate("", 0).ok).toBe(false);
        const { stdout } = spawnSync("bash", ["-c", `unit_state() { echo "state of $1"; }; ${row.command}`], { encoding: "utf8" });
        const three = ["mesosphere\nstate of mesos-slave", "apache\nstate of mesos-slave", "clusterd\nstate of mesos-agent"];
        expect(stdout.trim().split(/\n?^--- which /m).slice(1).map((text) => text.trim())).toEqual(three);
        // One that ends within a line is told from the next all the same.
        const list = rows(of(repository()).dc).find(({ row: name }) => name === "agent has no other flags")!;
        expect(spawnSync("bash", ["-c", `ls() { printf 'ip\n'; }; ${list.command}`], { encoding: "utf8" }).stdout).toMatch(/^--- which clusterd\nip $/m);
    });

    it("and steps tell an agent that is found what its layout asks for, but not against the description", () => {
        const told = (edit: Edit = {}, name?: DistributionName) => {
            const { dc } = name ? named(name, edit) : of(repository(), edit);
            return [programOf(dc, dc.nodes[1]!, "agent").parameters["found_flags"], filesOf(dc, dc.nodes[1]!, "agent", distributions.clusterd.layout)["/etc/mesos-agent/systemd_enable_support"]];
        };
        expect(told()).toEqual([["mesos-agent systemd_enable_support=false"], "false\n"]);
        expect(told({}, "clusterd")).toEqual([[], "false\n"]);
        expect(told({ "mesos.agentFlags": { systemd_enable_support: "true" } })).toEqual([[], "true\n"]);
    });

    it("ask for the described one alone", () => {
        const commands = rows(named("clusterd").dc).map(({ command }) => command).join("\n");
        expect(commands).toContain("/etc/mesos-agent/hostname");
        expect(commands).not.toMatch(/mesos-slave|--- which/);
    });
});
