/** Steps of Kubernetes that need no host: which ways from version to version there are, and what is done with a node before it changes. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { renderProgram, type Parameter } from "../../components/step/program";

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "kubernetes-steps-"))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const scripts = (...names: string[]): string[] => names.map((name) => `components/kubernetes/${name}.sh`);

/** A step with a kubectl that notes what it is asked, and answers by the first of `answers` whose beginning is in that. */
function run(names: string[], parameters: Record<string, Parameter>, answers: Readonly<Record<string, string>>) {
    const kubectl = join(home, "kubectl");
    const cases = Object.entries(answers).map(([words, answer]) => `*'${words}'*) ${answer} ;;`);
    writeFileSync(kubectl, `#!/bin/bash\nprintf '%s\\n' "$*" >>${home}/asked\ncase "$*" in ${cases.join("\n")}\nesac\n`);
    chmodSync(kubectl, 0o755);
    mkdirSync(join(home, "run"), { recursive: true });
    writeFileSync(join(home, "kubernetes-version"), "1.35.8\n");
    writeFileSync(join(home, "asked"), "");
    const program = renderProgram("kubernetes-drain", "master1", scripts(...names), parameters).replace("kubectl=/usr/local/bin/kubectl", `kubectl=${kubectl}`).replace("admin_conf=/etc/kubernetes/admin.conf", `admin_conf=${home}/asked`);
    const { status, stdout, stderr } = spawnSync("bash", ["-c", 'eval "$(cat)"', "datacentre", "converge"], { input: program.replace(/main "\$1"\n$/, 'main converge\n'), encoding: "utf8", env: { ...process.env, DATACENTRE_STEP_STATE: home } });
    return { code: status, output: `${stdout}${stderr}`, asked: readFileSync(join(home, "asked"), "utf8").split("\n") };
}

const facts = { api_seconds: 1, lead_seconds: 1, name: "node1", digest: "new", version: "1.36.3", master: false, drain_timeout: 10 };
const answers = (over: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    "get --raw /readyz": "printf ok",
    "get lease": "date +%s.%N",
    "kubeletVersion": "printf v1.35.8",
    "annotations.datacentre/kubelet": "printf old",
    "annotations.datacentre/cordoned": "printf ''",
    '@.type=="Ready")].status}{"\\n"}': "printf 'node1  True\\nnode2  True\\n'",
    '.status.conditions[?(@.type=="Ready")].status}': "printf True",
    ...over,
});
const drained = (over: Readonly<Record<string, string>> = {}, more: Partial<typeof facts> = {}) => run(["api", "skew", "drain"], { ...facts, ...more }, { ...over, ...answers(over) });
const verbs = (asked: readonly string[]): string[] => asked.flatMap((line) => /\b(cordon|uncordon|drain) /.exec(line)?.[1] ?? []);

it("empties a node before its kubelet changes, and says what goes from where to where", () => {
    const { code, output, asked } = drained();
    expect([code, verbs(asked)]).toEqual([0, ["cordon", "drain"]]);
    expect(output).toMatch(/^2 changes\n {2}cordoned node1\n {2}drained node1\n {2}note: node1 goes from 1\.35\.8 to 1\.36\.3/);
});

it.each<[string, Readonly<Record<string, string>>, Partial<typeof facts>]>([
    ["with these settings already", { "annotations.datacentre/kubelet": "printf new" }, {}],
    ["that nobody has let in yet", { "annotations.datacentre/kubelet": "printf ''" }, {}],
    ["that is not Ready", { '.status.conditions[?(@.type=="Ready")].status}': "printf Unknown" }, {}],
    ["that is alone", { '@.type=="Ready")].status}{"\\n"}': "printf 'node1  True\\nnode2 true True\\n'" }, {}],
    ["that is a master, while nobody leads controllers", { "get lease": "printf before" }, { master: true }],
    ["that is a master, while the API is away", { "get --raw /readyz": "exit 1" }, { master: true }],
])("leaves a node as it is %s", (_, over, more) => {
    const { code, asked } = drained(over, more);
    expect([code, verbs(asked)]).toEqual([0, []]);
}, 60_000);

it.each(["kube-controller-manager", "kube-scheduler"])("empties no node while nobody leads %s, since its pods would end and have no others in their place", (name) => {
    const { code, output, asked } = drained({ [`get lease ${name}`]: "printf before" });
    expect([code, verbs(asked)]).toEqual([1, []]);
    expect(output).toMatch(/nobody leads kube-controller-manager or kube-scheduler[^]*remedy: see/);
});

it("gives a node back that cannot be emptied, and says why", () => {
    const { code, output, asked } = drained({
        "drain node1": "echo 'error when evicting pods/\"web-1\": Cannot evict pod as it would violate the pod'\\''s disruption budget.' >&2; exit 1",
        "annotations.datacentre/cordoned": "printf yes",
    });
    expect(code).toBe(1);
    expect(verbs(asked)).toEqual(["cordon", "drain", "uncordon"]);
    expect(output).toMatch(/node1 cannot be drained: Cannot evict pod[^]*remedy: .*PodDisruptionBudget/);
});

it.each<[string, string, RegExp | undefined]>([
    ["1.35.8", "1.36.3", undefined],
    ["1.36.3", "1.36.1", undefined],
    ["1.36.3", "1.35.8", /goes no minor version back/],
    ["1.34.1", "1.36.3", /one minor version at a time.*[^]*1\.35 first/],
    ["1.9.1", "1.10.0", undefined],
])("of versions, %s to %s", (from, to, refused) => {
    const { code, output, asked } = drained({ kubeletVersion: `printf v${from}` }, { version: to });
    expect(code).toBe(refused ? 1 : 0);
    expect(output).toMatch(refused ?? /./);
    expect(verbs(asked).length > 0).toBe(refused === undefined);
});

it("takes out nodes of ours that are described no more, and nobody else's", () => {
    const list = "printf 'node1 abc\\nnode9 abc\\nother \\n'";
    const told = { "get --raw /readyz": "printf ok", "range .items": list, 'type=="Ready"': "printf True", "get lease": "date +%s.%N" };
    const parameters = { nodes: ["node1"], drain_timeout: 10, lead_seconds: 1 };
    const waiting = run(["api", "members"], parameters, { ...told, "get lease": "printf before" });
    expect([waiting.code, verbs(waiting.asked)]).toEqual([1, []]);
    const { code, asked } = run(["api", "members"], parameters, told);
    expect(code).toBe(0);
    expect(asked.filter((line) => / (cordon|drain|delete) | delete /.test(` ${line} `)).map((line) => line.replace(/.*?(cordon|drain|delete node) (\S+).*/, "$1 $2"))).toEqual(["cordon node9", "drain node9", "delete node node9"]);
});
