import type { Context, Sibling } from "../../config/context";
import { error, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";

/**
 * No two stacks of a project manage one host. Stacks of provider `docker` make theirs, and one of `existing` may be over them: a node
 * without roles is made by one stack so that another may manage it. What a cloud account keeps apart is not compared.
 */
export const sharedHosts = (dc: DataCentre, context: Context): Fault[] => (context.siblings ?? []).flatMap((sibling) => hosts(dc, sibling));

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
