/** Mesos and Marathon in containers: units, environment, what verify asks, and the images on the host. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hostPlan } from "../../components/host/plan";
import { probes as marathonProbes } from "../../components/marathon/check";
import { filesOf as marathonFiles, programOf as marathonProgram } from "../../components/marathon/plan";
import { probes } from "../../components/mesos/check";
import { distributions } from "../../components/mesos/distributions";
import { filesOf, programOf } from "../../components/mesos/program";
import { root } from "../../components/step/program";
import { systems } from "../../components/systems";
import { sampleDataCentre } from "./sample";

const images = { master: "mesosphere/mesos-master:1.11.0", agent: "mesosphere/mesos-slave:1.11.0", marathon: "mesosphere/marathon:v1.11.24" };
const imaged = (edit: Parameters<typeof sampleDataCentre>[0] = () => undefined) =>
    sampleDataCentre((raw) => {
        raw.sources = { mesos: { kind: "images", master: images.master, agent: images.agent }, marathon: { kind: "images", image: images.marathon } };
        raw.mesos = { containerizers: ["docker"] };
        delete raw.docker?.reachableRegistries;
        // An agent in a container starts Docker containers only.
        delete raw.calico?.networks;
        edit(raw);
    });
const dc = imaged();
const [master1, agent1] = dc.nodes as [typeof dc.nodes[number], typeof dc.nodes[number]];
const unit = (kind: "master" | "agent", of = dc): string => filesOf(of, of.nodes[0]!, kind, distributions.mesosphere.layout)[`/etc/systemd/system/mesos-${kind === "agent" ? "slave" : kind}.service`] ?? "";
const environment = (kind: "master" | "agent", of = dc): string => filesOf(of, of.nodes[0]!, kind, distributions.mesosphere.layout)[`/etc/mesos/mesos-${kind === "agent" ? "slave" : kind}.env`] ?? "";
const marathonUnit = (of = dc): string => marathonFiles(of, of.nodes[0]!)["/etc/systemd/system/marathon.service"] ?? "";

describe("units", () => {
    it("run the container in the foreground, and clear away what a killed one left", () => {
        for (const [name, text] of [["mesos-master", unit("master")], ["mesos-slave", unit("agent")], ["marathon", marathonUnit()]] as const) {
            expect(text).toContain(`ExecStartPre=-/usr/bin/docker rm -f datacentre-${name}\n`);
            expect(text).toContain(`ExecStart=/usr/bin/docker run --rm --name datacentre-${name} \\\n    --net host`);
            expect(text).toMatch(/^Restart=always$/m);
            expect(text).not.toMatch(/ -d /);
            // Agents stop what is called mesos-… and is no task of theirs.
            expect(text).not.toMatch(/--name mesos-/);
        }
    });

    it("keep the master's registry, which its image by itself would only have in memory", () => {
        expect(unit("master")).toMatch(/mesosphere\/mesos-master:1\.11\.0 \\\n {4}--registry=replicated_log\n/);
        expect(unit("master", imaged((raw) => (raw.mesos = { ...raw.mesos, masterFlags: { registry: "in_memory" } })))).toContain("--registry=in_memory\n");
        expect(unit("master")).toContain("-v /var/lib/mesos/master:/var/lib/mesos/master \\\n");
    });

    it("give the agent the engine, its work directory at the same path, and the host's processes", () => {
        for (const part of ["-v /var/run/docker.sock:/var/run/docker.sock", "-v /sys/fs/cgroup:/sys/fs/cgroup", "-v /var/lib/mesos/agent:/var/lib/mesos/agent", "--pid host --privileged"]) {
            expect(unit("agent")).toContain(`${part} \\\n`);
        }
        expect(unit("agent")).not.toContain("/root/.docker");
        const login = imaged((raw) => (raw.docker = { ...raw.docker, credentials: [{ registry: "r.example", username: "u", password: "pass-word" }] }));
        expect(unit("agent", login)).toContain("-v /root/.docker:/root/.docker:ro \\\n");
    });

    it("tell Marathon its options as words, and its login by name only", () => {
        const secret = imaged((raw) => (raw.marathon = { credentials: { username: "u", password: "pass-word" }, flags: { mesos_role: 'a "b" $c %d' } }));
        expect(marathonUnit(secret)).toContain("-e MARATHON_HTTP_CREDENTIALS \\\n");
        expect(marathonUnit(secret)).toContain("EnvironmentFile=-/etc/marathon/credentials.env\n");
        expect(marathonUnit(secret)).toContain('--mesos_role "a \\"b\\" $$c %%d"');
        expect(JSON.stringify(marathonProgram(secret, secret.nodes[0]!))).not.toContain("pass-word");
        expect(marathonUnit()).toContain("--master zk://172.18.1.1:2181,172.18.1.2:2181,172.18.1.3:2181/mesos \\\n");
    });
});

it("flags stand in the environment, to the letter", () => {
    expect(environment("master").split("\n")).toEqual(
        expect.arrayContaining(["MESOS_ZK=zk://172.18.1.1:2181,172.18.1.2:2181,172.18.1.3:2181/mesos", "MESOS_QUORUM=1", "MESOS_WORK_DIR=/var/lib/mesos/master"]),
    );
    const own = imaged((raw) => (raw.mesos = { ...raw.mesos, agentFlags: { executor_environment_variables: '{"A": "$B %c"}' } }));
    expect(environment("agent", own).split("\n")).toEqual(
        expect.arrayContaining([
            "MESOS_SYSTEMD_ENABLE_SUPPORT=false",
            "MESOS_CONTAINERIZERS=docker",
            "MESOS_RESOURCES=ports:[5000-5000, 9090-9090, 9091-9091, 31000-32000]",
            "MESOS_DOCKER_MESOS_IMAGE=datacentre/mesos-executor:mesosphere-mesos-slave-1.11.0",
            'MESOS_EXECUTOR_ENVIRONMENT_VARIABLES={"A": "$B %c"}',
        ]),
    );
});

it("the image of executors is made from the agent's, unless the description names one", () => {
    expect(programOf(dc, agent1, "agent").parameters).toMatchObject({ image: images.agent, executor_image: "datacentre/mesos-executor:mesosphere-mesos-slave-1.11.0" });
    expect(programOf(dc, master1, "master").parameters).toMatchObject({ image: images.master, executor_image: "" });
    const own = imaged((raw) => (raw.mesos = { ...raw.mesos, agentFlags: { docker_mesos_image: "mesosphere/mesos:1.11.0" } }));
    expect(programOf(own, agent1, "agent").parameters.executor_image).toBe("");
    expect(environment("agent", own)).toContain("MESOS_DOCKER_MESOS_IMAGE=mesosphere/mesos:1.11.0\n");
});

it("hosts are not given packages or repositories of them", () => {
    const { packages, repositories } = hostPlan(systems, dc, master1);
    expect(packages.apt.filter((name) => /mesos|marathon/.test(name))).toEqual([]);
    expect(repositories).toEqual({ apt: [], yum: [] });
});

describe("verify", () => {
    const rows = (list: { node: string; row: string }[]) => list.filter(({ node }) => node === "master1").map(({ row }) => row);
    const installed = sampleDataCentre();

    it("asks the same of both ways, and about images where there are some", () => {
        const plain = (list: string[]) => list.filter((row) => !/other flags|described image/.test(row));
        expect(plain(rows(probes(dc)))).toEqual(plain(rows(probes(installed))));
        expect(rows(probes(dc))).toEqual(expect.arrayContaining(["master runs in the described image", "agent runs in the described image"]));
        expect(rows(probes(installed))).toEqual(expect.arrayContaining(["master has no other flags", "agent has no other flags"]));
        expect(rows(marathonProbes(dc))).toContain("runs in the described image");
        expect(rows(marathonProbes(installed))).not.toContain("runs in the described image");
    });

    it.each([
        ["running mesosphere/mesos-slave:1.11.0\nend\n", true],
        ["exited mesosphere/mesos-slave:1.11.0\nend\n", false],
        ["running mesosphere/mesos-slave:1.10.0\nend\n", false],
        ["no container datacentre-mesos-slave\nend\n", false],
        ["running mesosphere/mesos-slave:1.11.0\nimage datacentre/mesos-executor:x is not there\nend\n", false],
        ["running mesosphere/mesos-slave:1.11.0\n", false],
        ["", false],
    ])("%j is as described: %s", (output, ok) => {
        const probe = probes(dc).find(({ node, row }) => node === "agent1" && row === "agent runs in the described image")!;
        const finding = probe.evaluate(output, 0);
        expect([finding.ok, finding.ok || (finding.remedy ?? "") !== ""]).toEqual([ok, true]);
    });
});

describe("on the host", () => {
    let host: string;
    beforeEach(() => {
        host = mkdtempSync(join(tmpdir(), "images-"));
        mkdirSync(join(host, "images"));
    });
    afterEach(() => rmSync(host, { recursive: true }));
    const have = (image: string, id: string, base = "") => {
        mkdirSync(join(host, "images", image, ".."), { recursive: true });
        writeFileSync(join(host, "images", image), `${id}\n${base}\n`);
    };

    /** Stands for Docker: an image is a file with its id and its label, the container that is made of one another. */
    const docker = `docker() {
        echo "$*" >>"$host/calls"
        case "$1 $2" in
            "image inspect")
                local line=1 image=$3
                if [ "$3" = -f ]; then image=$5; [[ $4 != *base* ]] || line=2; fi
                [ -e "$host/images/$image" ] && sed -n "$line"p "$host/images/$image" ;;
            "container inspect") [ -e "$host/box" ] || return 1; if [ "\${4-}" = "{{.Image}}" ]; then cat "$host/box"; else echo "running \${5-}"; fi ;;
            pull*) [ -z "$reachable" ] && { echo "manifest unknown" >&2; return 1; }; mkdir -p "$host/images/\${2%/*}"; printf 'pulled\\n\\n' >"$host/images/$2" ;;
            create*) [[ $* =~ base=([^ ]*) ]]; echo "\${BASH_REMATCH[1]}" >"$host/box" ;;
            commit*) mkdir -p "$host/images/\${3%/*}"; printf 'made\\n%s\\n' "$(cat "$host/box")" >"$host/images/$3" ;;
            "rm "*) rm -f "$host/box" ;;
        esac
    }
    timeout() { shift; "$@"; }
    quietly() { "$@" >>"$log" 2>&1; }`;

    function on(body: string, more = ""): { status: number | null; changes: string[]; stderr: string } {
        const text = `. ${join(root, "components/step/lib.sh")}
            host=${host} step=mesos-agent node=here state=${host}/state log=${host}/log reachable= unit=mesos-slave; : >"$log"
            . ${join(root, "components/step/helpers/images.sh")}; . ${join(root, "components/mesos/images.sh")}
            ${docker}
            ${more}
            ${body}
            printf '%s\\n' "\${changes[@]}"`;
        const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-c", text], { encoding: "utf8" });
        return { status, changes: stdout.split("\n").filter((line) => line !== ""), stderr };
    }

    it("an image is fetched once, and what cannot be is named with a remedy", () => {
        expect(on("put_image a/b:1", "reachable=yes").changes).toEqual(["pulled a/b:1"]);
        expect(on("put_image a/b:1").changes).toEqual([]);
        const { status, stderr } = on("put_image c/d:1");
        expect(status).toBe(1);
        expect(stderr).toMatch(/cannot pull c\/d:1: manifest unknown\n {2}remedy: .*datacentre:docker\.images/);
    });

    it("the image of executors is made once for each image of the agent's", () => {
        have("agent:1", "one");
        const make = () => on("put_executor_image", "image=agent:1 executor_image=datacentre/mesos-executor:agent-1");
        expect(make().changes).toEqual(["made image datacentre/mesos-executor:agent-1"]);
        expect(readFileSync(join(host, "calls"), "utf8")).toMatch(/create .*--entrypoint {2}--label/);
        expect(make().changes).toEqual([]);
        have("agent:1", "two");
        expect(make().changes).toEqual(["made image datacentre/mesos-executor:agent-1"]);
    });

    it("a unit of ours is taken away for the package's, with its container; somebody else's is left", () => {
        const drop = `systemctl() { echo "systemctl $*" >>"$host/calls"; }; restore() { echo "restore $*" >>"$host/calls"; }
            drop_container_unit mesos-slave datacentre-mesos-slave`;
        writeFileSync(join(host, "box"), "one");
        expect(on(drop).changes).toEqual([]);
        expect(existsSync(join(host, "calls"))).toBe(false);
        mkdirSync(join(host, "state/originals/etc/systemd/system"), { recursive: true });
        writeFileSync(join(host, "state/originals/etc/systemd/system/mesos-slave.service.absent"), "");
        expect(on(drop).changes).toEqual(["removed container datacentre-mesos-slave"]);
        expect(readFileSync(join(host, "calls"), "utf8")).toMatch(/systemctl stop mesos-slave\n[\s\S]*restore \/etc\/systemd\/system\/mesos-slave\.service\n/);
    });

    it("verify sees a container of an older image of the same name, and images that are gone", () => {
        const ask = `. ${join(root, "components/verify/probe.sh")}; set +u; changes=(); containers_image box agent:1 datacentre/mesos-executor:agent-1`;
        have("agent:1", "one");
        writeFileSync(join(host, "box"), "one\n");
        expect(on(ask).changes).toEqual(["running box", "image datacentre/mesos-executor:agent-1 is not there", "end"]);
        have("datacentre/mesos-executor:agent-1", "made", "one");
        expect(on(ask).changes).toEqual(["running box", "end"]);
        have("agent:1", "two");
        expect(on(ask).changes).toEqual(["box is not of the image agent:1", "end"]);
    });
});
