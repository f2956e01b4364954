/** What recorded steps' programs are made of. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { load, root } from "../../components/step/program";
import { namedIn } from "../../components/step/shared";
import type { RecordedStep } from "./steps";

/** The scripts that a program names by digest, from the root; long parameters are none. */
const scriptsOf = (stdin: string): string[] => namedIn(stdin).map(({ name }) => `components/${name}.sh`).filter((path) => existsSync(join(root, path)));

/** Whether a step's program has a mode: by its own text, or by the scripts that it names, as this checkout has them. */
export const defines = ({ stdin }: Pick<RecordedStep, "stdin">, mode: string): boolean =>
    [stdin, ...scriptsOf(stdin).map(load)].some((text) => new RegExp(`^${mode}\\(\\) *\\{`, "m").test(text));
