/** What waits for a container's program, with a stand-in for Docker's client: when it goes on, and what it says when it gives up. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { assignment, compact, root, type Parameter } from "../../components/step/program";

let home: string;
beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "await-"));
    ["bin", "tmp"].forEach((name) => mkdirSync(join(home, name)));
    writeFileSync(join(home, "bin", "docker"), docker);
    chmodSync(join(home, "bin", "docker"), 0o755);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Says what the test has written; what is asked in a container runs in a shell here, or fails as the test says. */
const docker = `#!/bin/bash
printf '%s\\n' "\${DOCKER_HOST-none} \${DOCKER_CONTEXT-none} $*" >>"$FAKE/calls"
case "$3 $4" in
    "exec "*) if [ -e "$FAKE/refused" ]; then cat "$FAKE/refused"; exit 126; else shift 7; exec "$@"; fi ;;
    "ps "*) cat "$FAKE/running" 2>/dev/null ;;
    "container inspect") cat "$FAKE/state" 2>/dev/null || echo "running 0 " ;;
    "logs "*) cat "$FAKE/log" 2>/dev/null ;;
    *) echo "unknown: $*" >&2; exit 9 ;;
esac
`;

const say = (file: "refused" | "running" | "state" | "log", text: string): void => writeFileSync(join(home, file), text);
const calls = (): string[] => (existsSync(join(home, "calls")) ? readFileSync(join(home, "calls"), "utf8").trimEnd().split("\n") : []);

function programOf(values: Record<string, Parameter>): string {
    const all = {
        ...{ engine: "ssh://ops@box", name: "dc-zk1", node: "zk1", image: "zookeeper:3.8", key: "datacentre:sources.zookeeper.image" },
        ...{ peers: ["dc-zk1", "dc-zk2", "dc-zk3"], quorum: 2, answers: "true", serves: "true", seconds: 2, ...values },
    };
    const lines = Object.entries(all).map(([key, value]) => assignment(key, value));
    return `${lines.join("\n")}\n${compact(readFileSync(join(root, "components/nodes/containers/await.sh"), "utf8"))}`;
}

const environment = () => ({ ...process.env, PATH: `${join(home, "bin")}:${process.env["PATH"] ?? ""}`, FAKE: home, TMPDIR: join(home, "tmp"), DOCKER_HOST: "tcp://theirs:2375", DOCKER_CONTEXT: "theirs" });

/** As the engine runs it. */
function wait(values: Record<string, Parameter> = {}): { code: number; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", `bash -c 'eval "$(cat)"' datacentre await # await on zk1, instance x`], { input: programOf(values), env: environment(), encoding: "utf8" });
    expect(readdirSync(join(home, "tmp"))).toEqual([]);
    return { code: status ?? -1, stdout, stderr };
}

const good = { code: 0, stdout: "0 changes\n", stderr: "" };
/** A question's failure, for what is told then. */
const never = { answers: "false", seconds: 0 };

it("goes on at once when the program does its work", () => {
    say("running", "dc-zk1\ndc-zk2\ndc-zk3\n");
    expect(wait()).toEqual(good);
});

it("asks the described engine, whatever the user's own settings are", () => {
    say("running", "dc-zk1\ndc-zk2\n");
    wait();
    expect(calls().length).toBeGreaterThan(1);
    expect(calls().filter((line) => !line.startsWith("none none --host ssh://ops@box "))).toEqual([]);
    expect(calls()[0]).toBe("none none --host ssh://ops@box exec -i -u 0 dc-zk1 bash");
});

describe("one whose peers are not there yet", () => {
    it("need not do its work while fewer than a quorum run", () => {
        say("running", "dc-zk1\nother-zk2\ndc-zk22\n");
        expect(wait({ serves: "false" })).toEqual(good);
    });

    it("has to as soon as a quorum runs", () => {
        say("running", "dc-zk1\ndc-zk3\n");
        expect(wait({ serves: "false" })).toMatchObject({ code: 1, stdout: "" });
    });

    it("has to answer in any case", () => {
        say("running", "dc-zk1\n");
        expect(wait({ answers: "false" }).code).toBe(1);
    });

    it("is no matter where answering is all that there is", () => {
        expect(wait({ serves: "" })).toEqual(good);
        expect(calls().filter((line) => line.includes(" ps "))).toEqual([]);
    });
});

it("goes on as soon as it serves", () => {
    say("running", "dc-zk1\ndc-zk2\n");
    const later = `[ -e ${home}/done ] || { touch ${home}/done; false; }`;
    expect(wait({ serves: later, seconds: 10 })).toEqual(good);
});

describe("questions", () => {
    const served = async (answer: string, use: (port: number) => Promise<void>): Promise<void> => {
        const server = createServer((socket) => {
            socket.on("error", () => undefined);
            socket.once("data", () => socket.end(answer));
        }).listen(0, "127.0.0.1");
        await new Promise((resolve) => server.once("listening", resolve));
        await use((server.address() as AddressInfo).port);
        await new Promise((resolve) => server.close(resolve));
    };
    const asked = (answers: string): Promise<number> =>
        new Promise((resolve) => {
            const child = spawn("bash", ["-c", programOf({ answers, serves: "", seconds: 0 })], { env: environment(), stdio: "ignore" });
            child.on("close", (code) => resolve(code ?? -1));
        });

    it("have HTTP and TCP of bash alone", async () => {
        await served("HTTP/1.0 307 Temporary Redirect\r\n\r\nhello", async (port) => {
            expect(await asked(`[[ $(http_status 127.0.0.1 ${port} /x) == @(200|307) ]]`)).toBe(0);
            expect(await asked(`[ "$(http_status 127.0.0.1 ${port} /x)" = 200 ]`)).toBe(1);
            expect(await asked(`http_body 127.0.0.1 ${port} /x | grep -q hello`)).toBe(0);
            expect(await asked(`talk 127.0.0.1 ${port} srvr | grep -q hello`)).toBe(0);
            expect(await asked(`port_open 127.0.0.1 ${port}`)).toBe(0);
        });
        expect(await asked("port_open 127.0.0.1 1")).toBe(1);
    });
});

