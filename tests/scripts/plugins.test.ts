/**
 * scripts/plugins.sh says of each plugin whether it is genuine or a stand-in, and the engine takes what it finds. Both are compared
 * here, in a folder laid out as a clone, whatever earlier runs and the user left in it. Every fake prints what it is; the engine's own
 * way of looking is `engineTakes`, after sdk/go/common/workspace/plugins.go of Pulumi 3.255.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
    chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const root = join(__dirname, "../..");
const pinned = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> }).dependencies;
const versions: Record<string, string> = { command: pinned["@pulumi/command"]!, docker: pinned["@pulumi/docker"]!, alicloud: pinned["@pulumi/alicloud"]! };
const names = ["command", "docker"];

let folder: string;
let clone: string;
let user: string;
beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "plugins ")));
    clone = join(folder, "clone");
    user = join(folder, "user");
    for (const file of ["scripts/plugins.sh", "scripts/lib.sh", "scripts/keys.sh", "scripts/setup", "scripts/user-pulumi-home", "lab/plugins/install.sh", "package.json"]) {
        cpSync(join(root, file), join(clone, file));
    }
    write(join(clone, "node_modules/tsx/dist/cjs/index.cjs"), "");
    // Stands for node, which would take its time: `--require tsx main.ts`.
    write(join(folder, "bin/node"), '#!/usr/bin/env bash\n. "$3"\n');
    for (const name of ["command", "docker", "alicloud", "language-nodejs"]) {
        write(join(clone, `lab/plugins/${name}/main.ts`), `echo STAND-IN ${name}\n`);
    }
    engine(join(clone, ".datacentre/bin"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
}

/** Passes for a compiled program, since no interpreter is named. */
const program = (file: string, body: string) => write(file, `${body}\n`);

/** An engine that downloads when FAKE_NETWORK is set, and skips that as the real one does: when the folder is there. */
function engine(directory: string): void {
    program(join(directory, "pulumi"), `
[ "$2 $3" = "plugin install" ] && [ -n "$FAKE_NETWORK" ] || exit 1
case " $* " in *" --reinstall "*) again=yes ;; esac
while [ $# -gt 2 ]; do shift; done
folder=$PULUMI_HOME/plugins/resource-$1-v$2
[ -z "$again" ] && [ -d "$folder" ] && exit 0
rm -rf "$folder"; mkdir -p "$folder"
echo "echo genuine $1 $2" >"$folder/pulumi-resource-$1"; chmod +x "$folder/pulumi-resource-$1"`);
}

const plugin = (home: string, name: string, version = versions[name]!) => join(home, `plugins/resource-${name}-v${version}`);
const own = (name: string, version = versions[name]!) => plugin(join(clone, ".datacentre/pulumi-home"), name, version);

function genuine(place: string, name: string, version = versions[name]!): void {
    program(join(place, `pulumi-resource-${name}`), `echo genuine ${name} ${version}`);
}
function standIn(place: string, name: string): void {
    write(join(place, `pulumi-resource-${name}`), `#!/usr/bin/env bash\n# stand-in of a Pulumi plugin: lab/plugins/${name}\necho STAND-IN ${name}\n`);
}
const userHas = (version?: string) => names.forEach((name) => genuine(plugin(join(user, ".pulumi"), name, version), name, version));
const hostBeside = (directory: string) => program(join(directory, "pulumi-language-nodejs"), "echo genuine language-nodejs");

const path = (...more: string[]) => [...more, join(folder, "bin"), process.env.PATH].join(":");

function environment(more: Record<string, string>): NodeJS.ProcessEnv {
    return { PATH: path(), HOME: user, DATACENTRE_HOME: join(user, "data"), DATACENTRE_CACHE: join(user, "cache"), ...more };
}

/** What a program says that it is: `genuine command 1.2.1`, `STAND-IN command`. */
const ask = (file: string) => execFileSync("bash", ["-c", '"$0"', file], { encoding: "utf8", env: environment({}) }).trim();

/** What the engine takes for a provider. */
function engineTakes(home: string, name: string, version: string): string {
    const same = (text: string) => text.replace(/\+.*/, "").replace(/^0+(?=\d)/, "") === version;
    const found = readdirSync(join(home, "plugins"), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name.startsWith(`resource-${name}-v`) && same(entry.name.slice(`resource-${name}-v`.length)))
        .filter((entry) => !existsSync(join(home, "plugins", `${entry.name}.partial`)))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .pop();
    return found === undefined ? "none" : ask(join(home, "plugins", found.name, `pulumi-resource-${name}`));
}

interface Run {
    status: number | null;
    stderr: string;
    /** What was said, and what the engine takes: genuine, STAND-IN or none. */
    said: Record<string, string>;
    used: Record<string, string>;
    home: string;
}

