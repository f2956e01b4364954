/** Apps that are described no more: which of them go, and what `verify` says of the others. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { groupProbes } from "../../components/apps/check";
import { digestOf, labelled } from "../../components/marathon-app/app";
import { root } from "../../components/step/program";
import { systems } from "../../components/systems";
import { sampleDataCentre } from "./sample";

const owner = "datacentre/local";
const app = (id: string, labels: object = { "datacentre-definition": "d", "datacentre-stack": owner }, more: object = {}) => ({ id, labels, ...more });
const stored = { container: { volumes: [{ hostPath: "/x" }, { containerPath: "data", persistent: { size: 10 } }] } };
const others = [
    app("/somebodys", {}),
    app("/another-stacks", { "datacentre-definition": "d", "datacentre-stack": "datacentre/prod" }),
    app("/described"),
    app("/system/described"),
];

it("labels an app with its stack, which is no part of its digest", () => {
    const definition = { id: "/a", cmd: "true", labels: { x: "y" } };
    expect(labelled(definition, owner).labels).toEqual({ x: "y", "datacentre-definition": digestOf(definition), "datacentre-stack": owner });
    expect(labelled(definition, "other/stack").labels?.["datacentre-definition"]).toBe(digestOf(definition));
});

describe("the step", () => {
    const script = readFileSync(join(root, "components/apps/leftovers.sh"), "utf8");
    function run(mode: string, apps: object[], state = "/nonexistent"): string {
        const program = `
            set -Eeuo pipefail
            state=${state} run=/nonexistent step=apps node=n owner=${owner} described_apps=(/described /system/described) notes=()
            changed() { echo "changed: $1"; }; fail() { echo "fail: $1"; exit 1; }; wait_for() { shift; "$@"; }
            ${readFileSync(join(root, "components/marathon/lib.sh"), "utf8")}
            call() { case "$1 $2" in "GET /v2/apps?label"*) body=$apps status=200 ;; GET*) status=404 ;; *) echo "$1 $2"; status=200 ;; esac; }
            ${script}
            ${mode}
            printf 'note: %s\\n' "\${notes[@]}"`;
        return execFileSync("bash", ["--norc", "-c", program], { encoding: "utf8", env: { PATH: process.env.PATH ?? "", apps: JSON.stringify({ apps }) } });
    }

    it("deletes this stack's alone, and none with a volume that goes with it", () => {
        expect(run("converge", [...others, app("/left"), app("/describe"), app("/keeps", undefined, stored)]).trim().split("\n")).toEqual([
            "DELETE /v2/apps/left?force=true",
            "changed: deleted /left, which is described no more",
            "DELETE /v2/apps/describe?force=true",
            "changed: deleted /describe, which is described no more",
            "note: /keeps is described no more and has a persistent volume: DELETE /v2/apps/keeps?force=true deletes both",
        ]);
    });

    it("does nothing where nothing is left", () => {
        expect(run("converge", others)).toBe("note: \n");
        expect(run("converge", [])).toBe("note: \n");
    });

    it("leaves one that came to its end to the engine, which deletes it last, and deletes it where the engine did not", () => {
        const state = mkdtempSync(join(tmpdir(), "apps-left-"));
        mkdirSync(join(state, "apps"));
        writeFileSync(join(state, "apps", "~left~over"), "version");
        expect(run("converge", [app("/left/over")], state)).toBe("note: \n");
        expect(readdirSync(join(state, "apps"))).toEqual(["~left~over.leaves"]);
        expect(run("converge", [app("/left/over")], state)).toContain("DELETE /v2/apps/left/over?force=true");
        expect(readdirSync(join(state, "apps"))).toEqual([]);
        // Described again in between, it is nobody's to delete.
        writeFileSync(join(state, "apps", "~described.leaves"), "version");
        expect(run("converge", others, state)).toBe("note: \n");
        expect(readdirSync(join(state, "apps"))).toEqual([]);
        rmSync(state, { recursive: true });
    });

    it("leaves none of this stack's when that goes", () => {
        expect(run("undo", others)).toMatch(/DELETE \/v2\/apps\/described[^]*DELETE \/v2\/apps\/system\/described/);
        expect(run("undo", others)).not.toMatch(/DELETE \/v2\/apps\/(somebodys|another)/);
    });
});

describe("the row", () => {
    const dc = sampleDataCentre((raw) => (raw.apps = [{ id: "/described", cmd: "true" }]));
    const probe = groupProbes(dc, { systems, owner }).find(({ row }) => row === "no app is left that is described no more")!;
    const described = groupProbes(dc, { systems, owner }).flatMap(({ row }) => (row.startsWith("/") ? app(row.split(" ")[0]!) : []));
    const found = (apps: object[]) => probe.evaluateAll(new Map([["master1", { output: `\n=== apps of ours\n200\n${JSON.stringify({ apps })}\n`, at: 0 }]]));

    it("is good where only described ones are there, and other people's", () => {
        expect(probe.questions[0]?.command).toContain("/v2/apps?label=datacentre-definition");
        expect(found([...described, app("/another-stacks", { "datacentre-definition": "d", "datacentre-stack": "datacentre/prod" })])).toMatchObject({ ok: true, found: "none" });
    });

    it("names what is left, and who deletes it", () => {
        expect(found([...described, app("/left")])).toMatchObject({ ok: false, found: "/left", remedy: "'make up CONVERGE=1' deletes it" });
        const byHand = (id: string) => `ask Marathon for DELETE /v2/apps${id}?force=true, if nobody wants it or what it stores`;
        expect(found([app("/left"), app("/keeps", undefined, stored), app("/older", { "datacentre-definition": "d" })])).toMatchObject({
            found: "/left, /keeps, /older",
            remedy: ["'make up CONVERGE=1' deletes it", byHand("/keeps"), byHand("/older")].join("; "),
        });
    });

    it("is not good without an answer", () => {
        expect(probe.evaluateAll(new Map()).ok).toBe(false);
    });
});
