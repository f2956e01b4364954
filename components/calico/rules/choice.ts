import { nearest } from "../../../config/faults";

/** Which of the known names to use instead of one that is not among them. */
export function choice(name: string, known: readonly string[], none: string): string {
    const near = nearest(name, known);
    const list = known.length === 0 ? none : `use one of: ${known.join(", ")}`;
    return near === undefined ? list : `use ${near}, if you meant that; else ${list}`;
}
