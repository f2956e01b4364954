import { createHash } from "node:crypto";

import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Directory } from "../../config/system";
import { mountNodes } from "../glusterfs/plan";
import type { AppDefinition } from "../marathon-app/app";
import { hostnameOf } from "../mesos/plan";
import type { RegistrySpec } from "./schema";

/**
 * The registry's config.yml: images can be deleted, and its storage is asked for every ten seconds.
 * Source: distribution, "Configuring a registry".
 */
export function configYml(): string {
    return `version: 0.1
log:
  fields:
    service: registry
storage:
  delete:
    enabled: true
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`;
}

export const configPath = (registry: RegistrySpec): string => `${registry.configDir}/config.yml`;

/** The app: on its one node, at its fixed port, with its images on the host. A changed config.yml is a changed app. */
export function app(dc: DataCentre, registry: RegistrySpec, node: NodeSpec): AppDefinition {
    return {
        id: "/registry",
        cpus: registry.cpus,
        mem: registry.memMiB,
        disk: registry.diskMiB,
        instances: 1,
        constraints: [["hostname", "CLUSTER", hostnameOf(dc, node)]],
        labels: { "datacentre-config": createHash("sha256").update(configYml()).digest("hex").slice(0, 16) },
        networks: [{ mode: "container/bridge" }],
        container: {
            type: "DOCKER",
            docker: { image: registry.image, privileged: false, forcePullImage: false },
            volumes: [
                { containerPath: "/var/lib/registry", hostPath: registry.dataDir, mode: "RW" },
                { containerPath: "/etc/docker/registry/config.yml", hostPath: configPath(registry), mode: "RO" },
            ],
            portMappings: [{ containerPort: 5000, hostPort: registry.port, protocol: "tcp" }],
        },
        healthChecks: [
            { protocol: "HTTP", path: "/v2/", portIndex: 0, gracePeriodSeconds: 60, intervalSeconds: 10, timeoutSeconds: 5, maxConsecutiveFailures: 3 },
        ],
        // Two of them cannot have one port and one store: the old one goes before the new one comes.
        upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
    };
}

/** The registry's directories; on a mounted volume its images belong to the volume. */
export function directories(dc: DataCentre, node: NodeSpec): Directory[] {
    const { registry } = dc;
    if (registry?.node !== node.name) {
        return [];
    }
    const remedy = "use one of your own, such as /opt/data/registry";
    const mounted = dc.glusterfs.volumes.some((volume) => mountNodes(dc, volume).includes(node.name) && registry.dataDir.startsWith(`${volume.mount}/`));
    const stored = onVolume(dc, registry.dataDir) ? undefined : registry.dataDir;
    return [
        ...(mounted ? [] : [{ path: registry.dataDir, key: ["registry", "dataDir"], what: "the registry's images", remedy, stored }]),
        { path: registry.configDir, key: ["registry", "configDir"], what: "the registry's configuration", remedy, stored: undefined },
    ];
}

/** Whether a directory is on a mounted volume, whose data belong to the volume. */
export const onVolume = (dc: DataCentre, path: string): boolean =>
    dc.glusterfs.volumes.some(({ mount }) => path === mount || path.startsWith(`${mount}/`));
