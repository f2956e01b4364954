/** The frame of the on-host steps, run by the real bash on files of the test's own. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { root } from "../../components/step/program";

let dir: string;
const owner = `${userInfo().username}:${execFileSync("id", ["-gn"], { encoding: "utf8" }).trim()}`;

beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "lib-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs `body` with the frame's functions, its state under the test's directory; gives the changes, one a line. */
function changes(body: string): string[] {
    const text = `. ${join(root, "components/step/lib.sh")}
step=test node=here state=${dir}/state run=${dir}/run host_lock=${dir}/run/lock log=${dir}/log; : >>"$log"
# Stands for systemd: a unit is what stands in its file.
systemctl() {
    local verb=$1 unit; for unit; do :; done
    case $verb in
        is-active) [ "$2" = --quiet ] || cat "${dir}/$unit.active" 2>/dev/null || echo inactive; grep -qs '^active' "${dir}/$unit.active" ;;
        is-enabled) [ "$2" = --quiet ] || cat "${dir}/$unit.enabled" 2>/dev/null || echo disabled; grep -qs '^enabled' "${dir}/$unit.enabled" ;;
        start|restart|--quiet) echo active >"${dir}/$unit.active"; echo "$*" >>"${dir}/calls" ;;
        stop) rm -f "${dir}/$unit.active" ;;
        enable) echo enabled >"${dir}/$unit.enabled" ;;
        disable) rm -f "${dir}/$unit.enabled" ;;
    esac
}
${body}
printf '%s\\n' "\${changes[@]}"`;
    const result = spawnSync("bash", ["-c", text], { encoding: "utf8" });
    if (result.status !== 0) {
        throw new Error(`status ${result.status}: ${result.stderr}`);
    }
    return result.stdout.split("\n").filter((line) => line !== "");
}

const put = (content: string, mode = "0640"): string => `put_file ${dir}/etc/a.conf ${mode} ${owner} '${content}'`;
const file = (): string => join(dir, "etc/a.conf");

