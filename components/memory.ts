import { setFlagsFromString } from "node:v8";

/**
 * From so many nodes on memory is looked after more often. All resources are made in one go, and each keeps some two hundred promises and closures of
 * the SDK's until the engine has answered; between two collections the heap grew to twice what was in use. Measured by bench-scale: a preview
 * of 400 nodes took 935 MiB, and takes 516; one of 1,000 took 1,702, and takes 972.
 */
const many = 300;

/** By how many percent the heap may grow between two full collections: while all is in use, and when the engine has answered for much of it. */
const [tight, wide] = [20, 60];

/** To be called before resources are made. Source: V8's flag-definitions.h, `heap_growing_percent`. */
export function spareMemory(nodes: number): void {
    if (nodes <= many) {
        return;
    }
    const grow = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);
    grow(tight);
    let most = 0;
    setInterval(() => {
        const used = process.memoryUsage().heapUsed;
        most = Math.max(most, used);
        grow(used < most * (tight + 100) / (wide + 100) ? wide : tight);
    }, 500).unref();
}
