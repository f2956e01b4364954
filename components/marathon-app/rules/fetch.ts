import type { Fault } from "../../../config/faults";
import { error } from "../faults";
import type { App } from "../schema";

/** What java.net.URI reads, by which Marathon looks at what is fetched. None is quoted: a login may be in it. */
export const fetchRules = (app: App): Fault[] =>
    (app.fetch ?? []).flatMap(({ uri }, index) =>
        /^[^\s\p{C}"<>\\^`{|}]+$/u.test(uri) && !/%(?![0-9A-Fa-f]{2})/.test(uri) && !/#.*#/.test(uri) && !/^[A-Za-z][A-Za-z0-9+.-]*:$/.test(uri)
            ? []
            : [error(["fetch", index, "uri"], "Marathon takes this for no URI", "write blanks and other signs as %20 and the like")],
    );
