import type { DataCentre } from "../../config/schema";
import type { AppDefinition } from "../marathon-app/app";
import { urls } from "../marathon/plan";
import { hostnameOf, roleOf } from "../mesos/plan";
import type { MarathonLbSpec } from "./schema";

export const appId = "/system/marathon-lb";

/** Where the login of Marathon's API lies on the nodes, and in the container. */
export const credentialsFile = "/etc/marathon-lb/credentials";

/**
 * marathon-lb follows the events of every Marathon and serves the apps of its group at their service ports, by the
 * private addresses of their agents: some clouds cut off what goes to a public one.
 * Port 9090 tells its health and its configuration; `PORTS`, which its start script wants, comes from the definitions.
 * Source: marathon-lb 1.15, README, "Deployment".
 */
export function app(dc: DataCentre, spec: MarathonLbSpec): AppDefinition {
    const nodes = spec.nodes.flatMap((name) => dc.nodes.filter((node) => node.name === name));
    const volumes = dc.marathon.credentials ? [{ containerPath: credentialsFile, hostPath: credentialsFile, mode: "RO" }] : [];
    const names = nodes.map((node) => hostnameOf(dc, node));
    return {
        id: appId,
        cpus: spec.cpus,
        mem: spec.memMiB,
        disk: 0,
        instances: nodes.length,
        constraints:
            names.length === 1
                ? [["hostname", "CLUSTER", names[0] ?? ""]]
                : [
                      ["hostname", "LIKE", names.map((name) => name.replaceAll(".", "\\.")).join("|")],
                      ["hostname", "UNIQUE"],
                  ],
        acceptedResourceRoles: [roleOf(dc)],
        args: [
            "sse",
            // One -m with all of them: of several only the last counts, so that document 000's followed one Marathon.
            ...["-m", ...urls(dc)],
            ...["--group", spec.group],
            ...(dc.marathon.credentials ? ["--marathon-auth-credential-file", credentialsFile] : []),
        ],
        networks: [{ mode: "host" }],
        container: { type: "DOCKER", docker: { image: spec.image, privileged: true, parameters: [], forcePullImage: false }, volumes },
        portDefinitions: [
            { port: 9090, protocol: "tcp", name: "health" },
            { port: 9091, protocol: "tcp", name: "admin" },
        ],
        requirePorts: true,
        healthChecks: [
            { protocol: "HTTP", path: "/_haproxy_health_check", portIndex: 0, gracePeriodSeconds: 60, intervalSeconds: 5, timeoutSeconds: 2, maxConsecutiveFailures: 3 },
        ],
        upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
    };
}
