import { error, warning, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { proxyNodes } from "./plan";
import { proxiesLeaf } from "./schema";

/** What must hold for the proxies. */
export function proxiesRules(dc: DataCentre): Fault[] {
    if (proxyNodes(dc).length === 0) {
        return dc.proxies
            ? [warning(["proxies"], `no node has a role of ${proxiesLeaf.roles.join(", ")}, so this says nothing`, "give one to the nodes that are to be proxies, or take this out")]
            : [];
    }
    return logins(dc);
}

/** A master that asks everybody for a login tells the proxy nothing. */
function logins(dc: DataCentre): Fault[] {
    return nodesWith(dc, "mesos-proxy").length > 0 && dc.mesos.masterFlags["authenticate_http_readonly"] === "true"
        ? [error(["mesos", "masterFlags", "authenticate_http_readonly"], "the proxy asks masters without a login who leads, and none would answer", "take it out, or the role mesos-proxy")]
        : [];
}
