/** Whether the Docker engine that a stack's containers are to be on has room for them: looked at before anything is made. */
import { dataCentreSchema } from "../../components/description";
import { gatewayOf } from "../../components/nodes/docker/plan";
import { machineOf, type ContainersSpec } from "../../components/nodes/containers/plan";
import { publishedPorts } from "../../components/nodes/containers/roles";
import { systems } from "../../components/systems";
import type { ProviderSpec } from "../../config";
import { formatAddress, overlaps, parseAddress, parseNetwork, type Network } from "../../config/network";
import { areContainers } from "../../config/nodes";
import { exec } from "../lib/exec";
import { docker, engineRemedy } from "../lib/place";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import type { Settings } from "../stack/settings";

type DockerSpec = Extract<ProviderSpec, { kind: "docker" }>;

/** What is to be on the engine. */
export interface Wanted {
    readonly owner: string;
    readonly provider: DockerSpec | ContainersSpec;
    readonly containers: readonly string[];
    /** Ports of the engine's machine, each with what is to be there. */
    readonly published: readonly { readonly port: number; readonly node: string }[];
}

/** What is on the engine and its machine. */
export interface EngineFacts {
    readonly networks: readonly {
        readonly name: string;
        readonly id: string;
        readonly owner: string;
        readonly subnets: readonly string[];
        readonly bridge: string;
    }[];
    readonly containers: readonly { readonly name: string; readonly owner: string; readonly ports: readonly number[]; readonly running: boolean }[];
    /** Of the machine; empty where nobody could look. */
    readonly addresses: readonly { readonly link: string; readonly address: string; readonly bits: number }[];
    /** Of TCP on the machine. */
    readonly listening: readonly { readonly address: string; readonly port: number }[];
}

const ofStack = (owner: string): string => (owner === "" ? "" : ` of stack ${owner}`);

/** All that stands in the way, a line each, with the remedy. */
export const engineFaults = (wanted: Wanted, facts: EngineFacts): string[] =>
    [networkFaults, linkFaults, nameFaults, portFaults, addressFaults].flatMap((look) => look(wanted, facts));

function networkFaults({ owner, provider }: Wanted, { networks }: EngineFacts): string[] {
    const mine = parseNetwork(provider.subnet);
    return networks
        .filter((network) => network.owner !== owner)
        .flatMap(({ name, owner: other, subnets }) => {
            if (name === provider.prefix) {
                return [`the engine has a network ${name}${ofStack(other)} already, which is not this stack's. Remedy: ${other === "" ? `'docker network rm ${name}' if nobody needs it` : `'make destroy' of that stack`}, or another datacentre:provider.prefix`];
            }
            const met = subnets.find((subnet) => meet(mine, parseNetwork(subnet)));
            return met === undefined
                ? []
                : [`the network ${name}${ofStack(other)} has ${met}, which overlaps ${provider.subnet}. Remedy: ${other === "" ? `'docker network rm ${name}' if nobody needs it` : "'make destroy' of that stack"}, or another datacentre:provider.subnet, gateway and addresses`];
        });
}

const meet = (mine: Network | undefined, other: Network | undefined): boolean => mine !== undefined && other !== undefined && overlaps(mine, other);

/** Document 001's bridge: left of a network that is gone, it has the gateway's address, and packets to containers go there and are lost. */
function linkFaults({ provider }: Wanted, { networks, addresses }: EngineFacts): string[] {
    const mine = parseNetwork(provider.subnet);
    const known = new Set(networks.map(({ bridge }) => bridge));
    return addresses.flatMap(({ link, address, bits }) => {
        const at = parseAddress(address);
        const theirs = at === undefined ? undefined : parseNetwork(`${formatAddress(bits === 0 ? 0 : (at & (-1 << (32 - bits))) >>> 0)}/${bits}`);
        if (known.has(link) || link === "lo" || !meet(mine, theirs)) {
            return [];
        }
        return link.startsWith("br-")
            ? [`the bridge ${link} (${address}/${bits}) is left of a Docker network that is gone, and would draw what is sent to containers in ${provider.subnet}. Remedy: 'ip link delete ${link}' on the engine's machine`]
            : [`the engine's machine is itself in ${address}/${bits} (${link}), which overlaps ${provider.subnet}. Remedy: another datacentre:provider.subnet, gateway and addresses`];
    });
}

