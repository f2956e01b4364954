import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path/posix";
import type { SFTPWrapper, Stats } from "ssh2";
import { pipeline } from "node:stream/promises";
import { ProviderError, messageOf } from "../provider/errors";

const NO_SUCH_FILE = 2;

/** Files of the remote host, written the way the genuine provider does: directories merged, files overwritten. */
export class RemoteFiles {
    public constructor(private readonly sftp: SFTPWrapper) {}

    private async stat(path: string): Promise<Stats | undefined> {
        return new Promise((resolve, reject) => this.sftp.stat(path, (error, stats) => {
            if (error === undefined) {
                resolve(stats);
            } else if ((error as { code?: unknown }).code === NO_SUCH_FILE) {
                resolve(undefined);
            } else {
                reject(new ProviderError(`failed to stat remote path ${path}: ${error.message}`));
            }
        }));
    }

    private async makeDirectory(path: string, what = "remote directory"): Promise<void> {
        return new Promise((resolve, reject) => this.sftp.mkdir(path, (error) =>
            error === undefined || error === null
                ? resolve()
                : reject(new ProviderError(`failed to create ${what} ${path}: ${error.message}`))));
    }

    private async makeParents(path: string): Promise<void> {
        const found = await this.stat(path);
        if (found !== undefined) {
            if (!found.isDirectory()) {
                throw new ProviderError(`failed to create remote directory ${path}: not a directory`);
            }
            return;
        }
        if (dirname(path) !== path) {
            await this.makeParents(dirname(path));
        }
        await this.makeDirectory(path);
    }

    /** Makes a directory unless it is there; a file in its place is an error. */
    private async ensureDirectory(path: string): Promise<void> {
        const found = await this.stat(path);
        if (found === undefined) {
            await this.makeDirectory(path);
        } else if (!found.isDirectory()) {
            throw new ProviderError(`remote path ${path} exists but is not a directory`);
        }
    }

    private async copyFile(source: string, destination: string): Promise<void> {
        try {
            await pipeline(createReadStream(source), this.sftp.createWriteStream(destination));
        } catch (error) {
            throw new ProviderError(`failed to copy file ${source} to remote path ${destination}: ${messageOf(error)}`);
        }
    }

    private async copyDirectory(source: string, destination: string): Promise<void> {
        await this.ensureDirectory(destination);
        for (const entry of (await readdir(source, { withFileTypes: true })).sort((a, b) => a.name < b.name ? -1 : 1)) {
            const target = join(destination, entry.name);
            if (entry.isDirectory()) {
                await this.copyDirectory(join(source, entry.name), target);
            } else {
                await this.copyFile(join(source, entry.name), target);
            }
        }
    }

    /**
     * Copies a local file or directory. A directory without a slash at its end goes under the destination by its name,
     * with one its content does; a file goes into an existing directory, else becomes the destination.
     */
    public async copy(source: string, destination: string): Promise<void> {
        const isDirectory = (await stat(source).catch((error: unknown) => {
            const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
            throw new ProviderError(missing ? `open ${source}: no such file or directory` : messageOf(error));
        })).isDirectory();
        const found = await this.stat(destination);
        if (isDirectory) {
            if (found === undefined) {
                await this.makeParents(destination);
            }
            const target = source.endsWith("/") ? destination : join(destination, basename(source));
            await this.copyDirectory(source, target);
        } else if (found?.isDirectory() === true) {
            await this.copyFile(source, join(destination, basename(source)));
        } else {
            if (found === undefined) {
                await this.makeParents(dirname(destination));
            }
            await this.copyFile(source, destination);
        }
    }

    /** Writes a text asset to a file path. */
    public async writeText(text: string, destination: string): Promise<void> {
        const found = await this.stat(destination);
        if (found?.isDirectory() === true) {
            throw new ProviderError(
                `remote path ${destination} is a directory; when using a text asset, remotePath must be a file path`);
        }
        await this.makeParents(dirname(destination));
        await new Promise<void>((resolve, reject) => this.sftp.writeFile(destination, text, (error) =>
            error === undefined || error === null
                ? resolve()
                : reject(new ProviderError(`failed to create remote file ${destination}: ${error.message}`))));
    }
}

