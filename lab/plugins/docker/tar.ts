import { ProviderError } from "../provider/errors";

const BLOCK = 512;

function field(block: Buffer, offset: number, length: number, value: string): void {
    block.write(value, offset, length, "utf8");
}

function octal(value: number, digits: number): string {
    return value.toString(8).padStart(digits, "0");
}

/** Splits a path into ustar's prefix (155 bytes) and name (100 bytes). */
function splitPath(path: string): [string, string] {
    if (Buffer.byteLength(path) <= 100) {
        return ["", path];
    }
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
        const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
        if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) {
            return [prefix, name];
        }
    }
    throw new ProviderError(`upload: the path ${path} is too long for a tar archive`);
}

/** A tar archive (POSIX ustar) with one regular file owned by root. `path` is relative to where it is unpacked. */
export function tarOf(path: string, mode: number, content: Buffer): Buffer {
    const header = Buffer.alloc(BLOCK);
    const [prefix, name] = splitPath(path);
    field(header, 0, 100, name);
    field(header, 100, 8, octal(mode, 7));
    field(header, 108, 8, octal(0, 7));
    field(header, 116, 8, octal(0, 7));
    field(header, 124, 12, octal(content.length, 11));
    field(header, 136, 12, octal(Math.floor(Date.now() / 1000), 11));
    field(header, 148, 8, "        ");
    field(header, 156, 1, "0");
    field(header, 257, 8, "ustar\u000000");
    field(header, 345, 155, prefix);
    const sum = header.reduce((total, byte) => total + byte, 0);
    field(header, 148, 8, `${octal(sum, 6)}\u0000 `);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK)]);
}