const nameFaults = ({ owner, containers }: Wanted, facts: EngineFacts): string[] =>
    facts.containers
        .filter(({ name, owner: other }) => other !== owner && containers.includes(name))
        .map(({ name, owner: other }) => `the engine has a container ${name}${ofStack(other)} already, which is not this stack's. Remedy: 'docker rm -f ${name}' if nobody needs it, or another datacentre:provider.prefix`);

function portFaults({ owner, provider, published }: Wanted, { containers, listening }: EngineFacts): string[] {
    const address = provider.kind === "containers" ? provider.publishAddress : "0.0.0.0";
    const own = new Set(containers.filter((one) => one.owner === owner && one.running).flatMap(({ ports }) => ports));
    const met = (other: string): boolean => [other, address].some((one) => one === "0.0.0.0" || one === "::" || one === "*") || other === address;
    return published
        .filter(({ port }) => !own.has(port) && listening.some((one) => one.port === port && met(one.address)))
        .map(({ port, node }) => {
            const holder = containers.find(({ running, ports }) => running && ports.includes(port));
            const who = holder ? `the container ${holder.name}${ofStack(holder.owner)}` : "something";
            return `port ${port} of the engine's machine, at which ${node} is to be published, is taken by ${who}. Remedy: stop that ('ss -ltnp' on the machine names it), or another port in datacentre:proxies`;
        });
}

function addressFaults({ provider }: Wanted, { addresses }: EngineFacts): string[] {
    if (provider.kind !== "containers" || addresses.length === 0) {
        return [];
    }
    const has = (address: string): boolean => addresses.some((one) => one.address === address);
    const said = (["address", "publishAddress"] as const).flatMap((key) => {
        const address = provider[key];
        return address === undefined || address === "0.0.0.0" || address === gatewayOf(provider) || has(address) ? [] : [{ key, address }];
    });
    const own = addresses.filter(({ link }) => !/^(lo|docker0|br-|veth)/.test(link)).map(({ address }) => address);
    return said.map(({ key, address }) => `datacentre:provider.${key} is ${address}, which the engine's machine does not have. Remedy: use one of its own${own.length > 0 ? `: ${own.join(", ")}` : ""}`);
}