describe("a member that leaves", () => {
    it("is stopped and kept off, once, and undo still knows how its unit was found", () => {
        expect(changes("enable_unit web; echo active >$state/../web.active; leave_unit web; leave_unit web; cat $state/units/web >&2")).toEqual(["enabled web", "stopped web", "disabled web"]);
        expect(readFileSync(join(dir, "state/units/web"), "utf8")).toBe("disabled inactive\n");
        expect(changes("undo_unit web")).toEqual(["disabled web"]);
    });

    it("is known to have left until it is described again", () => {
        const run = (mode: string) => changes(`run=${dir}; host_lock=${dir}/lock; id() { echo 0; }; leave() { :; }; tell() { notes+=(serves); }; converge() { ! has_left || changed again; }; undo() { :; }; main ${mode}`);
        expect(run("leave")).toEqual(["0 changes"]);
        expect(run("tell")).toEqual(["0 changes", "  note: serves"]);
        expect(run("converge")).toEqual(["1 changes", "  again", "again"]);
        expect(run("converge")).toEqual(["0 changes"]);
    });

    it("and others ask one another by names of one list", () => {
        const members = `. ${join(root, "components/step/helpers/members.sh")}`;
        expect(changes(`${members}; was_member || changed never; note_members "1 a" "2 b"; was_member && told_members | while read -r line; do echo "told $line"; done; printf 'a\\nc\\n' | strangers a b; forget_members; was_member || changed forgotten`)).toEqual([
            ...["told 1 a", "told 2 b", "c", "never", "forgotten"],
        ]);
        expect(changes(`${members}; for n in 1 2 3 4 5; do majority $n; done; echo; hold_quorum 2 2 x`)).toEqual(["12233"]);
        expect(() => changes(`${members}; hold_quorum 1 2 "a restart" "b c" web`)).toThrow(/a restart would leave 1 at work, and 2 must agree; not at work: b c\n {2}remedy: bring b c back \('systemctl start web' there/);
    });
});

describe("reload_if_needed", () => {
    /** Whether units are read again, by what systemd says of one, with a drop-in of its own on disk. */
    const reloads = (said: string): boolean => {
        mkdirSync(join(dir, "units/docker.service.d"), { recursive: true });
        writeFileSync(join(dir, "units/docker.service.d/proxy.conf"), "");
        const body = `unit_home=${dir}/units; systemctl() { [ "$1" = show ] || { echo "$*" >>"${dir}/told"; return; }; printf '%s\\n' ${said}; }; reload_if_needed docker`;
        rmSync(join(dir, "told"), { force: true });
        changes(body);
        return spawnSync("cat", [join(dir, "told")], { encoding: "utf8" }).stdout === "daemon-reload\n";
    };
    const dropIn = () => `DropInPaths=${join(dir, "units/docker.service.d/proxy.conf")}`;

    it("believes systemd that a file has changed, or that there is a unit which it does not know", () => {
        expect(reloads(`LoadState=loaded ${dropIn()} NeedDaemonReload=yes`)).toBe(true);
        expect(reloads("LoadState=not-found DropInPaths= NeedDaemonReload=no")).toBe(true);
        expect(reloads(`LoadState=loaded ${dropIn()} NeedDaemonReload=no`)).toBe(false);
    });

    it("finds a unit's first drop-in, of which systemd says nothing", () => {
        expect(reloads("LoadState=loaded DropInPaths= NeedDaemonReload=no")).toBe(true);
    });
});

describe("put_file", () => {
    it("writes a file once, and counts content and mode each when they are not as described", () => {
        expect(changes(put("one\n"))).toEqual([`wrote ${file()}`]);
        expect(readFileSync(file(), "utf8")).toBe("one\n");
        expect(statSync(file()).mode & 0o777).toBe(0o640);
        expect(changes(put("one\n"))).toEqual([]);
        expect(changes(put("one\n", "0600"))).toEqual([`set ${file()} to 0600 ${owner}`]);
        writeFileSync(file(), "damaged");
        expect(changes(put("one\n", "0600"))).toEqual([`wrote ${file()}`]);
        expect(readFileSync(file(), "utf8")).toBe("one\n");
    });

    it("replaces a link by a file, and does not write through it", () => {
        mkdirSync(join(dir, "etc"));
        writeFileSync(join(dir, "other"), "theirs");
        execFileSync("ln", ["-s", join(dir, "other"), file()]);
        changes(put("ours"));
        expect(readFileSync(join(dir, "other"), "utf8")).toBe("theirs");
        expect(readFileSync(file(), "utf8")).toBe("ours");
    });

    it("is undone to what stood there before the first touch, however often we wrote", () => {
        mkdirSync(join(dir, "etc"));
        writeFileSync(file(), "theirs", { mode: 0o604 });
        changes(`${put("one")}; ${put("two")}`);
        expect(changes(`restore ${file()}`)).toEqual([`restored ${file()}`]);
        expect(readFileSync(file(), "utf8")).toBe("theirs");
        expect(statSync(file()).mode & 0o777).toBe(0o604);
        expect(changes(`restore ${file()}`)).toEqual([]);
    });

    it("is undone to nothing where nothing was", () => {
        changes(put("ours"));
        expect(changes(`restore ${file()}`)).toEqual([`removed ${file()}`]);
        expect(() => statSync(file())).toThrow("ENOENT");
    });
});

describe("put_block", () => {
    const hosts = (): string => join(dir, "hosts");
    const block = (content: string): string[] => changes(`put_block ${hosts()} '${content}'`);

    it("keeps one block of ours among lines of others, and takes it away", () => {
        const theirs = "127.0.0.1 localhost\n\n";
        writeFileSync(hosts(), theirs);
        expect(block("10.0.0.1 a\n")).toHaveLength(1);
        expect(block("10.0.0.1 a\n")).toEqual([]);
        expect(block("10.0.0.2 b\n")).toHaveLength(1);
        expect(readFileSync(hosts(), "utf8")).toBe(`${theirs}# datacentre: begin\n10.0.0.2 b\n# datacentre: end\n`);
        expect(block("")).toHaveLength(1);
        expect(readFileSync(hosts(), "utf8")).toBe(theirs);
    });

    it("mends a line that somebody took out of it", () => {
        writeFileSync(hosts(), "x\n");
        block("10.0.0.1 a\n10.0.0.2 b\n");
        execFileSync("sed", ["-i", "/ a$/d", hosts()]);
        expect(block("10.0.0.1 a\n10.0.0.2 b\n")).toHaveLength(1);
        expect(readFileSync(hosts(), "utf8")).toContain("10.0.0.1 a\n");
    });
});

describe("run_unit", () => {
    const run = (print: string, before = ""): string[] => changes(`${before}\nrun_unit db ${print} && mark_applied db ${print}`);

    it("starts, and restarts only what runs with other inputs", () => {
        expect(run("one")).toEqual(["enabled db", "started db"]);
        expect(run("one")).toEqual([]);
        expect(run("two")).toEqual(["restarted db"]);
    });

    it("counts a file and not the restart that the file made due", () => {
        run("one");
        expect(run("one", `for_unit db; ${put("new")}; for_unit`)).toEqual([`wrote ${file()}`]);
        expect(readFileSync(join(dir, "calls"), "utf8")).toMatch(/--quiet restart db\n$/);
    });

    it("restarts next time when it was killed between the file and the restart", () => {
        run("one", put("old"));
        changes(`for_unit db; ${put("new")}`);
        expect(run("one", `for_unit db; ${put("new")}; for_unit`)).toEqual(["restarted db"]);
    });

    it("is undone to how the unit was found", () => {
        run("one");
        expect(changes("undo_unit db")).toEqual(["stopped db", "disabled db"]);
        execFileSync("bash", ["-c", `echo active > ${dir}/old.active; echo enabled > ${dir}/old.enabled`]);
        changes("run_unit old x");
        expect(changes("undo_unit old")).toEqual([]);
    });
});

describe("secret_fingerprint", () => {
    const applied = (unit: string): string => readFileSync(join(dir, "state/applied", unit), "utf8");
    const run = (login: string): string[] => changes(`print=$(secret_fingerprint api '${login}'); run_unit api "$print" && mark_applied api "$print"`);
    const plain = (login: string): string => execFileSync("bash", ["-c", `printf '%s\\0' "$1" | sha256sum | cut -c 1-64`, "_", login], { encoding: "utf8" }).trim();

    it("tells the same login again, and nobody else which one it is", () => {
        expect(run("ops:a")).toEqual(["enabled api", "started api"]);
        expect([run("ops:a"), run("ops:b")]).toEqual([[], ["restarted api"]]);
        expect(applied("api")).not.toBe(plain("ops:b"));
        expect(["api", "api.salt"].map((name) => statSync(join(dir, "state/applied", name)).mode & 0o777)).toEqual([0o600, 0o600]);
    });

    it("is another one on another host, and after all was undone", () => {
        run("ops:a");
        const before = applied("api");
        changes("undo_unit api");
        expect(spawnSync("ls", [join(dir, "state/applied")], { encoding: "utf8" }).stdout).toBe("");
        run("ops:a");
        expect(applied("api")).not.toBe(before);
    });

    it("takes the place of a plain one without a restart", () => {
        changes(`run_unit api "$(fingerprint ops:a)" && mark_applied api "$(fingerprint ops:a)"`);
        expect(applied("api")).toBe(plain("ops:a"));
        expect(changes(`print=$(secret_fingerprint api ops:a); renew_fingerprint api "$(fingerprint ops:a)" "$print"; run_unit api "$print"`)).toEqual([]);
        expect(applied("api")).not.toBe(plain("ops:a"));
    });
});

describe("put_dir and drop_dirs", () => {
    it("removes what it made as far as it is empty, and nothing that was there", () => {
        mkdirSync(join(dir, "was"));
        changes(`put_dir ${dir}/was/a/b 0755 ${owner}; put_dir ${dir}/was/c 0755 ${owner}; : > ${dir}/was/c/stored`);
        changes(`drop_dirs ${dir}/was/a/b ${dir}/was/c ${dir}/was`);
        expect(execFileSync("find", [join(dir, "was")], { encoding: "utf8" }).trim().split("\n").sort()).toEqual(
            ["was", "was/c", "was/c/stored"].map((path) => join(dir, path)),
        );
    });
});

describe("remove_data", () => {
    it("keeps what was stored unless that was asked for", () => {
        mkdirSync(join(dir, "data"));
        writeFileSync(join(dir, "data/stored"), "x");
        expect(changes(`purge_flag=${dir}/no; remove_data ${dir}/data`)).toEqual([]);
        writeFileSync(join(dir, "flag"), "");
        expect(changes(`purge_flag=${dir}/flag; remove_data ${dir}/data`)).toEqual([`removed data ${dir}/data`]);
    });
});

describe("journal_says", () => {
    const journal = (...lines: string[]): string => `journalctl() { printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")}; }`;
    const said = (lines: string[]): string[] => changes(`${journal(...lines)}; said=$(journal_says db -iE 'error|fatal'); changed "its journal: \${said:-nothing}"`);

    it("gives the last three lines that tell of the end", () => {
        expect(said(["error 1", "error 2", "fine", "Fatal 3", "error 4"])).toEqual(["its journal: error 2 Fatal 3 error 4 "]);
    });

    it("is empty when none does, and the step goes on to say what it knows itself", () => {
        expect(said(["started", "stopped"])).toEqual(["its journal: nothing"]);
    });
});

describe("main", () => {
    const main = (body: string, argument = "converge") =>
        spawnSync("bash", ["-c", `. ${join(root, "components/step/lib.sh")}; step=test node=here state=${dir}/state run=${dir}/run host_lock=${dir}/run/lock; ${body}; main ${argument}`], {
            encoding: "utf8",
        });

    it("prints the count and the list", () => {
        expect(main("converge() { changed a; changed b; }").stdout).toBe("2 changes\n  a\n  b\n");
        expect(main("converge() { :; }").stdout).toBe("0 changes\n");
    });

    it("fails with the problem and the remedy", () => {
        const failed = main("converge() { fail 'it is broken' 'mend it'; }");
        expect(failed.status).toBe(1);
        expect(failed.stderr).toBe("datacentre: test on here: it is broken\n  remedy: mend it\n");
    });

    it("names a command that failed unexpectedly, without its values", () => {
        const failed = main(`password=Secret1; converge() { ls "/no/$password" 2>/dev/null; }`);
        expect(failed.status).toBe(1);
        expect(failed.stderr).toContain('status 2: ls "/no/$password"');
        expect(failed.stderr).not.toContain("Secret1");
    });
});
