/** Who keeps a host's time, and whom it asks, on hosts that have something already. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { root } from "../../components/step/program";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const config = "server a iburst\nserver b iburst\ndriftfile /var/lib/chrony/drift\n";

class TestHost {
    public readonly home = mkdtempSync(join(tmpdir(), "time-"));

    /** One with a service that runs, and files. */
    public constructor(active: string[], files: Record<string, string> = {}, private readonly family = "apt") {
        mkdirSync(join(this.home, "active"));
        mkdirSync(join(this.home, "state"));
        active.forEach((unit) => writeFileSync(join(this.home, "active", unit), ""));
        Object.entries(files).forEach(([path, text]) => {
            mkdirSync(dirname(join(this.home, path)), { recursive: true });
            writeFileSync(join(this.home, path), text);
        });
    }

    private bash(body: string): string {
        const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-c", body], { encoding: "utf8" });
        if (status !== 0) {
            throw new Error(stderr);
        }
        return stdout;
    }

    /** What was changed, then what systemd was told, then which package is wanted. */
    public run(mode: "converge" | "undo", servers: string[]): string[] {
        const inHome = read("components/host/time.sh").replaceAll("/etc/", `${this.home}/etc/`);
        return this.bash(`
            ${read("components/step/lib.sh")}
            state=${this.home}/state step=prepare node=n family=${this.family} log=${this.home}/log time_servers=(${servers.join(" ")}) time_config=$'${servers.length > 0 ? config.replaceAll("\n", "\\n") : ""}'
            systemctl() {
                local unit=\${@: -1}
                case $1 in
                    is-active | is-enabled) [ -e "${this.home}/active/$unit" ] || { [ "$2" = --quiet ] || { [ "$1" = is-active ] && echo inactive || echo disabled; }; return 3; }
                        [ "$2" = --quiet ] || { [ "$1" = is-active ] && echo active || echo enabled; } ;;
                    *) case " $* " in *" start "* | *" restart "*) : >"${this.home}/active/$unit" ;; *" stop "* | *" disable "*) rm -f "${this.home}/active/$unit" ;; esac
                        case " $* " in *" start "* | *" restart "* | *" stop "*) echo "$* " | sed 's/--quiet //; s/ $//' >>${this.home}/told ;; esac ;;
                esac
            }
            converge() { choose_time_unit; keep_time; }
            undo() { undo_time; }
            : >${this.home}/told
            ${inHome}
            ${mode}
            printf '%s\\n' "\${changes[@]}"; cat ${this.home}/told; echo "package: \${time_package-}"`)
            .split("\n")
            .filter((line) => line !== "");
    }

    /** As `verify` asks. */
    public asked(): string {
        return this.bash(`${read("components/verify/probe.sh")}\nsystemctl() { [ -e "${this.home}/active/\${@: -1}" ]; }\ntime_servers ${this.home}`).trim().replaceAll("\n", " ");
    }

    public text(path: string): string | undefined {
        return existsSync(join(this.home, path)) ? readFileSync(join(this.home, path), "utf8") : undefined;
    }
}

const servers = ["a", "b"];

it("brings chrony where nothing keeps the time, with a file of its own, and takes it back", () => {
    const host = new TestHost([], { "etc/chrony/chrony.conf": "pool of.the.package iburst\n" });
    expect(host.run("converge", servers)).toContain("package: chrony");
    expect(host.text("etc/chrony/chrony.conf")).toBe(config);
    expect(host.asked()).toBe("a b end");
    expect(host.run("converge", servers)).toEqual(["package: chrony"]);
    expect(host.run("undo", servers)).toContain("stop chrony");
    expect(host.text("etc/chrony/chrony.conf")).toBe("pool of.the.package iburst\n");
});

it("leaves a service that is there as it is where no time servers are described", () => {
    const host = new TestHost(["systemd-timesyncd"]);
    expect(host.run("converge", [])).toEqual(["package: "]);
    expect(existsSync(join(host.home, "state/units"))).toBe(false);
});

it.each([
    ["systemd-timesyncd", "apt", "etc/systemd/timesyncd.conf.d/datacentre.conf", undefined, "[Time]\nNTP=a b\nFallbackNTP=\n"],
    ["chrony", "apt", "etc/chrony/chrony.conf", "allow 10.0.0.0/8\npool x iburst\n  server y\n", "allow 10.0.0.0/8\nserver a iburst\nserver b iburst\n"],
    ["chronyd", "yum", "etc/chrony.conf", "server y\nkeyfile /k\n", "keyfile /k\nserver a iburst\nserver b iburst\n"],
    ["ntpd", "yum", "etc/ntp.conf", "restrict default kod\nserver 0.centos.pool\n", "restrict default kod\nserver a iburst\nserver b iburst\n"],
    ["ntpsec", "apt", "etc/ntpsec/ntp.conf", "pool 0.debian.pool iburst\n", "server a iburst\nserver b iburst\n"],
])("tells %s, which runs already, whom to ask, and nothing else", (unit, family, path, before, after) => {
    const host = new TestHost([unit], before === undefined ? {} : { [path]: before }, family);
    const pristine = `${host.home}-before`;
    cpSync(host.home, pristine, { recursive: true });
    const first = host.run("converge", servers);
    expect(first).toEqual([`wrote ${host.home}/${path}`, `restart ${unit}`, "package: "]);
    expect(host.text(path)).toBe(after);
    expect(host.asked()).toBe("a b end");
    expect(host.run("converge", servers)).toEqual(["package: "]);
    // Described no more, or the stack gone: it asks whom it asked before.
    expect(host.run("converge", [])).toContain(`restart ${unit}`);
    expect(host.text(path)).toBe(before);
    host.run("converge", servers);
    const undone = host.run("undo", servers);
    expect(undone).toContain(`restart ${unit}`);
    expect(undone).not.toContain(`stop ${unit}`);
    expect([host.text(path), existsSync(join(host.home, "active", unit))]).toEqual([before, true]);
});
