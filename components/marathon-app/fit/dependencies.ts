import type { Fault } from "../../../config/faults";
import { error, joined } from "../faults";
import { absolute } from "../normalise";
import type { PlacedApp } from "./facts";

/** Two apps of one id, an app in the place of a group, and apps that wait for each other in a ring. */
export function dependencyFaults(apps: readonly PlacedApp[]): Fault[] {
    const at = (place: string, { key }: PlacedApp, problem: string, remedy: string): Fault => ({
        ...error([], problem, remedy),
        key: joined(key, place),
    });
    return apps.flatMap((one, index) => {
        const { id } = one.app;
        const same = apps.findIndex((other) => other.app.id === id) < index;
        const group = apps.find((other) => other.app.id.startsWith(`${id}/`));
        const ring = ringFrom(id, apps);
        // Each ring is told once, at its first app.
        const first = apps.find((other) => ring.includes(other.app.id)) === one;
        return [
            ...(same ? [at("id", one, `another app is ${id}`, "give each an id of its own")] : []),
            ...(group
                ? [at("id", one, `${id} would be an app, and the group of ${group.app.id}`, "use another id for one of them")]
                : []),
            ...(ring.length > 1 && first
                ? [at("dependencies", one, [...ring, id].join(" waits for "), "take one of these dependencies out")]
                : []),
        ];
    });
}

/** A way over dependencies that leads back to where it began; empty when there is none. A group stands for its apps. */
function ringFrom(start: string, apps: readonly PlacedApp[]): string[] {
    const seen = new Set<string>();
    const walk = (id: string, way: readonly string[]): string[] => {
        const wanted = (apps.find(({ app }) => app.id === id)?.app.dependencies ?? []).map(absolute);
        const next = apps
            .map(({ app }) => app.id)
            .filter((other) => wanted.some((want) => other === want || other.startsWith(`${want}/`)));
        for (const other of next) {
            if (other === start) {
                return [...way, id];
            }
            if (!seen.has(other)) {
                seen.add(other);
                const found = walk(other, [...way, id]);
                if (found.length > 0) {
                    return found;
                }
            }
        }
        return [];
    };
    return walk(start, []);
}
