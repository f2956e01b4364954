/** Programs that are run in a container, or beside its engine, with a stand-in for Docker's client. */
import type { Finding, Probe } from "../../components/verify/probe";
import { SshError, type SshOptions, type SshResult } from "../../components/ssh/ssh";
import { besides, engineRemedy, nameOf, runAt, type Inside, type Place } from "../../ops/lib/place";
import { gather, theEngine } from "../../ops/verify/gather";
import { fakePath, type FakePath } from "./fake-program";

const inside: Inside = { engine: "ssh://ops@box", name: "onebox-zk1" };
const host = { host: "10.0.0.1", port: 22, user: "root", privateKey: "", hostKey: "" };

let fake: FakePath;
beforeEach(() => {
    fake = fakePath();
    // What is asked in a container runs in a shell here, unless the test says otherwise.
    fake.program("docker", `
printf '%s\\n' "\${DOCKER_CONTEXT-none} $*" >>"$FAKE/calls"
[ ! -e "$FAKE/instead" ] || { . "$FAKE/instead"; exit; }
shift 7
exec "$@"
`);
});
afterEach(() => fake.remove());

it("names places for texts", () => {
    expect([host, inside, besides(inside)].map(nameOf)).toEqual(["10.0.0.1", "onebox-zk1", "the engine ssh://ops@box"]);
    expect(besides(inside)).toEqual({ engine: "ssh://ops@box" });
    expect(() => besides(host)).toThrow("10.0.0.1 is no container");
});

it("runs a program of bash in the container as root, and hands its output on as it comes", async () => {
    const pieces: string[] = [];
    const result = await runAt(inside, "verify", { stdin: "echo one; sleep 0.2; echo two $1; echo three >&2; exit 3", onStdout: (text) => pieces.push(text) });
    expect(result).toEqual({ code: 3, stdout: "one\ntwo verify\n", stderr: "three\n" });
    expect(pieces).toEqual(["one\n", "two verify\n"]);
    expect(fake.calls()).toEqual([`none --host ssh://ops@box exec -i -u 0 onebox-zk1 bash -c eval "$(cat)" datacentre verify`]);
});

it("runs it here beside the engine, whose address Docker's client takes", async () => {
    const before = process.env["DOCKER_CONTEXT"];
    process.env["DOCKER_CONTEXT"] = "theirs";
    try {
        const result = await runAt(besides(inside), "verify", { stdin: 'echo "$DOCKER_HOST ${DOCKER_CONTEXT-none} $1"' });
        expect(result).toEqual({ code: 0, stdout: "ssh://ops@box none verify\n", stderr: "" });
    } finally {
        if (before === undefined) {
            delete process.env["DOCKER_CONTEXT"];
        } else {
            process.env["DOCKER_CONTEXT"] = before;
        }
    }
    expect(fake.calls()).toEqual([]);
});