/** Runs plugins.sh as scripts/setup does, and asks for each plugin that it speaks of what the engine takes. */
function run(variables: Record<string, string> = {}, ...providers: string[]): Run {
    const env = environment(variables);
    const { status, stderr } = spawnSync(join(clone, "scripts/plugins.sh"), providers, { encoding: "utf8", env, cwd: folder });
    // The engine's PULUMI_HOME is the one of env.sh.
    const home = execFileSync("bash", ["-c", '. scripts/lib.sh; eval "$(sed -n "/^write_env() {/,/^}/p" scripts/setup)"; write_env; . .datacentre/env.sh; echo "$PULUMI_HOME"'],
        { encoding: "utf8", env, cwd: clone }).trim();
    const said: Record<string, string> = {};
    const used: Record<string, string> = {};
    for (const [, name, version, kind] of stderr.matchAll(/^== (?:plugin (\w+) (\S+)|language host nodejs)(?:, [^:]*)?: ([\w-]+)/gm)) {
        const beside = join(dirname(realpathSync(join(clone, ".datacentre/bin/pulumi"))), "pulumi-language-nodejs");
        const key = name === undefined ? "host" : version === versions[name] ? name : `${name} ${version}`;
        said[key] = kind!;
        used[key] = (name === undefined ? ask(beside) : engineTakes(home, name, version!)).split(" ")[0]!;
    }
    return { status, stderr, said, used, home };
}

/** A run that succeeds, says what is, and leaves nothing of the other kind where the engine looks. */
function agrees(expected: Record<string, string>, variables: Record<string, string> = {}, ...providers: string[]): Run {
    const result = run(variables, ...providers);
    expect([result.status, result.stderr]).toEqual([0, expect.any(String)]);
    expect(result.used).toEqual(result.said);
    expect(result.said).toMatchObject(expected);
    return result;
}

const all = (kind: string) => ({ command: kind, docker: kind, host: kind });
const wantStandIn = { DATACENTRE_PLUGINS: "stand-in" };
const wantGenuine = { DATACENTRE_PLUGINS: "genuine" };

describe("one kind after the other in the same clone", () => {
    test("stand-ins, after genuine ones that were linked from the user's folder, and back", () => {
        userHas();
        hostBeside(join(clone, ".datacentre/bin"));
        for (let round = 0; round < 2; round++) {
            agrees(all("genuine"), wantGenuine);
            agrees(all("STAND-IN"), wantStandIn);
            agrees(all("genuine"));
        }
        expect(ask(join(plugin(join(user, ".pulumi"), "docker"), "pulumi-resource-docker"))).toBe(`genuine docker ${versions["docker"]}`);
    });

    test("stand-ins, after genuine ones that only the clone has: they are kept, and taken again", () => {
        names.forEach((name) => genuine(own(name), name));
        agrees({ command: "genuine", docker: "genuine" });
        agrees(all("STAND-IN"), wantStandIn);
        agrees({ command: "genuine", docker: "genuine" });
    });

    test("genuine ones, downloaded after stand-ins, which do not pass for an installation", () => {
        agrees(all("STAND-IN"), wantStandIn);
        agrees({ command: "genuine", docker: "genuine" }, { FAKE_NETWORK: "yes" });
        agrees(all("STAND-IN"), wantStandIn);
        agrees({ command: "genuine", docker: "genuine" });
    });

    test("without any genuine one, DATACENTRE_PLUGINS=genuine fails", () => {
        agrees(all("STAND-IN"));
        const { status, stderr } = run(wantGenuine);
        expect([status, stderr]).toEqual([1, expect.stringContaining(`the genuine plugin command ${versions["command"]} is not there`)]);
    });
});

