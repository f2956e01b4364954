import { error, warning, type Fault } from "../../../../config/faults";
import { formatNetwork, parseNetwork } from "../../../../config/network";
import type { DataCentre } from "../../../../config/schema";
import type { RoleFacts } from "../../../../config/system";
import type { Systems } from "../../../../config/systems";
import { dutiesOf } from "../openings";
import type { AlicloudSpec } from "../schema";

/** What may be let in besides what systems need of each other. */
export function openingRules(systems: Systems, dc: DataCentre, provider: AlicloudSpec): Fault[] {
    const present = new Set(dc.nodes.flatMap((node) => dutiesOf(systems, dc, provider, node)));
    const duties: readonly Readonly<Record<string, RoleFacts>>[] = systems.parts.map((part) => part.duties);
    const roles: typeof duties = systems.systems.map((system) => system.roles);
    const outside = [...duties, ...roles].flatMap((one) => Object.entries(one)).flatMap(([duty, { servesOutside }]) => (servesOutside ? [duty] : []));
    return provider.openings.flatMap(({ to, ports, from }, index): Fault[] => {
        const path = ["provider", "openings", index];
        const [first = 0, last = first] = ports.split("-").map(Number);
        const nobody = to !== "all" && to !== "bastion" && !present.has(to);
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
                return outside.includes(to)
                    ? [warning(place, `anybody on the internet may reach ports ${ports} of ${to}'s nodes`, "leave it so if that is meant")]
                    : [error(place, `${to} would be open to the whole internet`, `name the networks that need it; ${outside.join(" and ")} alone may serve everybody`)];
            }),
        ];
    });
}
