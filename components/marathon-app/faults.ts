import { keyOf, type Fault, type Path } from "../../config/faults";

/** Faults of app definitions: as the description's own, with keys that begin at the definition itself. */

/** A place in a definition: `container.portMappings[0].hostPort`; the whole definition is the empty text. */
export const placeOf = (path: Path): string => keyOf(...path).slice("datacentre:".length);

export const error = (path: Path, problem: string, remedy: string): Fault => ({
    key: placeOf(path),
    problem,
    remedy,
    severity: "error",
});

export const warning = (path: Path, problem: string, remedy: string): Fault => ({
    ...error(path, problem, remedy),
    severity: "warning",
});

/** Two places, one within the other. Either may be the whole. */
export function joined(prefix: string, place: string): string {
    return prefix === "" || place === "" || place.startsWith("[") ? prefix + place : `${prefix}.${place}`;
}

/** Faults of a definition as faults of what holds it, `datacentre:apps[0]`. */
export const within = (prefix: string, faults: readonly Fault[]): Fault[] =>
    faults.map((fault) => ({ ...fault, key: joined(prefix, fault.key) }));

/** "a, b and c". */
export function listed(items: readonly (string | number)[], word = "and"): string {
    return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1) ?? ""}`;
}

/** "1 instance", "2 instances". */
export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
