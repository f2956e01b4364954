import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { DataCentre, NodeSpec } from "../../config";
import { compact, root } from "../step/program";
import type { Probe } from "../verify/probe";
import { finding, wholeLines } from "../verify/probes";
import { calicoSeries } from "./source";

const calicoMac = "ee:ee:ee:ee:ee:ee";

/**
 * Whether packets find their way over each link to a container. All containers have the gateway 169.254.1.1, which no interface
 * has: the host answers for it by proxy ARP. The MAC ee:ee:ee:ee:ee:ee is Calico's on purpose: since nothing but the link
 * itself sees it, one is as good as another, and that one nobody has to make up.
 *
 * What breaks a link is somebody else's hand: udev, by MACAddressPolicy=persistent, or NetworkManager give one end another MAC
 * when Calico has told Felix the first, and Felix the kernel. Series 2 sets the MAC of the container's end in Docker networks,
 * series 3 and the CNI plugins of both the host's.
 * Sources: Calico, "Frequently asked questions"; calicoctl issues 898 and 1817; Felix 3.28, routetable, addStaticARPEntry.
 */
export function macProbe(dc: DataCentre, node: NodeSpec): Probe {
    return {
        node: node.name,
        system: "calico",
        row: "links to containers: MACs and proxy ARP as Calico set them",
        command: compact(readFileSync(join(root, "components/calico/links.sh"), "utf8")),
        evaluate: (output) => {
            const links = wholeLines(output)?.map((line) => line.split(" "));
            const wrong = (links ?? []).flatMap(([name = "", mac, proxy, sentTo, inside]) => [
                ...(sentTo !== "-" && inside !== "-" && sentTo !== inside ? [`packets by ${name} go to ${sentTo}, and its container is ${inside}`] : []),
                ...(calicoSeries(dc) === 3 && mac !== calicoMac ? [`${name} is ${mac}, not ${calicoMac}`] : []),
                ...(proxy === "1" ? [] : [`nobody answers for 169.254.1.1 on ${name}, whose proxy_arp is ${proxy}`]),
            ]);
            const count = links?.length ?? 0;
            return finding(
                links !== undefined && wrong.length === 0,
                links === undefined ? "no answer" : wrong.slice(0, 3).join("; ") || `${count} ${count === 1 ? "link" : "links"}, as Calico made ${count === 1 ? "it" : "them"}`,
                `with ${calicoMac} and 169.254.1.1, both Calico's on purpose`,
                links === undefined
                    ? `see that 'ip link' and 'nsenter' are on ${node.name}`
                    : "a container cannot reach 169.254.1.1 then. Let udev leave these links alone: /etc/systemd/network/10-calico.link with " +
                          "[Match] OriginalName=cali* temp* and [Link] MACAddressPolicy=none (NetworkManager: " +
                          "unmanaged-devices=interface-name:cali*), and sysctl files leave proxy_arp and rp_filter of cali* alone; then start its containers anew",
            );
        },
    };
}
