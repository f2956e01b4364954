import { error, warning, type Fault } from "../faults";
import { formatNetwork, parseNetwork } from "../network";
import type { AlicloudSpec } from "../schema-alicloud";
import type { DataCentre } from "../schema";

/** What may be let in, and what Calico needs of a VPC. */
export function openingRules(dc: DataCentre, provider: AlicloudSpec): Fault[] {
    return [...openings(dc, provider), ...calico(dc)];
}

function openings(dc: DataCentre, provider: AlicloudSpec): Fault[] {
    return provider.openings.flatMap(({ to, ports, from }, index): Fault[] => {
        const path = ["provider", "openings", index];
        const [first = 0, last = first] = ports.split("-").map(Number);
        const nobody = to !== "all" && to !== "bastion" && !dutiesPresent(dc).has(to);
        return [
            ...(first >= 1 && last <= 65535 && first <= last
                ? []
                : [error([...path, "ports"], `${ports} is no range of ports from 1 to 65535`, "write the lower one first")]),
            ...(nobody ? [warning([...path, "to"], `no node has ${to}`, "leave it out, or give a node the role")] : []),
            ...from.flatMap((one, at) => {
                const network = one.includes("/") ? parseNetwork(one) : undefined;
                const place = [...path, "from", at];
                if (!network) {
                    return [];
                }
                if (formatNetwork(network) !== one) {
                    return [error(place, `${one} is an address within a network`, `write ${formatNetwork(network)}`)];
                }
                if (network.bits > 0) {
                    return [];
                }
                return to === "marathon-lb"
                    ? [warning(place, `anybody on the internet may reach ports ${ports} of marathon-lb's nodes`, "leave it so if that is meant")]
                    : [error(place, `${to} would be open to the whole internet`, "name the networks that need it; marathon-lb alone may serve everybody")];
            }),
        ];
    });
}

function dutiesPresent(dc: DataCentre): Set<string> {
    return new Set([
        ...dc.nodes.flatMap(({ roles }) => roles),
        ...(dc.registry ? ["registry"] : []),
        ...(dc.mirror ? ["mirror"] : []),
        ...(dc.marathonLb ? ["marathon-lb"] : []),
    ]);
}

/** A VPC carries packets between addresses that it gave out, and its groups know no IP in IP. */
function calico(dc: DataCentre): Fault[] {
    return dc.calico.pools.flatMap((pool, index) => {
        const path = ["calico", "pools", index];
        return [
            ...(pool.encapsulation === "none"
                ? [
                      error(
                          [...path, "encapsulation"],
                          `the VPC does not know the addresses of ${pool.name}, and drops what is sent to them between nodes`,
                          "use vxlan",
                      ),
                  ]
                : []),
            ...(pool.encapsulation === "ipip"
                ? [
                      warning(
                          [...path, "encapsulation"],
                          "security groups cannot name IP in IP, so that Calico's nodes are opened to each other for every protocol",
                          "use vxlan, which needs one port",
                      ),
                  ]
                : []),
            ...(pool.natOutgoing
                ? []
                : [warning([...path, "natOutgoing"], `the VPC does not know the addresses of ${pool.name}: nothing outside answers them`, "set it to true")]),
        ];
    });
}
