import { error, type Fault } from "../faults";
import type { DataCentre } from "../schema";

/** Names that hosts files give to something else. */
const taken = new Set(
    (
        "localhost localhost4 localhost6 localdomain broadcasthost ip6-localhost ip6-loopback ip6-localnet " +
        "ip6-mcastprefix ip6-allnodes ip6-allrouters"
    ).split(" "),
);

/** What must hold for the nodes among themselves. */
export const nodeRules = (dc: DataCentre): Fault[] => [...names(dc), ...addresses(dc), ...roleLists(dc)];

function names(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index) => {
        const path = ["nodes", index, "name"];
        const first = dc.nodes.findIndex((other) => other.name === node.name);
        if (first !== index) {
            return [error(path, `${node.name} is the name of nodes[${first}] already`, "give every node a name of its own")];
        }
        if (taken.has(node.name) || /^localhost\.|\.localhost$/.test(node.name)) {
            return [error(path, `every machine means itself or a group by ${node.name}`, "choose another name, such as agent4")];
        }
        if (/(^|\.)(0x[0-9a-f]+|\d+)$/.test(node.name)) {
            const [of, name] = node.name.includes(".") ? ["last part", "agent4.dc.example.com"] : ["name", "agent4"];
            return [error(path, `resolvers take ${node.name} for an address`, `begin the ${of} with a letter, such as ${name}`)];
        }
        return [];
    });
}

function addresses(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index) => {
        const first = dc.nodes.findIndex((other) => other.address === node.address);
        const problem = `${node.address} is the address of ${dc.nodes[first]?.name ?? ""} (nodes[${first}]) already`;
        return first === index ? [] : [error(["nodes", index, "address"], problem, "give every node an address of its own")];
    });
}

function roleLists(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index) =>
        node.roles.flatMap((role, at) =>
            node.roles.indexOf(role) === at
                ? []
                : [error(["nodes", index, "roles", at], `${node.name} has the role ${role} twice`, "name each role once")],
        ),
    );
}
