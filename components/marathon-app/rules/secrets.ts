import type { Fault } from "../../../config/faults";
import { error } from "../faults";
import type { App } from "../schema";

/** Secrets are named before they are used; Marathon itself has no store for them. */
export function secretRules(app: App): Fault[] {
    const known = app.secrets ?? {};
    const undefinedOnes = Object.entries(app.env ?? {}).flatMap(([name, value]) =>
        typeof value !== "string" && known[value.secret] === undefined
            ? [error(["env", name, "secret"], `the app has no secret of this name`, "add it to secrets, with its source")]
            : [],
    );
    const pull = app.container?.docker?.pullConfig?.secret;
    const at = ["container", "docker", "pullConfig", "secret"];
    return [
        ...(known[""] === undefined ? [] : [error(["secrets"], "a secret here has no name", "give every one a name")]),
        ...undefinedOnes,
        ...(pull !== undefined && known[pull] === undefined
            ? [error(at, "the app has no secret of this name", "add it to secrets, with its source")]
            : []),
    ];
}
