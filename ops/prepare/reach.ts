/** Whether hosts that are there already can be worked on. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";

import { dataCentreSchema } from "../../components/description";
import { sshHost } from "../../components/nodes/ssh-host";
import { ssh, SshError, type SshOptions, type SshResult, type Target } from "../../components/ssh/ssh";
import { launcher } from "../../components/step/program";
import type { NodeSpec, ProviderSpec } from "../../config";
import { readCheckpoint, recordedHosts } from "../engine/checkpoint";
import { pooled } from "../lib/pool";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { describedNodes, providerOf, type Settings } from "../stack/settings";

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

const [noFiles, claimed] = ["no sftp", "claimed"];

/** Whether it runs for root, whether sshd, where it tells its settings, takes the engine's files, and whether it has anything of ours. */
const question = `id -u
settings=$(PATH=$PATH:/usr/sbin sshd -T 2>/dev/null) && [ -n "$settings" ] && ! grep -i '^subsystem sftp' <<<"$settings" >/dev/null && echo '${noFiles}'
[ ! -e /var/lib/datacentre ] || echo '${claimed}'
true
`;

/** What one host has answered. */
interface Answer {
    readonly node: string;
    /** Why it cannot be worked on, and the remedy. */
    readonly fault?: string;
    readonly isClaimed?: boolean;
}

/**
 * Asks hosts whether they can be worked on. Through a bastion the engine's provider
 * cannot tell: its second try of a handshake goes over a connection that the first has used up, and says `EOF`.
 * Source: pulumi-command 1.2.1, provider/pkg/provider/remote/connection.go.
 */
async function ask(provider: Existing, nodes: readonly NodeSpec[], run: Caller = ssh, keyOf?: (path: string) => string): Promise<Answer[]> {
    return pooled(nodes, atOnce, async (node): Promise<Answer> => {
        const { name } = node;
        const target = targetFrom(provider, node, keyOf);
        try {
            const options = { stdin: question, connectSeconds: 10, commandSeconds: 20 };
            const { code, stdout, stderr } = await run(target, `${launcher(target.user)} reach`, options);
            const said = stderr.trim().split("\n")[0] || `status ${code}`;
            const [user, ...more] = stdout.trim().split("\n");
            if (user !== "0") {
                return { node: name, fault: `runs nothing for ${target.user} as root (${said}). Remedy: give the SSH user password-less sudo, or use root` };
            }
            return more.includes(noFiles)
                ? { node: name, fault: "its sshd takes no files. Remedy: give it its line 'Subsystem sftp internal-sftp' (/etc/ssh/sshd_config), and reload it" }
                : { node: name, isClaimed: more.includes(claimed) };
        } catch (error) {
            if (error instanceof SshError) {
                return { node: name, fault: `${error.message}. Remedy: ${error.remedy}` };
            }
            throw error;
        }
    });
}

const faultsOf = (answers: readonly Answer[]): string[] => answers.flatMap(({ node, fault }) => (fault === undefined ? [] : [`${node}: ${fault}`]));

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
 * @returns names of nodes on which there is nothing of ours: machines that are still to be made, and hosts that no stack has claimed
 * @throws Problem with every host that is not
 */
export async function reachNewHosts(context: Context, settings: Settings, run?: Caller, keyOf?: (path: string) => string): Promise<string[]> {
    const found = described(settings);
    const recorded = readCheckpoint(context);
    if (recorded === "unreadable") {
        return [];
    }
    const known = new Set(recordedHosts(recorded));
    if (!found) {
        return providerOf(settings).kind === "existing" ? [] : describedNodes(settings).filter((name) => !known.has(name));
    }
    const fresh = found.nodes.filter(({ name }) => !known.has(name));
    const answers = await ask(found.provider, fresh, run, keyOf);
    const lost = faultsOf(answers);
    if (lost.length > 0) {
        throw new Problem(`${lost.length} of ${fresh.length} new hosts cannot be worked on, and nothing was touched:\n    ${lost.join("\n    ")}`, "see each line");
    }
    return answers.filter(({ isClaimed }) => isClaimed === false).map(({ node }) => node);
}

/** After an `up` that failed: what is the matter with the way to hosts, a line each; empty when they are all reached. */
export async function tellUnreached(settings: Settings, run?: Caller, keyOf?: (path: string) => string): Promise<string[]> {
    const found = described(settings);
    return found ? faultsOf(await ask(found.provider, found.nodes, run, keyOf)) : [];
}
