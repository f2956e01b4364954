/** What recorded steps' programs are made of. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { load, root } from "../../components/step/program";
import type { RecordedStep } from "./steps";

/** The scripts that a program names by digest (components/step/shared.ts), from the root; long parameters are none. */
const namedIn = (stdin: string): string[] => {
    const [, list = ""] = /^step_scripts='([^']*)'$/m.exec(stdin) ?? [];
    return list.split("\n").map((line) => `components/${line.split(" ")[1] ?? ""}.sh`).filter((path) => existsSync(join(root, path)));
};

/** Whether a step's program has a mode: by its own text, or by the scripts that it names, as this checkout has them. */
export const defines = ({ stdin }: Pick<RecordedStep, "stdin">, mode: string): boolean =>
    [stdin, ...namedIn(stdin).map(load)].some((text) => new RegExp(`^${mode}\\(\\) *\\{`, "m").test(text));
