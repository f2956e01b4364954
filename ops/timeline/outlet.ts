/** A file without a name that a program prints to, read here as it grows. */
import { closeSync, constants, mkdirSync, openSync, readSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

/**
 * No pipe: the engine would end at its next word when this process was killed, with its state half written. The name goes before anything is
 * written, so that nothing is left behind.
 */
export class Outlet {
    public readonly descriptor: number;
    private position = 0;
    private readonly buffer = Buffer.alloc(64 * 1024);
    private readonly decoder = new StringDecoder("utf8");

    /** @param directory this user's own */
    public constructor(directory: string, name: string) {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        const path = join(directory, `.${name}.${process.pid}.${Date.now()}`);
        this.descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, 0o600);
        unlinkSync(path);
    }

    /** What has come since the last time. */
    public read(): string {
        let text = "";
        for (;;) {
            const size = readSync(this.descriptor, this.buffer, 0, this.buffer.length, this.position);
            if (size === 0) {
                return text;
            }
            this.position += size;
            text += this.decoder.write(this.buffer.subarray(0, size));
        }
    }

    public close(): void {
        closeSync(this.descriptor);
    }
}
