import { ProviderError } from "../provider/errors";

/** Where an `ssh://` engine is: user, port and socket path are empty when the address has none. */
interface SshAddress {
    user: string;
    host: string;
    port: string;
    path: string;
}

const ADDRESS = /^ssh:\/\/(?:([^@/?#]*)@)?(\[[^\]/?#]*\]|[^:/?#]*)(?::(\d*))?(\/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?$/;

function invalid(reason: string): ProviderError {
    return new ProviderError(`ssh host connection is not valid: invalid SSH URL: ${reason}`);
}

function parse(address: string): SshAddress {
    const match = ADDRESS.exec(address);
    if (match === null) {
        throw new ProviderError(`parse ${JSON.stringify(address)}: invalid URL`);
    }
    const [, user = "", host = "", port = "", path = "", query = "", fragment = ""] = match;
    if (user.includes(":")) {
        throw invalid("plain-text password is not supported");
    }
    if (host === "") {
        throw invalid("hostname is empty");
    }
    if (query !== "") {
        throw invalid(`query parameters are not allowed: ${JSON.stringify(query)}`);
    }
    if (fragment !== "") {
        throw invalid(`fragments are not allowed: ${JSON.stringify(fragment)}`);
    }
    return { user: decodeURIComponent(user), host: host.replace(/^\[|\]$/g, ""), port, path: decodeURIComponent(path) };
}

/** A word for the shell at the other end; plain ones as they are, as Docker's own client writes them. */
function quoted(word: string): string {
    if (word !== "" && !/[;"'()$|&><`\s\\#{~*?[=]/.test(word)) {
        return word;
    }
    return word.includes("'") ? `"${word.replace(/["\\`$]/g, "\\$&")}"` : `'${word}'`;
}

/**
 * The arguments of `ssh` that reach an engine, as Docker's own client has them: the options given, a time to connect and
 * no terminal unless they say else. Without a terminal ssh asks for nothing: keys and host keys must be in order.
 * @throws ProviderError for an address with a password, a query or no host.
 */
export function sshArguments(address: string, options: readonly string[]): string[] {
    const { user, host, port, path } = parse(address);
    const flags = [...options];
    if (!flags.join("").includes("ConnectTimeout")) {
        flags.push("-o ConnectTimeout=30");
    }
    if (!flags.includes("-T")) {
        flags.push("-T");
    }
    const socket = /[^/]/.test(path) ? [`--host=unix://${path}`] : [];
    return [
        ...(user === "" ? [] : ["-l", quoted(user)]),
        ...(port === "" ? [] : ["-p", port]),
        ...flags,
        "--", quoted(host), ["docker", ...socket, "system", "dial-stdio"].map(quoted).join(" "),
    ];
}
