import type { Context } from "../../../../config/context";
import { error, warning, type Fault, type Path } from "../../../../config/faults";
import { contains, formatAddress, formatNetwork, isPrivate, overlaps, parseAddress, parseNetwork, within, type Network } from "../../../../config/network";
import type { DataCentre } from "../../../../config/schema";
import type { Systems } from "../../../../config/systems";
import { vswitchesOf, type AlicloudSpec } from "../schema";
import { diskRules } from "./disks";
import { machineRules } from "./machines";
import { openingRules } from "./openings";

/** What must hold for a stack on Alibaba Cloud. Limits are those of the VPC and ECS API references. */
export function alicloudRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    const { provider } = dc;
    return provider.kind === "alicloud"
        ? [
              ...vpc(provider),
              ...vswitches(provider),
              ...addresses(dc, provider),
              ...bastion(dc, provider),
              ...operators(provider),
              ...logins(dc),
              ...machineRules(dc, provider),
              ...diskRules(dc, provider),
              ...openingRules(systems, dc, provider),
          ]
        : [];
}

const at = (...path: Path): Path => ["provider", ...path];

/** Alibaba Cloud's own services are in it. */
const serviceSpace = parseNetwork("100.64.0.0/10");

function vpc({ subnet }: AlicloudSpec): Fault[] {
    const network = parseNetwork(subnet);
    if (!network || !isPrivate(network)) {
        return [];
    }
    if (serviceSpace && overlaps(network, serviceSpace)) {
        const problem = `${subnet} is within ${formatNetwork(serviceSpace)}, where Alibaba Cloud has its own services`;
        return [error(at("subnet"), problem, "use a network within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")];
    }
    if (network.bits < 8 || network.bits > 28) {
        return [error(at("subnet"), `a VPC's prefix is of 8 to 28 bits, and ${subnet} has ${network.bits}`, "use another one, such as /16")];
    }
    return [];
}

function vswitches(provider: AlicloudSpec): Fault[] {
    const outer = parseNetwork(provider.subnet);
    return vswitchesOf(provider).flatMap(({ subnet, zone }, index): Fault[] => {
        const described = provider.vswitches.length > 0;
        const path = described ? at("vswitches", index, "subnet") : at("subnet");
        const network = parseNetwork(subnet);
        if (!network || !outer) {
            return [];
        }
        const other = provider.vswitches.slice(0, index).find((one) => {
            const before = parseNetwork(one.subnet);
            return before && overlaps(before, network);
        });
        return [
            ...(described && formatNetwork(network) !== subnet
                ? [error(path, `${subnet} is an address within a network`, `write ${formatNetwork(network)}`)]
                : []),
            ...(within(outer, network)
                ? []
                : [error(path, `${subnet} is outside of the VPC's ${provider.subnet} (datacentre:provider.subnet)`, "use a part of it")]),
            ...(network.bits >= 16 && network.bits <= 29
                ? []
                : [
                      error(
                          path,
                          `a vSwitch's prefix is of 16 to 29 bits, and ${subnet} has ${network.bits}`,
                          described ? "use another one, such as /24" : "describe vSwitches in datacentre:provider.vswitches",
                      ),
                  ]),
            ...(other ? [error(path, `${subnet} overlaps the vSwitch ${other.subnet}`, "give each a part of the VPC's network to itself")] : []),
            ...(zone === undefined || zone.startsWith(provider.region)
                ? []
                : [
                      error(
                          at("vswitches", index, "zone"),
                          `${zone} is no zone of ${provider.region}`,
                          `use one whose id begins with it, such as ${provider.region}-a`,
                      ),
                  ]),
        ];
    });
}

/** The first and the last three addresses of a vSwitch are the cloud's. */
function addresses(dc: DataCentre, provider: AlicloudSpec): Fault[] {
    const networks = vswitchesOf(provider).flatMap(({ subnet }) => parseNetwork(subnet) ?? []);
    const outer = parseNetwork(provider.subnet);
    return dc.nodes.flatMap((node, index) => {
        const address = parseAddress(node.address);
        const path = ["nodes", index, "address"];
        if (address === undefined || !outer || !contains(outer, address)) {
            return [];
        }
        const network = networks.find((one) => contains(one, address));
        if (!network) {
            return [error(path, `${node.address} is on none of the vSwitches (${networks.map(formatNetwork).join(", ")})`, usable(networks))];
        }
        // The VPC's own first and last one are told of as in every network.
        if (address === outer.first || address === outer.last || (address > network.first && address < network.last - 2)) {
            return [];
        }
        const problem = `${node.address} is among the first and the last three of ${formatNetwork(network)}, which the cloud keeps to itself`;
        return [error(path, problem, usable([network]))];
    });
}

const usable = (networks: readonly Network[]): string =>
    `use one from ${networks.map((one) => `${formatAddress(one.first + 1)} to ${formatAddress(one.last - 3)}`).join(", or ")}`;

function bastion(dc: DataCentre, provider: AlicloudSpec): Fault[] {
    return dc.nodes.some(({ name }) => name === provider.bastion)
        ? []
        : [error(at("bastion"), `there is no node ${provider.bastion}`, `use one of: ${dc.nodes.map(({ name }) => name).join(", ")}`)];
}

/** Networks of books (RFC 5737): whoever has them here has not said who may come in. */
const examples = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"].map(parseNetwork);

function operators(provider: AlicloudSpec): Fault[] {
    return provider.operatorCidrs.flatMap((text, index) => {
        const network = parseNetwork(text);
        const path = at("operatorCidrs", index);
        if (!network) {
            return [];
        }
        if (formatNetwork(network) !== text) {
            return [error(path, `${text} is an address within a network`, `write ${formatNetwork(network)}, or the one address with /32`)];
        }
        if (network.bits === 0) {
            return [warning(path, "anybody on the internet may try to log in to the bastion", "write your own address with /32")];
        }
        if (examples.some((one) => one && within(one, network))) {
            return [warning(path, `${text} is for examples only, so that nobody gets in`, "write your own public address with /32")];
        }
        if (isPrivate(network)) {
            return [warning(path, `${text} is private space, from which nobody comes to a public address`, "write the public address you have")];
        }
        return [];
    });
}

/** Machines come with the keys of the stack, for root, on port 22. */
function logins(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap(({ ssh }, index) => [
        ...(ssh.address === undefined
            ? []
            : [error(["nodes", index, "ssh", "address"], "hosts of provider alicloud are reached at their private address, and the bastion at the public one that it is given", "leave it out")]),
        ...(ssh.port === 22 ? [] : [error(["nodes", index, "ssh", "port"], "hosts of provider alicloud listen on port 22", "leave it out")]),
        ...(ssh.user === "root" ? [] : [error(["nodes", index, "ssh", "user"], "hosts of provider alicloud are set up for root", "leave it out")]),
        ...(ssh.hostKey === undefined
            ? []
            : [
                  warning(
                      ["nodes", index, "ssh", "hostKey"],
                      "hosts of provider alicloud get a key of the stack's own, and this one is not looked at",
                      "leave it out",
                  ),
              ]),
    ]);
}
