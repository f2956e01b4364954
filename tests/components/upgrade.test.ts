/** A system's packages in its host's turn, run by the real bash; the package tool and systemd stand in files. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { renderProgram, root } from "../../components/step/program";

let home: string;
beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "upgrade-"));
    mkdirSync(join(home, "state"), { recursive: true });
    write("has", "store 3.4.23-1");
    // What the first step lends: the tool's functions, on a file with what is installed.
    write(
        "state/packages.sh",
        `family=apt
choose() { specs=("$@"); }
is_there() { local v; v=$(apt_version "\${1%%=*}"); [[ $v == "\${1#*=}"* ]]; }
settle_packages() { :; }
apt_list() { cut -d ' ' -f 1 ${home}/has; }
apt_version() { sed -n "s/^$1 //p" ${home}/has; }
apt_exact() { apt_version "$1"; }
apt_pick() { picks=("\${@/%/-1}"); [ ! -e ${home}/none ] || fail "no package source of this host offers $1" "add one"; }
apt_removed() { cat ${home}/removed 2>/dev/null || true; }
apt_moved() { echo store; }
apt_fetch() { echo "fetch $*" >>${home}/events; }
apt_keep() { echo "keep $1 $2" >>${home}/events; [ ! -e ${home}/unkept ] && echo "$1 $2" >"$3/$1.deb"; }
apt_install() { echo "install $*" >>${home}/events; echo "\${1%=*} \${1#*=}-1" >${home}/has; }
apt_put_back() { echo "put back $*" | sed 's|[^ ]*/||g' >>${home}/events; cp "$1" ${home}/has; }
`,
    );
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (name: string, text: string): void => writeFileSync(join(home, name), text);
const read = (name: string): string => (existsSync(join(home, name)) ? readFileSync(join(home, name), "utf8") : "");

/** A step of a service `store` that serves with the versions that the file `serves` names. */
function step(wanted: string, { stepwise = true, serves = ".*", before = "" } = {}) {
    write("step.sh", `