/** What may lie in the clone's plugin folder: a run of any kind has to cope with it. */
const leftovers: Record<string, (name: string) => void> = {
    nothing: () => undefined,
    "a genuine one": (name) => genuine(own(name), name),
    "a stand-in": (name) => standIn(own(name), name),
    "a genuine one that was not installed to its end": (name) => { genuine(own(name), name); write(`${own(name)}.partial`, ""); },
    "a stand-in that a broken installation hides": (name) => { standIn(own(name), name); write(`${own(name)}.partial`, ""); },
    "a link to a genuine one that is gone": (name) => {
        mkdirSync(own(name), { recursive: true });
        symlinkSync(join(folder, "gone"), join(own(name), `pulumi-resource-${name}`));
    },
    "a link to the folder of a genuine one": (name) => {
        genuine(join(folder, "elsewhere", name), name);
        mkdirSync(dirname(own(name)), { recursive: true });
        symlinkSync(join(folder, "elsewhere", name), own(name));
    },
    "a link to a folder that is gone": (name) => { mkdirSync(dirname(own(name)), { recursive: true }); symlinkSync(join(folder, "gone"), own(name)); },
    "somebody's script": (name) => write(join(own(name), `pulumi-resource-${name}`), "#!/usr/bin/env bash\necho script\n"),
    "an empty program": (name) => write(join(own(name), `pulumi-resource-${name}`), ""),
    "a folder in the program's place": (name) => mkdirSync(join(own(name), `pulumi-resource-${name}`), { recursive: true }),
    "genuine ones of other versions": (name) => ["0.9.0", "99.0.0"].forEach((version) => genuine(own(name, version), name, version)),
    "stand-ins of other versions": (name) => ["0.9.0", "99.0.0"].forEach((version) => standIn(own(name, version), name)),
    "a genuine one whose version is written otherwise": (name) => genuine(own(name, `${versions[name]}+x`), name),
    "a stand-in whose version is written otherwise": (name) => standIn(own(name, `0${versions[name]}`), name),
};

describe.each(Object.keys(leftovers))("with %s in the clone's plugin folder", (leftover) => {
    beforeEach(() => names.forEach((name) => leftovers[leftover]!(name)));
    const kinds = (home: string) => readdirSync(join(home, "plugins"))
        .filter((name) => !name.endsWith(".partial")).map((name) => ask(join(home, "plugins", name, `pulumi-resource-${name.split("-")[1]}`)).split(" ")[0]);

    test("the user has genuine ones", () => {
        userHas();
        hostBeside(join(clone, ".datacentre/bin"));
        agrees(all("genuine"));
        expect(new Set(kinds(agrees(all("genuine"), wantGenuine).home))).toEqual(new Set(["genuine"]));
    });

    test("stand-ins are asked for, and the user has genuine ones", () => {
        userHas();
        expect(new Set(kinds(agrees(all("STAND-IN"), wantStandIn).home))).toEqual(new Set(["STAND-IN"]));
    });

    test("the user has none", () => {
        agrees({});
    });
});

describe("the user's own plugins", () => {
    const other = (home: string) => names.forEach((name) => genuine(plugin(home, name, "99.0.0"), name, "99.0.0"));

    test("of other versions are none of ours", () => {
        other(join(user, "home"));
        agrees(all("STAND-IN"), { PULUMI_HOME: join(user, "home") });
    });

    test("of another version in a folder named as ours are passed over, and that is said", () => {
        names.forEach((name) => genuine(plugin(join(user, "home"), name), name, "99.0.0"));
        expect(agrees(all("STAND-IN"), { PULUMI_HOME: join(user, "home") }).stderr).toMatch(/resource-command-v.*passed over/);
    });

    test("that were not installed to their end are passed over", () => {
        names.forEach((name) => { genuine(plugin(join(user, "home"), name), name); write(`${plugin(join(user, "home"), name)}.partial`, ""); });
        agrees(all("STAND-IN"), { PULUMI_HOME: join(user, "home") });
    });

    test("are found by a PULUMI_HOME that is relative", () => {
        names.forEach((name) => genuine(plugin(join(user, "home"), name), name));
        agrees({ command: "genuine", docker: "genuine" }, { PULUMI_HOME: "user/home" });
    });

    test("are not the clone's own, however PULUMI_HOME is written", () => {
        names.forEach((name) => genuine(own(name), name));
        symlinkSync(join(clone, ".datacentre"), join(folder, "link"));
        for (const PULUMI_HOME of [`${clone}/.datacentre/pulumi-home/`, join(folder, "link/pulumi-home"), "clone/.datacentre/pulumi-home"]) {
            agrees({ command: "genuine", docker: "genuine" }, { PULUMI_HOME });
        }
    });

    test("on PATH count when they are of our version, and a pre-release of it is not", () => {
        names.forEach((name) => genuine(join(folder, "path"), name, `${versions[name]}-alpha.1`));
        const PATH = path(join(folder, "path"));
        agrees(all("STAND-IN"), { PATH });
        names.forEach((name) => genuine(join(folder, "path"), name));
        agrees({ command: "genuine", docker: "genuine" }, { PATH });
    });

    test("are not written into through a link", () => {
        userHas();
        mkdirSync(join(clone, ".datacentre/pulumi-home"));
        symlinkSync(join(user, ".pulumi/plugins"), join(clone, ".datacentre/pulumi-home/plugins"));
        const { status, stderr } = run(wantStandIn);
        expect([status, stderr]).toEqual([1, expect.stringContaining("is a link")]);
        expect(lstatSync(plugin(join(user, ".pulumi"), "command")).isDirectory()).toBe(true);
    });
});

