import { existsSync } from "node:fs";
import { join } from "node:path";

import { systems } from "../../../components/systems";
import type { Damage, Damages } from "../lib/damage";

/** A file each, where a system has rows of its own; named like its folder. */
const fileOf = (system: string): string => join(__dirname, `${system.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`);

/**
 * Every system's damages, by the kinds of rows that they break: `etcd: no alarms`.
 *
 * @param nodes the stack's: a system that none of them has a role of has its rows on another stack
 */
export function allDamages(net: string, nodes: readonly { readonly roles?: readonly string[] | undefined }[]): Record<string, Damage> {
    const isThere = (roles: readonly string[]) => roles.length === 0 || roles.some((role) => nodes.some((node) => node.roles?.includes(role)));
    const there = systems.parts.filter(({ leaf }) => isThere(leaf.roles)).map(({ leaf }) => leaf.name);
    const named = ["host", ...there].filter((system) => existsSync(fileOf(system)));
    const entries = named.flatMap((system) => {
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const { damages } = require(fileOf(system)) as { damages: Damages };
        return Object.entries(damages(net)).map(([row, damage]) => [`${system}: ${row}`, damage] as const);
    });
    return Object.fromEntries(entries);
}
