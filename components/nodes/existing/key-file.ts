import type { Context } from "../../../config/context";
import { error, type Fault, type Path } from "../../../config/faults";

/** Faults of a private key's file, as far as it can be looked at; nobody but its owner may use a key. */
export function keyFileFaults(path: Path, file: string, accepted: string, context: Context): Fault[] {
    if (!context.keyFile) {
        return [];
    }
    const { found, readable, mode } = context.keyFile(file);
    if (!found) {
        return [error(path, `there is no file ${file}`, `give the path of a private key that ${accepted}`)];
    }
    if (!readable) {
        return [error(path, `${file} cannot be read by this user, or is no file`, `run 'chown "$USER" ${file}', or give another file`)];
    }
    if ((mode & 0o077) !== 0) {
        const problem = `${file} has the mode 0${mode.toString(8)}, so that others on this machine can use it`;
        return [error(path, problem, `run 'chmod 0600 ${file}'`)];
    }
    return [];
}
