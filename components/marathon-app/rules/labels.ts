import type { Fault } from "../../../config/faults";
import { error, warning } from "../faults";
import { portCount } from "../ports";
import type { App } from "../schema";

/** Labels that Marathon and marathon-lb read. Sources: AppValidation of Marathon 1.11; marathon-lb 1.15, Longhelp.md and config.py. */
export const labelRules = (app: App): Fault[] => [
    ...migration(app),
    ...Object.entries(app.labels ?? {}).flatMap(([name, value]) => ofPort(app, name, value)),
];

function migration({ labels = {} }: App): Fault[] {
    const version = labels["DCOS_MIGRATION_API_VERSION"] ?? "";
    const missing = ["DCOS_PACKAGE_FRAMEWORK_NAME", "DCOS_MIGRATION_API_PATH"].filter((name) => (labels[name] ?? "") === "");
    return version === "" || (version === "v1" && missing.length === 0)
        ? []
        : [
              error(
                  ["labels", "DCOS_MIGRATION_API_VERSION"],
                  "Marathon takes this label as v1, with DCOS_PACKAGE_FRAMEWORK_NAME and DCOS_MIGRATION_API_PATH beside it",
                  "add those, or take it out",
              ),
          ];
}

/** What a label of one port must be, so that marathon-lb and its HAProxy go on serving all others. */
const forms: Readonly<Record<string, readonly [form: RegExp, remedy: string]>> = {
    MODE: [/^(tcp|http)$/, "write tcp or http"],
    PORT: [/^(0|[1-9][0-9]{0,4})$/, "write a port"],
    WEIGHT: [/^-?[0-9]+$/, "write a whole number"],
};

function ofPort(app: App, name: string, value: string): Fault[] {
    const [, index = "", what = ""] = /^HAPROXY_([0-9]+)_([A-Z_]+)$/.exec(name) ?? [];
    if (what === "") {
        return [];
    }
    if (Number(index) >= portCount(app)) {
        return [warning(["labels", name], `the app has no port with index ${index}, and marathon-lb passes over this`, "use the index of a port, from 0")];
    }
    const [form, remedy = ""] = forms[what] ?? [];
    return form && !form.test(value) ? [error(["labels", name], "marathon-lb makes a configuration of this that HAProxy does not load", remedy)] : [];
}
