/** What hosts of the private registry and its mirrors get, what engines are told, and how verify reads answers. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { parseDataCentre } from "../../components/description";
import { engineParameters } from "../../components/docker";
import { probes as dockerProbes } from "../../components/docker/check";
import { daemonJson, engineSettings } from "../../components/docker/plan";
import { hostPlan } from "../../components/host/plan";
import { probes } from "../../components/image-registries/check";
import { allPlaces, enginesUse, reached, urls } from "../../components/image-registries/plan";
import { configs, filesOf, helpersOf, units } from "../../components/image-registries/program";
import { imageRegistriesSystem } from "../../components/image-registries/system";
import { openingsOf } from "../../components/nodes/alicloud/openings";
import type { AlicloudSpec } from "../../components/nodes/alicloud/schema";
import { systems } from "../../components/systems";
import { nodesWith } from "../../config/nodes";
import { changed, node, type Edit } from "../config/good";
import { isStep, programOf, runIndex, type Run } from "../structure/run-index";

const both: Edit = { "nodes[4]": node("images", 9, "docker", "image-registry", "image-mirror") };
const described = (edit: Edit = {}) => {
    const { dataCentre, faults } = parseDataCentre(changed({ ...both, ...edit }), { stack: "local" });
    expect(faults).toEqual([]);
    return dataCentre!;
};
const dc = described();
const images = dc.nodes[4]!;
const without = parseDataCentre(changed(), { stack: "local" }).dataCentre!;
const etc = "/etc/datacentre-image";

describe("the program's configuration", () => {
    const of = (role: "image-registry" | "image-mirror", edit: Edit = {}) =>
        Object.fromEntries(Object.entries(configs(described(edit), role, images)).map(([path, text]) => [path.replace(/.*\//, ""), parse(text) as Record<string, any>]));

    it("keeps images on disk, lets them be deleted, and speaks TLS by default", () => {
        const config = of("image-registry")["config.yml"]!;
        expect(config.storage).toEqual({ filesystem: { rootdirectory: "/data/docker-registry/private" }, delete: { enabled: true }, cache: { blobdescriptor: "inmemory" } });
        expect(config.http).toMatchObject({ addr: "172.18.1.9:443", tls: { certificate: "/etc/datacentre-images/server.crt", key: "/etc/datacentre-images/server.key", minimumtls: "tls1.2" } });
        expect(config.proxy).toBeUndefined();
        expect(of("image-registry", { "imageRegistries.registry.deletion": false })["config.yml"]!.storage.delete).toEqual({ enabled: false });
    });

    it("is the same but for writing while garbage is collected", () => {
        const { "config.yml": usual, "read-only.yml": closed } = of("image-registry");
        expect(closed).toEqual({ ...usual, storage: { ...usual!.storage, maintenance: { readonly: { enabled: true } } } });
    });

    it("has an upstream for a mirror, and none for what it falls back to", () => {
        const { "config.yml": usual, "kept.yml": kept } = of("image-mirror", { "imageRegistries.mirror.upstream": "https://hub.example/" });
        expect(usual!.proxy).toEqual({ remoteurl: "https://hub.example" });
        expect(usual!.storage.delete.enabled).toBe(true);
        expect(kept!.proxy).toBeUndefined();
        expect(kept!.storage).toMatchObject({ delete: { enabled: false }, maintenance: { readonly: { enabled: true } } });
        expect(kept!.storage.filesystem).toEqual(usual!.storage.filesystem);
        expect(of("image-mirror")["config.yml"]!.proxy).toEqual({ remoteurl: "https://registry-1.docker.io" });
    });

    it("takes a login for its upstream from a file of its own, and only by TLS", () => {
        const credentials = { "imageRegistries.mirror.credentials": { username: "mirror", password: "hunter2" } };
        const path = "/etc/systemd/system/datacentre-image-mirror.service";
        expect(units(described(credentials), "image-mirror", images)[path]).toContain("EnvironmentFile=/etc/datacentre-image-mirror/login.env\n");
        expect(units(dc, "image-mirror", images)[path]).not.toContain("login.env");
        expect(JSON.stringify(configs(described(credentials), "image-mirror", images))).not.toContain("hunter2");
        const plain = changed({ ...both, ...credentials, "imageRegistries.mirror.upstream": "http://hub.example" });
        expect(parseDataCentre(plain, { stack: "local" }).faults.map(({ key, remedy }) => [key, remedy])).toEqual([
            ["datacentre:imageRegistries.mirror.credentials", expect.stringContaining("https://hub.example")],
        ]);
    });

    it("is document 004's, at its ports and without TLS, in profile seed", () => {
        const config = of("image-registry", { security: "seed" })["config.yml"]!;
        expect(config.http.addr).toBe("172.18.1.9:80");
        expect(config.http.tls).toBeUndefined();
        expect(of("image-mirror", { security: "seed" })["config.yml"]!.http.addr).toBe("172.18.1.9:5000");
    });
});

describe("units", () => {
    const of = (edit: Edit = {}) => units(described(edit), "image-registry", images);
    const timer = "/etc/systemd/system/datacentre-image-collection.timer";

    it.each([
        ["day", "*-*-* 03:00:00"],
        ["week", "Sun *-*-* 03:00:00"],
        ["month", "*-*-01 03:00:00"],
    ])("collect garbage every %s, at an hour", (every, calendar) => {
        expect(of({ "imageRegistries.registry.garbageCollection.every": every })[timer]).toContain(`OnCalendar=${calendar}\n`);
    });

    it("collect none when that is said, but by hand", () => {
        const never = of({ "imageRegistries.registry.garbageCollection": { every: "never", deleteUntagged: true } });
        expect(never[timer]).toBeUndefined();
        expect(never["/etc/systemd/system/datacentre-image-collection.service"]).toContain("collect-images collect /data/docker-registry/private --delete-untagged\n");
    });

    it("let the registry be written again, whatever became of a collection", () => {
        expect(of()["/etc/systemd/system/datacentre-image-collection.service"]).toMatch(/^ExecStopPost=.*collect-images release$/m);
    });

    it("run as a user of their own, who reads the key by a group", () => {
        const text = of()["/etc/systemd/system/datacentre-image-registry.service"]!;
        expect(text).toMatch(/^User=datacentre-image-registry\nGroup=datacentre-image-registry\nSupplementaryGroups=datacentre-images$/m);
        expect(of({ security: "seed" })["/etc/systemd/system/datacentre-image-registry.service"]).not.toContain("datacentre-images");
        const mirror = units(dc, "image-mirror", images)["/etc/systemd/system/datacentre-image-mirror.service"]!;
        expect(mirror).toMatch(/^User=datacentre-image-mirror$/m);
        expect(mirror).toMatch(/^ExecStart=\S+serve-image-mirror https:\/\/registry-1\.docker\.io /m);
    });

    it("fetch through the web's mirror, on a node that has no other way", () => {
        const text = units(described({ mirror: { node: "master1" } }), "image-mirror", images)["/etc/systemd/system/datacentre-image-mirror.service"]!;
        expect(text).toContain('Environment="HTTP_PROXY=http://172.18.1.1:3128"');
        expect(units(dc, "image-mirror", images)["/etc/systemd/system/datacentre-image-mirror.service"]).not.toContain("PROXY");
    });
});

describe("engines", () => {
    it("ask the mirrors before others, and know no plain registry", () => {
        const settings = engineSettings(described({ "docker.registryMirrors": ["https://other.example"] }), dc.nodes[0]!);
        expect(settings.registryMirrors).toEqual(["https://images:5000", "https://other.example"]);
        expect(settings.insecureRegistries).toEqual([]);
    });

    it("have both as insecure in profile seed, each once", () => {
        const seed = described({ security: "seed", "docker.insecureRegistries": ["images:80", "other:5000"], "docker.registryMirrors": ["http://images:5000/"] });
        expect(engineSettings(seed, seed.nodes[0]!)).toMatchObject({ registryMirrors: ["http://images:5000"], insecureRegistries: ["images:80", "images:5000", "other:5000"] });
        expect(JSON.parse(daemonJson(engineSettings(seed, seed.nodes[0]!)))).toMatchObject({ "registry-mirrors": ["http://images:5000"] });
        expect(dockerProbes(seed).find(({ row }) => row === "registries in use")!.evaluate("mirror http://images:5000/\ninsecure images:5000\ninsecure other:5000\ninsecure images:80\nanswered\n", 0).ok).toBe(true);
    });

    it("are told of every mirror, in the order of the description", () => {
        expect(enginesUse(described({ "nodes[1].roles[4]": "image-mirror" })).mirrors).toEqual(["https://agent1:5000", "https://images:5000"]);
    });

    it("reach the stack's own, where the rest is shut", () => {
        expect(reached(dc, ["other.example"])).toEqual(["other.example", "images:443", "docker.io"]);
        expect(reached(dc, undefined)).toBeUndefined();
        expect(reached(without, ["other.example"])).toEqual(["other.example"]);
    });

    it("are as they were without the roles", () => {
        const parameters = engineParameters(without, without.nodes[0]!);
        expect([parameters.registry_mirrors, parameters.insecure_registries]).toEqual([[], []]);
        expect([probes(without), allPlaces(without), imageRegistriesSystem.output(without)]).toEqual([[], [], undefined]);
    });
});

it("brings its package, whose own unit does not start by itself, to its nodes alone", () => {
    expect(hostPlan(systems, dc, images)).toMatchObject({
        packages: { apt: expect.arrayContaining(["docker-registry=2.8.2", "openssl"]) as unknown },
        units: expect.arrayContaining(["docker-registry.service"]) as unknown,
        dataPaths: expect.arrayContaining(["/data/docker-registry/private", "/data/docker-registry/proxy"]) as unknown,
    });
    expect(hostPlan(systems, dc, dc.nodes[0]!).packages.apt).not.toContain("docker-registry=2.8.2");
});

it("lets engines in, and nobody else", () => {
    const openings = openingsOf(systems, dc, { kind: "alicloud", bastion: "master1", operatorCidrs: [], openings: [] } as unknown as AlicloudSpec);
    expect(openings.filter(({ to }) => ["image-registry", "image-mirror"].includes(to)).map((one) => [one.to, one.ports, one.from])).toEqual([
        ["image-registry", "443/443", ["docker"]],
        ["image-mirror", "5000/5000", ["docker"]],
    ]);
});

it("says where both are", () => {
    expect(imageRegistriesSystem.output(dc)).toEqual({ registry: "https://images:443", mirrors: ["https://images:5000"], upstream: "https://registry-1.docker.io" });
    expect(urls(described({ security: "seed" }), "image-registry")).toEqual(["http://images:80"]);
});

describe("steps", () => {
    let tls: Run;
    let seed: Run;
    let before: Run;
    const steps = (run: Run) => run.made.filter(isStep);
    const step = (run: Run, name: string) => steps(run).find((one) => one.name === name);
    beforeAll(async () => {
        tls = await runIndex(changed(both));
        seed = await runIndex(changed({ ...both, security: "seed" }));
        before = await runIndex(changed());
    });

    it("are a host's own certificate, its services, and whom its engine trusts", () => {
        const names = steps(tls).map(({ name }) => name).filter((name) => name.startsWith("image-")).sort();
        expect(names).toEqual(["image-certificate-images", "image-mirror-images", "image-registry-images", ...["agent1", "agent2", "agent3", "images", "master1"].map((name) => `image-trust-${name}`)]);
        expect(programOf(step(tls, "image-trust-agent1")!)).toContain("places=('images:443' 'images:5000')\nauthority='CERTIFICATE'");
    });

    it("have no certificates in plain HTTP", () => {
        expect(steps(seed).map(({ name }) => name).filter((name) => name.startsWith("image-")).sort()).toEqual(["image-mirror-images", "image-registry-images"]);
    });

    it("give the authority's key to the one step that signs, as a secret", () => {
        const withKey = steps(tls).filter((one) => programOf(one).includes("AUTHORITY"));
        expect(withKey.map(({ name }) => name)).toEqual(["image-certificate-images"]);
        expect(typeof withKey[0]!.inputs.stdin).not.toBe("string");
        expect(tls.told.join("\n")).not.toContain("AUTHORITY");
        expect(JSON.stringify(tls.outputs)).not.toContain("AUTHORITY");
    });

    const dependencies = (run: Run, name: string) => run.registered.find((one) => one.name === name)!.dependencies.map((urn) => urn.replace(/.*::/, "")).filter((name) => name !== "agent1" && name !== "images");

    it("hold no engine up for a registry, but for whom it trusts", () => {
        expect(dependencies(tls, "docker-agent1")).toEqual(["image-trust-agent1"]);
        expect(dependencies(tls, "image-trust-agent1")).toEqual(["prepare-agent1"]);
        expect(dependencies(tls, "image-registry-images")).toEqual(["image-certificate-images"]);
    });

    it("leave stacks without the roles as they are, to the byte", () => {
        const texts = (run: Run) => Object.fromEntries(steps(run).map((one) => [one.name, programOf(one)]));
        expect(steps(before).filter(({ name }) => name.startsWith("image-"))).toEqual([]);
        // What an engine is told of mirrors apart, a stack with them has the same steps.
        const mirrors = (text: string) => text.replaceAll("'https://images:5000'", "").replaceAll(/\n {8}"https:\/\/images:5000"\n {4}/g, "");
        const [one, other] = [texts(before), texts(tls)];
        expect(Object.keys(one)).toContain("docker-agent1");
        expect(mirrors(other["docker-agent1"]!)).toBe(one["docker-agent1"]!);
        expect(other["etcd-agent1"]).toBe(one["etcd-agent1"]);
    });
});

describe("helpers on hosts", () => {
    it.each(["image-registry", "image-mirror"] as const)("of %s are whole scripts", (role) => {
        for (const text of Object.values(helpersOf(role))) {
            expect(text.startsWith("#!/bin/bash\n")).toBe(true);
            execFileSync("bash", ["-n"], { input: text });
        }
    });

    /** With programs that write down what they were called with, in the place of those that they call. */
    function withStubs(script: string, stubs: Readonly<Record<string, string>>, args: readonly string[]): { code: number | null; calls: string[] } {
        const folder = mkdtempSync(join(tmpdir(), "helpers-"));
        try {
            for (const [name, body] of Object.entries(stubs)) {
                writeFileSync(join(folder, name), `#!/bin/bash\ncalled="${name} $*"\ncd ${folder}\n${body}\n`, { mode: 0o755 });
            }
            for (const kind of ["repositories", "blobs"]) {
                mkdirSync(join(folder, "data/docker/registry/v2", kind), { recursive: true });
            }
            const text = script.replace("mode=/run/$unit.env", `mode=${folder}/mode`);
            const { status } = spawnSync("bash", ["-c", text, "helper", ...args.map((arg) => arg.replace("DATA", join(folder, "data")))], {
                env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ""}` },
            });
            const calls = existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trim().split("\n") : [];
            return { code: status, calls: calls.map((line) => line.replaceAll(folder, "")) };
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    }
    const helper = (role: "image-registry" | "image-mirror") => Object.values(helpersOf(role))[0]!;
    const note = 'echo "$called" >>calls';
    const program = 'echo "$called" >>calls; trap "echo ended $2 >>calls; exit 0" TERM; if [[ $2 == kept* ]]; then while :; do /bin/sleep 0.05; done; fi';

    it.each([
        ["an upstream that answers", "true", ["docker-registry serve config"]],
        // The third time it is asked, it is there: what serves meanwhile has had its time to begin.
        ["one that is away at first", "[ -e twice ] || { if [ -e once ]; then touch twice; else touch once; fi; exit 7; }", ["docker-registry serve kept", "ended kept", "docker-registry serve config"]],
    ])("serve as a mirror before %s", (_, curl, calls) => {
        const stubs = { curl, "docker-registry": program, sleep: "/bin/sleep 0.3" };
        expect(withStubs(helper("image-mirror"), stubs, ["http://hub.example", "config", "kept"])).toEqual({ code: 0, calls });
    });

    it("collect while nobody pushes, and let the registry be written again", () => {
        const stubs = { systemctl: `${note}; cat mode >>calls 2>/dev/null; true`, runuser: note };
        expect(withStubs(helper("image-registry"), stubs, ["collect", "DATA", "--delete-untagged"]).calls).toEqual([
            "systemctl try-restart datacentre-image-registry",
            "CONFIG=/etc/datacentre-image-registry/read-only.yml",
            "runuser -u datacentre-image-registry -- docker-registry garbage-collect --delete-untagged /etc/datacentre-image-registry/config.yml",
        ]);
        const closed = helper("image-registry").replace("case $1", 'echo x >"$mode"\ncase $1');
        expect(withStubs(closed, stubs, ["release"])).toEqual({ code: 0, calls: ["systemctl try-restart datacentre-image-registry"] });
    });

    it("do not collect where a registry is not closed, nor where nothing was pushed", () => {
        const stubs = { systemctl: "exit 1", runuser: note };
        expect(withStubs(helper("image-registry"), stubs, ["collect", "DATA"])).toEqual({ code: 1, calls: [] });
        expect(withStubs(helper("image-registry"), stubs, ["collect", "/nowhere"])).toEqual({ code: 0, calls: [] });
        expect(withStubs(helper("image-registry"), stubs, ["release"])).toEqual({ code: 0, calls: [] });
    });

    it("are among the files that verify looks at", () => {
        expect(Object.keys(filesOf(dc, "image-registry", images))).toEqual([
            `${etc}-registry/config.yml`,
            `${etc}-registry/read-only.yml`,
            "/usr/local/lib/datacentre/collect-images",
            "/etc/systemd/system/datacentre-image-registry.service",
            "/etc/systemd/system/datacentre-image-collection.service",
            "/etc/systemd/system/datacentre-image-collection.timer",
        ]);
    });
});

describe("verify", () => {
    const row = (name: string, on = "images", edit: Edit = {}) => probes(described(edit)).find((one) => one.node === on && one.row === name)!;

    it("asks every engine's host whether it reaches both", () => {
        for (const { name } of nodesWith(dc, "docker")) {
            expect(row("reaches the private registry", name).command).toContain("--cacert '/etc/docker/certs.d/images:443/ca.crt'");
        }
        expect(row("reaches the mirror of a registry", "agent1").evaluate("200\n", 0)).toMatchObject({ ok: true, found: "https://images:5000" });
        expect(row("reaches the mirror of a registry", "agent1").evaluate("000\n", 0)).toMatchObject({ ok: false, remedy: expect.stringContaining("/etc/docker/certs.d/images:5000/ca.crt") as unknown });
        expect(row("reaches the private registry", "agent1", { security: "seed" }).command).toBe("curl -s -o /dev/null --noproxy '*' --max-time 4 -w '%{http_code}\\n' 'http://images:80/v2/'");
    });

    it.each([
        ["640 root:datacentre-images\nOK\n700\n3600\n", true, "700 days left"],
        ["640 root:datacentre-images\nOK\n29\n3600\n", false, "29 days left"],
        ["640 root:datacentre-images\nOK\n700\n20\n", false, "the authority has 20 days left"],
        ["644 root:datacentre-images\nOK\n700\n3600\n", false, "its key is 644 root:datacentre-images"],
        ["640 root:datacentre-images\nverification failed\n700\n3600\n", false, "not by the stack's authority"],
        ["", false, "no key"],
    ])("reads %j of a certificate", (output, ok, found) => {
        expect(row("certificate is good for 30 days and more").evaluate(output, 0)).toMatchObject({ ok, found });
    });

    it.each([
        ["inactive\n/usr/bin/docker-registry serve /etc/datacentre-image-registry/config.yml \n", true, "yes"],
        ["activating\n/usr/bin/docker-registry serve /etc/datacentre-image-registry/read-only.yml \n", true, "not while garbage is collected"],
        ["inactive\n/usr/bin/docker-registry serve /etc/datacentre-image-registry/read-only.yml \n", false, "no, it is read-only"],
        ["inactive\n", false, "no answer"],
    ])("reads %j of the registry's process", (output, ok, found) => {
        expect(row("registry: takes pushes").evaluate(output, 0)).toMatchObject({ ok, found });
    });

    it.each([
        ["docker-registry serve /etc/datacentre-image-mirror/config.yml \n", true, "yes"],
        ["/bin/bash /usr/local/lib/datacentre/serve-image-mirror https://x /etc/datacentre-image-mirror/config.yml /etc/datacentre-image-mirror/kept.yml \n", false, "no: the upstream did not answer at its start, so it serves what it has"],
        ["", false, "no answer"],
    ])("reads %j of the mirror's process", (output, ok, found) => {
        expect(row("mirror: fetches from its upstream").evaluate(output, 0)).toMatchObject({ ok, found });
    });

    it("wants configuration and data to be its own", () => {
        const probe = row("registry: configuration and data are its own");
        const user = "datacentre-image-registry";
        expect(probe.evaluate(`640 root:${user}\n640 root:${user}\n750 ${user}:${user}\n`, 0).ok).toBe(true);
        expect(probe.evaluate(`644 root:${user}\n640 root:${user}\n750 ${user}:${user}\n`, 0).ok).toBe(false);
        expect(row("mirror: answers").evaluate("503\n", 0)).toMatchObject({ ok: false, found: "503" });
    });
});

/** The authority as `make setup` makes it, and a host's certificate by it, with the real openssl. */
describe("certificates", () => {
    const folder = mkdtempSync(join(tmpdir(), "certificates-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const script = `set -euo pipefail
        step=image-certificate node=images; state=$folder/state; mkdir -p "$state"; changes=() notes=()
        log=$folder/log; changed() { changes+=("$1"); }; quietly() { "$@" >>"$log" 2>&1; }; fail() { echo "failed: $1" >&2; exit 1; }
        put_user() { :; }; put_dir() { mkdir -p "$1"; }; make_dir() { mkdir -p "$1"; }; set_mode() { :; }; put_file() { printf '%s' "$4" >"$1"; }
        . components/step/helpers/certificate.sh; . components/image-registries/certificate.sh
        etc=$folder/etc name=images address=172.18.1.9 valid_days=\${days:-730} renew_days=30
        authority=$(cat "$folder/$by.crt")$'\\n' authority_key=$(cat "$folder/$by.key")
        converge; echo "\${#changes[@]}"; ls -A "$etc" | tr '\\n' ' '; echo; openssl verify -CAfile "$folder/$by.crt" "$etc/server.crt"`;
    const run = (more: Record<string, string> = {}) =>
        spawnSync("bash", ["-c", script], { encoding: "utf8", env: { ...process.env, folder, by: "first", ...more } });

    beforeAll(() => {
        for (const name of ["first", "second"]) {
            const of = (end: string) => join(folder, `${name}.${end}`);
            execFileSync("openssl", [
                ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj", `/O=datacentre/CN=${name}`],
                ...["-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", of("key"), "-out", of("crt")],
            ], { stdio: "pipe" });
        }
    });

    it("are made once, and again for few days, another authority, or a lost key", () => {
        const made = run();
        expect([made.stderr, made.stdout]).toEqual(["", expect.stringMatching(/^1\nauthority\.crt server\.crt server\.key \n.*server\.crt: OK\n$/)]);
        expect(run().stdout).toMatch(/^0\n/);
        expect(run({ by: "second" }).stdout).toMatch(/^1\n[^]*OK\n$/);
        rmSync(join(folder, "etc/server.key"));
        expect(run({ by: "second", days: "20" }).stdout).toMatch(/^1\n[^]*OK\n$/);
        // Of fewer days than are to be left.
        expect(run({ by: "second" }).stdout).toMatch(/^1\n[^]*OK\n$/);
        expect(run({ by: "second" }).stdout).toMatch(/^0\n/);
        const text = execFileSync("openssl", ["x509", "-in", join(folder, "etc/server.crt"), "-noout", "-text"], { encoding: "utf8" });
        expect(text).toMatch(/DNS:images, IP Address:172\.18\.1\.9/);
        expect(text).toMatch(/CA:FALSE/);
    });

    it("are not made by a key that is another's, which nothing quotes", () => {
        const failed = spawnSync("bash", ["-c", script.replace("$by.key", "first.key")], { encoding: "utf8", env: { ...process.env, folder, by: "second", days: "10" } });
        rmSync(join(folder, "etc"), { recursive: true, force: true });
        const again = spawnSync("bash", ["-c", script.replace("$by.key", "first.key")], { encoding: "utf8", env: { ...process.env, folder, by: "second" } });
        expect([failed.status, again.status]).toEqual([0, 1]);
        expect(again.stderr).toMatch(/^failed: openssl could not make a certificate for images\n$/);
    });
});
