/** What is asked of a host before it is touched: the shell part run by the real bash on a host of files and fake commands. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { preflight } from "../../components/host/preflight";
import { assignment, root, type Parameter } from "../../components/step/program";
import { systems } from "../../components/systems";
import { sampleDataCentre } from "./sample";

let host: string;
beforeEach(() => {
    host = mkdtempSync(join(tmpdir(), "preflight-"));
    ["run/systemd/system", "usr", "sys/fs/cgroup", "sys/module"].forEach((path) => mkdirSync(join(host, path), { recursive: true }));
    file("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n');
    file("etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1 one.example one\n::1 localhost two\n");
    file("var/lib/dpkg/status", "");
    file("proc/filesystems", "nodev\tproc\n\text4\nnodev\toverlay\n");
});
afterEach(() => rmSync(host, { recursive: true, force: true }));

function file(path: string, content: string): void {
    mkdirSync(dirname(join(host, path)), { recursive: true });
    writeFileSync(join(host, path), content);
}

/** A small Debian server, as its commands tell it. */
const commands: Record<string, string> = {
    uname: '[ "$1" = -m ] && echo x86_64 || echo 6.1.0-test',
    "apt-get": ":",
    "dpkg-query": ":",
    df: "printf 'File 1048576-blocks Used Available Capacity Mounted\\n/dev/a 1 1 9000 1%% /\\n'",
    ip: "echo '2: eth0    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0'",
    ss: "echo 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=9,fd=3))'",
    hostname: "echo 10.0.0.1",
    systemctl: "echo 'systemd 252 (252.39-1~deb12u1)'",
};

interface Verdict {
    readonly status: number | null;
    readonly stderr: string;
    readonly stdout: string;
}

/** Runs the check with some of the commands told otherwise, and some not there. */
function check(change: { parameters?: Record<string, Parameter>; fakes?: Record<string, string>; hidden?: string[]; state?: string } = {}): Verdict {
    const hidden = ["rpm", "dnf", "yum", ...(change.hidden ?? [])];
    const parameters = {
        ...{ stack: "datacentre/mine", address: "10.0.0.1", family: "auto", hosts_block: "10.0.0.1\tone\n10.0.0.2\ttwo\n" },
        ...{ units: ["etcd.service"], data_dirs: ["/var/lib/etcd"], needs: [], ports: [], step: "prepare", node: "one" },
        ...change.parameters,
    };
    const text = [
        `. ${join(root, "components/step/lib.sh")}`,
        ...Object.entries(parameters).map(([key, value]) => assignment(key, value)),
        `host_files=${host}`,
        `. ${join(root, "components/host/preflight.sh")}`,
        `state=${host}/${change.state ?? "var/lib/datacentre"} log=${host}/log`,
        `command() { [[ " ${hidden.join(" ")} " != *" $2 "* ]] && builtin command "$@"; }`,
        ...Object.entries({ ...commands, ...change.fakes }).map(([name, body]) => `${name}() { ${body}; }`),
        "check_host",
        `printf 'family %s\\n' "$family"; [ "\${#notes[@]}" = 0 ] || printf 'note %s\\n' "\${notes[@]}"`,
    ].join("\n");
    return spawnSync("bash", ["-c", text], { encoding: "utf8" });
}

it("finds nothing wrong with a plain server, and touches nothing", () => {
    const before = readdirSync(host, { recursive: true }).length;
    expect(check()).toMatchObject({ status: 0, stdout: "family apt\n", stderr: "" });
    expect(readdirSync(host, { recursive: true })).toHaveLength(before);
});

it("tells all that is wrong at once, each with its remedy", () => {
    rmSync(join(host, "run"), { recursive: true });
    const { status, stderr } = check({
        parameters: { family: "yum" },
        fakes: { uname: '[ "$1" = -m ] && echo armv7l || echo 6.1', df: "printf 'F\\n/dev/a 1 1 100 1%% /\\n'" },
    });
    expect(status).toBe(1);
    expect(stderr.split("\n")[0]).toBe("datacentre: prepare on one: 4 things are in the way, and nothing was touched:");
    for (const told of [/systemd is not running/, /armv7l/, /described as yum, and it has apt/, /only 100 MiB are free under \/var/]) {
        expect(stderr).toMatch(told);
    }
    expect(stderr.match(/^ {2}remedy: \S/gm)).toHaveLength(4);
});

