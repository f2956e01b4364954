import { z } from "zod";

/** The forms of texts in a description. Whatever they let in is safe in a shell, a unit file and a file name. */

/** A host name label (RFC 1123): it becomes part of host names, file names and container names, so nothing else is let in. */
export const name = z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "use lower-case letters, digits and inner hyphens, at most 63 characters");

/** A node's name: one label, or several with dots between. Linux takes host names of at most 64 characters, Kubernetes labels of 63. */
export const nodeName = z
    .string()
    .max(63)
    .regex(
        /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
        "use lower-case letters, digits and inner hyphens, in parts with dots between if need be, at most 63 characters: master1, or master1.dc.example.com",
    );

/** GlusterFS volume names: letters, digits, `_` and `-`, as `gluster volume create` takes them. */
export const volumeName = z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, "use letters, digits, _ and -, starting with a letter or digit");

/** An absolute, normalised path on a host, free of what a shell or a unit file would take apart. */
export const path = z
    .string()
    .max(255)
    .regex(
        /^(?!.*\/\.{1,2}(?:\/|$))(\/[A-Za-z0-9._-]+)+$/,
        "use an absolute path of letters, digits, '.', '_' and '-', without '..', doubled or trailing slashes",
    );

/** What is said of an address of the other kind, wherever one is given. */
const v4Alone = "IPv6 is out, since Mesos' masters and agents call each other by IPv4 alone and the rest follows them: ";
const isV6 = (text: unknown): boolean => typeof text === "string" && /^\[?[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*(%\w+)?\]?(\/\d+)?$/i.test(text);
const v4Only = (remedy: string) => ({ error: ({ input }: { input?: unknown }): string => `${isV6(input) ? v4Alone : ""}${remedy}` });

export const ipv4 = z.ipv4(v4Only("use a dotted IPv4 address, such as 172.18.1.1"));
/** Where the operator's machine finds a host: no scheme, no user, no port. */
export const hostAddress = z
    .string()
    .max(253)
    .regex(
        /^([0-9]{1,3}(\.[0-9]{1,3}){3}|(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*)$/,
        v4Only("use an IPv4 address or a host name alone, such as bastion.example: port and user have keys of their own"),
    );
export const cidr = z.cidrv4(v4Only("use an IPv4 network in CIDR form, such as 172.18.1.0/24"));
export const unixUser = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, "use a Unix user name");
/** A host's public key, without its comment. */
export const hostKey = z
    .string()
    .regex(/^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/=]+$/, "use 'type base64' as in the host's .pub file");
const checksumRemedy =
    "a download is pinned by its sha256: give the 64 small hexadecimal digits that 'sha256sum FILE' prints for a copy that was " +
    "checked against its publisher's own sum or signature";
export const sha256 = z.string(checksumRemedy).regex(/^[0-9a-f]{64}$/, checksumRemedy);
export const port = z.int().min(1).max(65535);

/** A registry's `host:port` (or bare host): no scheme, no path. */
export const registry = z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$/, "use host:port without a scheme, such as master1:5000");

/** An image's reference; a registry's name before the first slash, a tag or a digest after. */
export const imageReference = z
    .string()
    .max(255)
    .regex(
        /^(?!.*\.\.)[a-z0-9][A-Za-z0-9._/-]*(:[0-9]{1,5}\/[A-Za-z0-9._/-]+)?(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?$/,
        "use an image reference, such as registry:2 or master1:5000/web:1.0",
    );

/** A word for people: a cluster's name, a group's. */
export const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "use letters, digits, '.', '_' and '-', a letter or digit first");

/** Where something is kept in ZooKeeper. */
export const zkPath = z.string().regex(/^(?!.*\/\.{1,2}(?:\/|$))(\/[A-Za-z0-9._-]+)+$/, "use a ZooKeeper path, such as /mesos");

/** Flags of a program that have no key of their own. What stands for a flag is one line. */
export const flags = z
    .record(
        z.string().regex(/^[a-z][a-z0-9_]*$/, "use the flag's name without dashes, such as offer_timeout"),
        z.string().regex(/^[^\p{C}]*$/u, "use one line of text, in quotes if it looks like a number"),
    )
    .default({});

/** The name of a login. */
export const loginName = z.string().regex(/^[^\s:\p{C}]+$/u, "use the login's name, without blanks and colons");

/** No query, no user: URLs stand in state, unit files and logs, where a password or a shell character has no place. */
export const httpUrl = z
    .string()
    .max(2000)
    .regex(
        /^(?!.*\/\.\.(?:\/|$))https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(\/[A-Za-z0-9._~%+=@:,-]*)*$/,
        "use a whole URL that begins with http:// or https://, without user, password or query",
    );

/** A yum repository's, which may have the host's release and architecture in it. */
export const yumUrl = z
    .string()
    .max(2000)
    .regex(
        /^(?!.*\/\.\.(?:\/|$))https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(\/([A-Za-z0-9._~%+=@:,-]|\$releasever|\$basearch)*)*$/,
        "use a whole URL that begins with http:// or https://, without user, password or query; of variables $releasever and $basearch alone",
    );

/** A key's fingerprint, as its publisher writes it. */
export const fingerprint = z
    .string()
    .regex(/^([0-9A-Fa-f] {0,2}){40}(([0-9A-Fa-f] {0,2}){24})?$/, "use the whole fingerprint, 40 hexadecimal digits (64 of a key of version 6), as 'gpg --show-keys FILE' prints it")
    .transform((text) => text.replaceAll(" ", "").toUpperCase());

/** A file on the host itself. */
export const fileUrl = z
    .string()
    .max(300)
    .regex(/^file:\/\/(?!.*\/\.{1,2}(?:\/|$))(\/[A-Za-z0-9._+~-]+)+$/, "use file:// and an absolute path, such as file:///srv/images/registry.tar");

/** `node:/path`, as GlusterFS writes a brick: a `nodeName`, a colon and a `path` in one. */
export const brick = z
    .string()
    .max(319)
    .regex(
        /^(?=[^:]{1,63}:)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*:(?!.*\/\.{1,2}(?:\/|$))(\/[A-Za-z0-9._-]+)+$/,
        "use node:/absolute/path, such as master1:/data/repli, without '..' or shell characters",
    )
    .transform(splitBrick);

/** Takes `node:/path` apart at its first colon. */
export function splitBrick(text: string): { node: string; path: string } {
    const at = text.indexOf(":");
    return { node: text.slice(0, at), path: text.slice(at + 1) };
}

const versionRemedy = 'use a plain version in quotes, such as "3.4" or "20.10.24" (without quotes, YAML reads 3.10 as 3.1)';
export const versionText = z.string(versionRemedy).regex(/^[0-9]+(\.[0-9]+){0,2}$/, versionRemedy);
/** One that may have a distribution's own behind it. */
export const distributedVersionText = z.string(versionRemedy).regex(/^[0-9]+(\.[0-9]+){0,2}(-[0-9]+(\.[0-9]+){0,2})?$/, versionRemedy);
