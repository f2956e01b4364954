import { error, warning, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { agentOf } from "../mesos/agent-rules";

/** What must hold for the registry. */
export function registryRules(dc: DataCentre): Fault[] {
    const { registry: spec } = dc;
    if (!spec) {
        return [];
    }
    const address = `${spec.node}:${spec.port}`;
    return [
        ...agentOf(dc, ["registry", "node"], spec.node),
        ...(nodesWith(dc, "marathon").length > 0 ? [] : [error(["registry"], "the registry is an app of Marathon's, and there is none", "give a node the role marathon")]),
        ...(dc.docker.insecureRegistries.includes(address) || nodesWith(dc, "docker").length === 0
            ? []
            : [
                  warning(
                      ["registry"],
                      `${address} speaks plain HTTP, which engines refuse`,
                      `add "${address}" to datacentre:docker.insecureRegistries with datacentre:security: seed, or put TLS before it`,
                  ),
              ]),
    ];
}
