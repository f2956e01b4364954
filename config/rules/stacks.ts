import type { Context, Sibling } from "../context";
import { error, type Fault } from "../faults";
import { overlaps, parseNetwork } from "../network";
import type { DataCentre } from "../schema";

/**
 * No two stacks of a project share what only one can have. Stacks of provider `docker` share this machine's engine;
 * those of `existing` share hosts. A node without roles is made by one stack so that another may manage it. What
 * a cloud account keeps apart (`alicloud`) is not compared.
 */
export function stackRules(dc: DataCentre, context: Context): Fault[] {
    return (context.siblings ?? []).flatMap((sibling) => [...engine(dc, sibling), ...hosts(dc, sibling)]);
}

function engine(dc: DataCentre, sibling: Sibling): Fault[] {
    const { provider } = dc;
    if (provider.kind !== "docker" || sibling.kind !== "docker") {
        return [];
    }
    const faults: Fault[] = [];
    if (sibling.prefix === provider.prefix) {
        const problem = `the prefix ${provider.prefix} is also in stack ${sibling.stack}, whose containers have the same names`;
        faults.push(error(["provider", "prefix"], problem, "give every docker stack a prefix of its own"));
    }
    const [mine, other] = [provider.subnet, sibling.subnet ?? ""].map(parseNetwork);
    if (mine && other && overlaps(mine, other)) {
        const problem = `${provider.subnet} overlaps ${sibling.subnet ?? ""}, the network of stack ${sibling.stack}`;
        faults.push(
            error(["provider", "subnet"], problem, "give every docker stack a network of its own, such as 172.18.2.0/24"),
        );
    }
    return faults;
}

function hosts(dc: DataCentre, sibling: Sibling): Fault[] {
    const kinds = [dc.provider.kind, sibling.kind];
    const bothManage = kinds.every((kind) => kind === "existing" || kind === "docker") && kinds.includes("existing");
    if (!bothManage) {
        return [];
    }
    return dc.nodes.flatMap((node, index) => {
        const same = sibling.nodes.find(({ address, hasRoles }) => address === node.address && hasRoles);
        if (!same || node.roles.length === 0) {
            return [];
        }
        const problem = `the address ${node.address} is also in stack ${sibling.stack} (${same.name}), and two stacks cannot manage one host`;
        return [
            error(
                ["nodes", index, "address"],
                problem,
                `use another host, or take the roles of ${same.name} out of stack ${sibling.stack}`,
            ),
        ];
    });
}
