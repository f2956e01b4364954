import { listed } from "../faults";
import { fixedPorts } from "../ports";
import { networkReason } from "./networks";
import { portRanges, type Failure } from "./read";
import type { Known, Reason } from "./types";

/** Why Docker could not pull, by what its message holds. */
const pulls: readonly (readonly [sign: RegExp, why: string, remedy: string])[] = [
    [
        /HTTP response to HTTPS client/i,
        "the registry speaks plain HTTP",
        "add it to docker.insecureRegistries (security profile seed), or give it TLS",
    ],
    [
        /x509|certificate/i,
        "the registry's certificate is not trusted",
        "bring its CA to /etc/docker/certs.d/<registry>/ca.crt on the agent",
    ],
    [
        /unauthori[sz]ed|authentication required|access .*denied|no basic auth/i,
        "the registry wants a login, or has no such image for it",
        "see the name; give the node the login (docker.credentials)",
    ],
    [
        /manifest unknown|not found|repository .*does not exist|no such image/i,
        "the registry has no such image or tag",
        "push it, or correct name and tag",
    ],
    [
        /connection refused/i,
        "nothing listens at the registry's address",
        "start the registry, or correct the image's host and port",
    ],
    [
        /no such host|name resolution|lookup /i,
        "the registry's name is not known there",
        "correct the image's host, or add the name to the node's hosts file",
    ],
    [
        /i\/o timeout|deadline exceeded|no route|unreachable|Client\.Timeout|connection reset/i,
        "the registry is not reached from there",
        "push the image to a registry that the agent reaches, or load it on the node (docker.images)",
    ],
    [
        /toomanyrequests|rate limit/i,
        "the registry lets no more pulls through for now",
        "wait, log the node in (docker.credentials), or use a mirror",
    ],
];

/** What an exit status usually means; by a shell's and Docker's conventions. */
const statuses: Readonly<Record<string, string>> = {
    "126": "its command is there and cannot be executed",
    "127": "its command is not there: see cmd, args and the image's PATH",
    "134": "it aborted",
    "137": "it was killed (SIGKILL), most often for want of memory",
    "139": "it crashed (segmentation fault)",
    "143": "it was told to end (SIGTERM)",
};

const inSandbox = (host: string): string =>
    `see stderr in the task's sandbox (Mesos' pages, or on ${host} below the agent's work_dir)`;

/** The app's last failed task, in words. */
export function failureReason(failure: Failure, known: Known): Reason {
    const { host, state } = failure;
    const message = withoutCommand(failure.message);
    const stderr = lastLine(known.situation.stderr);
    const said = stderr === undefined ? "" : `; its stderr ends: ${stderr}`;
    if (/health check/i.test(message)) {
        const why = /Reason: (.*)/s.exec(message)?.[1] ?? message;
        return {
            cause: "unhealthy",
            text: `a task on ${host} was killed, as its health check failed: ${short(why)}`,
            remedy: inSandbox(host),
        };
    }
    const network = networkReason(failure, message, known, short);
    if (network) {
        return network;
    }
    const image = known.app?.definition.container?.docker?.image;
    if (/\bpull\b|manifest|no such image|repository .*does not exist/i.test(message) && image !== undefined) {
        const [, why, remedy] = pulls.find(([sign]) => sign.test(message)) ?? [
            undefined,
            short(message),
            "'docker pull' there says more",
        ];
        return {
            cause: "image",
            text: `${host} cannot pull ${image}: ${why}`,
            remedy: `${remedy}; try 'docker pull ${image}' on ${host}`,
        };
    }
    return docker(failure, message, stderr, known) ?? ended(message, host, state, said);
}

