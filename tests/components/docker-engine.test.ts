import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { dataCentreSchema } from "../../components/description";
import { engineParameters, engineScripts } from "../../components/docker";
import { probes } from "../../components/docker/check";
import { daemonJson, engineSettings, loginSecrets, restartSettings } from "../../components/docker/plan";
import { dockerSystem } from "../../components/docker/system";
import { renderProgram, root, secretAssignment } from "../../components/step/program";
import type { DataCentre, DataCentreInput } from "../../config/schema";
import { kept } from "./sample";

const describe000 = (docker: DataCentreInput["docker"] = {}, own: object = {}): DataCentre =>
    dataCentreSchema.parse({
        provider: { kind: "docker", prefix: "t", subnet: "172.30.9.0/24", mtu: 1400 },
        nodes: [
            { name: "master1", address: "172.30.9.1", roles: ["docker"] },
            { name: "agent1", address: "172.30.9.2", roles: ["docker"], docker: own },
            { name: "agent2", address: "172.30.9.3", roles: ["etcd"] },
        ],
        docker,
    });

const settingsOf = (dc: DataCentre, index = 0) => engineSettings(dc, dc.nodes[index]!);

const program = (() => {
    const dc = describe000();
    return renderProgram("docker", "master1", engineScripts, engineParameters(dc, dc.nodes[0]!));
})();

/** The program's functions, and then `call` with `input`. */
const bash = (call: string, input = ""): string =>
    execFileSync("bash", ["-c", `${program.replace(/main "\$1"\n$/, "")}\n${call}`], { input, encoding: "utf8" });

describe("daemon.json", () => {
    it("is document 000's, in today's words, with log rotation and the hosts' MTU", () => {
        expect(daemonJson(settingsOf(describe000({ insecureRegistries: ["master1:5000"] })))).toBe(`{
    "data-root": "/mnt/docker-data",
    "storage-driver": "overlay2",
    "live-restore": true,
    "log-driver": "json-file",
    "log-opts": {
        "max-size": "50m",
        "max-file": "3"
    },
    "mtu": 1400,
    "insecure-registries": [
        "master1:5000"
    ],
    "registry-mirrors": []
}
`);
    });

    it("takes a node's own settings over the stack's, on that node alone", () => {
        const dc = describe000({ mtu: 1450 }, { dataRoot: "/srv/docker", storageDriver: "vfs" });
        expect(settingsOf(dc, 1)).toMatchObject({ dataRoot: "/srv/docker", storageDriver: "vfs", mtu: 1450 });
        expect(settingsOf(dc, 0)).toMatchObject({ dataRoot: "/mnt/docker-data", storageDriver: "overlay2", mtu: 1450 });
        expect(dc.nodes.map((node) => kept(dockerSystem, dc, node))).toEqual([["/mnt/docker-data"], ["/srv/docker"], []]);
    });

    it("names registries in the part that is reloaded, not in the part that restarts the engine", () => {
        const plain = settingsOf(describe000());
        const more = settingsOf(describe000({ insecureRegistries: ["a:5000"], registryMirrors: ["http://b:5001"] }));
        expect(restartSettings(more)).toBe(restartSettings(plain));
        expect(daemonJson(more)).not.toBe(daemonJson(plain));
        expect(restartSettings(settingsOf(describe000({ logMaxFiles: 9 })))).not.toBe(restartSettings(plain));
    });
});

it("logins are written as docker login writes them, Docker Hub's under its old name", () => {
    const credentials = [
        { registry: "master1:5000", username: "u", password: "p:w" },
        { registry: "docker.io", username: "hub", password: "x'\"$(id)\\" },
    ];
    const assignments = Object.entries(loginSecrets(credentials)).map(([key, value]) => secretAssignment(key, value));
    const script = readFileSync(join(root, "components/docker/client-config.sh"), "utf8");
    const program = [script, ...assignments, "logins=2", "client_config"].join("\n");
    const text = execFileSync("bash", ["-c", 'eval "$(cat)"'], { input: program, encoding: "utf8" });
    expect(JSON.parse(text)).toEqual({
        auths: {
            "master1:5000": { auth: Buffer.from("u:p:w").toString("base64") },
            "https://index.docker.io/v1/": { auth: Buffer.from("hub:x'\"$(id)\\").toString("base64") },
        },
    });
    // What the engine's log filter looks for stands in the program as it is.
    expect(program).toContain("hub:x'\"$(id)\\");
});

