/** Scripts that hosts have once, and programs that name them by digest. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { load, renderProgram, root } from "../../components/step/program";
import { packText, scriptsHome, sentAs, sharedProgram, writePack, type SharedText } from "../../components/step/shared";
import { defines } from "../../ops/rerun/program";

const scripts = ["components/step/helpers/http.sh", "components/zookeeper/member.sh"];

/** A host that has no place but a folder of its own. */
class TestHost {
    public readonly home = mkdtempSync(join(tmpdir(), "shared-"));
    public readonly login = join(this.home, "login");
    public readonly state = join(this.home, "state");
    public constructor() {
        mkdirSync(this.login);
    }

    /** Texts of this host's places in what goes there. */
    public place(text: string): string {
        return text.replaceAll(scriptsHome.replace(/\/scripts$/, ""), this.state).replaceAll("/run/datacentre", join(this.home, "run")).replaceAll("DATACENTRE_STEP_STATE:-", "NOWHERE:-");
    }

    public run(program: string, mode = "converge") {
        const { status, stdout, stderr } = spawnSync("bash", ["-c", 'eval "$(cat)"', "datacentre", mode], { cwd: this.login, input: this.place(program), encoding: "utf8" });
        return { status, stdout, stderr };
    }

    public put(texts: readonly SharedText[]): void {
        mkdirSync(join(this.state, "scripts"), { recursive: true });
        texts.forEach(({ digest, text }) => writeFileSync(join(this.state, "scripts", digest), this.place(text)));
    }
}

let host: TestHost;
beforeEach(() => (host = new TestHost()));
afterEach(() => rmSync(host.home, { recursive: true, force: true }));

const says = "tests/components/says.sh";
const step = (parameters: Record<string, string | number>) => sharedProgram("web", "n1", [says], { word: "it's", port: 80, ...parameters });

describe("a program that names its scripts", () => {
    it("does what the whole one does", () => {
        const { text, uses } = step({});
        host.put(uses);
        expect(host.run(text)).toEqual({ status: 0, stdout: "0 changes\n  note: told it's and 80\n", stderr: "" });
        expect(host.run(renderProgram("web", "n1", [says], { word: "it's", port: 80 })).stdout).toBe("0 changes\n  note: told it's and 80\n");
    });

    it("has its parameters, and of each script its name and which it is", () => {
        const { text, uses } = sharedProgram("zookeeper", "n1", scripts, { id: 3, config: "a\nb" });
        expect(text).toContain("id='3'\nconfig='a\nb'\nstep='zookeeper'\nnode='n1'\n");
        expect(uses.map(({ name }) => name)).toEqual(["step/lib", "step/helpers/http", "zookeeper/member"]);
        uses.slice(1).forEach(({ name, digest }) => expect(text).toContain(`${digest} ${name}`));
        uses.forEach((one, at) => expect(one.text).toBe(load(["components/step/lib.sh", ...scripts][at]!)));
        expect(text.length).toBeLessThan(1000);
    });

    it("takes long parameters as it takes scripts, the longest first", () => {
        const long = "x'y\n".repeat(2000);
        const { text, uses } = step({ word: long, other: "z".repeat(300) });
        expect(uses.map(({ name }) => name)).toEqual(["step/lib", "web/word", "tests/components/says"]);
        expect(text).not.toContain("x'y");
        expect(text).toContain("zzz");
        host.put(uses);
        expect(host.run(text).stdout).toContain(`told ${long}`.slice(0, 250));
    });

    it("keeps in its text what is asked to stay there, however long", () => {
        const parameters = { stays: "s".repeat(300), goes: "g".repeat(300) };
        const { text, uses } = sharedProgram("prepare", "n1", [says], parameters, { begin: "", limit: 100, inline: ["stays"] });
        expect([text.includes("sss"), text.includes("ggg"), uses.map(({ name }) => name)]).toEqual([true, false, ["step/lib", "prepare/goes", "tests/components/says"]]);
    });

    it("says where its scripts are gone, and how they come back", () => {
        const { text, uses } = step({});
        mkdirSync(host.state);
        const lost = { status: 1, stdout: "", stderr: "datacentre: web on n1: this host has lost its scripts\n  remedy: pulumi up --replace '**::scripts-n1'\n" };
        expect([host.run(text), host.run(text, "undo")]).toEqual([lost, lost]);
        host.put(uses.slice(0, 1));
        expect(host.run(text).stderr).toMatch(
            /this host has lost tests\/components\/says of its scripts\n {2}remedy: pulumi up --replace '\*\*::scripts-n1'/,
        );
    });

    it("has nothing to undo on a host of which nothing is left", () => {
        expect(host.run(step({}).text, "undo")).toEqual({ status: 0, stdout: "0 changes\n", stderr: "" });
    });

    it("is known by what its scripts define", () => {
        const { text: stdin } = sharedProgram("zookeeper", "n1", scripts, {});
        expect([defines({ stdin }, "tell"), defines({ stdin }, "leave"), defines({ stdin }, "fly")]).toEqual([true, true, false]);
        expect(defines({ stdin: step({}).text }, "tell")).toBe(false);
    });
});

