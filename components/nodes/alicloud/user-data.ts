import { readFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import type { DataCentre, NodeSpec } from "../../../config/schema";
import type { Systems } from "../../../config/systems";

/** What a machine's first boot is told. */
export interface FirstBoot {
    /** The operator's public key, `type base64`. */
    readonly operator: string;
    readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
    /** Whether the machine must have the first version of control groups. */
    readonly cgroup1: boolean;
}

const script = (): string =>
    readFileSync(join(__dirname, "cgroup1.sh"), "utf8")
        .split("\n")
        .filter((line) => !/^\s*(#|$)/.test(line))
        .join("\n");

/**
 * What a machine is told for its first boot, as cloud-init reads it: who may log in as root, and the key by which it
 * proves who it is, so that its first connection is verified already. Nothing else, but what needs another boot: all other
 * settings are the steps'.
 *
 * The operator's key stands here and not in a key pair of the account's when it is an ed25519 one, which ImportKeyPair does
 * not take. Host keys that the image came with are deleted, and none are made besides the one that is given.
 * Source: cloud-init's modules cc_ssh and cc_set_passwords, once for each instance, and cc_bootcmd, before them at each boot.
 */
export function userData({ operator, hostKey, cgroup1 }: FirstBoot): string {
    const settings = {
        ...(cgroup1 ? { bootcmd: [["sh", "-c", script()]] } : {}),
        disable_root: false,
        ssh_pwauth: false,
        ssh_authorized_keys: [operator],
        ssh_deletekeys: true,
        ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    };
    return `#cloud-config\n${stringify(settings, { lineWidth: 0 })}`;
}

/** Whether something on a node looks for the first version of control groups. */
export const needsCgroup1 = ({ parts }: Systems, dc: DataCentre, node: NodeSpec): boolean =>
    parts.some((part) => part.requires(dc, node).some(({ what }) => what === "cgroup1"));

/** Whether the account can keep a public key as a key pair: the types that ImportKeyPair lists. */
export const importable = (publicKey: string): boolean => /^(ssh-rsa|ssh-dss|ecdsa-sha2-nistp(256|384|521)) /.test(publicKey);
