import { error, warning, type Fault } from "../../config/faults";
import { imageParts } from "../../config/image-reference";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { archiveFaults, insecureFaults, mirrorFaults } from "../docker/engine-rules";
import { reached } from "../image-registries/plan";
import { imagesOf, settingsOf } from "./plan";

/** What must hold for containerd as the engine of a node. */
export function containerdRules(dc: DataCentre): Fault[] {
    const described = settingsOf(dc);
    return [
        ...alone(dc),
        ...unused(dc),
        ...insecureFaults(dc, "containerd", described.insecureRegistries),
        ...mirrorFaults(dc, "containerd", described.registryMirrors),
        ...archiveFaults(dc, "containerd", described.images),
        ...slow(dc),
        ...sandbox(dc),
        ...carried(dc),
    ];
}

/** Docker runs its containers by a containerd of its own configuration: two hands in one service. */
function alone(dc: DataCentre): Fault[] {
    return nodesWith(dc, "containerd")
        .filter(({ roles }) => roles.includes("docker"))
        .map((node) =>
            error(
                ["nodes", dc.nodes.indexOf(node), "roles"],
                `${node.name} has the roles docker and containerd, and Docker brings a containerd that is configured otherwise`,
                "leave it containerd for Kubernetes, or docker for everything else; one node cannot be both",
            ),
        );
}

function unused(dc: DataCentre): Fault[] {
    return [
        ...(dc.containerd && nodesWith(dc, "containerd").length === 0
            ? [warning(["containerd"], "no node has the role containerd, so this says nothing", "give it to the nodes that are to have the engine, or take this out")]
            : []),
        ...dc.nodes.flatMap((node, index) =>
            node.containerd && !node.roles.includes("containerd")
                ? [warning(["nodes", index, "containerd"], `${node.name} has settings of containerd and lacks its role`, "add containerd to its roles, or take the settings out")]
                : [],
        ),
    ];
}

function slow(dc: DataCentre): Fault[] {
    const problem = "native copies every layer whole: slow, and it fills disks";
    const remedy = "use overlayfs unless the disk's file system cannot carry it";
    return [
        ...(dc.containerd?.snapshotter === "native" ? [warning(["containerd", "snapshotter"], problem, remedy)] : []),
        ...dc.nodes.flatMap((node, index) => (node.containerd?.snapshotter === "native" ? [warning(["nodes", index, "containerd", "snapshotter"], problem, remedy)] : [])),
    ];
}

/** Without its image no pod starts, whatever the pod's own are. */
function sandbox(dc: DataCentre): Fault[] {
    const { sandboxImage } = settingsOf(dc);
    const path = ["containerd", "sandboxImage"];
    const last = sandboxImage.slice(sandboxImage.lastIndexOf("/") + 1);
    if (!/[:@]/.test(last) || last.endsWith(":latest")) {
        return [error(path, `${sandboxImage} says no version, so that nodes could run different ones`, "write its tag or digest, such as :3.10")];
    }
    const { registry, full } = imageParts(sandboxImage);
    const without = nodesWith(dc, "containerd").find((node) => {
        const registries = reached(dc, settingsOf(dc, node).reachableRegistries);
        return registries !== undefined && !registries.includes(registry) && !imagesOf(dc, node).some(({ image }) => imageParts(image).full === full);
    });
    return without === undefined
        ? []
        : [
              error(
                  path,
                  `${without.name} does not reach ${registry}, and is not given ${sandboxImage}, without which no pod starts`,
                  "add an archive of it to datacentre:containerd.images, or name an image of a registry that is reached",
              ),
          ];
}

/** What lies in a bundle is loaded by Docker's engines. */
function carried(dc: DataCentre): Fault[] {
    return !dc.bundle || nodesWith(dc, "containerd").length === 0
        ? []
        : settingsOf(dc).images.flatMap(({ image, archive }, index) =>
              archive.startsWith("file:")
                  ? []
                  : [error(["containerd", "images", index, "archive"], `the stack comes from a bundle, which has no archive of ${image} for containerd`, "put the archive on the hosts, and name it by file:///")],
          );
}
