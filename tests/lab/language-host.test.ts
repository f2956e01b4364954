import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProgramInfo, RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { readOptions, splitArguments } from "../../lab/plugins/language-nodejs/options";
import { programDependencies, requiredPlugins } from "../../lab/plugins/language-nodejs/packages";
import { Programs, configVariable, programArguments } from "../../lab/plugins/language-nodejs/program";

const folder = mkdtempSync(join(tmpdir(), "language-host-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: unknown): void {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
}

function request(entryPoint: string, options: Record<string, string | boolean> = {}): RunRequest {
    const info = new ProgramInfo();
    info.setProgramDirectory(folder);
    info.setRootDirectory(folder);
    info.setEntryPoint(entryPoint);
    info.setOptions(Struct.fromJavaScript(options));
    const run = new RunRequest();
    run.setInfo(info);
    run.setProject("proj");
    run.setStack("st");
    run.setOrganization("org");
    run.setMonitorAddress("127.0.0.1:1");
    run.setParallel(7);
    run.setDryrun(true);
    run.getConfigMap().set("proj:key", "value");
    run.setConfigsecretkeysList(["proj:key"]);
    return run;
}

beforeAll(() => {
    // Stands for @pulumi/pulumi/cmd/run: the entry point is what it does.
    write("node_modules/@pulumi/pulumi/cmd/run/index.js", `
        const entry = process.argv[process.argv.length - 1];
        require("fs").writeFileSync(${JSON.stringify(join(folder, "seen.json"))}, JSON.stringify({
            args: process.argv.slice(2), config: process.env.PULUMI_CONFIG, secrets: process.env.PULUMI_CONFIG_SECRET_KEYS,
            typescript: process.env.PULUMI_NODEJS_TYPESCRIPT, node: process.execArgv,
        }));
        if (entry === "wait") setInterval(() => undefined, 1000);
        else process.exit(Number(entry));
    `);
    write("node_modules/@pulumi/pulumi/package.json", { name: "@pulumi/pulumi", version: "3.245.0" });
    write("node_modules/@pulumi/command/package.json", {
        name: "@pulumi/command", version: "1.2.1", pulumi: { resource: true, name: "command", version: "1.2.1" },
    });
    write("node_modules/other/node_modules/@pulumi/docker/package.json", {
        name: "@pulumi/docker", version: "5.2.0", pulumi: { resource: true },
    });
    write("node_modules/other/package.json", { name: "other", version: "1.0.0" });
    write("package.json", { name: "p", dependencies: { "@pulumi/command": "1.2.1", missing: "^1.0.0" } });
});

describe("what a program needs", () => {
    test("plugins of all installed packages, nested ones too", () => {
        expect(requiredPlugins(folder).sort((left, right) => left.name < right.name ? -1 : 1)).toEqual([
            { name: "command", version: "v1.2.1", server: "" }, { name: "docker", version: "v5.2.0", server: "" },
        ]);
    });

    test("dependencies with their installed versions", () => {
        expect(programDependencies(folder)).toEqual([
            { name: "@pulumi/command", version: "1.2.1" }, { name: "missing", version: "^1.0.0" },
        ]);
    });

    test("options: defaults, splitting, wrong types", () => {
        expect(readOptions({})).toEqual({ typescript: true, tsconfig: "", nodeargs: [] });
        expect(splitArguments("--a 'b c' \"d\\\"e\" f\\ g")).toEqual(["--a", "b c", "d\"e", "f g"]);
        expect(() => readOptions({ typescript: "yes" })).toThrow("typescript option must be a boolean");
        expect(() => splitArguments("'open")).toThrow("no closing '");
    });

    test("config goes under the keys that the SDK reads", () => {
        expect(configVariable([["proj:key", "v"], ["a:config:b", "w"]])).toBe("{\"proj:config:key\":\"v\",\"a:config:b\":\"w\"}");
    });
});

describe("running a program", () => {
    test("arguments and environment are the genuine host's", async () => {
        const quiet = request("0", { typescript: false, nodeargs: "--no-warnings" });
        const response = await new Programs().run(quiet, "127.0.0.1:2");
        expect(response.toObject()).toEqual({ error: "", bail: false });
        const seen: unknown = JSON.parse(readFileSync(join(folder, "seen.json"), "utf8"));
        expect(seen).toEqual({
            args: ["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "org", "--project", "proj",
                "--root-directory", folder, "--stack", "st", "--pwd", folder, "--dry-run", "--parallel", "7", "0"],
            config: "{\"proj:config:key\":\"value\"}", secrets: "[\"proj:key\"]", node: ["--no-warnings"],
        });
        expect(programArguments(request("."), "e").slice(-1)).toEqual(["."]);
    });

    test.each([
        ["1", { error: "Program exited with non-zero exit code: 1", bail: false }],
        ["32", { error: "", bail: true }],
    ])("exit code %s", async (code, expected) => {
        expect((await new Programs().run(request(code), "")).toObject()).toEqual(expected);
    });

    test("it ends when it is told to", async () => {
        const programs = new Programs();
        const run = programs.run(request("wait", { typescript: false }), "");
        setTimeout(() => programs.stop(), 150);
        expect((await run).getError()).toMatch(/^Program exited with non-zero exit code/);
        await programs.idle();
    });

    test("without the SDK it says what to do", async () => {
        const lost = request("0");
        lost.getInfo()?.setProgramDirectory(tmpdir());
        const { error } = (await new Programs().run(lost, "")).toObject();
        expect(error).toMatch(/SDK has not been installed. Have you run pulumi install/);
    });
});
