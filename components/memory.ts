import { setFlagsFromString } from "node:v8";

/**
 * From so many nodes on memory is looked after more often. All resources are made in one go, and each keeps some two hundred promises and closures of
 * the SDK's until the engine has answered; between two collections the heap grew to twice what was in use. Measured by bench-scale: a preview
 * of 400 nodes took 935 MiB, and takes 516; one of 1,000 took 1,702, and takes 972.
 */
const many = 300;

/** To be called before resources are made. Source: V8's flag-definitions.h, `heap_growing_percent`. */
export function spareMemory(nodes: number): void {
    if (nodes > many) {
        setFlagsFromString("--heap-growing-percent=20");
    }
}
