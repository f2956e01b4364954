import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { home } from "./home";

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

/** Who says that somebody is the one that they are called. */
export interface Authority {
    readonly certificate: string;
    /** What makes certificates; a secret. */
    readonly key: pulumi.Output<string>;
}

const tlsFile = (stack: string, file: string): string =>
    read(join(home(), "stacks", stack, "tls", file), `run 'make setup STACK=${stack}', which makes the stack's keys`);

/**
 * One of the stack's own authorities, by which its services and their clients prove who they are. Its key is a secret from its first
 * moment.
 *
 * @param which `authority` is that of services in general; scripts/keys.sh has them all
 */
export const stackAuthority = (stack: string, which = "authority"): Authority => ({
    certificate: tlsFile(stack, `${which}.crt`),
    key: stackSecret(stack, `${which}.key`),
});

/** Whether the stack has that authority: whoever brings the stack up has its whole directory, or no SSH key either. */
export const hasAuthority = (stack: string, which: string): boolean => existsSync(join(home(), "stacks", stack, "tls", `${which}.crt`));

/** What a file beside them says, as a secret, without the newline at its end. */
export const stackSecret = (stack: string, file: string): pulumi.Output<string> => pulumi.secret(tlsFile(stack, file).trimEnd());

/**
 * A private key file of the operator's own, for hosts that are there already; `~` stands for the home directory.
 *
 * @param key where the description names it, for error texts
 * @throws RunError for a file that cannot be read, or that holds no key which can be used without a person
 */
export function privateKeyFile(path: string, key: string): pulumi.Output<string> {
    const text = read(path.replace(/^~(?=\/)/, homedir()), `set datacentre:${key} to a private key file`);
    const fault = unusable(text);
    if (fault) {
        throw new pulumi.RunError(`${path} (datacentre:${key}) ${fault.problem}. Remedy: ${fault.remedy(path)}`);
    }
    return pulumi.secret(text);
}

interface KeyFault {
    readonly problem: string;
    readonly remedy: (path: string) => string;
}

/**
 * Why a private key's text is of no use, without quoting it. The provider would find out at its first connection, host by
 * host, after all its retries. Source: openssh, PROTOCOL.key; PEM (RFC 1421) and PKCS #8 by their first lines.
 */
export function unusable(text: string): KeyFault | undefined {
    if (/^(ssh-|ecdsa-|sk-)/.test(text.trimStart())) {
        return { problem: "is a public key", remedy: (path) => `give the private one beside it, ${path.replace(/\.pub$/, "")}` };
    }
    const body = /-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----([^]*?)-----END/.exec(text);
    if (!body) {
        return { problem: "is no private key", remedy: () => "give one that 'ssh-keygen -t ed25519' made" };
    }
    const [, kind = "", inner = ""] = body;
    // The cipher's name follows the magic word and its own length: `none` for a key that is open.
    const cipher = Buffer.from(inner.replaceAll(/\s/g, ""), "base64").subarray(15, 23).toString("latin1");
    const locked = kind === "OPENSSH " ? cipher !== "\0\0\0\u0004none" : kind === "ENCRYPTED " || inner.includes("ENCRYPTED");
    return locked
        ? {
              problem: "is protected by a passphrase, which nobody is there to type",
              remedy: () => "give a key without one, made for this (ssh-keygen -t ed25519 -N '' -f FILE), and put its public half on the hosts",
          }
        : undefined;
}
