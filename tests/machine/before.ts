import { written } from "./places";

/** Notes what stands on this machine where steps write, for after.ts. */
export default function before(): void {
    (globalThis as { stoodBefore?: Map<string, number> }).stoodBefore = written();
}
