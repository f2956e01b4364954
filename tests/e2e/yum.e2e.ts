/**
 * The yum family of the host's package interface, against Debian's own dnf and a small local repository of packages
 * that are built on the spot: install, version prefixes, dependencies, damage, removal.
 */
import { join } from "node:path";

import { prepareScripts } from "../../components/host";
import { renderProgram } from "../../components/step/program";
import { networkOf, removeHosts, standOnBareHosts } from "./lib/hosts";
import type { Result } from "./lib/run";
import { TestStack, threeNodes } from "./lib/stack";

const network = networkOf("yum");
const config = threeNodes(network);
config.nodes = [{ name: "master1", address: `${network.net}.1`, roles: [] }];
config.glusterfs = {};
const stack = new TestStack("e2e-yum", config);
const key = join(stack.home, "id_ed25519");

/** Packages of the repository: two versions of one, and one that the newer needs. */
const spec = (name: string, version: string, requires = ""): string => `Name: ${name}
Version: ${version}
Release: 1
Summary: for tests
License: Apache-2.0
BuildArch: noarch
${requires}
%description
for tests
%install
mkdir -p %{buildroot}/usr/share/${name}
echo ${version} > %{buildroot}/usr/share/${name}/version
%files
/usr/share/${name}/version
`;

/** As the description's `sources` bring it to hosts. */
const repository = "[datacentre-seed]\nname=seed\nbaseurl=file:///srv/repo\ngpgcheck=0\nenabled=1\n";

function prepare(mode: "converge" | "undo", packages: readonly string[]): Promise<Result> {
    const program = renderProgram("prepare", "master1", prepareScripts, {
        leaves_nothing: true,
        stack: "datacentre/e2e-yum",
        address: stack.node("master1").address,
        family: "yum",
        hosts_block: `${network.net}.1\tmaster1\n`,
        apt_packages: [],
        yum_packages: packages,
        apt_repositories: [],
        yum_repositories: ["seed", repository, ""],
        units: [],
        data_dirs: [],
        time_servers: [],
        time_config: "",
        disks: "",
        described_steps: "",
    });
    return stack.on("master1", `bash -c 'eval "$(cat)"' datacentre ${mode}`, program);
}

beforeAll(async () => {
    await stack.must("setup");
    await standOnBareHosts(stack, network, key);
    await stack.out("master1", "apt-get -q update >/dev/null && apt-get -q -y --no-install-recommends install dnf rpm createrepo-c >/dev/null 2>&1");
    for (const [name, version, requires] of [
        ["seed-server", "3.4.1"],
        ["seed-server", "3.5.2", "Requires: seed-libs"],
        ["seed-libs", "1.0"],
        ["seed-taker", "2.0", "Obsoletes: seed-other"],
        ["seed-other", "1.0"],
        ["seed-new", "2.1"],
        ["seed-new-cli", "2.1"],
        ["chrony", "4.3"],
    ] as const) {
        const build = "mkdir -p /srv/repo && cat > /tmp/p.spec && rpmbuild -bb --quiet --define '_rpmdir /srv/repo' /tmp/p.spec 2>&1";
        const built = await stack.on("master1", build, spec(name, version, requires));
        if (built.code !== 0) {
            throw new Error(built.output);
        }
    }
    const unit = "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n";
    await stack.out(
        "master1",
        "createrepo_c -q /srv/repo && " +
            // Stands for the daemon that an RPM of chrony would bring.
            `printf '${unit}' > /etc/systemd/system/chronyd.service && systemctl daemon-reload`,
    );
});

afterAll(async () => {
    await removeHosts(network);
    await stack.clean();
});

const installed = async (): Promise<string> => stack.out("master1", "rpm -qa --qf '%{NAME} %{VERSION}\\n' | sort");

it("installs the version with the wanted prefix, and nothing the second time", async () => {
    const first = await prepare("converge", ["seed-server=3.4"]);
    expect(first.output).toContain("installed seed-server=3.4");
    expect(await installed()).toContain("seed-server 3.4.1");
    expect((await prepare("converge", ["seed-server=3.4"])).stdout).toBe("0 changes\n");
});

