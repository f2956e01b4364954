/** The engine's objects of a stack, through a stand-in for Docker's client. */
import { dockerHost } from "../../ops/lib/docker";
import type { Problem } from "../../ops/lib/say";
import { fakePath, type FakePath } from "./fake-program";

let fake: FakePath;
beforeEach(() => {
    fake = fakePath();
    fake.program("docker", `
printf '%s\\n' "\${DOCKER_HOST-none} $*" >>"$FAKE/calls"
[ ! -e "$FAKE/away" ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }
case "$*" in
    *" ps "*"label=datacentre.prefix="*) cat "$FAKE/executors" ;;
    *" ps "*"name=^/?mesos-"*) cat "$FAKE/mesos" ;;
    *" ps "*) cat "$FAKE/all" ;;
    *" volume ls "*) cat "$FAKE/volumes" ;;
    *" container inspect "*) cat "$FAKE/mounts" ;;
    *" images "*) cat "$FAKE/images" ;;
esac
exit 0
`);
});
afterEach(() => fake.remove());

const engine = "ssh://ops@box";
const asked = (verb: RegExp): string[] => fake.calls().filter((line) => verb.test(line)).map((line) => line.replace(`none --host ${engine} `, ""));

describe("what agents leave beside them", () => {
    const volumes = "/var/lib/docker/volumes";
    const remove = () => dockerHost(engine).removeTasks("datacentre/onebox", "onebox");
    const has = (files: Record<string, string>) =>
        ["executors", "mesos", "mounts", "volumes", "images"].forEach((file) => fake.write(file, files[file] ?? ""));

    it("is executors, tasks with sandboxes on the agents' volumes, and the image", async () => {
        has({
            executors: "e1\tmesos-aaa.executor\nx1\tonebox-slave1-executor-image\n",
            mesos: "e1\tmesos-aaa.executor\nt1\tmesos-aaa\nt2\tmesos-bbb\nt3\tmesos-ccc\nt4\tmesos-ddd\n",
            // One of this stack whose executor is gone, two of others, and one without.
            mounts: `e1\t${volumes}/onebox-slave1-agent/_data/a:\nt1\t/x:${volumes}/onebox-slave1-agent/_data/a:\nt2\t${volumes}/onebox-slave1-agent/_data/b:\nt3\t${volumes}/onebox-slave1-agent/_data2/c:\nt4\t\n`,
            volumes: `${volumes}/onebox-slave1-agent/_data\n${volumes}/onebox-zk1-data/_data\n`,
            images: "sha256:1\n",
        });
        expect(await remove()).toEqual(["mesos-aaa.executor", "onebox-slave1-executor-image", "mesos-aaa", "mesos-bbb"]);
        expect(asked(/ rm /)).toEqual(["rm --force e1 x1 t1 t2"]);
        expect(asked(/ rmi /)).toEqual(["rmi --force sha256:1"]);
        expect(asked(/ ps .*label/)[0]).toContain("--filter label=datacentre.prefix=onebox ");
        expect(asked(/ volume ls /)[0]).toContain("--filter label=datacentre.stack=datacentre/onebox ");
        expect(asked(/ images /)[0]).toContain("--filter label=datacentre.prefix=onebox");
    });

    it("may be nothing, and then nothing is removed", async () => {
        has({ volumes: `${volumes}/onebox-zk1-data/_data\n` });
        expect(await remove()).toEqual([]);
        expect(asked(/ rmi? | inspect /)).toEqual([]);
    });

    it("is nobody else's task", async () => {
        has({ mesos: "t1\tmesos-aaa\n", mounts: `t1\t${volumes}/other-slave1-agent/_data/a:\n`, volumes: `${volumes}/onebox-slave1-agent/_data\n` });
        expect(await remove()).toEqual([]);
        expect(asked(/ rmi? /)).toEqual([]);
    });

    it("may be the image alone", async () => {
        has({ images: "sha256:1\n" });
        expect(await remove()).toEqual([]);
        expect(asked(/ rmi? /)).toEqual(["rmi --force sha256:1"]);
    });
});

it("asks the described engine, and says what to do about one that is away", async () => {
    fake.write("all", "c1\tone\trunning\n");
    expect(await dockerHost(engine).containers("datacentre/onebox")).toEqual([{ id: "c1", name: "one", state: "running" }]);
    expect(fake.calls()[0]).toMatch(/^none --host ssh:\/\/ops@box ps --all --no-trunc --filter label=datacentre\.stack=datacentre\/onebox /);
    fake.write("away", "");
    const problem = (at: string) =>
        dockerHost(at)
            .containers("x")
            .catch((error: unknown) => `${(error as Problem).message} | ${(error as Problem).remedy}`);
    expect(await problem(engine)).toMatch(/^docker ps --all failed: Cannot connect to the Docker daemon \| see that 'ssh' reaches/);
    expect(await problem("unix:///run/x.sock")).toMatch(/engine at unix:\/\/\/run\/x\.sock running.*make setup/);
});
