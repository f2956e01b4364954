/** Lines at the foot of a terminal that are drawn over, while what somebody else says scrolls by above them. */

/** Where they are drawn. */
export interface Terminal {
    write(text: string): unknown;
    readonly rows?: number;
    readonly columns?: number;
}

export class Screen {
    private drawn = 0;
    /** What was said above does not end with a line's end, so that nothing may be drawn. */
    private open = "";

    public constructor(private readonly terminal: Terminal) {}

    public get size(): { rows: number; columns: number } {
        return { rows: Math.max(4, (this.terminal.rows ?? 24) >> 1), columns: this.terminal.columns ?? 80 };
    }

    /** Takes the lines away, so that others may write. */
    public clear(): void {
        if (this.drawn > 0) {
            this.terminal.write(`\u001b[${this.drawn}A\r\u001b[J`);
            this.drawn = 0;
        }
    }

    /** Says something above the lines, which are to be drawn again. */
    public say(text: string): void {
        const whole = this.open + text;
        const end = whole.lastIndexOf("\n") + 1;
        this.open = whole.slice(end);
        if (end > 0) {
            this.clear();
            this.terminal.write(whole.slice(0, end));
        }
    }

    public draw(lines: readonly string[]): void {
        this.clear();
        this.terminal.write(lines.map((line) => `\u001b[2m${line}\u001b[0m\n`).join(""));
        this.drawn = lines.length;
    }

    /** Nothing more is drawn; what is no whole line is said. */
    public close(): void {
        this.clear();
        if (this.open !== "") {
            this.terminal.write(this.open);
            this.open = "";
        }
    }
}
