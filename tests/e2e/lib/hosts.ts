import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { run, type Result } from "./run";
import type { TestStack } from "./stack";

/** Test files run side by side, so that no two may share a network: its place in this list is what is each one's own. */
const owners = ["stack", "kill", "secrets", "existing", "yum", "blind", "mesos", "containers", "bastion", "calico", "cloud", "offline", "mirror", "ha", "onebox", "elsewhere", "registries", "flannel", "kubernetes", "containerd", "etcd-tls", "kubernetes-dns", "kubernetes-ha", "kubernetes-upgrade", "leftovers", "docker-roll", "gluster-leave", "quorum", "masters", "upgrade", "distributions", "publishers", "host-names", "drift", "unsaved"] as const;

export interface TestNetwork {
    /** Before the names of its hosts, volumes and network: `e2e-kill`. */
    readonly prefix: string;
    /** The third number of its addresses. */
    readonly third: number;
    /** The first three: `172.18.22`. */
    readonly net: string;
    /** A /24. */
    readonly subnet: string;
}

export function networkOf(owner: (typeof owners)[number]): TestNetwork {
    const third = 21 + owners.indexOf(owner);
    const net = `172.18.${third}`;
    return { prefix: `e2e-${owner}`, third, net, subnet: `${net}.0/24` };
}

export interface BareHost {
    readonly name: string;
    readonly address: string;
    /** As known_hosts has it, without the name. */
    readonly hostKey: string;
}

async function hosts(verb: "up" | "down", network: TestNetwork, ...args: string[]): Promise<Result> {
    const result = await run("lab/hosts/hosts.sh", [verb, "--prefix", network.prefix, "--subnet", network.subnet, ...args]);
    if (result.code !== 0) {
        throw new Error(result.output);
    }
    return result;
}

/**
 * Hosts with nothing but sshd on them, made past the stack, for stacks over hosts that are there already; root has the key.
 *
 * @param image `current` for hosts that have the packages of services as well, or an image's own name
 */
export async function bareHosts(network: TestNetwork, count: number, privateKeyFile: string, image = "bare"): Promise<BareHost[]> {
    const { stdout } = await hosts("up", network, "--count", String(count), "--image", image, "--key", `${privateKeyFile}.pub`);
    return JSON.parse(stdout.slice(stdout.indexOf("["))) as BareHost[];
}

/** Bare hosts in the place of a stack's nodes, reached with a key that is made at `privateKeyFile`. */
export async function standOnBareHosts(stack: TestStack, network: TestNetwork, privateKeyFile: string): Promise<void> {
    await makeKey(privateKeyFile);
    const made = await bareHosts(network, stack.names.length, privateKeyFile);
    stack.edit((raw) => {
        raw.provider = { kind: "existing", privateKeyFile };
        raw.nodes.forEach((node, i) => {
            node.address = made[i]!.address;
            node.ssh = { hostKey: made[i]!.hostKey };
        });
    });
}

/** The same for all tests of a file: set up before them, and removed with the stack after. E2E_KEEP leaves both. */
export function useBareHosts(stack: TestStack, network: TestNetwork): void {
    beforeAll(async () => {
        mkdirSync(stack.home, { recursive: true });
        await stack.must("setup");
        await standOnBareHosts(stack, network, join(stack.home, "id_ed25519"));
    });
    afterAll(async () => {
        await stack.clean();
        if (!process.env.E2E_KEEP) {
            await removeHosts(network);
        }
    });
}

export const removeHosts = (network: TestNetwork): Promise<Result> => hosts("down", network);

/** Shell lines that leave a host nothing but its own network and this machine, which is at its gateway; not the engine's name server either. */
export const cutOff = ({ subnet }: TestNetwork): string => `iptables -I OUTPUT -d 127.0.0.11 -j REJECT
    iptables -A OUTPUT -o lo -j ACCEPT
    iptables -A OUTPUT -d ${subnet} -j ACCEPT
    iptables -A OUTPUT -d 172.17.0.0/16 -j ACCEPT
    iptables -A OUTPUT -j REJECT`;

export async function makeKey(file: string): Promise<void> {
    const { code, output } = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    if (code !== 0) {
        throw new Error(output);
    }
}
