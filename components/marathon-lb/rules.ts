import { error, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { agentOf } from "../mesos/agent-rules";

/** What must hold for marathon-lb. */
export function marathonLbRules(dc: DataCentre): Fault[] {
    const { marathonLb: spec } = dc;
    if (!spec) {
        return [];
    }
    return [
        ...spec.nodes.flatMap((name, index) => [
            ...agentOf(dc, ["marathonLb", "nodes", index], name),
            ...(spec.nodes.indexOf(name) === index ? [] : [error(["marathonLb", "nodes", index], `${name} stands here twice`, "name each node once")]),
        ]),
        ...(nodesWith(dc, "marathon").length > 0 ? [] : [error(["marathonLb"], "marathon-lb is an app of Marathon's, and there is none", "give a node the role marathon")]),
    ];
}
