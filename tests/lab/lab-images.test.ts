/**
 * lab/doubles/images/load.sh against a docker command that keeps its images in files, and archives that are only named: what is asked
 * of an engine, and when nothing is.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(__dirname, "../..");
const script = "lab/doubles/images/load.sh";
const zookeeper = "datacentre-lab/zookeeper:3.8.0";
const master = "datacentre-lab/mesos-master:1.11.0";

/** An image is a file of its name, slashes and colons written as underscores, with its content. `load` prints the archive's own name. */
const docker = `#!/usr/bin/env bash
echo "$*" >>"$FAKE/asked"
[ "$1" != --host ] || shift 2
file() { local name=\${1//[:\\/]/_}; printf '%s' "$FAKE/images/$name"; }
case $1 in
    version) [ ! -e "$FAKE/down" ] ;;
    image)
        [ -e "$(file "$5")" ] || exit 1
        case $4 in *content*) cat "$(file "$5")" ;; *) echo "id-of-$(<"$(file "$5")")" ;; esac ;;
    load) name=lab-new/$(basename "$4" .tar):1; cp "\${4%.tar}.content" "$(file "$name")"; echo "Loaded image: $name" ;;
    tag) cp "$(file "$2")" "$(file "$3")" ;;
    rmi) rm -f "$(file "$2")" ;;
esac
`;

let folder: string;
let fake: string;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "images-"));
    fake = join(folder, "fake");
    mkdirSync(join(fake, "images"), { recursive: true });
    for (const file of [script, "scripts/lib.sh"]) {
        cpSync(join(root, file), join(folder, "clone", file));
    }
    write("fake/bin/docker", docker);
    // Stands for the build: it prints where the archives of a group are.
    write("clone/lab/doubles/servers/build.sh", '#!/usr/bin/env bash\necho "built $1" >>"$FAKE/asked"\necho "$FAKE/archives"\n');
    for (const name of ["zookeeper", "mesos-master", "busybox"]) {
        write(`fake/archives/${name}.tar`, "");
        write(`fake/archives/${name}.content`, `${name}-1\n`);
    }
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
}

/** Loads, and gives what was said and what was asked of docker besides whether an image is there. */
function load(...words: string[]): { status: number | null; said: string; asked: string[] } {
    rmSync(join(fake, "asked"), { force: true });
    const { status, stderr } = spawnSync("bash", [join(folder, "clone", script), ...words], {
        encoding: "utf8",
        env: { ...process.env, PATH: `${join(fake, "bin")}:${process.env.PATH}`, FAKE: fake },
    });
    const asked = existsSync(join(fake, "asked")) ? readFileSync(join(fake, "asked"), "utf8").trimEnd().split("\n") : [];
    return { status, said: stderr, asked: asked.filter((line) => !/\b(version|image inspect)\b/.test(line)) };
}

it("loads what the engine lacks, once, and again when its content has changed", () => {
    const archive = join(fake, "archives/zookeeper.tar");
    const loading = [`load -q -i ${archive}`, `tag lab-new/zookeeper:1 ${zookeeper}`, "rmi lab-new/zookeeper:1"];
    expect(load(zookeeper)).toMatchObject({ status: 0, asked: ["built packages", ...loading] });
    const again = load(zookeeper);
    expect(again).toMatchObject({ status: 0, asked: ["built packages"] });
    expect(again.said).toContain(`== image ${zookeeper} (skipped: `);
    writeFileSync(join(fake, "archives/zookeeper.content"), "zookeeper-2\n");
    expect(load(zookeeper)).toMatchObject({ status: 0, asked: ["built packages", ...loading, "rmi id-of-zookeeper-1"] });
});

it("speaks to the engine that it is told, and builds each group once", () => {
    const { status, asked } = load("--host", "ssh://root@h", master, zookeeper, master);
    expect(status).toBe(0);
    expect(asked.filter((line) => line.startsWith("built"))).toEqual(["built doubles", "built packages"]);
    expect(asked.filter((line) => !line.startsWith("built")).every((line) => line.startsWith("--host ssh://root@h "))).toBe(true);
    expect(asked.filter((line) => line.includes(" load "))).toHaveLength(2);
});

it("leaves the engine's own busybox alone, without building one", () => {
    write("fake/images/busybox_latest", "somebody's\n");
    expect(load("busybox:latest")).toMatchObject({ status: 0, asked: [] });
    rmSync(join(fake, "images/busybox_latest"));
    expect(load("busybox:latest").asked).toContain("tag lab-new/busybox:1 busybox:latest");
});

it.each([
    [["zookeeper:3.8"], /the lab has no image 'zookeeper:3.8'\n {2}remedy: name one of: busybox:latest datacentre-lab\/haproxy:2.6 /],
    [["--host", "h", zookeeper], /--host needs an engine's address/],
    [["--host"], /--host needs an engine's address/],
    [[], /no image is named/],
])("refuses %j", (words, problem) => {
    expect(load(...words)).toMatchObject({ status: 1, said: expect.stringMatching(problem), asked: [] });
});

it.each([
    ["unix:///var/run/docker.sock", [zookeeper], ["start", `load --host unix:///var/run/docker.sock ${zookeeper}`], ""],
    ["", [zookeeper, master], ["start", `load ${zookeeper} ${master}`], ""],
    ["unix:///run/user/1/docker.sock", [zookeeper], [`load --host unix:///run/user/1/docker.sock ${zookeeper}`], ""],
    ["unix:///var/run/docker.sock", [], ["start"], ""],
    ["ssh://u@h", [zookeeper], [], `lab/doubles/images/load.sh --host ssh://u@h ${zookeeper}`],
    ["ssh://u@h", [], [], ""],
])("set-up of nodes that are containers of %j, with %j", (engine, images, done, said) => {
    for (const [name, what] of [["lab/docker/start.sh", "start"], [script, "load"]] as const) {
        write(join("clone", name), `#!/usr/bin/env bash\necho ${what} "$@" >>"$FAKE/asked"\n`);
    }
    cpSync(join(root, "scripts/setup"), join(folder, "clone/scripts/setup"));
    const body = '. scripts/lib.sh; eval "$(sed -n "/^engine_of_nodes() {/,/^}/p" scripts/setup)"; docker_host=$1; shift; lab_images=("$@"); engine_of_nodes';
    const { status, stderr } = spawnSync("bash", ["-euc", body, "setup", engine, ...images], {
        cwd: join(folder, "clone"), encoding: "utf8", env: { ...process.env, FAKE: fake },
    });
    expect(status).toBe(0);
    expect(existsSync(join(fake, "asked")) ? readFileSync(join(fake, "asked"), "utf8").trimEnd().split("\n") : []).toEqual(done);
    expect(said === "" ? stderr : stderr.includes(said)).toBe(said === "" ? "" : true);
});

it("says when no engine answers", () => {
    write("fake/down", "");
    expect(load("--host", "unix:///s", zookeeper)).toMatchObject({ status: 1, said: expect.stringContaining("no Docker engine answers at unix:///s"), asked: [] });
});