describe("what it says when it gives up", () => {
    const told = (values: Record<string, Parameter> = never): string => {
        const { code, stdout, stderr } = wait(values);
        expect([code, stdout]).toEqual([1, ""]);
        expect(stderr).toMatch(/^datacentre: zk1: [^\n]+\n {2}remedy: [^\n]+\n$/);
        return stderr;
    };

    it("a library that the image lacks", () => {
        say("log", "/usr/sbin/x: error while loading shared libraries: libssl.so.1.0.0: cannot open shared object file\n");
        const text = told();
        expect(text).toMatch(/the image zookeeper:3\.8 lacks the library libssl\.so\.1\.0\.0, which its program needs\n/);
        expect(text).toMatch(/name an image that is whole in datacentre:sources\.zookeeper\.image/);
    });

    it("an image of another processor", () => {
        say("log", "exec /docker-entrypoint.sh: exec format error\n");
        expect(told()).toMatch(/is for another processor than the engine's\n.*name one for it in datacentre:sources/);
    });

    it("an image without bash, as old and new engines say it", () => {
        say("refused", 'OCI runtime exec failed: exec failed: unable to start container process: exec: "bash": executable file not found in $PATH: unknown\n');
        expect(told()).toMatch(/has no bash, by which its program is asked how it is\n.*Debian, Ubuntu/);
        say("refused", 'exec: "bash": stat bash: no such file: not found\n');
        expect(told()).toMatch(/has no bash/);
    });

    it("that no image grows a bash, before its time is up", () => {
        say("refused", 'OCI runtime exec failed: exec failed: exec: "bash": executable file not found in $PATH: unknown\n');
        expect(told({ seconds: 60 })).toMatch(/has no bash/);
    });

    it("an agent that Mesos does not take for the same one", () => {
        say("log", "E0101 Failed to perform recovery: Incompatible agent info detected.\n");
        const text = told();
        expect(text).toMatch(/another name or port than before, or offers less, and Mesos does not let it\n/);
        expect(text).toMatch(/take the change back; or .*'docker rm -f dc-zk1', 'docker volume rm dc-zk1-agent', then 'make up'/);
    });

    it("an image without its program", () => {
        say("log", "[FATAL tini (7)] exec zkServer.sh failed: No such file or directory\n");
        expect(told()).toMatch(/lacks the program that it is to start/);
        say("log", "");
        say("refused", "Error response from daemon: container is not running\n");
        say("state", 'created 0 exec: "zkServer.sh": executable file not found in $PATH\n');
        expect(told()).toMatch(/lacks the program that it is to start: .*zkServer\.sh.*\n.*name an image of that program/);
    });

    it.each(["restarting", "exited", "dead"])("a program that ends again and again (%s), before its time is up", (status) => {
        say("state", `${status} 4 \n`);
        say("log", "2024 INFO starting\nException in thread main: no space left\n    at x.y(Z.java)\n");
        const text = told({ answers: "false", seconds: 60 });
        expect(text).toMatch(/its program ends again and again \([a-z]+ 4 ?\); its container says: Exception in thread main: no space left/);
        expect(text).toMatch(/see 'docker logs dc-zk1' on the engine ssh:\/\/ops@box, and 'make verify'/);
        expect(text).not.toMatch(/INFO|Z\.java/);
    });

    it("nothing of one that has ended a few times, until its time is up", () => {
        say("state", "restarting 3 \n");
        expect(told({ answers: "false", seconds: 1 })).toMatch(/it does not serve 1 s after its container was made \(restarting 3 ?\)/);
    });

    it("a program that does not serve", () => {
        expect(told({ serves: "false", quorum: 0, seconds: 1 })).toMatch(/it does not serve 1 s after its container was made \(running 0 ?\)\n/);
    });

    it("an engine that is away", () => {
        const away = "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n";
        say("refused", away);
        say("state", away);
        expect(told()).toMatch(/Cannot connect to the Docker daemon.*\n.*'docker logs dc-zk1' on the engine/);
    });

    it("no more than a few short lines of the container's", () => {
        say("log", Array.from({ length: 50 }, (_, at) => `line ${at} ${"x".repeat(1000)}`).join("\n"));
        const text = told();
        expect(text.length).toBeLessThan(2000);
        expect(text).toMatch(/line 46 x.*line 49 x/);
        expect(text).not.toMatch(/line 45 /);
    });
});

it("leaves nothing behind when it is stopped", async () => {
    const child = spawn("bash", ["-c", programOf({ answers: "false", seconds: 60 })], { env: environment(), stdio: "ignore" });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    await new Promise<void>((resolve) => {
        const look = setInterval(() => {
            if (calls().length > 0) {
                clearInterval(look);
                resolve();
            }
        }, 20);
    });
    child.kill("SIGTERM");
    await ended;
    expect(readdirSync(join(home, "tmp"))).toEqual([]);
});
