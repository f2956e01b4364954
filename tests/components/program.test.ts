import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";

import { assignment, compact, renderProgram, root, secretAssignment } from "../../components/step/program";

const bash = (text: string, ...args: string[]): string =>
    execFileSync("bash", ["-c", 'eval "$(cat)"', "datacentre", ...args], { input: text, encoding: "utf8" });

const scripts = readdirSync(join(root, "components"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".sh"))
    .map((path) => join("components", path));

describe("assignment", () => {
    it("gives bash exactly the value, whatever is in it", () => {
        const value = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
        fc.assert(
            fc.property(fc.array(value, { minLength: 20, maxLength: 60 }), (values) => {
                const text = `${assignment("list", values)}\nprintf '%s\\0' "\${list[@]}"`;
                expect(bash(text)).toBe(values.map((item) => `${item}\0`).join(""));
            }),
            { numRuns: 10 },
        );
    });

    it("writes booleans as yes and nothing, and refuses names that are not lower-case shell names", () => {
        expect(assignment("last", true)).toBe("last='yes'");
        expect(assignment("last", false)).toBe("last=''");
        expect(() => assignment("a;rm", "x")).toThrow("no lower-case shell name");
    });
});

it("refuses a parameter that would take the place of a variable of lib.sh's", () => {
    for (const key of ["service", "changes", "state"]) {
        expect(() => renderProgram("step", "node", [], { [key]: "x" })).toThrow(`parameter ${key} is a variable of lib.sh's own`);
    }
});

describe("secretAssignment", () => {
    it("gives bash exactly the value, which stands in the text letter by letter", () => {
        const value = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
        fc.assert(
            fc.property(value, (secret) => {
                const text = secretAssignment("secret", secret);
                expect(text).toContain(secret);
                expect(bash(`${text}\nprintf '%s.' "$secret"`)).toBe(`${secret}.`);
            }),
            { numRuns: 20 },
        );
        expect(bash(`${secretAssignment("secret", "-\n'$(id)`\\\n\n")}\nprintf '%s.' "$secret"`)).toBe("-\n'$(id)`\\\n\n.");
    });
});

describe("compact", () => {
    it("drops comment and blank lines only", () => {
        expect(compact("# a\n\n  # b\nx=1 # c\n")).toBe("x=1 # c\n");
    });

    it.each(scripts)("is safe for %s: no here-document, whose lines it could take", (path) => {
        expect(readFileSync(join(root, path), "utf8")).not.toMatch(/<<-?\s*['"]?[A-Za-z_]+/);
    });
});

describe("renderProgram", () => {
    const program = renderProgram("zookeeper", "master1", ["components/zookeeper/member.sh"], { id: 1 });

    it("does nothing when it was cut off on its way, wherever that was", () => {
        // What is left has its text in a variable, or is no bash: never does main run.
        for (let end = 0; end < program.length - 1; end += 37) {
            const cut = `${program.slice(0, end)}\n`;
            expect(cut).not.toContain('main "$1"');
        }
        expect(program.endsWith('main "$1"\n')).toBe(true);
    });

    it("is the same text for the same inputs, and names the step and the node", () => {
        expect(renderProgram("zookeeper", "master1", ["components/zookeeper/member.sh"], { id: 1 })).toBe(program);
        expect(program).toContain("step='zookeeper'\nnode='master1'\n");
    });

    it("stays well under what makes a checkpoint slow to write", () => {
        expect(program.length).toBeLessThan(25_500);
    });
});
