import { existsSync } from "node:fs";
import { join } from "node:path";

import { systems } from "../../../components/systems";
import type { Damage, Damages } from "../lib/damage";

/** A file each, where a system has rows of its own; named like its folder. */
const fileOf = (system: string): string => join(__dirname, `${system.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`);

/**
 * Every system's damages, by the kinds of rows that they break: `etcd: no alarms`.
 *
 * @param elsewhere systems whose rows another stack has
 */
export function allDamages(net: string, elsewhere: readonly string[] = []): Record<string, Damage> {
    const named = ["host", ...systems.parts.map(({ leaf }) => leaf.name)].filter((system) => existsSync(fileOf(system)) && !elsewhere.includes(system));
    const entries = named.flatMap((system) => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const { damages } = require(fileOf(system)) as { damages: Damages };
        return Object.entries(damages(net)).map(([row, damage]) => [`${system}: ${row}`, damage] as const);
    });
    return Object.fromEntries(entries);
}
