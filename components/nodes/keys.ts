import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

/** Where this user's stacks keep what must outlive a clone: keys and passphrases, mode 0600. */
export const home = (): string => process.env.DATACENTRE_HOME ?? join(homedir(), ".local", "share", "datacentre");

/** A stack's own directory of keys, made by `make setup`. */
export const sshDirectory = (stack: string): string => join(home(), "stacks", stack, "ssh");

function read(path: string, remedy: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        throw new pulumi.RunError(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code}. Remedy: ${remedy}`);
    }
}

/** A public key as `type base64`, without its comment. */
const bare = (publicKey: string): string => publicKey.trim().split(/\s+/).slice(0, 2).join(" ");

/** The operator's key pair for a stack's nodes. The private key is a secret from its first moment. */
export function operatorKey(stack: string): { privateKey: pulumi.Output<string>; publicKey: string } {
    const path = join(sshDirectory(stack), "id_ed25519");
    const remedy = `run 'make setup STACK=${stack}', which makes the stack's keys`;
    return { privateKey: pulumi.secret(read(path, remedy)), publicKey: bare(read(`${path}.pub`, remedy)) };
}

/** The key by which a node proves who it is, given to it when it is made: its first connection is verified already. */
export function hostKey(stack: string, node: string): { privateKey: pulumi.Output<string>; publicKey: string } {
    const path = join(sshDirectory(stack), "hosts", `${node}_ed25519`);
    const remedy = `run 'make setup STACK=${stack}', which makes a key for every node of the stack`;
    return { privateKey: pulumi.secret(read(path, remedy)), publicKey: bare(read(`${path}.pub`, remedy)) };
}

/** A private key file of the operator's own, for hosts that are there already; `~` stands for the home directory. */
export function privateKeyFile(path: string): pulumi.Output<string> {
    return pulumi.secret(read(path.replace(/^~(?=\/)/, homedir()), "set datacentre:provider.privateKeyFile to a private key file"));
}
