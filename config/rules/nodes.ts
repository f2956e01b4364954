import type { Context } from "../context";
import { error, warning, type Fault } from "../faults";
import type { DataCentre, NodeSpec } from "../schema";
import { keyFileFaults } from "./key-file";

/** Names that hosts files give to something else. */
const taken = new Set(
    (
        "localhost localhost4 localhost6 localdomain broadcasthost ip6-localhost ip6-loopback ip6-localnet " +
        "ip6-mcastprefix ip6-allnodes ip6-allrouters"
    ).split(" "),
);

/** What must hold for the nodes among themselves, and for how they are reached. */
export function nodeRules(dc: DataCentre, context: Context): Fault[] {
    return [
        ...names(dc),
        ...addresses(dc),
        ...roleLists(dc),
        ...settings(dc),
        ...reached(dc),
        ...(dc.provider.kind === "existing" ? keyFileFaults(["provider", "privateKeyFile"], dc.provider.privateKeyFile, "the nodes accept", context) : []),
    ];
}

function names(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index) => {
        const path = ["nodes", index, "name"];
        const first = dc.nodes.findIndex((other) => other.name === node.name);
        if (first !== index) {
            return [error(path, `${node.name} is the name of nodes[${first}] already`, "give every node a name of its own")];
        }
        if (taken.has(node.name)) {
            return [error(path, `every machine means itself or a group by ${node.name}`, "choose another name, such as agent4")];
        }
        if (/^(0x[0-9a-f]+|\d+)$/.test(node.name)) {
            return [error(path, `resolvers take ${node.name} for an address`, "begin the name with a letter, such as agent4")];
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

function settings(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index) =>
        Object.keys(node.docker).length > 0 && !node.roles.includes("docker")
            ? [
                  warning(
                      ["nodes", index, "docker"],
                      `${node.name} has Docker settings and lacks the role docker`,
                      "add docker to its roles, or take the settings out",
                  ),
              ]
            : [],
    );
}

/** How a person asks a host for its key; its fingerprint is then compared with what the host's console shows. */
const keyScan = ({ ssh, address }: NodeSpec): string => `ssh-keyscan -t ed25519 -p ${ssh.port} ${address}`;

function reached(dc: DataCentre): Fault[] {
    const { kind } = dc.provider;
    return dc.nodes.flatMap((node, index): Fault[] => {
        const path = (key: string) => ["nodes", index, "ssh", key];
        if (kind === "docker") {
            return [
                ...(node.ssh.port === 22
                    ? []
                    : [error(path("port"), "hosts of provider docker listen on port 22", "leave it out")]),
                ...(node.ssh.user === "root"
                    ? []
                    : [error(path("user"), "hosts of provider docker know root alone", "leave it out")]),
                ...(node.ssh.hostKey === undefined
                    ? []
                    : [
                          warning(
                              path("hostKey"),
                              "hosts of provider docker get a key of the stack's own, and this one is not looked at",
                              "leave it out",
                          ),
                      ]),
            ];
        }
        if (kind !== "existing") {
            return [];
        }
        if (node.ssh.hostKey === undefined) {
            const remedy = `run '${keyScan(node)}', compare its fingerprint with the host's own, and write the type and base64 here`;
            return [
                error(path("hostKey"), `without the key of ${node.name}, whoever answers at ${node.address} is believed`, remedy),
            ];
        }
        const first = dc.nodes.findIndex((other) => other.ssh.hostKey === node.ssh.hostKey);
        if (first !== index) {
            const problem = `${node.name} has the same host key as ${dc.nodes[first]?.name ?? ""}: one can pass for the other`;
            const remedy = "make new keys on one of them (rm /etc/ssh/ssh_host_*; ssh-keygen -A), unless they are one machine";
            return [warning(path("hostKey"), problem, remedy)];
        }
        return [];
    });
}