/** Status 125 is Docker's own: the container was never started. */
function docker({ host }: Failure, message: string, stderr: string | undefined, known: Known): Reason | undefined {
    const said = `${message} ${known.situation.stderr ?? ""}`;
    const never = /exited with status 125(?!\d)/.test(message);
    const wide = (known.slaves ?? []).filter(({ resources }) => portRanges(resources.ports).some(({ end }) => end > 65535));
    const high = fixedPorts(known.app?.definition ?? { id: "/" }).filter(({ port }) => port > 65535);
    if (/invalid (hostPort|containerPort|port)/i.test(said) || (never && (wide.length > 0 || high.length > 0))) {
        const where = wide.map(({ hostname, resources }) => `${hostname} offers ${resources.ports ?? ""}`);
        const text = `Docker on ${host} was given a host port that is none (invalid hostPort)${where.length > 0 ? `: ${listed(where)}` : ""}`;
        return {
            cause: "host-port",
            text,
            remedy: "give the agents ports up to 65535 (mesos.ports): Mesos does not check that, Docker does",
        };
    }
    if (/port is already allocated|address already in use/i.test(said)) {
        const ports = fixedPorts(known.app?.definition ?? { id: "/" }).map(({ port }) => port);
        const which = ports.length > 0 ? ` (${listed(ports, "or")})` : "";
        const text = `a port${which} that Docker should map on ${host} is taken by something outside of Mesos`;
        return {
            cause: "host-port",
            text,
            remedy: `'ss -ltnp' on ${host} says by what; stop that, or take the port from the agents' ports (mesos.ports)`,
        };
    }
    return never
        ? {
              cause: "docker-run",
              text: `Docker on ${host} did not start the container (status 125)${stderr === undefined ? "" : `: ${stderr}`}`,
              remedy: `${inSandbox(host)}: a parameter, volume or port of the definition is not to Docker's liking`,
          }
        : undefined;
}

function ended(message: string, host: string, state: string, said: string): Reason {
    const text = (what: string) => `a task on ${host} ${what}${said}`;
    if (/memory limit exceeded|\boom\b|out of memory/i.test(message)) {
        return {
            cause: "out-of-memory",
            text: text("used more memory than it asked for, and was killed"),
            remedy: "raise mem, or let the program use less",
        };
    }
    if (/fetch/i.test(message) && !message.includes("exited with status")) {
        return {
            cause: "fetch",
            text: text(`could not be given what it fetches: ${short(message)}`),
            remedy: `see that ${host} reaches the URIs of fetch`,
        };
    }
    const [, status] = /exited with status (\d+)/.exec(message) ?? [];
    const [, signal] = /terminated with signal (.+)/.exec(message) ?? [];
    if (status === "0") {
        return { cause: "ends", text: text("ended by itself, with status 0"), remedy: "let the command stay in the foreground" };
    }
    if (status !== undefined || signal !== undefined) {
        const meaning = status === undefined ? undefined : statuses[status];
        const what =
            status === undefined
                ? `was ended by signal ${signal ?? ""}`
                : `ended with status ${status}${meaning === undefined ? "" : `: ${meaning}`}`;
        return { cause: "crash", text: text(what), remedy: `${inSandbox(host)}, and run its command by hand there` };
    }
    if (/LOST|GONE|DROPPED|UNKNOWN|UNREACHABLE/.test(state)) {
        return {
            cause: "lost",
            text: text(`was lost (${state}): ${short(message)}`),
            remedy: `see 'journalctl -u mesos-slave -u mesos-agent -n 50' on ${host}, and its network`,
        };
    }
    return { cause: "task", text: text(`failed (${state}): ${short(message)}`), remedy: inSandbox(host) };
}

/** Mesos quotes Docker's whole command, values of env included, and URIs with their logins; neither is passed on. */
const withoutCommand = (message: string): string =>
    message
        .replace(/(\bdocker\s(?:\S+\s)*?run)\s[\s\S]*?('?:? exited with|'?; stderr|$)/, "$1 …$2")
        .replaceAll(/(:\/\/)[^/@\s]+@/g, "$1");

const short = (text: string): string => {
    const line = text.trim().replaceAll(/\s+/g, " ");
    return line.length > 300 ? `${line.slice(0, 300)}…` : line;
};

function lastLine(text: string | undefined): string | undefined {
    const line = (text ?? "")
        .split("\n")
        .map((one) => one.trim())
        .findLast((one) => one !== "");
    return line === undefined ? undefined : short(line);
}