const one: [what: string, told: RegExp, change: Parameters<typeof check>[0], prepare?: () => void][] = [
    ["another stack's host", /belongs to stack datacentre\/other\n\s+remedy: .*destroy stack datacentre\/other/, { state: "theirs" }, () =>
        file("theirs/claim", "datacentre/other"),
    ],
    ["neither package manager", /neither apt nor yum/, { hidden: ["apt-get"] }],
    ["commands that are not there", /it lacks cmp ss\n\s+remedy: .*diffutils/, { hidden: ["cmp", "ss"] }],
    ["another address", /no interface of this host has 10.0.0.7\n.*one of: 10.0.0.1/, { parameters: { address: "10.0.0.7" } }],
    ["an address that only looks alike", /no interface/, { parameters: { address: "10.0.0.1" }, fakes: { ip: "echo 'inet 110.0.0.1/24'; echo 'inet 10.0.0.11/24'" } }],
    ["a clock at its beginning", /clock says .* which cannot be\n\s+remedy: set it/, { fakes: { date: '[ "$1" = +%s ] && echo 1000 || echo 1970' } }],
    ["a clock before its own packages", /cannot be/, { fakes: { stat: "echo 4000000000" } }],
    ["a full disk for data", /only 7 MiB are free under \/srv\/etcd \(file system \/srv\)/, {
        parameters: { data_dirs: ["/srv/etcd"] },
        fakes: { df: 'case $2 in /srv*) printf "F\\n/dev/b 1 1 7 1%% /srv\\n" ;; *) printf "F\\n/dev/a 1 1 9000 1%% /\\n" ;; esac' },
    }, () => undefined],
    ["cgroup v2 alone", /cgroup v2 only: it must not\n.*systemd\.unified_cgroup_hierarchy=0 on the kernel/, { parameters: { needs: ["cgroup1 it must not"] } }, () =>
        file("sys/fs/cgroup/cgroup.controllers", "cpu"),
    ],
    ["cgroup v2 with a systemd that must be forced", /hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 on/, {
        parameters: { needs: ["cgroup1 it must not"] },
        fakes: { systemctl: "echo systemd 257" },
    }, () => file("sys/fs/cgroup/cgroup.controllers", "cpu")],
    ["cgroup v2 alone, with another way out", /reboot; or take another$/m, { parameters: { needs: ["cgroup1 it must not|take another"] } }, () =>
        file("sys/fs/cgroup/cgroup.controllers", "cpu"),
    ],
    ["cgroup v1", /cgroup v1: it must not\n.*systemd\.unified_cgroup_hierarchy=1 on the kernel.*; or take another$/m, { parameters: { needs: ["cgroup2 it must not|take another"] } }, () =>
        file("proc/filesystems", "nodev\tcgroup\nnodev\tcgroup2\n"),
    ],
    ["cgroup v1 with a kernel that has no other", /its kernel 6\.1\.0-test knows no other/, { parameters: { needs: ["cgroup2 x"] } }],
    ["cgroup v2 with a systemd that cannot", /knows no other/, { parameters: { needs: ["cgroup1 x"] }, fakes: { systemctl: "echo systemd 258" } }, () =>
        file("sys/fs/cgroup/cgroup.controllers", "cpu"),
    ],
    ["a kernel without a module", /kernel 6\.1\.0-test has no vxlan, which a pool needs/, { parameters: { needs: ["vxlan a pool needs"] } }, () =>
        file("lib/modules/6.1.0-test/modules.dep", "kernel/net/vxlan2.ko:\nkernel/fs/fuse/fuse.ko.xz:\n"),
    ],
    ["a name that the host gives to another", /hosts file has 10\.9\.9\.9 for two, which is 10\.0\.0\.2/, {}, () =>
        file("etc/hosts", "127.0.0.1 localhost # two\n10.9.9.9\ttwo.example two\n"),
    ],
    ["another node's name for itself", /hosts file has 127\.0\.1\.1 for two/, {}, () => file("etc/hosts", "127.0.1.1 two\n")],
    ["a port that somebody has", /port 2379, which is for etcd for clients, is taken by nginx \(pid 77, nginx\.service\)\n.*disable --now nginx\.service.*\(datacentre:etcd\.clientPort\)/, {
        parameters: { ports: ["2379 datacentre:etcd.clientPort etcd for clients", "379 - nothing"] },
        fakes: { ss: "echo 'LISTEN 0 5 [::]:2379 [::]:* users:((\"nginx\",pid=77,fd=6),(\"nginx\",pid=78,fd=6))'" },
    }, () => file("proc/77/cgroup", "12:pids:/docker/abc/system.slice/nginx.service\n")],
    ["a port of a container", /taken by docker-proxy/, {
        parameters: { ports: ["5000 - the registry"], units: ["docker.service"] },
        fakes: { ss: "echo 'LISTEN 0 5 0.0.0.0:5000 0.0.0.0:* users:((\"docker-proxy\",pid=77,fd=6))'" },
    }, () => file("proc/77/cgroup", "0::/system.slice/docker.service\n")],
    ["a port of nobody that can be named", /taken by another program\n\s+remedy: stop it for good$/m, {
        parameters: { ports: ["5000 - the registry"] },
        fakes: { ss: "echo 'LISTEN 0 5 *:5000 *:*'" },
    }],
];

it.each(one.map(([what, told, change, prepare]) => [what, told, change, prepare ?? (() => undefined)] as const))(
    "refuses %s",
    (_, told, change, prepare) => {
        prepare();
        const { status, stderr } = check(change);
        expect(stderr).toMatch(told);
        expect(stderr).toMatch(/^datacentre: prepare on one: (?!\d+ things)/);
        expect(status).toBe(1);
    },
);

