import { parse } from "yaml";

/** What cloud-init would have made of an instance's user data at its first boot, as far as the stand-in knows. */
export interface FirstBoot {
    /** root's authorized_keys, a line each. */
    readonly authorizedKeys: readonly string[];
    /** The host's own keys by type; without one the host makes its own. */
    readonly hostKey?: { readonly privateKey: string; readonly publicKey: string };
    /** Settings that the stand-in does nothing with. */
    readonly ignored: readonly string[];
}

/** Known; what runs at boot is not run, since a container has its machine's kernel and no boot loader. */
const done = new Set(["bootcmd", "disable_root", "ssh_pwauth", "ssh_authorized_keys", "ssh_deletekeys", "ssh_keys"]);

/**
 * Reads `#cloud-config` user data, plain or in base64 as the API takes both.
 *
 * @throws Error when it is something else: scripts are not run
 */
export function readUserData(text: string): FirstBoot {
    if (text === "") {
        return { authorizedKeys: [], ignored: [] };
    }
    const plain = text.startsWith("#") ? text : Buffer.from(text, "base64").toString();
    if (!plain.startsWith("#cloud-config\n")) {
        throw new Error("user data that is not #cloud-config");
    }
    const settings = (parse(plain) ?? {}) as Record<string, unknown>;
    const keys = settings["ssh_authorized_keys"];
    const own = (settings["ssh_keys"] ?? {}) as Record<string, string>;
    const { ed25519_private: privateKey, ed25519_public: publicKey } = own;
    // Without disable_root, cloud-init puts a command before root's keys that sends people away.
    const root = settings["disable_root"] === false && Array.isArray(keys) ? keys.map(String) : [];
    return {
        authorizedKeys: root,
        ...(privateKey !== undefined && publicKey !== undefined ? { hostKey: { privateKey, publicKey } } : {}),
        ignored: Object.keys(settings).filter((key) => !done.has(key)),
    };
}