describe("what a host is sent", () => {
    const { uses } = sharedProgram("web", "n1", scripts, {});
    const gate = (pack: string, parameters = {}) => {
        const { text } = sharedProgram("prepare", "n1", ["components/host/prepare.sh", says], { leaves_nothing: true, sent_as: sentAs("n1"), word: "", port: 1, ...parameters }, { begin: load("components/host/unpack.sh"), limit: 8000, inline: [] });
        return `pack='${pack}'\n${text}`;
    };
    const all = [...uses, ...sharedProgram("prepare", "n1", ["components/host/prepare.sh", says], {}).uses];
    const send = (text: string) => writeFileSync(join(host.login, sentAs("n1")), host.place(text));
    const sha256 = (path: string) => spawnSync("sha256sum", [path], { encoding: "utf8" }).stdout.slice(0, 64);

    it("is the same file for the same texts, in whatever order, and each text once", () => {
        const pack = writePack([...all, ...all]);
        expect(writePack([...all].reverse())).toEqual(pack);
        expect(pack.path).toMatch(/^\.datacentre\/scripts\/[0-9a-f]{16}\.sh$/);
        expect(sha256(join(root, pack.path))).toBe(pack.sha256);
        expect(readFileSync(join(root, pack.path), "utf8").match(/^put /gm)).toHaveLength(new Set(all.map(({ digest }) => digest)).size);
    });

    it("is kept in the clone while runs need it, and a week longer", () => {
        const one = (word: string) => writePack(step({ word: word.repeat(9000) }).uses).path;
        const [old, used] = [one("a"), one("b")];
        const age = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
        [old, used].forEach((path) => utimesSync(join(root, path), age, age));
        expect(one("b")).toBe(used);
        const fresh = one(String(process.pid));
        expect([old, used, fresh].map((path) => existsSync(join(root, path)))).toEqual([false, true, true]);
        rmSync(join(root, fresh));
    });

    it("is taken by its checksum, and by a host that is found to be ours is kept", () => {
        send(packText(all));
        const sum = sha256(join(host.login, sentAs("n1")));
        const asked = host.run(gate(sum));
        expect(asked).toMatchObject({ status: 0, stdout: expect.stringContaining("told") as string });
        // It has not been kept: this step's converge is another. What it ran by lies where a reboot ends it.
        expect(existsSync(join(host.state, "scripts"))).toBe(false);
        const kept = host.run(gate(sum).replace('main "$1"', "converge() { keep_scripts; }; main converge"));
        expect(kept).toMatchObject({ status: 0, stderr: "" });
        expect(readdirSync(join(host.state, "scripts")).sort()).toEqual([...new Set([sum, ...all.map(({ digest }) => digest)])].sort());
        expect([existsSync(join(host.login, sentAs("n1"))), existsSync(join(host.home, "run/scripts"))]).toEqual([false, false]);
        // From then on nothing is sent any more.
        expect(host.run(gate(sum)).status).toBe(0);
    });

    it.each([
        ["was cut off", (text: string) => text.slice(0, -100)],
        ["is something else", () => "rm -rf /\n"],
    ])("is not run when it %s", (_, spoil) => {
        send(packText(all));
        const sum = sha256(join(host.login, sentAs("n1")));
        send(spoil(packText(all)));
        expect(host.run(gate(sum))).toEqual({
            status: 1,
            stdout: "",
            stderr: `datacentre: prepare on n1: ${join(host.login, sentAs("n1"))} is not what this host was to be sent\n  remedy: pulumi up --replace '**::scripts-n1'\n`,
        });
    });
});
