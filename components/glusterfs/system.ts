import { packagesOf } from "../../config/catalogue";
import { none, type Offer, type System } from "../../config/system";
import { probes } from "./check";
import { brickText, directories, mountNodes } from "./plan";
import { glusterfsRules } from "./rules";
import { glusterfsLeaf } from "./schema";

const daemonPorts = [24007, 24008] as const;
/** The brick processes': since GlusterFS 10 any that is free. Source: glusterd.vol, base-port and max-port. */
const brickPorts = [49152, 60999] as const;

export const glusterfsSystem = {
    leaf: glusterfsLeaf,
    roles: {
        glusterfs: {
            needs: [],
            packages: (dc, family) => packagesOf(glusterfsLeaf, dc, family),
            enables: ["glusterd.service"],
            upgradedBy: "glusterfs",
            watched: ["glusterd"],
        },
    },
    duties: {},
    rules: [glusterfsRules],
    listeners: (_, node) => (node.roles.includes("glusterfs") ? daemonPorts.map((port) => ({ port, what: "GlusterFS" })) : []),
    offers: (): Offer[] => [
        { service: "peers", to: "glusterfs", protocol: "tcp", ports: daemonPorts, from: ["glusterfs"], why: "GlusterFS daemons" },
        { service: "peers", to: "glusterfs", protocol: "tcp", ports: brickPorts, from: ["glusterfs"], why: "GlusterFS bricks" },
    ],
    calls: none,
    directories,
    requires: (dc, node) =>
        dc.glusterfs.volumes.some((volume) => mountNodes(dc, volume).includes(node.name)) ? [{ what: "fuse", why: "mounts of GlusterFS need" }] : [],
    images: none,
    files: ["/etc/glusterfs"],
    steps: ["glusterfs", "glusterfs-pool", "glusterfs-mount"],
    probes,
    groupProbes: none,
    output: (dc) => ({
        volumes: dc.glusterfs.volumes.map((volume) => ({
            name: volume.name,
            type: volume.type,
            bricks: [...volume.bricks, ...(volume.arbiter ? [volume.arbiter] : [])].map(brickText),
            mount: volume.mount,
            mountedOn: mountNodes(dc, volume),
        })),
    }),
} satisfies System<typeof glusterfsLeaf>;