describe("the language host", () => {
    const bin = () => join(clone, ".datacentre/bin");
    /** An installed CLI, linked as scripts/setup does. */
    function installed(): string {
        const place = join(folder, "opt/pulumi");
        engine(place);
        rmSync(bin(), { recursive: true });
        mkdirSync(bin());
        symlinkSync(join(place, "pulumi"), join(bin(), "pulumi"));
        return place;
    }

    test("of an installed CLI is not taken when stand-ins are asked for", () => {
        hostBeside(installed());
        agrees({ host: "genuine" });
        agrees({ host: "STAND-IN" }, wantStandIn);
    });

    test("is beside the engine that scripts/setup links, from one kind to the other", () => {
        const engine = join(installed(), "pulumi");
        hostBeside(dirname(engine));
        const link = (variables: Record<string, string>) => execFileSync("bash",
            ["-c", '. scripts/lib.sh; eval "$(sed -n "/^link_engine() {/,/^}/p" scripts/setup)"; link_engine "$1"', "setup", engine],
            { cwd: clone, env: environment(variables), stdio: "inherit" });
        for (const [variables, kind] of [[{}, "genuine"], [wantStandIn, "STAND-IN"], [wantStandIn, "STAND-IN"], [wantGenuine, "genuine"]] as const) {
            link(variables);
            userHas();
            agrees({ host: kind }, variables);
        }
    });

    test("stands in where another clone's stand-in is beside the engine", () => {
        write(join(installed(), "pulumi-language-nodejs"), "#!/usr/bin/env bash\necho another clone\n");
        agrees({ host: "STAND-IN" });
    });

    test("that is genuine in the clone gives way to the stand-in, and comes back", () => {
        hostBeside(bin());
        agrees({ host: "STAND-IN" }, wantStandIn);
        agrees({ host: "genuine" });
    });
});

describe("a cloud", () => {
    test("is not stood in for, nor the simulated one genuine, whichever was last", () => {
        const home = join(user, ".pulumi");
        genuine(plugin(home, "alicloud"), "alicloud");
        const simulated = agrees({ alicloud: "STAND-IN" }, { DATACENTRE_SIMULATE: "1" }, "alicloud");
        const real = agrees({ alicloud: "genuine" }, {}, "alicloud");
        // A shell that was prepared for the one goes on with that.
        expect(engineTakes(simulated.home, "alicloud", versions["alicloud"]!)).toBe("STAND-IN alicloud");
        agrees({ alicloud: "STAND-IN" }, { DATACENTRE_SIMULATE: "1" }, "alicloud");
        expect(engineTakes(real.home, "alicloud", versions["alicloud"]!)).toMatch(/^genuine/);
    });

    test("has no stand-in in the folder of stacks that are not simulated", () => {
        ["0.9.0", versions["alicloud"]!].forEach((version) => standIn(own("alicloud", version), "alicloud"));
        const { status } = run({}, "alicloud");
        expect(status).toBe(1);
        expect(readdirSync(dirname(own("alicloud"))).filter((name) => name.includes("alicloud"))).toEqual([]);
    });
});

test("a version that no stand-in is of is not said to be there", () => {
    const file = join(clone, "package.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(`"@pulumi/docker": "${versions["docker"]}"`, '"@pulumi/docker": "99.0.0"'));
    const { status, stderr } = run(wantStandIn);
    expect([status, stderr]).toEqual([1, expect.stringContaining("plugin docker 99.0.0 should be STAND-IN")]);
});

test("the installed CLI is one whose language host is genuine, and no script that runs an engine elsewhere", () => {
    cpSync(join(root, "lab/engine/find.sh"), join(clone, "lab/engine/find.sh"));
    write(join(clone, "lab/engine/build.sh"), "#!/usr/bin/env bash\necho /bin/true\n");
    const place = join(folder, "opt");
    const find = () => execFileSync(join(clone, "lab/engine/find.sh"), { encoding: "utf8", env: environment({ PATH: path(place) }), stdio: ["ignore", "pipe", "ignore"] }).trim();
    program(join(place, "pulumi"), "echo v3.255.0");
    hostBeside(place);
    expect(find()).toBe(join(place, "pulumi"));
    renameSync(join(place, "pulumi-language-nodejs"), join(place, "aside"));
    write(join(place, "pulumi-language-nodejs"), "#!/usr/bin/env bash\n");
    expect(basename(find())).toBe("true");
    renameSync(join(place, "aside"), join(place, "pulumi-language-nodejs"));
    write(join(place, "pulumi"), "#!/usr/bin/env bash\necho v3.255.0\n");
    expect(basename(find())).toBe("true");
});
