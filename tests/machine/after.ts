import { written } from "./places";

/** Fails the run when a unit test has written where a step writes on a host. */
export default function after(): void {
    const before = (globalThis as { stoodBefore?: Map<string, number> }).stoodBefore ?? new Map<string, number>();
    const left = [...written()].filter(([path, time]) => before.get(path) !== time).map(([path]) => path);
    if (left.length > 0) {
        throw new Error(`a unit test has written on this machine itself, where a step writes on a host:\n  ${left.join("\n  ")}\nremove them, and give that test's step places of its own`);
    }
}
