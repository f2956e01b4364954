/** A program that nobody answers is not well: what is asked of services, where curl, Docker or Calico's client have nothing to tell. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { renderProgram, root, type Parameter } from "../../components/step/program";

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "no-answer-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

function fake(name: string, script: string): void {
    writeFileSync(join(home, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(home, name), 0o755);
}

/** Whether a function of a script says yes. */
function says(scripts: string[], call: string, parameters: Record<string, Parameter> = {}): boolean {
    const program = renderProgram("x", "agent1", scripts, parameters).replace(/main "\$1"\n$/, "");
    const text = `${program}\nPATH=${home}:$PATH log=${home}/log\nif ${call}; then echo yes; else echo no; fi`;
    const { stdout, stderr } = spawnSync("bash", ["-c", text], { encoding: "utf8" });
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^(yes|no)\n$/), expect.anything()]);
    return stdout === "yes\n";
}

/** What curl prints of a status, and ends with, in each case. */
const answers: [who: string, curl: string, felix: boolean, proxy: boolean][] = [
    ["nobody", "printf 000; exit 7", false, false],
    ["somebody too slow", "exit 124", false, false],
    ["one that is not well", "printf 503", false, true],
    ["one that wants a password", "printf 401", false, true],
    ["one that is well", "printf 204", true, true],
];

it.each(answers)("%s: Felix, and the bridge's proxy", (_, curl, felix, proxy) => {
    fake("curl", curl);
    fake("systemctl", "echo active");
    expect(says(["components/calico/node.sh"], "felix_lives", { health_port: 9099 })).toBe(felix);
    expect(says(["components/step/helpers/http.sh", "components/marathon-bridge/bridge.sh"], "serves", { stats_port: 9090, proxy: "x" })).toBe(proxy);
});

it("an engine that does not answer uses no registries, not even none", () => {
    const asked = () =>
        says(["components/docker/await.sh", "components/docker/engine.sh"], "registries_are_described", {
            ...{ data_root: "/d", storage_driver: "overlay2", cluster_store: "", insecure_registries: [], registry_mirrors: [] },
        });
    fake("docker", "exit 1");
    expect(asked()).toBe(false);
    fake("docker", "exit 0");
    expect(asked()).toBe(true);
});

it("a datastore that does not answer has no tunnels", () => {
    const asked = () => says(["components/calico/datastore.sh"], "have_tunnels", { series: 3, nodes: ["a", "b"], ctl_options: [] });
    fake("calicoctl", "exit 1");
    expect(asked()).toBe(false);
    fake("calicoctl", `echo '{"items":[{"metadata":{"name":"a"},"spec":{}}]}'`);
    expect(asked()).toBe(false);
    fake("calicoctl", `echo '{"items":[{"metadata":{"name":"a"},"spec":{"ipv4VXLANTunnelAddr":"10.0.0.1"}}]}'`);
    expect(asked()).toBe(true);
});

it("no script compares a status as a number, or with 000 alone", () => {
    const scripts = readdirSync(join(root, "components"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sh"));
    expect(scripts.length).toBeGreaterThan(50);
    const wrong = scripts.filter((file) =>
        readFileSync(join(root, "components", file), "utf8")
            .split("\n")
            .some((line) => /http_code|\$\(http |\$\(ask |\$status|\$code|\$answer/.test(line) && /-(lt|le|gt|ge) [1-9]00\b|!= "?000/.test(line)),
    );
    expect(wrong).toEqual([]);
});
