/** Prints the compared work of the places on stdin, as JSON: what each of the compared tools is given. */
import { readFileSync } from "node:fs";

import { main } from "../../ops/lib/say";
import type { Place } from "./stack";
import { comparedWork } from "./work";

main(async () => {
    const places = JSON.parse(readFileSync(0, "utf8")) as Place[];
    process.stdout.write(`${JSON.stringify(await comparedWork(places), null, 2)}\n`);
    return 0;
});
