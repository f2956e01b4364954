/** The compared work as plain data, which the playbook, the deploy and the script take: what our own steps do, by host and step. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { root } from "../../components/step/program";
import { Problem } from "../../ops/lib/say";
import { putsOf, type Put } from "./sites";
import { comparedStack, type Place } from "./stack";
import { toldSteps, type Told } from "./steps";

export interface FileWork {
    readonly path: string;
    readonly mode: string;
    readonly user: string;
    readonly group: string;
    readonly content: string;
}

export interface StepWork {
    readonly step: string;
    readonly users: readonly { readonly name: string; readonly home: string }[];
    readonly directories: readonly Omit<FileWork, "content">[];
    readonly files: readonly FileWork[];
    /** What is written once, before the first start, and is the service's own then: a command, unless `creates` is there. */
    readonly firsts: readonly { readonly creates: string; readonly command: string }[];
    readonly units: readonly string[];
    /** Shell that waits until the service does its work, two minutes at most; its status says whether it does. */
    readonly answers: readonly string[];
}

export interface HostWork {
    readonly name: string;
    readonly address: string;
    readonly repositories: readonly FileWork[];
    readonly packages: readonly string[];
    readonly hostsBlock: string;
    /** Units that packages start, and that this host is not described to have. */
    readonly idle: readonly string[];
    readonly steps: readonly StepWork[];
}

/** Steps that put nothing on a host: gates of our own order, which the others do without. */
const gates = ["docker-restart", "mesos-agents", "apps"];

const list = (told: Told | undefined, name: string): readonly string[] => {
    const value = told?.parameters[name];
    return Array.isArray(value) ? (value as string[]) : [];
};
const word = (told: Told, name: string): string => String(told.parameters[name]);

const owned = (path = "", mode = "", owner = "") => ({ path, mode, user: owner.split(":")[0] ?? "", group: owner.split(":")[1] ?? "" });

const wait = (check: string): string => `for i in $(seq 240); do if ${check}; then exit 0; fi; sleep 0.5; done; exit 1`;

/** What each step asks of its service in the end. */
const asks: Readonly<Record<string, (told: Told) => string[]>> = {
    // Without docker's own templates, whose braces Ansible would take for its own.
    docker: (told) =>
        [`Docker Root Dir: ${word(told, "data_root")}`, `Storage Driver: ${word(told, "storage_driver")}`].map((line) => `docker info 2>/dev/null | grep -x ' ${line}' >/dev/null`),
    zookeeper: (told) => [`timeout 3 bash -c 'exec 3<>/dev/tcp/${word(told, "address")}/${word(told, "client_port")}; printf srvr >&3; cat <&3' 2>/dev/null | grep -q '^Mode: '`],
    etcd: (told) => [`curl -fsS -m 3 http://${word(told, "address")}:${word(told, "client_port")}/health 2>/dev/null | grep -q true`],
    "mesos-master": (told) => [`curl -fsS -m 3 http://${word(told, "address")}:${word(told, "port")}/health 2>/dev/null`],
    "mesos-agent": (told) => [`curl -fsS -m 3 http://${word(told, "address")}:${word(told, "port")}/metrics/snapshot 2>/dev/null | grep -qE '"slave(/|\\\\/)registered":1'`],
    marathon: (told) => ["ping", "v2/leader"].map((path) => `curl -fsS -m 3 -o /dev/null http://${word(told, "address")}:${word(told, "port")}/${path} 2>/dev/null`),
};

/** An ensemble's list is ZooKeeper's own once it runs. The others begin with all members at once, where our steps take them in one by one. */
function firsts(told: Told): StepWork["firsts"] {
    if (told.step !== "zookeeper") {
        return [];
    }
    const conf = `${word(told, "data_dir")}/conf`;
    const [peer, election, client] = ["peer_port", "election_port", "client_port"].map((name) => word(told, name));
    const members = list(told, "members").map((one) => one.split(" ")).map(([id, at]) => `server.${id}=${at}:${peer}:${election}:participant;0.0.0.0:${client}`);
    const settings = word(told, "zoo_cfg").split("\n").filter((line) => line !== "" && !line.startsWith("clientPort="));
    const lines = (all: readonly string[]): string => all.map((line) => `'${line}'`).join(" ");
    const begin = [`printf '%s\\n' ${lines(members)} >${conf}/zoo.cfg.dynamic`, `printf '%s\\n' ${lines([...settings, `dynamicConfigFile=${conf}/zoo.cfg.dynamic`])} >${conf}/zoo.cfg`];
    return [{ creates: `${conf}/zoo.cfg`, command: [...begin, `chown -R zookeeper:zookeeper ${conf}`].join(" && ") }];
}

