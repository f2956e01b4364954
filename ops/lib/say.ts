/** What a verb tells a person: notes, problems with their remedy, and its exit status. */

/** Something that the operator can set right: said in two lines, without a stack trace. */
export class Problem extends Error {
    public constructor(
        message: string,
        public readonly remedy: string,
        /** The exit status of the verb that stopped here. */
        public readonly status = 1,
    ) {
        super(message);
        this.name = "Problem";
    }
}

/** Progress and notes go to stderr: stdout is for what somebody may want to read on (tables, JSON, exports). */
export function note(text: string): void {
    process.stderr.write(`${text}\n`);
}

const isBrokenPipe = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EPIPE";

/** Runs a verb to its exit status, and says what went wrong the way a person can act on. */
export function main(verb: () => Promise<number>): void {
    process.stdout.on("error", (error) => {
        if (!isBrokenPipe(error)) {
            throw error;
        }
    });
    verb().then(
        (status) => {
            process.exitCode = status;
        },
        (error: unknown) => {
            if (error instanceof Problem) {
                note(`error: ${error.message}\n  remedy: ${error.remedy}`);
                process.exitCode = error.status;
            } else {
                note(error instanceof Error ? (error.stack ?? error.message) : String(error));
                process.exitCode = 70;
            }
        },
    );
}
