/** The longest line, in bytes, that the genuine provider's log scanner takes: Go's `bufio.MaxScanTokenSize`. */
export const LONGEST_LINE = 64 * 1024;

/** Cuts bytes into lines without their ends, and notices a line that is too long to log. */
export class LineSplitter {
    private rest = Buffer.alloc(0);
    private stuck = false;

    public constructor(private readonly onLine: (line: string) => void) {}

    /** True once a line of 64 KiB or more came: from there on the genuine provider reads nothing and hangs. */
    public get overflowed(): boolean {
        return this.stuck;
    }

    public push(chunk: Buffer): void {
        if (this.stuck) {
            return;
        }
        let data = Buffer.concat([this.rest, chunk]);
        for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
            if (end >= LONGEST_LINE) {
                this.stuck = true;
                return;
            }
            const line = data.subarray(0, end).toString();
            this.onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
            data = data.subarray(end + 1);
        }
        this.stuck = data.length >= LONGEST_LINE;
        this.rest = data;
    }

    /** Hands out the last line when it has no end. */
    public finish(): void {
        if (!this.stuck && this.rest.length > 0) {
            this.onLine(this.rest.toString());
        }
    }
}

const ESCAPES: Record<string, string> = {
    "\"": "\\\"", "\\": "\\\\", "\u0007": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    "\v": "\\v",
};

/** A string in double quotes as Go's `%q` writes it, for error texts. */
export function goQuote(text: string): string {
    const escaped = [...text].map((character) => {
        const known = ESCAPES[character];
        if (known !== undefined) {
            return known;
        }
        const code = character.codePointAt(0) ?? 0;
        if (code < 0x20 || code === 0x7f) {
            return `\\x${code.toString(16).padStart(2, "0")}`;
        }
        return code === 0x2028 || code === 0x2029 || code === 0xa0 ? `\\u${code.toString(16).padStart(4, "0")}` : character;
    });
    return `"${escaped.join("")}"`;
}
