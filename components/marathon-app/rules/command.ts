import type { Fault } from "../../../config/faults";
import { error } from "../faults";
import { absolute } from "../normalise";
import { isDocker } from "../ports";
import type { App } from "../schema";

const reserved = ["restart", "tasks", "versions"];

/** An id that Marathon's own paths leave free; no app waits for itself. */
export function idRules(app: App): Fault[] {
    const last = app.id.split("/").at(-1) ?? "";
    const faults: Fault[] = [];
    if (last === "") {
        faults.push(error(["id"], "the root is no app", "give a name, such as /system/registry"));
    }
    if (reserved.includes(last)) {
        faults.push(error(["id"], `${last} as an app's last name is a path of Marathon's own`, "use another name"));
    }
    for (const [index, dependency] of (app.dependencies ?? []).entries()) {
        const end = absolute(dependency).split("/").at(-1) ?? "";
        if (reserved.includes(end)) {
            faults.push(error(["dependencies", index], `no app's last name is ${end}, a path of Marathon's own`, "name the app that is meant"));
        }
        const own = absolute(dependency) === app.id || app.id.startsWith(`${absolute(dependency)}/`);
        if (own) {
            faults.push(error(["dependencies", index], `${app.id} would wait for itself`, "take it out"));
        }
    }
    return faults;
}

/** Something to run: cmd, or args, or what an image runs by itself. */
export function commandRules(app: App): Fault[] {
    const args = app.args !== undefined && app.args.length > 0;
    if (app.cmd !== undefined && args) {
        return [
            error(
                ["args"],
                "cmd and args are both there",
                "keep cmd for a shell's line, or args for words after the image's entrypoint",
            ),
        ];
    }
    if (app.cmd?.length === 1) {
        return [error(["cmd"], "Marathon takes no command of one character", "write the program's path")];
    }
    // Of a Docker container without image the container's own rules tell.
    const other = app.container !== undefined && (app.container.docker !== undefined || isDocker(app));
    const executor = !["", "//cmd"].includes(app.executor ?? "");
    return app.cmd === undefined && !args && !other && !executor
        ? [error([], "there is nothing to run", "give cmd or args, or an image as container.docker.image")]
        : [];
}
