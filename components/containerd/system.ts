import { packagesOf } from "../../config/catalogue";
import { nodesWith } from "../../config/nodes";
import { none, type Call, type System } from "../../config/system";
import { probes } from "./check";
import { settingsOf, socket } from "./plan";
import { containerdRules } from "./rules";
import { containerdLeaf, defaultSettings } from "./schema";

export const containerdSystem = {
    leaf: containerdLeaf,
    roles: {
        containerd: {
            needs: [],
            packages: (dc, family) => packagesOf(containerdLeaf, dc, family),
            enables: ["containerd.service"],
            watched: ["containerd"],
        },
    },
    duties: {},
    rules: [containerdRules],
    // The engine listens on its own host's socket; what the kubelet forwards to it comes by a port of loopback's.
    listeners: none,
    offers: none,
    calls: (dc): Call[] =>
        nodesWith(dc, "containerd").length === 0
            ? []
            : [
                  { service: "registry:images", from: ["containerd"] },
                  { service: "imageRegistries:images", from: ["containerd"] },
                  { service: "imageRegistries:mirror", from: ["containerd"] },
              ],
    directories: (dc, node) => {
        const own = node.containerd?.root;
        const path = settingsOf(dc, node).root;
        const key = own === undefined ? ["containerd", "root"] : ["nodes", dc.nodes.indexOf(node), "containerd", "root"];
        return node.roles.includes("containerd")
            ? // Its usual place is the system's to everybody else, with all that is in it.
              [{ path, ...(path === defaultSettings.root ? {} : { key }), what: "containerd's data", remedy: "use one of your own, such as /data/containerd", stored: path }]
            : [];
    },
    requires: (dc, node) =>
        node.roles.includes("containerd") && settingsOf(dc, node).snapshotter === "overlayfs"
            ? [{ what: "overlay", why: "containerd's snapshotter overlayfs needs" }]
            : [],
    // Those that it is given as archives are other systems' own.
    images: none,
    files: ["/etc/containerd"],
    steps: ["containerd"],
    probes,
    groupProbes: none,
    output: (dc) => {
        const nodes = nodesWith(dc, "containerd");
        return nodes.length === 0
            ? undefined
            : {
                  nodes: nodes.map((node) => node.name),
                  socket,
                  root: Object.fromEntries(nodes.map((node) => [node.name, settingsOf(dc, node).root])) as Record<string, string>,
              };
    },
} satisfies System<typeof containerdLeaf>;