describe("a daemon that does not start is told by its cause", () => {
    // Lines as the engine of the named version writes them.
    const cases: [string, string, RegExp, RegExp][] = [
        [
            "settings in the unit and in the file (20.10)",
            "unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives are specified both as a flag and in the configuration file: storage-driver: (from flag: vfs, from file: overlay2)",
            /both in the unit's command line and in daemon.json: storage-driver/,
            /systemctl cat docker/,
        ],
        [
            "a file written by hand (20.10)",
            "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character '}' looking for beginning of object key string",
            /no valid JSON: invalid character '}'/,
            /--config-file/,
        ],
        [
            "the document's graph key (23)",
            "unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: graph",
            /does not know: graph/,
            /'graph' is today's 'data-root'/,
        ],
        [
            "what another driver left (20.10)",
            'failed to start daemon: error initializing graphdriver: /var/lib/docker contains several valid graphdrivers: overlay2, vfs; Please cleanup or explicitly choose storage driver (-s <DRIVER>)',
            /what another storage driver left/,
            /move the old directory aside/,
        ],
        [
            "what another driver left, as in the document's time (17.12)",
            'Error starting daemon: error initializing graphdriver: prior storage driver overlay failed: driver not supported',
            /prior storage driver overlay failed/,
            /docker.storageDriver/,
        ],
        [
            "xfs without ftype (20.10)",
            "failed to start daemon: error initializing graphdriver: overlay2: the backing xfs filesystem is formatted without d_type support, which leads to incorrect behavior. Reformat the filesystem with ftype=1 to enable d_type support.",
            /overlay2 does not work on the file system of \/mnt\/docker-data/,
            /ftype=1/,
        ],
        ["a full disk", "failed to start daemon: mkdir /mnt/docker-data/tmp: no space left on device", /no space is left/, /df -h/],
        [
            "a second daemon (20.10)",
            "failed to start daemon: pid file found, ensure docker is not running or delete /var/run/docker.pid",
            /another dockerd runs/,
            /docker\.pid/,
        ],
        [
            "a cluster store after its time (23.0)",
            "failed to start daemon: Host-discovery and overlay networks with external k/v stores are deprecated. The 'cluster-advertise', 'cluster-store', and 'cluster-store-opt' options have been removed",
            /has no cluster store any more: the 'cluster-advertise', 'cluster-store'/i,
            /versions.docker "20.10"/,
        ],
        [
            "a cluster store when it was forgotten (28)",
            "unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: cluster-store",
            /has no cluster store any more: cluster-store/,
            /calico.dockerNetworks/,
        ],
        [
            "an engine of a swarm (20.10)",
            "failed to start daemon: --cluster-store and --cluster-advertise daemon configurations are incompatible with swarm mode",
            /of a Docker swarm/,
            /docker swarm leave/,
        ],
        ["anything else", 'level=fatal msg="of a new kind"', /of a new kind/, /journalctl -u docker/],
        [
            "a daemon that does not reach containerd (20.10)",
            'failed to start containerd: timeout waiting for containerd to start',
            /does not reach containerd/,
            /systemctl status containerd/,
        ],
        ["silence", "", /its journal says nothing/, /journalctl/],
    ];
    it.each(cases)("%s", (_, journal, problem, remedy) => {
        const noise =
            "Starting Docker Application Container Engine...\n" +
            'time="2026-01-01T00:00:00Z" level=info msg="ccResolverWrapper: {unix:///run/containerd/containerd.sock  <nil>}" module=grpc\n';
        const after = "\ndocker.service: Start request repeated too quickly.\nFailed with result 'start-limit-hit'.\n";
        const [said, advice] = bash("docker_diagnosis /mnt/docker-data overlay2", noise + journal + after).split("\n");
        expect(said).toMatch(problem);
        expect(advice).toMatch(remedy);
        expect(advice).not.toMatch(/rm -rf/);
    });
});

it("sees the keys of a file that was there before, even of one that is not quite JSON", () => {
    expect(bash("json_keys", '{"graph": "/mnt", "a\\"b": {"inner": [1, {"deep": 2}]},\n "hosts": ["x:y"],}')).toBe('graph\na\\"b\nhosts\n');
    expect(bash("json_keys", "no json at all")).toBe("");
});

describe("verify", () => {
    const dc = describe000({
        registryMirrors: ["http://mirror:5001/"],
        insecureRegistries: ["master1:5000"],
        credentials: [{ registry: "master1:5000", username: "u", password: "planted-secret" }],
    });
    const all = probes(dc);
    const judge = (row: string, output: string) => all.find((probe) => probe.node === "master1" && probe.row === row)!.evaluate(output, 0);

    it("asks the nodes with the role, each row once, and carries no secret", () => {
        expect([...new Set(all.map((probe) => probe.node))]).toEqual(["master1", "agent1"]);
        expect(new Set(all.map((probe) => `${probe.node} ${probe.row}`)).size).toBe(all.length);
        expect(JSON.stringify(all)).not.toMatch(/planted-secret|dTpwbGFudGVk/);
    });

    it.each([
        ["engine", "enabled\nactive\n20.10.24\n", "running, 20.10.24"],
        ["data root", "/mnt/docker-data with overlay2\n", "/mnt/docker-data with overlay2"],
        ["registries in use", "mirror http://mirror:5001/\ninsecure master1:5000\nanswered", "mirrors: http://mirror:5001; insecure: master1:5000"],
        ["registry logins", "600 root\nmaster1:5000:\n", "master1:5000, mode and owner 600 root"],
    ])("%s is green when all is as described", (row, output, found) => {
        expect(judge(row, output)).toMatchObject({ ok: true, found });
    });

    it.each([
        ["engine", "enabled\ninactive\n", "inactive, enabled"],
        ["engine", "disabled\nactive\n20.10.24\n", "active, disabled"],
        ["engine", "enabled\nactive\n", "active, enabled, no answer"],
        ["engine", "", "not there, unknown"],
        ["data root", "/var/lib/docker with overlay2\n", "/var/lib/docker with overlay2"],
        ["data root", "", "no answer"],
        ["daemon.json", "644 root\n0000  /etc/docker/daemon.json\n", "other content"],
        ["daemon.json", "600 root\n0000  /etc/docker/daemon.json\n", "mode and owner 600 root"],
        ["daemon.json", "", "missing"],
        ["registries in use", "answered", "mirrors: none; insecure: none"],
        ["registries in use", "", "no answer"],
        ["registry logins", "644 root\nmaster1:5000:\n", "master1:5000, mode and owner 644 root"],
        ["registry logins", "", "no answer"],
    ])("%s is red for %j, with what to do", (row, output, found) => {
        expect(judge(row, output)).toMatchObject({ ok: false, found });
        expect(judge(row, output).remedy).toMatch(/make up/);
    });
});
