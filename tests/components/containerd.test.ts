/** What hosts with containerd get, how its failures are told, and how verify reads answers. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parseDataCentre } from "../../components/description";
import { probes } from "../../components/containerd/check";
import { cniBin, configToml, fullName, hostsFiles, imagesOf, saidOf, settingsOf } from "../../components/containerd/plan";
import { containerdSystem } from "../../components/containerd/system";
import { hostPlan } from "../../components/host/plan";
import { probes as registryProbes } from "../../components/image-registries/check";
import { persistentPaths } from "../../components/nodes/docker/plan";
import { root } from "../../components/step/program";
import { systems } from "../../components/systems";
import { changed, node, type Edit } from "../config/good";
import { isStep, programOf, runIndex } from "../structure/run-index";

const raw = (edit: Edit = {}) => changed({ "nodes[4]": node("agent4", 9, "containerd"), ...edit });
const described = (edit: Edit = {}) => {
    const { dataCentre, faults } = parseDataCentre(raw(edit), { stack: "local" });
    expect(faults).toEqual([]);
    return dataCentre!;
};
const own = (edit: Edit = {}) => {
    const dc = described(edit);
    return { dc, pods: dc.nodes[4]! };
};
const registries: Edit = { "nodes[4].roles": ["containerd", "image-registry", "image-mirror"] };

describe("config.toml", () => {
    it("says what is not the program's own default, and where others find things", () => {
        const { dc, pods } = own();
        expect(configToml(dc, pods)).toBe(`version = 2
root = "/var/lib/containerd"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
`);
    });

    it("takes the stack's settings, and a node's own over them", () => {
        const { dc, pods } = own({ containerd: { cgroupDriver: "cgroupfs", restrictOomScoreAdj: true, root: "/data/containerd" }, "nodes[4].containerd": { root: "/srv/containerd" } });
        expect(settingsOf(dc).root).toBe("/data/containerd");
        expect(settingsOf(dc, pods)).toMatchObject({ root: "/srv/containerd", cgroupDriver: "cgroupfs" });
        expect(configToml(dc, pods)).toMatch(/^root = "\/srv\/containerd"\n[^]*restrict_oom_score_adj = true\n[^]*SystemdCgroup = false\n/m);
        expect(saidOf(dc, pods)).toEqual(expect.arrayContaining(['"containerdRootDir":"/srv/containerd"', '"SystemdCgroup":false', '"restrictOOMScoreAdj":true']));
    });
});

describe("registries", () => {
    const hosts = (edit: Edit = {}) => {
        const { dc, pods } = own(edit);
        return Object.fromEntries(Object.entries(hostsFiles(dc, pods)).map(([path, text]) => [path.replace("/etc/containerd/certs.d/", ""), text]));
    };

    it("have no files where nothing is said of them", () => expect(hosts()).toEqual({}));

    it("of the stack are known by its authority, and the mirror is asked before Docker Hub", () => {
        expect(hosts(registries)).toEqual({
            "docker.io/hosts.toml": `server = "https://registry-1.docker.io"

[host."https://agent4:5000"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/certs.d/agent4:5000/ca.crt"
`,
            "agent4:443/hosts.toml": `server = "https://agent4:443"

[host."https://agent4:443"]
  capabilities = ["pull", "resolve", "push"]
  ca = "/etc/containerd/certs.d/agent4:443/ca.crt"
`,
            "agent4:5000/hosts.toml": expect.stringContaining("ca.crt") as unknown,
        });
    });

    it("are the document's in profile seed, and others as described", () => {
        const files = hosts({ ...registries, security: "seed", "containerd.insecureRegistries": ["m.example:80"], "containerd.registryMirrors": ["http://m.example:5000/"] });
        expect(Object.keys(files).sort()).toEqual(["agent4:5000/hosts.toml", "agent4:80/hosts.toml", "docker.io/hosts.toml", "m.example:80/hosts.toml"]);
        expect(files["docker.io/hosts.toml"]).toMatch(/http:\/\/agent4:5000"\][^]*http:\/\/m\.example:5000"\]/);
        expect(files["m.example:80/hosts.toml"]).toContain('[host."http://m.example:80"]');
        expect(Object.values(files).join("")).not.toContain("ca =");
    });

    it("are looked at from its hosts, with whom it trusts", () => {
        const rows = registryProbes(described(registries)).filter(({ row }) => row.startsWith("reaches"));
        expect(rows.filter(({ node }) => node === "agent4").map(({ command }) => command).join()).toContain("--cacert '/etc/containerd/certs.d/agent4:443/ca.crt'");
        expect(rows.filter(({ node }) => node === "agent1").map(({ command }) => command).join()).toContain("--cacert '/etc/docker/certs.d/agent4:443/ca.crt'");
    });
});

it("brings its packages, and keeps its images on a volume where hosts are containers", () => {
    const { dc, pods } = own();
    expect(hostPlan(systems, dc, pods)).toMatchObject({ packages: { apt: ["containerd=1.6.20", "runc", "containernetworking-plugins"], yum: ["containerd.io=1.6.20", "containernetworking-plugins"] }, units: ["containerd.service"] });
    expect(persistentPaths(systems, dc, pods)).toEqual(["/var/lib/containerd"]);
    expect(containerdSystem.requires(dc, pods)).toEqual([{ what: "overlay", why: expect.any(String) as unknown }]);
    expect(cniBin).toBe("/usr/lib/cni");
});

it("gives images by the names that the engine has for them", () => {
    const { dc, pods } = own({ "containerd.images": [{ image: "busybox", archive: "file:///srv/b.tar" }, { image: "m.example/x:1", archive: "file:///srv/x.tar" }] });
    expect(imagesOf(dc, pods).map(({ image }) => fullName(image))).toEqual(["docker.io/library/busybox:latest", "m.example/x:1"]);
});

describe("rows", () => {
    const { dc, pods } = own({ "containerd.images": [{ image: "busybox", archive: "file:///srv/b.tar" }] });
    const row = (name: string) => probes(dc).find((probe) => probe.row === name)!;
    const cri = (state: string) => `Client:\n  Version:  1.6.20\nServer:\n  Version:  1.6.20~ds1\nio.containerd.grpc.v1  cri  linux/amd64  ${state}\n`;

    it("name an engine whose part for Kubernetes is not there", () => {
        const { evaluate } = row("answers, and Kubernetes' part of it too");
        expect(evaluate(cri("ok"), 0)).toMatchObject({ ok: true, found: "1.6.20~ds1" });
        expect(evaluate(cri("error"), 0)).toMatchObject({ ok: false, found: "1.6.20~ds1, whose part cri is error" });
        expect(evaluate(cri("ok").replaceAll("1.6.20", "1.4.13"), 0)).toMatchObject({ ok: false });
        expect(evaluate("", 1)).toMatchObject({ ok: false, found: "no answer" });
    });

    it("name a setting that the running engine has otherwise", () => {
        const { evaluate } = row("runs with what is described");
        const said = saidOf(dc, pods).join("\n");
        expect(evaluate(said, 0)).toMatchObject({ ok: true });
        expect(evaluate(said.replace("true", "false"), 0)).toMatchObject({ ok: false, found: '"SystemdCgroup":false' });
        expect(evaluate("", 0)).toMatchObject({ ok: false, found: "no answer" });
    });

    it("name what is missing", () => {
        expect(row("programs of pods' networks are there").evaluate("portmap\nend\n", 0)).toMatchObject({ ok: false, found: "portmap missing in /usr/lib/cni" });
        expect(row("images that come as archives").evaluate("", 0)).toMatchObject({ ok: false, found: "docker.io/library/busybox:latest missing" });
        expect(row("images that come as archives").evaluate("docker.io/library/busybox:latest\n", 0)).toMatchObject({ ok: true });
    });
});

describe("an engine that does not start is told by its cause", () => {
    const script = readFileSync(join(root, "components/containerd/diagnose.sh"), "utf8");
    const diagnose = (said: string): string => execFileSync("bash", ["-c", `set -Eeuo pipefail\n${script}\ncontainerd_diagnosis /data/containerd overlayfs`], { input: said, encoding: "utf8" });

    it.each([
        ["a broken file", "containerd: failed to load TOML: /etc/containerd/config.toml: (18, 2): unexpected token unclosed table key", /does not read its configuration: failed to load TOML.*\n.*CONVERGE=1/],
        ["a full disk", 'level=fatal msg="mkdir /data/containerd/x: no space left on device"', /no space is left.*\n.*df -h \/data\/containerd/],
        ["another engine at its root", 'level=warning msg="waiting for response from boltdb open" plugin=bolt', /another containerd holds \/data\/containerd/],
        ["no snapshotter", 'level=warning msg="failed to load plugin io.containerd.grpc.v1.cri" error="failed to create CRI service: failed to find snapshotter \\"overlayfs\\""', /snapshotter overlayfs does not work at \/data\/containerd.*\n.*native/],
        ["a disk that is not written", 'containerd: mkdir /data/containerd/io: read-only file system', /may not write.*\n.*mount \/data\/containerd for writing/],
        ["nothing known", 'level=info msg="devmapper not configured"\nlevel=error msg="odd"', /does not start: .*odd/],
        ["silence", "", /its journal says nothing/],
    ])("%s", (_, said, expected) => expect(diagnose(said)).toMatch(expected));
});

it("has a step of its own, after its host is prepared, with the authority at each place of the stack's registries", async () => {
    const run = await runIndex(raw(registries));
    const step = run.made.filter(isStep).find(({ name }) => name === "containerd-agent4")!;
    expect(programOf(step)).toContain("/etc/containerd/certs.d/agent4:443/ca.crt");
    expect(run.made.filter(isStep).map(({ name }) => name)).not.toContain("image-trust-agent4");
});
