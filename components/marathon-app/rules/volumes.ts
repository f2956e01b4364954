import type { Fault } from "../../../config/faults";
import { expression } from "../constraints";
import { error, listed } from "../faults";
import type { App } from "../schema";
import type { Volume } from "../schema/container";

const kinds = ["hostPath", "persistent", "external", "secret"] as const;

/** Every volume is of one kind, and has what its kind needs. */
export function volumeRules(app: App): Fault[] {
    const volumes = app.container?.volumes ?? [];
    return [...volumes.flatMap((volume, index) => one(volume, index, app)), ...names(volumes), ...paths(volumes)];
}

function one(volume: Volume, index: number, app: App): Fault[] {
    const at = ["container", "volumes", index] as const;
    const given = kinds.filter((kind) => volume[kind] !== undefined);
    if (given.length !== 1) {
        const problem = given.length === 0 ? "nothing says where this volume's content is" : `this volume has ${listed(given)}`;
        return [error(at, problem, `give one of ${listed(kinds, "or")}`)];
    }
    const faults: Fault[] = [];
    if (volume.mode === undefined && volume.secret === undefined) {
        faults.push(error([...at, "mode"], "this is missing", "use RW, or RO for what is only read"));
    }
    if (volume.secret !== undefined && app.secrets?.[volume.secret] === undefined) {
        faults.push(error([...at, "secret"], "this secret is not among the app's secrets", "add it to secrets, with its source"));
    }
    return volume.persistent ? [...faults, ...persistent(volume, at)] : faults;
}

function persistent({ persistent: disk, containerPath, mode }: Volume, at: readonly (string | number)[]): Fault[] {
    const faults: Fault[] = [];
    if (/^\.{0,2}$|\//.test(containerPath)) {
        const remedy = "use one name, such as data; where it is wanted elsewhere, map it there with a hostPath volume";
        faults.push(
            error([...at, "containerPath"], "a persistent volume stands in the sandbox, by a name without slashes", remedy),
        );
    }
    if (mode === "RO") {
        faults.push(error([...at, "mode"], "Marathon makes persistent volumes for writing only", "use RW"));
    }
    if (disk?.size === 0) {
        faults.push(error([...at, "persistent", "size"], "a volume of no size holds nothing", "give its size in MiB"));
    }
    if (disk?.maxSize !== undefined && (disk.type !== "mount" || disk.maxSize <= disk.size)) {
        const remedy = "write type: mount and a maxSize above size, or take maxSize out";
        faults.push(error([...at, "persistent", "maxSize"], "maxSize is for mount disks, and above size", remedy));
    }
    const root = disk?.type === undefined || disk.type === "root";
    for (const [index, [field, operator, value]] of (disk?.constraints ?? []).entries()) {
        const fits =
            field === "path" && (operator === "LIKE" || operator === "UNLIKE") && value !== undefined && expression(value);
        if (root || !fits) {
            const remedy = root ? "take it out, or use type: path or mount" : "write [path, LIKE, pattern]";
            faults.push(error([...at, "persistent", "constraints", index], "this constrains no disk", remedy));
        }
    }
    return faults;
}

function names(volumes: readonly Volume[]): Fault[] {
    const all = volumes.map(({ external }) => external?.name);
    return all.flatMap((name, index) =>
        name !== undefined && all.indexOf(name) < index
            ? [
                  error(
                      ["container", "volumes", index, "external", "name"],
                      "another volume of this app has this name",
                      "use another",
                  ),
              ]
            : [],
    );
}

function paths(volumes: readonly Volume[]): Fault[] {
    const all = volumes.map(({ containerPath }) => containerPath.replace(/(.)\/+$/, "$1"));
    return all.flatMap((path, index) =>
        all.indexOf(path) < index
            ? [
                  error(
                      ["container", "volumes", index, "containerPath"],
                      `two volumes are at ${path}`,
                      "give each a path of its own",
                  ),
              ]
            : [],
    );
}
