import type { Fault, Path } from "../../config/faults";
import { error, placeOf, warning } from "./faults";

/** What the steps of the translation write to. */
export class Translation {
    public readonly notices: Fault[] = [];
    public readonly faults: Fault[] = [];
    public readonly moved: [string, string][] = [];

    /** Says that something is old. */
    public old(path: Path, was: string, today: string): void {
        this.notices.push(warning(path, `${was} is old`, `write ${today}`));
    }

    public refuse(path: Path, problem: string, remedy: string): void {
        this.faults.push(error(path, problem, remedy));
    }

    public move(from: Path, to: Path): void {
        this.moved.push([placeOf(from), placeOf(to)]);
    }
}