/** Docker's answers, a line of JSON each. */
async function ask(engine: string, ...args: string[]): Promise<Record<string, unknown>[]> {
    const { code, stdout, stderr } = await docker(engine, ...args);
    if (code !== 0 && !stderr.includes("No such")) {
        throw new Problem(
            `the Docker engine ${engine} does not answer: ${stderr.trim().split("\n").at(-1) ?? ""}`,
            engineRemedy(engine),
        );
    }
    return stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const ids = async (engine: string, ...args: string[]): Promise<string[]> => (await ask(engine, ...args, "--format", "{{json .ID}}")).map(String);

/** Reads what the engine and its machine have. */
async function look(engine: string): Promise<EngineFacts> {
    const [networkIds, containerIds, machine] = await Promise.all([
        ids(engine, "network", "ls", "--no-trunc"),
        ids(engine, "ps", "--all", "--no-trunc"),
        onMachine(engine, "ip -o -4 address show; echo; ss -Hltn"),
    ]);
    interface Labelled {
        readonly Labels?: Readonly<Record<string, string>> | null;
    }
    const owner = ({ Labels }: Labelled): string => Labels?.["datacentre.stack"] ?? "";
    const networks = (await ask(engine, "network", "inspect", "--format", "{{json .}}", ...networkIds)) as unknown as (Labelled & {
        Name: string;
        Id: string;
        IPAM: { Config: { Subnet?: string }[] | null };
        Options: Record<string, string> | null;
    })[];
    const containers = (containerIds.length === 0 ? [] : await ask(engine, "container", "inspect", "--format", "{{json .}}", ...containerIds)) as unknown as {
        Name: string;
        Config: Labelled;
        State: { Running: boolean };
        HostConfig: { PortBindings: Record<string, { HostPort: string }[] | null> | null };
    }[];
    return {
        networks: networks.map((network) => ({
            name: network.Name,
            id: network.Id,
            owner: owner(network),
            subnets: (network.IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
            bridge: network.Options?.["com.docker.network.bridge.name"] ?? `br-${network.Id.slice(0, 12)}`,
        })),
        containers: containers.map(({ Name, Config, State, HostConfig }) => ({
            name: Name.replace(/^\//, ""),
            owner: owner(Config),
            running: State.Running,
            ports: Object.values(HostConfig.PortBindings ?? {}).flatMap((bindings) => (bindings ?? []).map(({ HostPort }) => Number(HostPort))),
        })),
        ...machineFacts(machine),
    };
}

const sshOptions = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-T"];

/** A command on the engine's machine, which is this one or is reached as Docker's client reaches it; empty where it cannot be run. */
async function onMachine(engine: string, command: string): Promise<string> {
    const machine = machineOf(engine);
    const { stdout } = machine
        ? await exec("ssh", [...sshOptions, ...(machine.user ? ["-l", machine.user] : []), ...(machine.port ? ["-p", machine.port] : []), "--", machine.host, command], { env: process.env })
        : await exec("bash", ["-c", command], { env: process.env });
    return stdout;
}

/** Reads `ip -o -4 address show`, a blank line, and `ss -Hltn`. */
export function machineFacts(text: string): Pick<EngineFacts, "addresses" | "listening"> {
    const [links = "", sockets = ""] = text.split(/\n\n|^\n/);
    return {
        addresses: [...links.matchAll(/^\d+:\s+(\S+)\s+inet\s+([0-9.]+)\/(\d+)/gm)].map(([, link = "", address = "", bits = ""]) => ({ link, address, bits: Number(bits) })),
        listening: [...sockets.matchAll(/^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s/gm)].map(([, address = "", port = ""]) => ({ address: address.replace(/^\[|\]$|%.*$/g, ""), port: Number(port) })),
    };
}

/** What a description puts on an engine; undefined for other providers, and for faults, which `up` tells. */
function described(settings: Settings, owner: string): Wanted | undefined {
    const values = Object.fromEntries(Object.entries(settings.config ?? {}).flatMap(([key, value]) => (key.startsWith("datacentre:") ? [[key.slice("datacentre:".length), value]] : [])));
    const parsed = dataCentreSchema.safeParse(withoutCiphers({ ...values, extends: undefined }));
    const provider = parsed.data?.provider;
    if (!parsed.data || (provider?.kind !== "docker" && provider?.kind !== "containers")) {
        return undefined;
    }
    return {
        owner,
        provider,
        containers: parsed.data.nodes.map(({ name }) => `${provider.prefix}-${name}`),
        published: areContainers(parsed.data) ? publishedPorts(systems, parsed.data).map(({ port, node }) => ({ port, node: node.name })) : [],
    };
}

const isCipher = (value: unknown): boolean => typeof value === "object" && value !== null && Object.keys(value).join() === "secure";

/** Secrets stand in the settings encrypted, and are no matter here; nor are groups that are secret as a whole. */
const withoutCiphers = (values: object): unknown =>
    JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(values).filter(([, value]) => !isCipher(value)))), (_, value: unknown) => (isCipher(value) ? "secret" : value));

/** As Docker's client takes it. */
export const engineOf = (provider: DockerSpec | ContainersSpec): string => (provider.kind === "docker" ? `unix://${provider.socket}` : provider.engine);

/**
 * Before the engine begins: does anything stand in the way of the stack's network, containers and ports?
 *
 * @throws Problem with all of it
 */
export async function checkEngine(context: Pick<Context, "owner">, settings: Settings): Promise<void> {
    const wanted = described(settings, context.owner);
    if (!wanted) {
        return;
    }
    const faults = engineFaults(wanted, await look(engineOf(wanted.provider)));
    if (faults.length > 0) {
        throw new Problem(`the Docker engine ${engineOf(wanted.provider)} has no room for this stack, and nothing was touched:\n    ${faults.join("\n    ")}`, "see each line");
    }
}