it("goes on to another version when the description does, with what that one needs", async () => {
    expect((await prepare("converge", ["seed-server=3.5"])).output).toContain("installed seed-server=3.5");
    expect(await installed()).toMatch(/seed-libs 1.0\nseed-server 3.5.2/);
});

it("mends a package that was taken away, and counts it", async () => {
    await stack.out("master1", "rpm -e seed-server");
    expect((await prepare("converge", ["seed-server=3.5"])).stdout).toBe("1 changes\n  installed seed-server=3.5\n");
});

it("names a package that no repository has, with the remedy", async () => {
    const failed = await prepare("converge", ["seed-server=9"]);
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/could not install seed-server-9\S*\*: .*\n\s+remedy: .*repolist/);
});

it("takes of several packages the one that is there, else the first that a repository has whole, in one of its versions", async () => {
    expect((await prepare("converge", ["seed-none,seed-server=3|seed-libs=1|seed-server=3"])).stdout).toBe("0 changes\n");
    const parts = ["seed-none=2|seed-new,seed-none=2|seed-new,seed-new-cli=2|seed-taker"];
    expect((await prepare("converge", parts)).stdout).toBe("2 changes\n  installed seed-new=2\n  installed seed-new-cli=2\n");
    expect((await prepare("converge", parts)).stdout).toBe("0 changes\n");
    const none = await prepare("converge", ["seed-taker=3|seed-other=1.1"]);
    expect(none.code).not.toBe(0);
    expect(none.output).toMatch(/no repository of this host offers seed-taker of version 3 or seed-other of version 1\.1\n.*remedy: .*repolist/);
    const stays = await prepare("converge", ["seed-typo=9|seed-server~4:5"]);
    expect(stays.output).toMatch(/seed-server 3\.5\.2-1 is on this host, and what works is 4 to 5/);
    expect((await prepare("converge", ["seed-typo=9|seed-server~3.4:3"])).stdout).toBe("0 changes\n");
});

it("installs nothing that would replace a package which is there", async () => {
    await stack.out("master1", "rpm -i /srv/repo/noarch/seed-other-1.0-1.noarch.rpm");
    const before = await installed();
    const refused = await prepare("converge", ["seed-server=3.5", "seed-taker"]);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("prepare on master1: to install seed-taker would remove seed-other, which this program has not installed\n");
    expect(refused.output).toMatch(/remedy: .*dnf remove seed-other/);
    expect(await installed()).toBe(before);
    await stack.out("master1", "rpm -e seed-other");
});

it("does not take a tool's word for it that a package is there", async () => {
    // As yum 3 does.
    await stack.out("master1", "printf '#!/bin/sh\\nexit 0\\n' >/usr/local/sbin/dnf && chmod +x /usr/local/sbin/dnf");
    const failed = await prepare("converge", ["seed-server=3.5", "seed-typo"]);
    await stack.out("master1", "rm /usr/local/sbin/dnf");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("these packages are not there after they were installed: seed-typo");
});

it("takes away what it had installed, dependencies included, and nothing else", async () => {
    await stack.out("master1", "dnf -q -y install --repo datacentre-seed seed-libs >/dev/null 2>&1; true");
    const undone = await prepare("undo", ["seed-server=3.5"]);
    expect(undone.code).toBe(0);
    expect(await installed()).toBe("");
    expect((await stack.on("master1", "ls -d /var/lib/datacentre")).code).not.toBe(0);
    expect((await stack.on("master1", "ls /etc/yum.repos.d/datacentre-seed.repo")).code).not.toBe(0);
});

it("leaves a host that is new as it was, where something is in the way", async () => {
    await stack.out("master1", "rpm -i /srv/repo/noarch/seed-other-1.0-1.noarch.rpm");
    const refused = await prepare("converge", ["seed-taker"]);
    expect(refused.output).toMatch(/to install .*seed-taker.* would remove seed-other/);
    expect(await installed()).toBe("seed-other 1.0\n");
    expect((await stack.on("master1", "ls -d /var/lib/datacentre /etc/yum.repos.d/datacentre-seed.repo")).stdout).toBe("");
});
