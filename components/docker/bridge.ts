import { error, warning, type Fault } from "../../config/faults";
import { formatNetwork, knownNetwork, overlaps, parseAddress, parseNetwork, contains } from "../../config/network";
import type { DataCentre } from "../../config/schema";

/** What an engine gives its own bridge unless told otherwise, here and on every node. */
export const dockerBridge = knownNetwork("172.17.0.0/16");

/** Hosts' own addresses are not the bridge's. */
export function bridgeRules(dc: DataCentre): Fault[] {
    const bridge = formatNetwork(dockerBridge);
    if ("subnet" in dc.provider) {
        const { subnet } = dc.provider;
        const network = parseNetwork(subnet);
        const problem = `${subnet} overlaps ${bridge}, which Docker gives its own bridge here and on every node`;
        return network && overlaps(network, dockerBridge) ? [error(["provider", "subnet"], problem, "use another network, such as 172.18.1.0/24")] : [];
    }
    return dc.nodes.flatMap((node, index) => {
        const address = parseAddress(node.address);
        const problem = `${node.address} is in ${bridge}, which Docker may give its bridge on the other nodes`;
        return address !== undefined && contains(dockerBridge, address) && node.roles.includes("docker")
            ? [warning(["nodes", index, "address"], problem, "use an address of another network if the node has one")]
            : [];
    });
}
