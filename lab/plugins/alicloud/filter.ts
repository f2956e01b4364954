import { contains, formatAddress, parseAddress, parseNetwork, within, type Network } from "../../../config/network";
import type { Account, InstanceRecord } from "./store";

/** The machine that runs all this is the operator, who comes to public addresses from here (RFC 5737). */
export const operatorAddress = process.env["DATACENTRE_ALICLOUD_OPERATOR"] ?? "203.0.113.10";

/** The addresses that the cloud keeps to itself: the VPC's gateway is the last but two, as in a vSwitch. */
export const gatewayOf = (cidr: string): string => formatAddress(networkOf(cidr).last - 2);

const networkOf = (cidr: string): Network => {
    const network = parseNetwork(cidr);
    if (!network) {
        throw new Error(`${cidr} is no network`);
    }
    return network;
};

/**
 * One instance's packet filter, for `iptables-restore --noflush`: what the security groups that it is in let in, and
 * whether it has a way out. It lies in the mangle table, before everything that runs on the instance, and judges only
 * what comes and goes by the machine's own interfaces.
 */
export function filterOf(account: Account, id: string): string {
    const instance = account.instances[id];
    if (!instance) {
        throw new Error(`there is no instance ${id}`);
    }
    const vswitch = account.vswitches[instance.vswitch];
    const vpc = account.vpcs[vswitch?.vpc ?? ""];
    const eip = Object.values(account.eips).find(({ boundTo }) => boundTo === id)?.address;
    const cidr = vpc?.cidr ?? `${instance.address}/32`;
    return [
        "*mangle",
        ":ECS-IN - [0:0]",
        ":ECS-OUT - [0:0]",
        "-A ECS-IN ! -i eth+ -j RETURN",
        "-A ECS-IN -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN",
        ...(vpc ? [`-A ECS-IN -s ${gatewayOf(cidr)}/32 -d ${instance.address}/32 -j DROP`] : []),
        ...ingress(account, instance, eip),
        "-A ECS-IN -j DROP",
        "-A ECS-OUT ! -o eth+ -j RETURN",
        `-A ECS-OUT -d ${cidr} -j RETURN`,
        "-A ECS-OUT -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN",
        // The cloud's resolver is in reach of everybody.
        "-A ECS-OUT -p udp --dport 53 -j RETURN",
        ...(eip !== undefined || hasWayOut(account, instance) ? ["-A ECS-OUT -j RETURN"] : []),
        "-A ECS-OUT -j DROP",
        "COMMIT",
        "",
    ].join("\n");
}

/** Whether a NAT gateway takes what an instance sends. */
export function hasWayOut(account: Account, instance: InstanceRecord): boolean {
    const address = parseAddress(instance.address);
    return Object.values(account.snats).some(({ nat, vswitch, cidr }) => {
        const network = cidr === undefined ? undefined : parseNetwork(cidr);
        const covered = vswitch === instance.vswitch || (network !== undefined && address !== undefined && contains(network, address));
        // A gateway without an address of its own leads nowhere.
        return covered && Object.values(account.eips).some(({ boundTo }) => boundTo === nat);
    });
}

function ingress(account: Account, instance: InstanceRecord, eip: string | undefined): string[] {
    const rules = Object.values(account.rules)
        .filter(({ group }) => instance.groups.includes(group))
        // A smaller number goes first; among equals, refusals do.
        .sort((a, b) => a.priority - b.priority || Number(a.policy === "accept") - Number(b.policy === "accept"));
    const listed = rules.flatMap((rule) => {
        const verdict = rule.policy === "accept" ? "RETURN" : "DROP";
        const what = match(rule.protocol, rule.ports);
        const line = (source: string, target: string) => `-A ECS-IN -s ${source} -d ${target}/32${what} -j ${verdict}`;
        const members = Object.values(account.instances)
            .filter((other) => rule.source !== undefined && other.groups.includes(rule.source) && other.address !== instance.address)
            .map(({ address }) => line(`${address}/32`, instance.address));
        return [...members, ...(rule.cidr === undefined ? [] : fromNetwork(account, rule.cidr, instance, eip, line))];
    });
    return [...new Set([...listed, ...insideGroups(account, instance)])];
}

/** A network outside, which is the operator's if it has the operator's address; or a part of the VPC. */
function fromNetwork(
    account: Account,
    cidr: string,
    instance: InstanceRecord,
    eip: string | undefined,
    line: (source: string, target: string) => string,
): string[] {
    const network = networkOf(cidr);
    const operator = parseAddress(operatorAddress);
    const outside = eip !== undefined && account.internet && operator !== undefined && contains(network, operator);
    const vpc = account.vpcs[account.vswitches[instance.vswitch]?.vpc ?? ""];
    const inside = vpc && (within(networkOf(vpc.cidr), network) || within(network, networkOf(vpc.cidr)));
    return [
        ...(outside ? [line(`${gatewayOf(account.internet?.cidr ?? "")}/32`, eip)] : []),
        ...(inside ? [line(within(networkOf(vpc.cidr), network) ? cidr : vpc.cidr, instance.address)] : []),
    ];
}

/** Groups whose members reach each other without any rule. */
function insideGroups(account: Account, instance: InstanceRecord): string[] {
    const open = instance.groups.filter((group) => account.groups[group]?.innerAccess === "Accept");
    return Object.values(account.instances)
        .filter((other) => other.address !== instance.address && other.groups.some((group) => open.includes(group)))
        .map(({ address }) => `-A ECS-IN -s ${address}/32 -d ${instance.address}/32 -j RETURN`);
}

function match(protocol: string, ports: string): string {
    if (protocol === "all") {
        return "";
    }
    return protocol === "tcp" || protocol === "udp" ? ` -p ${protocol} --dport ${ports.replace("/", ":")}` : ` -p ${protocol}`;
}