describe("allows", () => {
    const passes = (change: Parameters<typeof check>[0]): string => {
        const { status, stderr, stdout } = check(change);
        expect([status, stderr]).toEqual([0, ""]);
        return stdout;
    };

    it("the yum family, whichever of its tools is there", () => {
        expect(passes({ hidden: ["apt-get"], fakes: { rpm: ":", yum: ":", command: '[[ " apt-get dnf " != *" $2 "* ]] && builtin command "$@"' } })).toBe("family yum\n");
    });

    it("modules that are in the kernel, loaded, to be loaded, or not to be known", () => {
        const needs = ["overlay x", "fuse x", "vxlan x", "ipip x"];
        passes({ parameters: { needs } });
        file("lib/modules/6.1.0-test/modules.dep", "kernel/fs/fuse/fuse.ko.xz: kernel/net/x.ko\n");
        file("lib/modules/6.1.0-test/modules.builtin", "kernel/net/ipv4/ipip.ko\n");
        mkdirSync(join(host, "sys/module/vxlan"));
        passes({ parameters: { needs } });
    });

    it("a service of the kind that we run, which is taken over, and its port", () => {
        file("proc/77/cgroup", "0::/system.slice/etcd.service\n");
        passes({
            parameters: { ports: ["2379 - etcd"] },
            fakes: { ss: "echo 'LISTEN 0 5 127.0.0.1:2379 0.0.0.0:* users:((\"etcd\",pid=77,fd=6))'" },
        });
    });

    it("what stands on a host that is ours already: ports, and names that were right then", () => {
        file("var/lib/datacentre/claim", "datacentre/mine");
        file("etc/hosts", "10.9.9.9 two\n");
        passes({ parameters: { ports: ["22 - SSH"], data_dirs: ["/srv/etcd"] }, fakes: { df: 'case $2 in /srv*) exit 9 ;; *) printf "F\\n/dev/a 1 1 9000 1%% /\\n" ;; esac' } });
    });

    it.each(["debian 11", "ubuntu 20.04", "ubuntu 24.04", "centos 7", "alinux 3", "rocky 8.10", 'rocky "9.4"'])("%s without a word", (text) => {
        const [id, version] = text.split(" ");
        file("etc/os-release", `NAME=x\nID="${id}"\nVERSION_ID=${version}\nID_LIKE=y\n`);
        expect(passes({})).toBe("family apt\n");
    });

    it.each(["debian 10", "ubuntu 18.04", "fedora 41", "centos 9", "arch rolling"])("%s with a note", (text) => {
        const [id, version] = text.split(" ");
        file("etc/os-release", `PRETTY_NAME='The ${id} ${version}'\nID=${id}\nVERSION_ID="${version}"\n`);
        expect(passes({})).toContain(`note The ${id} ${version} is not among`);
    });
});

describe("the plan of what is needed", () => {
    const of = (edit: Parameters<typeof sampleDataCentre>[0], name = "master1") => {
        const dc = sampleDataCentre(edit, "unchecked");
        return preflight(systems, dc, dc.nodes.find((node) => node.name === name)!);
    };
    const words = ({ needs }: ReturnType<typeof of>) => needs.map((need) => need.split(" ")[0]);

    it("is of a node's roles", () => {
        expect(words(of((raw) => (raw.nodes[0]!.roles = ["zookeeper"])))).toEqual([]);
        expect(words(of((raw) => (raw.nodes[0]!.roles = ["docker", "glusterfs"])))).toEqual(["overlay", "fuse"]);
        expect(words(of((raw) => ((raw.nodes[0]!.roles = ["docker"]), (raw.docker = { storageDriver: "vfs" }))))).toEqual([]);
    });

    it("asks for the old control groups where Mesos would, and not of containers in hosts' places", () => {
        const agent = (edit: Parameters<typeof sampleDataCentre>[0]) =>
            words(of((raw) => ((raw.nodes[0]!.roles = ["mesos-agent"]), edit!(raw))));
        const provider = { kind: "existing" as const, privateKeyFile: "/k" };
        expect(agent(() => undefined)).toEqual([]);
        expect(agent((raw) => (raw.provider = provider))).toEqual(["cgroup1"]);
        expect(agent((raw) => ((raw.provider = provider), (raw.mesos = { agentFlags: { systemd_enable_support: "false" } })))).toEqual([]);
    });

    it("names ports with what they are for and where they are described, and leaves SSH's out", () => {
        const { ports } = of((raw) => (raw.nodes[0]!.roles = ["zookeeper", "glusterfs"]));
        expect(ports).toContain("2181 datacentre:zookeeper.clientPort ZooKeeper for clients");
        expect(ports).toContain("24007 - GlusterFS");
        expect(ports.filter((port) => /^22 |SSH/.test(port))).toEqual([]);
    });
});