/** Why nothing was run. */
async function refused(place: Place, options: SshOptions = {}): Promise<SshError> {
    const error: unknown = await runAt(place, "verify", options).then(
        () => undefined,
        (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SshError);
    return error as SshError;
}

describe("says what is wrong with", () => {
    const cases: [what: string, script: string, problem: RegExp, remedy: RegExp][] = [
        ["a container that is not there", "echo 'Error response from daemon: No such container: onebox-zk1' >&2; exit 1", /^the container onebox-zk1 is not there$/, /'make up' makes it again, on its kept data/],
        ["one that is stopped", "echo 'Error response from daemon: Container 12ab is not running' >&2; exit 1", /^the container onebox-zk1 does not run$/, /'make up' starts it.*'docker logs onebox-zk1'/],
        ["one that starts again and again", "echo 'Error response from daemon: Container 12ab is restarting, wait until the container is running' >&2; exit 1", /does not run/, /docker logs/],
        ["one that is paused", "echo 'Error response from daemon: Container onebox-zk1 is paused, unpause the container before exec' >&2; exit 1", /does not run/, /make up/],
        ["an image without bash, which new engines say to stderr", `echo 'OCI runtime exec failed: exec failed: exec: "bash": executable file not found in $PATH: unknown' >&2; exit 127`, /^the container onebox-zk1 has no bash, by which it is asked$/, /Debian, Ubuntu.*datacentre:sources/],
        ["an image without bash, which engines up to 27 say to stdout", `printf 'OCI runtime exec failed: exec failed: exec: "bash": executable file not found in $PATH: unknown\\r\\n'; exit 126`, /has no bash/, /datacentre:sources/],
        ["an engine that is away", "echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2; exit 1", /^the engine ssh:\/\/ops@box is not reached: Cannot connect/, /see that 'ssh' reaches the machine of ssh:\/\/ops@box/],
        ["a machine that is away", "echo 'error during connect: Get \"http://docker.example.com\": command [ssh] has exited with exit status 255' >&2; exit 1", /is not reached: error during connect/, /without being asked/],
    ];

    it.each(cases)("%s", async (_, script, problem, remedy) => {
        fake.write("instead", script);
        const error = await refused(inside, { stdin: "echo one" });
        expect(error.message).toMatch(problem);
        expect(error.remedy).toMatch(remedy);
    });

    it("a program that does not end", async () => {
        fake.write("instead", "exec sleep 30");
        const begun = Date.now();
        const error = await refused(inside, { commandSeconds: 0.3 });
        expect(error.message).toBe("onebox-zk1 did not finish in 0.3 s");
        expect(error.remedy).toMatch(/overloaded/);
        expect(Date.now() - begun).toBeLessThan(5000);
    });

    it("a machine without Docker's client, at once", async () => {
        process.env["PATH"] = "/nowhere";
        const error = await refused(inside);
        expect(error.message).toMatch(/^docker cannot be run: .*ENOENT/);
        expect(error.remedy).toMatch(/install Docker's client/);
    });
});

it("hands back what a program said before it failed, whatever that looks like", async () => {
    fake.write("instead", "echo heard; echo 'No such container' >&2; exit 1");
    expect(await runAt(inside, "verify", {})).toEqual({ code: 1, stdout: "heard\n", stderr: "No such container\n" });
    // A failure that has nothing to do with the container is the caller's to judge.
    fake.write("instead", "echo 'something else' >&2; exit 5");
    expect(await runAt(inside, "verify", {})).toEqual({ code: 5, stdout: "", stderr: "something else\n" });
});

it("survives a program that does not read what it is told", async () => {
    fake.write("instead", "exec 0<&-; echo done");
    expect(await runAt(inside, "verify", { stdin: "x".repeat(1 << 20) })).toMatchObject({ code: 0, stdout: "done\n" });
});

it("knows what to do about an engine, here and elsewhere", () => {
    expect(engineRemedy("unix:///run/x.sock")).toMatch(/engine at unix:\/\/\/run\/x\.sock running.*'make setup' starts one/);
    expect(engineRemedy("ssh://box")).toMatch(/'docker ps'/);
});

describe("questions to the engine", () => {
    const says = (expected: string) => (output: string): Finding =>
        output.trim() === expected ? { ok: true, found: expected, expected } : { ok: false, found: output.trim() || "no answer", expected, remedy: "mend it" };
    const probe = (node: string, row: string, command: string, expected: string, at?: "engine"): Probe => ({ node, system: "test", row, command, evaluate: says(expected), ...(at ? { at } : {}) });
    const place = (node: string): Place => ({ engine: "ssh://ops@box", name: `onebox-${node}` });
    const checks = {
        probes: [
            probe("zk1", "engine", "echo all; : $DOCKER_HOST", "all", "engine"),
            probe("zk2", "engine", "echo all; : $DOCKER_HOST", "all", "engine"),
            probe("zk2", "other", "echo $DOCKER_HOST", "ssh://ops@box", "engine"),
            probe("zk1", "inside", "echo in", "in"),
        ],
        groups: [{ system: "test", row: "network", questions: [{ node: "zk1", at: "engine" as const, command: "echo net" }], evaluateAll: (answers: ReadonlyMap<string, { output: string }>) => says("net")([...answers.values()][0]?.output ?? "") }],
    };

    it("are asked once and in one session for all nodes, beside those to nodes", async () => {
        const asked: [string, string][] = [];
        const rows = await gather(checks, place, (to, word, options) => {
            asked.push([nameOf(to), options.stdin ?? ""]);
            return runAt(to, word, options);
        });
        expect(rows.map(({ row, nodes, finding }) => [row, nodes, finding.ok])).toEqual([
            ...[["engine", ["zk1"], true], ["engine", ["zk2"], true], ["other", ["zk2"], true], ["inside", ["zk1"], true], ["network", ["zk1"], true]],
        ]);
        expect(asked.map(([name]) => name).sort()).toEqual(["onebox-zk1", "the engine ssh://ops@box"]);
        expect(asked.find(([name]) => name.startsWith("the engine"))![1].match(/echo all/g)).toHaveLength(1);
    });

    it("fail together when the engine is away, and leave nodes' own rows as they are", async () => {
        const lost = new SshError("the engine is not reached", "start it");
        const rows = await gather(checks, place, (to, word, options): Promise<SshResult> => ("name" in to ? runAt(to, word, options) : Promise.reject(lost)));
        expect(rows.filter(({ finding }) => !finding.ok).map(({ row }) => row)).toEqual(["engine", "engine", "other", "network"]);
        expect(rows[0]!.finding).toEqual({ ok: false, found: "not reached", expected: "an answer", remedy: "the engine is not reached: start it" });
    });

    it("say of a container that runs nothing where its log is", async () => {
        const rows = await gather(checks, place, () => Promise.resolve({ code: 1, stdout: "", stderr: "odd\n" }));
        const remedy = (row: string) => (rows.find((one) => one.row === row)!.finding as { remedy?: string }).remedy;
        expect(remedy("inside")).toBe("onebox-zk1 runs nothing for us: odd: see 'docker logs' of it on the engine ssh://ops@box");
        expect(remedy("engine")).toMatch(/^the engine ssh:\/\/ops@box runs nothing for us: odd/);
    });

    it("have a name that no node can have", () => {
        expect(theEngine).not.toMatch(/^[a-z0-9-]+$/);
    });
});