converge() {
    ${before}
    for_unit store
    put_file ${home}/store.conf 0644 "$(id -un):$(id -gn)" "for ${wanted}"
    for_unit
    programs_due
    upgrade_programs store serves
    run_unit store x
    wait_for 1 serves || fail "the store does not serve" "see its journal"
    mark_applied store x
    programs_serve
}
undo() { :; }
after_packages() { echo "came" >>${home}/events; }
serves() { grep -qE '^store ${serves}$' ${home}/has; }
systemctl() {
    case "$*" in
        is-active*) [ "$2" = --quiet ] || echo active ;;
        is-enabled*) [ "$2" = --quiet ] || echo enabled ;;
        *restart*) echo "restart with $(cat ${home}/has)" >>${home}/events ;;
    esac
}
id() { if [ "$1" = -u ]; then echo 0; else command id "$@"; fi; }
`);
    const program = renderProgram("store", "a", ["components/step/helpers/upgrade.sh"], {
        ...{ programs_of: "store", apt_programs: [`store=${wanted}`], yum_programs: [], release_series: 2, one_series_at_a_time: stepwise, no_way_back: "it does not." },
    })
        .replace(/^state=.*$/m, `state=${home}/state`)
        .replace(/^run=\$\{run.*$/m, `run=${home}/run`)
        .replace(/main "\$1"\n$/, "");
    const { status, stdout, stderr } = spawnSync("bash", ["-c", `${program}\n. ${home}/step.sh\nmain converge`], { encoding: "utf8" });
    return { status, stdout, stderr, events: read("events").trim().split("\n").filter(Boolean) };
}

it("brings another version: downloads, keeps the former, installs, restarts, and keeps nothing", () => {
    const { status, stdout, events } = step("3.4.24");
    expect([status, events]).toEqual([0, ["keep store 3.4.23-1", "fetch store=3.4.24", "install store=3.4.24", "came", "restart with store 3.4.24-1"]]);
    expect(stdout).toContain("upgraded to store 3.4.24");
    expect(existsSync(join(home, "state/upgrades/store"))).toBe(false);
});

it("does nothing where the version is there", () => {
    step("3.4.23");
    rmSync(join(home, "events"), { force: true });
    const { stdout, events } = step("3.4.23");
    expect([stdout, events]).toEqual(["0 changes\n", []]);
});

it("puts the former packages and files back where the new ones do not serve, and ends as failed", () => {
    step("3.4.23");
    rmSync(join(home, "events"));
    const { status, stderr, events } = step("3.4.24", { serves: "3.4.23-1" });
    expect(status).toBe(1);
    expect(events.slice(2)).toEqual(["install store=3.4.24", "came", "restart with store 3.4.24-1", "put back store.deb", "came", "restart with store 3.4.23-1"]);
    expect(stderr).toMatch(/the store does not serve\n[^]*store on a has its former packages again, and serves with them: store=3\.4\.23-1/);
    expect(read("store.conf")).toBe("for 3.4.23");
    expect(existsSync(join(home, "state/applied/store"))).toBe(false);
    // The next run tries again.
    expect(step("3.4.24").status).toBe(0);
});

it("knows after a kill what was there before", () => {
    // Killed between the installation and the restart.
    const killed = step("3.4.24", { before: "run_unit() { kill -KILL $$; }" });
    expect([killed.status, read("has")]).toEqual([null, "store 3.4.24-1\n"]);
    const { status, stderr } = step("3.4.24", { serves: "3.4.23-1" });
    expect(status).toBe(1);
    expect(stderr).toContain("has its former packages again, and serves with them: store=3.4.23-1");
});

it("has all that it needs of what a host's first step lends", () => {
    const lend = ["apt", "yum", "choices", "repositories"].map((name) => `. components/packages/${name}.sh`).join("; ");
    const lent = spawnSync("bash", ["-c", `. components/step/lib.sh; state=${home}/state; ${lend}; . components/host/prepare.sh; family=apt apt_from=(-o "A B=c"); lend_tools`], { encoding: "utf8" });
    expect([lent.status, lent.stderr]).toEqual([0, ""]);
    // What the lent ones call, also where no test leads to it.
    const texts = ["packages/apt", "packages/yum", "packages/choices", "packages/retire", "packages/repositories", "host/prepare"].map((name) => readFileSync(join(root, `components/${name}.sh`), "utf8"));
    const names = (text: string, form: RegExp): string[] => [...text.matchAll(form)].map(([, name = ""]) => name);
    const here = new Set(texts.flatMap((text) => names(text, /^([a-z_]+)\(\)/gm)));
    const given = new Set(names(read("state/packages.sh"), /^([a-z_]+) \(\)/gm));
    const called = new Set(names(read("state/packages.sh"), /\b([a-z_]+)\b/g));
    expect([...called].filter((name) => here.has(name) && !given.has(name))).toEqual([]);
    const has = read("has");
    const fake = (name: string, script: string) => writeFileSync(join(home, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    fake("dpkg-query", `case "$*" in *Package*) cut -d ' ' -f 1 ${home}/has | sed 's/^/installed /' ;; *) sed -n "s/^\${!#} /installed /p" ${home}/has ;; esac`);
    fake("apt-cache", 'echo "store | 3.4.24-1 | file: ./ Packages"');
    fake("dpkg", ":");
    fake(
        "apt-get",
        `[[ "$*" == "-o A B=c "* ]] || exit 9
        case "$*" in
            *" -s "*) echo "Inst store [3.4.23-1] (3.4.24-1 lab)" ;;
            *" download "*) : >store_3.4.23-1_all.deb ;;
            *" install "*) case "$*" in *" --download-only "*) ;; *) echo "store 3.4.24-1" >${home}/has ;; esac ;;
        esac
        echo "$*" >>${home}/apt`,
    );
    write("has", has);
    const { status, stderr, stdout } = step("3.4.24", { before: `PATH=${home}:$PATH; without_service_starts() { "$@"; }` });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("upgraded to store 3.4.24");
    expect(read("apt")).toMatch(/ -s [^]* download store=3\.4\.23-1\n[^]* --download-only .* install store=3\.4\.24-1\n[^]* install store=3\.4\.24-1\n$/);
});

it("says where no source has the former one, and that it stays then", () => {
    write("unkept", "");
    const { status, stderr } = step("3.4.24", { serves: "3.4.23-1" });
    expect(status).toBe(1);
    expect(stderr).toContain("the former packages could not be put back: store=3.4.23-1");
    expect(step("3.4.24").status).toBe(0);
});

it.each([
    ["3.3.1", /store 3\.4\.23-1 does not go back to 3\.3\.1: it does not\.\n  remedy: set datacentre:versions\.store to 3\.4\n/],
    ["3.6.0", /goes from 3\.4\.23-1 to 3\.6\.0 by every series between them\n  remedy: set datacentre:versions\.store to 3\.5 first/],
])("refuses %s before it touches anything", (wanted, problem) => {
    const { status, stderr, events } = step(wanted);
    expect([status, events]).toEqual([1, []]);
    expect(stderr).toMatch(problem);
});

it("goes over several series where that is allowed, and one series up always", () => {
    expect(step("3.6.0", { stepwise: false }).status).toBe(0);
    write("has", "store 3.4.23-1");
    expect(step("3.5.1").status).toBe(0);
});

it("refuses what would remove a package of somebody else's", () => {
    write("removed", "other\n");
    const { status, stderr, events } = step("3.4.24");
    expect([status, events]).toEqual([1, []]);
    expect(stderr).toContain("would remove other, which this program has not installed");
});

it("stops before anything where no source has it", () => {
    write("none", "");
    const { stderr, events } = step("3.4.24");
    expect([stderr, events]).toEqual([expect.stringContaining("no package source of this host offers store=3.4.24"), []]);
});
