/** Who is compared: ours and the others, each as its own manual wants it to be quick. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../../components/step/program";
import { scriptOf } from "../bash/script";
import { Problem } from "../../ops/lib/say";
import { measured, type Cost } from "../lib/measure";
import type { HostWork } from "../work/work";
import type { BenchHost } from "./hosts";

/** What a tool needs to know. */
export interface Ground {
    readonly hosts: readonly BenchHost[];
    readonly work: readonly HostWork[];
    /** A folder for its files. */
    readonly scratch: string;
    readonly privateKeyFile: string;
    /** Of the Python tools. */
    readonly bin: string;
}

export interface Tool {
    readonly name: string;
    /** As BESIDE names it. */
    readonly short: string;
    readonly run: (ground: Ground) => Promise<Cost>;
    /**
     * How many changes the output tells; undefined when it tells none.
     *
     * @param asked how many questions were put to services: to pyinfra each is a change, as any command is
     */
    readonly changes: (output: string, asked: number) => number | undefined;
}

const knownHosts = ({ scratch, hosts }: Ground): string => {
    const path = join(scratch, "known_hosts");
    writeFileSync(path, hosts.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join(""));
    return path;
};

const sum = (pattern: RegExp) => (output: string) => {
    const counts = [...output.matchAll(pattern)].map(([, count]) => Number(count));
    return counts.length === 0 ? undefined : counts.reduce((all, one) => all + one, 0);
};

/** Pipelining, one kept connection a host that is new in each run, a fork for each host, and no facts: Ansible's own advice for speed. */
function ansible(ground: Ground, mitogen: boolean): Promise<Cost> {
    const { scratch, hosts, work, bin, privateKeyFile } = ground;
    if (/\{[{%#]/.test(JSON.stringify(work))) {
        throw new Problem("something of the compared work has '{{', '{%' or '{#' in it, which Ansible takes for a template", "say it otherwise in bench/work/work.ts");
    }
    const groups = [...new Set(work.flatMap(({ steps }) => steps.map(({ step }) => step)))];
    const members = (step: string): string[] => work.filter(({ steps }) => steps.some((one) => one.step === step)).map(({ name }) => name);
    const inventory = {
        all: {
            hosts: Object.fromEntries(work.map((one, i) => [one.name, { ansible_host: hosts[i]!.address, work: one }])),
            vars: { ansible_user: "root", ansible_python_interpreter: "/usr/bin/python3" },
            children: Object.fromEntries(groups.map((step) => [step, { hosts: Object.fromEntries(members(step).map((one) => [one, null])) }])),
        },
    };
    const file = join(scratch, "inventory.json");
    writeFileSync(file, JSON.stringify(inventory));
    const config = join(scratch, "ansible.cfg");
    writeFileSync(config, "[defaults]\n");
    const strategies = join(bin, "../lib", readdirSync(join(bin, "../lib"))[0]!, "site-packages/ansible_mitogen/plugins/strategy");
    // Unix sockets have short names.
    const control = mkdtempSync("/tmp/bench-ssh-");
    const env = {
        ...process.env,
        // Nobody's own settings.
        ANSIBLE_CONFIG: config,
        ANSIBLE_HOME: join(scratch, "ansible"),
        ANSIBLE_LOCAL_TEMP: join(scratch, "ansible/tmp"),
        ANSIBLE_PIPELINING: "True",
        // A machine that does other things besides takes its time.
        ANSIBLE_TIMEOUT: "60",
        ANSIBLE_FORKS: String(hosts.length),
        ANSIBLE_PRIVATE_KEY_FILE: privateKeyFile,
        ANSIBLE_HOST_KEY_CHECKING: "True",
        ANSIBLE_SSH_ARGS: `-C -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${knownHosts(ground)}`,
        ANSIBLE_SSH_CONTROL_PATH_DIR: control,
        ANSIBLE_NOCOLOR: "1",
        ...(mitogen ? { ANSIBLE_STRATEGY_PLUGINS: strategies, ANSIBLE_STRATEGY: "mitogen_linear" } : {}),
    };
    mkdirSync(join(scratch, "ansible/tmp"), { recursive: true });
    const args = ["-i", file, join(root, "bench/ansible/site.yml")];
    return measured(join(bin, "ansible-playbook"), args, { cwd: root, env }).finally(() => rmSync(control, { recursive: true, force: true }));
}

function pyinfra(ground: Ground): Promise<Cost> {
    const { scratch, hosts, work, bin, privateKeyFile } = ground;
    const file = join(scratch, "pyinfra.json");
    const targets = work.map((one, i) => ({ address: hosts[i]!.address, work: one }));
    writeFileSync(file, JSON.stringify({ key: privateKeyFile, knownHosts: knownHosts(ground), hosts: targets }));
    const folder = join(root, "bench/pyinfra");
    // Compiled files stay out of the clone.
    const env = { ...process.env, BENCH_INVENTORY: file, PYTHONDONTWRITEBYTECODE: "1", NO_COLOR: "1" };
    const args = ["-y", "--parallel", String(hosts.length), join(folder, "inventory.py"), join(folder, "deploy.py")];
    return measured(join(bin, "pyinfra"), args, { cwd: folder, env });
}

/** `Grand total  223  21  -  202`: hosts, changed, failed, as they were. */
function pyinfraChanges(output: string, asked: number): number | undefined {
    const changed = /Grand total +\d+ +(\d+|-) /.exec(output)?.[1];
    return changed === undefined ? undefined : (changed === "-" ? 0 : Number(changed)) - asked;
}

/** One connection a host, all hosts at once. */
function bash(ground: Ground): Promise<Cost> {
    const { scratch, hosts, work, privateKeyFile } = ground;
    work.forEach((one) => writeFileSync(join(scratch, `${one.name}.sh`), scriptOf(one)));
    const ssh = `ssh -i ${privateKeyFile} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=${knownHosts(ground)}`;
    const lines = work.map(({ name }, i) => `${ssh} root@${hosts[i]!.address} bash -s <${join(scratch, name)}.sh & all+=($!)`);
    return measured("bash", ["-c", `all=() status=0\n${lines.join("\n")}\nfor one in "\${all[@]}"; do wait "$one" || status=1; done; exit "$status"`]);
}

export const others: readonly Tool[] = [
    { name: "Ansible", short: "ansible", run: (ground) => ansible(ground, false), changes: sum(/ changed=(\d+) /g) },
    { name: "Ansible + mitogen", short: "mitogen", run: (ground) => ansible(ground, true), changes: sum(/ changed=(\d+) /g) },
    { name: "pyinfra", short: "pyinfra", run: pyinfra, changes: pyinfraChanges },
    { name: "bash over SSH", short: "bash", run: bash, changes: sum(/^(\d+) changes$/gm) },
];
