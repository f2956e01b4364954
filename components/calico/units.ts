import type { DataCentre } from "../../config/schema";
import type { NodeSpec } from "../../config/schema";
import { containerUnit } from "../step/container";
import { archiveHome } from "../step/program";
import { birdConfig, birdFile, birdSocket } from "./bird";
import { hasDockerNetworks } from "./plan";
import { calicoArchive, calicoImages } from "./source";

/** The container of Calico's node image. */
export const container = "datacentre-calico-node";

/** Where the programs are: of the archive, or taken out of the images. */
export function home(dc: DataCentre): string {
    const archive = calicoArchive(dc);
    return archive ? archiveHome("calico", archive.sha256 ?? "local") : "/opt/datacentre/calico-images";
}

const service = (description: string, after: string, lines: readonly string[], order = ""): string => `[Unit]
Description=${description}
After=network-online.target etcd.service ${after}
Wants=network-online.target
${order}StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/calico/calico.env
${lines.join("\n")}
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`;

/**
 * The units of programs of their own. Felix ends itself when its configuration in the datastore changes, and wants to be started
 * again; what it has set up stays meanwhile. The node joins the datastore by its step, and not by each start: one that was taken
 * out would join again before its machine is gone.
 */
function programUnits(dc: DataCentre, node: NodeSpec): Record<string, string> {
    const bin = `${home(dc)}/calico-node`;
    return {
        "calico-node": service("Calico's Felix: routes and policy of this node's containers", "docker.service", [
            `ExecStart=${bin} -felix`,
            "LimitNOFILE=65536",
            "TimeoutStartSec=300",
        ]),
        "calico-tunnel": service("Calico's tunnel addresses of this node", "calico-node.service", [`ExecStart=${bin} -allocate-tunnel-addrs`]),
        // Not the distribution's own unit, whose configuration lies elsewhere on each.
        ...(birdConfig(dc, node) === undefined
            ? {}
            : {
                  "calico-bird": service("BIRD: Calico's routes between the nodes", "", [
                      `ExecStart=/usr/sbin/bird -f -c ${birdFile} -s ${birdSocket} -u bird -g bird`,
                      `ExecReload=/usr/sbin/birdc -s ${birdSocket} configure`,
                  ]),
              }),
        ...(hasDockerNetworks(dc) && node.roles.includes("docker")
            ? {
                  // Before Docker, which at its start asks it to give back what containers had when the host crashed.
                  "calico-docker": service(
                      "Docker networks in Calico's address pools (not Calico's own libnetwork plugin)",
                      "",
                      ["Type=notify", `ExecStart=${home(dc)}/calico-docker-driver`, "TimeoutStartSec=60"],
                      "Before=docker.service\n",
                  ),
              }
            : {}),
    };
}

/**
 * The unit of the node image, which has everything in it. Sources: document 003's unit; Calico 3.28, "Running calico/node as a
 * systemd service"; 2.6 the same, whose image holds the Docker network driver too.
 */
function imageUnit(dc: DataCentre, image: string): string {
    const mounts = ["/var/log/calico", "/var/run/calico", "/var/lib/calico", "/run/docker/plugins", "/run/xtables.lock"];
    return containerUnit({
        description: "Calico's node in a container",
        container,
        image,
        options: [
            "--privileged",
            "--env-file /etc/calico/calico.env",
            "-v /lib/modules:/lib/modules:ro",
            ...mounts.map((path) => `-v ${path}:${path}`),
            ...(hasDockerNetworks(dc) ? ["-v /var/run/docker.sock:/var/run/docker.sock"] : []),
        ],
        arguments: [],
        // Docker makes a directory of what it does not find.
        service: ["ExecStartPre=/usr/bin/touch /run/xtables.lock"],
    });
}

/** Unit files by unit, without `.service`. */
export function units(dc: DataCentre, node: NodeSpec): Record<string, string> {
    const images = calicoImages(dc);
    return images ? { "calico-node": imageUnit(dc, images.node) } : programUnits(dc, node);
}

/** Every unit that must run. */
export const unitNames = (dc: DataCentre, node: NodeSpec): string[] => Object.keys(units(dc, node));
