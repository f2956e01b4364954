import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = join(__dirname, "../../components/verify/probe.sh");
let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), "probe-"))));
afterAll(() => rmSync(directory, { recursive: true }));

/** A function of probe.sh, run here; `before` may replace programs that it calls. */
const probe = (command: string, before = ""): string =>
    spawnSync("bash", ["-c", `. ${script}\n${before}\n${command}`], { encoding: "utf8" }).stdout;

it("tells a file's sum, and that one is absent", () => {
    writeFileSync(join(directory, "empty"), "");
    expect(probe(`digests ${directory}/empty ${directory}/none`)).toBe(
        `e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ${directory}/empty\nabsent ${directory}/none\n`,
    );
});

it("tells the space of the nearest directory above a path that is not there", () => {
    const df = `df() { printf 'head\\n/dev/x 2000 1 %s 5%% %s\\n' "$([ "$1" = -Pm ] && echo 900 || echo 500)" "$2"; }`;
    expect(probe(`free_space ${directory} ${directory}/a/b`, df)).toBe(`${directory} 900 25\n${directory}/a/b 900 25\n`);
    expect(probe("free_space /nowhere")).toMatch(/^\/nowhere \d+ (\d+|-)\n$/);
});

it("tells a unit's state, also of one that is not there", () => {
    const systemctl = 'systemctl() { case "$1" in is-active) echo inactive; return 3 ;; *) return 1 ;; esac; }';
    expect(probe("unit_state nothing", systemctl)).toBe("inactive unknown\n");
});

it("names units that failed or are active, and ends with a last line", () => {
    const systemctl =
        'systemctl() { if [ "$1" = list-units ]; then echo "datacentre-mount-x.service loaded failed failed"; else [ "$3" = etcd ] || [ "$3" = chrony ]; fi; }';
    expect(probe("failed_units docker etcd", systemctl)).toBe("datacentre-mount-x.service\netcd\nend\n");
    expect(probe("time_units", systemctl)).toBe("chrony end\n");
});

it("names installed packages with versions that have no epoch", () => {
    const query = "dpkg-query() { printf 'installed docker.io 2:20.10.24+dfsg1-1\\nconfig-files etcd-server 3.4.23\\n'; }";
    expect(probe("installed apt docker.io etcd-server", query)).toBe("apt\ndocker.io 20.10.24+dfsg1-1\n");
    const rpm = "rpm() { printf 'etcd 3.4.23\\npackage chrony is not installed\\n'; }";
    expect(probe("installed yum etcd chrony", rpm)).toBe("yum\netcd 3.4.23\n");
});

it("tells SELinux's mode and firewalld's state where they exist and where not", () => {
    expect(probe("guards", "systemctl() { echo inactive; return 3; }")).toBe("none inactive\n");
    expect(probe("guards", "getenforce() { echo Enforcing; }; systemctl() { echo active; }")).toBe("Enforcing active\n");
});

describe("over the network", () => {
    let server: Server;
    let port: number;
    beforeAll(async () => {
        server = createServer((request, response) => {
            response.statusCode = request.url === "/health" ? 200 : 503;
            response.end(`{"health":"${request.url === "/health"}"}\n\nmore`);
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        ({ port } = server.address() as AddressInfo);
    });
    afterAll(() => server.close());

    // Not spawnSync: the server answers from this very process.
    const ask = (command: string): Promise<string> =>
        new Promise((resolve) => {
            let text = "";
            const child = spawn("bash", ["-c", `. ${script}\n${command}`]);
            child.stdout.on("data", (data: Buffer) => (text += data.toString()));
            child.on("close", () => resolve(text));
        });

    it("an HTTP answer's status and body are told, whatever lines it has", async () => {
        expect(await ask(`http_get 127.0.0.1 ${port} /health`)).toBe('200\n{"health":"true"}\n\nmore\n');
        expect(await ask(`http_get 127.0.0.1 ${port} /other`)).toMatch(/^503\n/);
    });

    it("a closed port gives nothing", async () => {
        expect(await ask("http_get 127.0.0.1 1 /health 2>/dev/null")).toBe("");
    });
});

it.each([
    ["absent", "", ""],
    ["lease", "inet 10.0.0.1/24 brd 10.0.0.255 scope global dynamic eth0", ""],
    ["cloud", "inet 10.0.0.1/24 brd 10.0.0.255 scope global dynamic eth0", "cloud_init=/dev/null"],
    ["hand", "inet 10.0.0.1/24 scope global eth0", "grep() { [[ $1 == -r* ]] && return 1; command grep \"$@\"; }"],
    ["file", "inet 10.0.0.1/24 scope global eth0", "grep() { [[ $1 == -r* ]] && return 0; command grep \"$@\"; }"],
    ["absent", "inet 10.0.0.10/24 scope global eth0", ""],
])("tells where an address is from: %s", (from, line, before) => {
    const fakes = `ip() { echo '2: eth0    ${line}'; }; systemd-detect-virt() { return 1; }; cloud_init=/nowhere; ${before || ":"}`;
    expect(probe("address_from 10.0.0.1", fakes)).toBe(`${from}\n`);
    expect(probe("address_from 10.0.0.1", `${fakes}; systemd-detect-virt() { return 0; }`)).toBe(from === "absent" ? "absent\n" : "container\n");
});
