/** `make -s env`: what `eval` needs so that plain `pulumi up`, `preview`, `config` and `stack output` work on the stack. */
import { delimiter, join } from "node:path";

import { ensureStack } from "./engine/engine";
import { hideKeysInLogs } from "./engine/log-filter";
import { warnUntrue } from "./engine/unsaved";
import { main } from "./lib/say";
import { lookAround } from "./publishers/ask";
import { loadContext } from "./stack/context";

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The names that a shell needs for plain `pulumi`. */
const names = [
    "DATACENTRE_HOME",
    "DATACENTRE_STEP_STATE",
    "DATACENTRE_USER_PULUMI_HOME",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
    "PULUMI_HOME",
    "PULUMI_IGNORE_AMBIENT_PLUGINS",
    "PULUMI_OPTION_CONFIG_FILE",
    "PULUMI_OPTION_PRESERVE_CONFIG",
    "PULUMI_SKIP_UPDATE_CHECK",
    "PULUMI_STACK",
];

/** What a shell may have from elsewhere, and the engine would choose other plugins by than those that `make` tells of. */
const strays = ["PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"];

main(async () => {
    const context = loadContext();
    await lookAround(context);
    await ensureStack(context);
    await hideKeysInLogs(context);
    warnUntrue(context);
    const ours = join(context.root, "ops", "bin");
    const path = (process.env.PATH ?? "").split(delimiter).filter((place) => place !== ours);
    const lines = names.flatMap((name) => (context.env[name] === undefined ? [] : [`export ${name}=${quote(context.env[name])}`]));
    const stray = strays.flatMap((name) => (context.env[name] === undefined ? [`unset ${name}`] : []));
    process.stdout.write([...stray, ...lines, `export PATH=${quote([ours, ...path].join(delimiter))}`, ""].join("\n"));
    return 0;
});
