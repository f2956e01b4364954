/** Whether hosts that are there already can be worked on. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";

import { dataCentreSchema } from "../../components/description";
import { sshHost } from "../../components/nodes/ssh-host";
import { ssh, SshError, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { launcher } from "../../components/step/program";
import type { NodeSpec, ProviderSpec } from "../../config";
import { readCheckpoint, stepType } from "../engine/checkpoint";
import { pooled } from "../lib/pool";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import type { Settings } from "../stack/settings";

export type Caller = (target: Target, command: string, options: SshOptions) => Promise<SshResult>;

type Existing = Extract<ProviderSpec, { kind: "existing" }>;

/** Nodes that are asked at once. */
const atOnce = 8;

const read = (path: string): string => readFileSync(path.replace(/^~(?=\/)/, homedir()), "utf8");

/** How the description says that a host which is there already is reached. */
export function targetFrom(provider: Existing, node: NodeSpec, keyOf: (path: string) => string = read): Target {
    const { bastion, privateKeyFile } = provider;
    const { port, user, hostKey = "" } = node.ssh;
    const through = node.ssh.bastion === false ? undefined : bastion;
    return {
        ...{ host: sshHost(node), port, user, hostKey, privateKey: keyOf(privateKeyFile) },
        ...(through
            ? {
                  proxy: {
                      ...{ host: through.host, port: through.port, user: through.user, hostKey: through.hostKey ?? "" },
                      privateKey: keyOf(through.privateKeyFile ?? privateKeyFile),
                  },
              }
            : {}),
    };
}

const noFiles = "no sftp";

/** Whether it runs for root, and whether sshd, where it tells its settings, takes the files that the engine sends. */
const question = `id -u
settings=$(PATH=$PATH:/usr/sbin sshd -T 2>/dev/null) && [ -n "$settings" ] && ! grep -i '^subsystem sftp' <<<"$settings" >/dev/null && echo '${noFiles}'
true
`;

/**
 * Which hosts cannot be worked on, and why: a line each, the remedy included. Through a bastion the engine's provider
 * cannot tell: its second try of a handshake goes over a connection that the first has used up, and says `EOF`.
 * Source: pulumi-command 1.2.1, provider/pkg/provider/remote/connection.go.
 */
export async function unreached(
    provider: Existing,
    nodes: readonly NodeSpec[],
    run: Caller = ssh,
    keyOf?: (path: string) => string,
): Promise<string[]> {
    const answers = await pooled(nodes, atOnce, async (node): Promise<string[]> => {
        const target = targetFrom(provider, node, keyOf);
        try {
            const options = { stdin: question, connectSeconds: 10, commandSeconds: 20 };
            const { code, stdout, stderr } = await run(target, `${launcher(target.user)} reach`, options);
            const said = stderr.trim().split("\n")[0] || `status ${code}`;
            const [user, more] = stdout.trim().split("\n");
            if (user !== "0") {
                return [`${node.name}: runs nothing for ${target.user} as root (${said}). Remedy: give the SSH user password-less sudo, or use root`];
            }
            return more === noFiles ? [`${node.name}: its sshd takes no files. Remedy: give it its line 'Subsystem sftp internal-sftp' (/etc/ssh/sshd_config), and reload it`] : [];
        } catch (error) {
            if (error instanceof SshError) {
                return [`${node.name}: ${error.message}. Remedy: ${error.remedy}`];
            }
            throw error;
        }
    });
    return answers.flat();
}

/** The nodes of a description with hosts that are there already; none for another provider, and for faults, which `up` tells. */
function described(settings: Settings): { provider: Existing; nodes: NodeSpec[] } | undefined {
    const of = (key: string): unknown => settings.config?.[`datacentre:${key}`];
    const parsed = dataCentreSchema.pick({ provider: true, nodes: true }).safeParse({ provider: of("provider"), nodes: of("nodes") });
    const provider = parsed.data?.provider;
    return parsed.data && provider?.kind === "existing"
        ? { provider, nodes: parsed.data.nodes.filter(({ roles }) => roles.length > 0) }
        : undefined;
}

/**
 * Before the engine begins: are the hosts that are new to the stack reached? Those that it knows may be down, and an
 * `up` that does not concern them goes well.
 *
 * @throws Problem with every host that is not
 */
export async function reachNewHosts(context: Context, settings: Settings, run?: Caller, keyOf?: (path: string) => string): Promise<void> {
    const found = described(settings);
    const recorded = readCheckpoint(context);
    if (!found || recorded === "unreadable") {
        return;
    }
    const resources = recorded === "absent" ? [] : (recorded.resources ?? []);
    const known = new Set(resources.filter(({ type }) => type === stepType).map(({ urn }) => urn.split("::").at(-1)));
    const fresh = found.nodes.filter(({ name }) => !known.has(`prepare-${name}`));
    const lost = await unreached(found.provider, fresh, run, keyOf);
    if (lost.length > 0) {
        throw new Problem(`${lost.length} of ${fresh.length} new hosts cannot be worked on, and nothing was touched:\n    ${lost.join("\n    ")}`, "see each line");
    }
}

/** After an `up` that failed: what is the matter with the way to hosts, a line each; empty when they are all reached. */
export async function tellUnreached(settings: Settings, run?: Caller, keyOf?: (path: string) => string): Promise<string[]> {
    const found = described(settings);
    return found ? unreached(found.provider, found.nodes, run, keyOf) : [];
}
