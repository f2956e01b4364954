import { error, type Fault } from "../faults";

/**
 * Flags of a program that the description has keys for stay the description's.
 *
 * @param path where further flags are given
 * @param keys flags, and what of the description each is made from
 */
export const takenFlags = (path: readonly string[], given: Readonly<Record<string, string>>, keys: Readonly<Record<string, string>>): Fault[] =>
    Object.keys(given).flatMap((flag) =>
        keys[flag] === undefined
            ? []
            : [error([...path, flag], `the flag ${flag} is made from datacentre:${keys[flag]}`, "take it out here, and set it there")],
    );
