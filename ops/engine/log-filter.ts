/** Keeps private keys out of the engine's verbose logs. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";

import type { Context } from "../stack/context";
import { syncSettings, type Settings } from "../stack/settings";
import { setSecret, unsetSetting } from "./engine";

/** Settings under this name are read by nobody: they are there for the engine's log filter. */
const namespace = "hidden-in-logs";

/** Private key files whose content the program hands to the engine. */
function keyFiles(context: Pick<Context, "stackHome">, settings: Settings): string[] {
    const ssh = join(context.stackHome, "ssh");
    const hosts = join(ssh, "hosts");
    const provider = settings.config?.["datacentre:provider"] as { privateKeyFile?: unknown; bastion?: { privateKeyFile?: unknown } } | undefined;
    const theirs = [provider?.privateKeyFile, provider?.bastion?.privateKeyFile].flatMap((path) =>
        typeof path === "string" ? [path.replace(/^~(?=\/)/, homedir())] : [],
    );
    return [
        join(ssh, "id_ed25519"),
        ...(existsSync(hosts) ? readdirSync(hosts).filter((name) => !/\.pub$|\.new/.test(name)).map((name) => join(hosts, name)) : []),
        ...theirs,
    ].filter((path) => existsSync(path));
}

/**
 * Makes the private keys secrets of this user's settings as well. The engine's verbose logs (`-v=5` and up) print what
 * resources are registered with, and hide only the secrets of the settings, wherever these stand in the text.
 * Source: pulumi 3.255, pkg/engine/events.go and sdk/go/common/util/logging.
 */
export async function hideKeysInLogs(context: Context): Promise<void> {
    const settings = syncSettings(context);
    const wanted = new Map<string, string>();
    for (const path of keyFiles(context, settings)) {
        const text = readFileSync(path, "utf8").trim();
        wanted.set(`${namespace}:${basename(path)}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`, text);
    }
    const present = Object.keys(settings.config ?? {}).filter((key) => key.startsWith(`${namespace}:`));
    for (const key of present.filter((old) => !wanted.has(old))) {
        await unsetSetting(context, key);
    }
    for (const [key, value] of wanted) {
        if (!present.includes(key)) {
            await setSecret(context, key, value);
        }
    }
}
