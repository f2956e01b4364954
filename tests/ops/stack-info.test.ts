import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "stack-info-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const told = (...files: string[]): string[] =>
    execFileSync(process.execPath, ["--require", "tsx/cjs", "ops/stack-info.ts", ...files], { cwd: root, encoding: "utf8" }).trimEnd().split("\n");

it("tells set-up the kinds and nodes of a stack, those of its defaults among them", () => {
    const names = "master1 agent1 agent2 agent3";
    expect(told("Pulumi.local.yaml", join(scratch, "none.yaml"))).toEqual(["docker", names]);
    expect(told("Pulumi.dev.yaml")).toEqual(["alicloud", names]);
    const mine = join(scratch, "mine.yaml");
    writeFileSync(mine, "config:\n  datacentre:nodes: [{ name: agent9 }, { name: 'no name' }, 7]\n  datacentre:extends: [nowhere.yaml]\n");
    expect(told("Pulumi.local.yaml", mine)).toEqual(["docker", `${names} agent9`]);
});
