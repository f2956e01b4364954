/** What agents and masters are given on their hosts besides their flags, taken apart by the packages' own wrapper's rules. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { distributions } from "../../components/mesos/distributions";
import { dockerConfig, packageDefaults } from "../../components/mesos/plan";
import { filesOf, flagsOf, programOf } from "../../components/mesos/program";
import { root, secretAssignment } from "../../components/step/program";
import { loginSecrets } from "../../components/docker/plan";
import { checkWhole } from "../config/good";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "mesos-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const bash = (program: string): string => execFileSync("bash", ["-c", 'eval "$(cat)"'], { input: program, encoding: "utf8" });
const credentials = [{ registry: "r.example", username: "u", password: "only-for-pulls" }];

describe("what a package sets for both programs", () => {
    /** What the wrapper would do and say after both files, of which the package's come first. */
    const after = (ours: string): string => {
        writeFileSync(join(dir, "mesos"), 'LOGS=/var/log/mesos\nULIMIT="-n 16384"\nISOLATION=posix/cpu\nIP=10.9.9.9\n');
        writeFileSync(join(dir, "mesos-slave"), ours.replace("/etc/mesos/zk", join(dir, "zk")));
        writeFileSync(join(dir, "zk"), "zk://h/mesos");
        return bash(`. ${dir}/mesos; . ${dir}/mesos-slave; echo "$MASTER|\${ULIMIT:-}|\${LOGS:-}|\${ISOLATION:-}|\${IP:-}"`).trim();
    };

    it("gives way to the unit's limits, and to what is described", () => {
        expect(after(packageDefaults("agent", { ip: "10.0.0.2" }))).toBe("zk://h/mesos||/var/log/mesos|posix/cpu|");
        expect(after(packageDefaults("agent", { ip: "10.0.0.2", log_dir: "/data/log", isolation: "cgroups/cpu" }))).toBe("zk://h/mesos||||");
        expect(packageDefaults("master", { port: "5050", cluster: "c" })).toBe("ZK=$(cat /etc/mesos/zk)\nULIMIT=\nPORT=\nCLUSTER=\n");
    });

    it("is the same in the step as where it is looked at", () => {
        const { dataCentre: dc } = checkWhole({ "mesos.agentFlags": { log_dir: "/data/log" }, "calico.networks": undefined });
        const node = dc!.nodes[1]!;
        const { parameters } = programOf(dc!, node, "agent");
        expect(filesOf(dc!, node, "agent", distributions.mesosphere.layout)["/etc/default/mesos-slave"]).toBe(parameters["defaults"]);
        expect(parameters["defaults"]).toContain("LOGS=\n");
    });
});

describe("logins to private registries", () => {
    it("reach what agents pull, from a file that only root reads, and go with their description", () => {
        const { dataCentre: dc, warnings } = checkWhole({ "docker.credentials": credentials });
        expect(flagsOf(dc!, dc!.nodes[1]!, "agent")).toMatchObject({ docker_config: dockerConfig });
        expect(flagsOf(dc!, dc!.nodes[0]!, "master")).not.toHaveProperty("docker_config");
        expect(warnings.map(({ key, problem }) => `${key} ${problem}`).join()).toMatch(/docker\.credentials agents pull with these logins, and tell them/);
        expect(JSON.stringify(programOf(dc!, dc!.nodes[1]!, "agent"))).not.toContain("only-for-pulls");

        const file = join(dir, "docker-config.json");
        const steps = ["step/lib.sh", "docker/client-config.sh", "mesos/agent.sh"].map((name) => readFileSync(join(root, "components", name), "utf8"));
        const secrets = Object.entries(loginSecrets(credentials)).map(([key, value]) => secretAssignment(key, value));
        const put = (logins: number): string =>
            bash([`work_dir=${dir}`, ...steps, ...secrets, `chown() { :; }; state=${dir}/state; log=/dev/null; docker_config=${file}; logins=${logins} unit=mesos-slave`, "put_logins", `printf '%s\\n' "\${changes[@]}"`].join("\n")).trim();
        expect(put(1)).toBe(`wrote ${file}`);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ auths: { "r.example": { auth: Buffer.from("u:only-for-pulls").toString("base64") } } });
        expect([put(1).replace(/^set .*/, ""), put(0)]).toEqual(["", `removed ${file}`]);
    });

    it("are left alone where the description names a file of its own", () => {
        const { dataCentre: dc } = checkWhole({ "docker.credentials": credentials, "mesos.agentFlags": { docker_config: "/etc/pulls.json" } });
        expect(flagsOf(dc!, dc!.nodes[1]!, "agent")).toMatchObject({ docker_config: "/etc/pulls.json" });
    });
});