const unique = <T>(all: readonly T[]): T[] => [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];

function stepWork(told: Told, puts: readonly Put[]): StepWork {
    const of = (...helpers: string[]) => puts.filter(({ helper }) => helpers.includes(helper)).map(({ arguments: args }) => args);
    const foreign = of("put_archive")[0];
    const ask = asks[told.step];
    if (foreign || !ask) {
        throw new Problem(`the comparison does not know ${foreign ? `the archive of ${foreign[0]}` : `what step ${told.step} asks of its service`}`, "say it in bench/work/work.ts");
    }
    return {
        step: told.step,
        users: of("put_user").map(([name = "", home = ""]) => ({ name, home })),
        directories: of("put_dir", "put_data_dir").map(([path, mode, owner]) => owned(path, mode, owner)),
        files: unique(of("put_file").map(([path, mode, owner, content = ""]) => ({ ...owned(path, mode, owner), content }))),
        firsts: firsts(told),
        units: unique(of("enable_unit", "run_unit").map(([unit = ""]) => (unit.includes(".") ? unit : `${unit}.service`))),
        answers: ask(told).map(wait),
    };
}

function hostWork(name: string, told: readonly Told[]): HostWork {
    const prepare = told.find(({ step }) => step === "prepare")!;
    const texts = list(prepare, "apt_repositories");
    const origins = list(prepare, "apt_origins");
    const repositories = texts.flatMap((text, i) =>
        i % 3 === 1
            ? [
                  { ...owned(`/etc/apt/sources.list.d/datacentre-${texts[i - 1]}.list`, "0644", "root:root"), content: text },
                  ...(texts[i + 1] ? [{ ...owned(`/etc/apt/keyrings/datacentre-${texts[i - 1]}.asc`, "0644", "root:root"), content: texts[i + 1]! }] : []),
              ]
            : [],
    );
    const preferences = origins.flatMap((origin, i) => (i % 3 === 0 ? [{ ...owned(`/etc/apt/preferences.d/datacentre-${origin}`, "0644", "root:root"), content: origins[i + 2]! }] : []));
    const others = putsOf(prepare).filter(({ helper, arguments: [path] }) => !(helper === "put_block" && path === "/etc/hosts"));
    const steps = told.filter(({ step }) => step !== "prepare").flatMap((one) => {
        const puts = putsOf(one);
        if (gates.includes(one.step)) {
            others.push(...puts);
            return [];
        }
        return [stepWork(one, puts)];
    });
    const [strange] = others;
    if (strange) {
        throw new Problem(`the comparison does not know of ${strange.helper} ${strange.arguments[0]} on ${name}`, "say it in bench/work/work.ts");
    }
    const running = steps.flatMap(({ units }) => units);
    return {
        name,
        address: word(prepare, "address"),
        repositories: [...repositories, ...preferences],
        // Of choices the first, which is what these hosts' sources have, in the one version that they have.
        packages: list(prepare, "apt_packages").map((one) => one.split("|")[0]!.split("=")[0]!),
        hostsBlock: word(prepare, "hosts_block"),
        idle: list(prepare, "units").filter((unit) => !running.includes(unit)),
        steps,
    };
}

/** What all hosts get. Once a process: it runs the program. */
export async function comparedWork(places: readonly Place[]): Promise<HostWork[]> {
    const told = await toldSteps((key) => comparedStack(places, key));
    return [...new Set(told.map(({ node }) => node))].map((node) => hostWork(node, told.filter((one) => one.node === node)));
}

/** The same, in a process of its own. */
export function workInProcess(places: readonly Place[]): HostWork[] {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--require", "tsx/cjs", join(__dirname, "print.ts")], { cwd: root, input: JSON.stringify(places), encoding: "utf8" });
    if (status !== 0) {
        throw new Problem(`the compared work could not be told: ${stderr.trim()}`, "see above");
    }
    return JSON.parse(stdout) as HostWork[];
}
