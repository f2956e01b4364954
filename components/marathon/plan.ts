import { versionOf } from "../../config/catalogue";
import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { hostnameOf, zkUrl as mesosUrl } from "../mesos/plan";
import { containerUnit } from "../step/container";
import type { Parameter } from "../step/program";
import { connectString } from "../zookeeper/plan";
import { unitOption } from "./flags";
import { marathonLeaf } from "./schema";
import { marathonImage } from "./source";

export const instances = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "marathon");

/** `zk://host:port,…/path`: where Marathon elects its leader and keeps its apps. */
export const zkUrl = (dc: DataCentre): string => `zk://${connectString(dc)}${dc.marathon.zkPath}`;

/** Where every Marathon's API is; whichever is asked, the leader answers. */
export const urls = (dc: DataCentre): string[] => instances(dc).map((node) => `http://${node.address}:${dc.marathon.port}`);

/** Where the login of the API is kept on Marathon's hosts, for Marathon and for those who ask it there. */
export const credentialsFile = "/etc/marathon/credentials.env";

/**
 * What is set besides the package's unit. Document 000's Marathon ended with "no master given": the files that it had been
 * told by are not read by this version, so both addresses stand in the command itself. Without LIBPROCESS_IP it would give
 * the master the address that its host's name stands for, which is 127.0.1.1 on many.
 * Source: Marathon 1.11, docs/command-line-flags.md.
 */
export function unitDropIn(dc: DataCentre, node: NodeSpec): string {
    return `[Unit]
StartLimitIntervalSec=0

[Service]
Environment="JAVA_OPTS=-Xmx${dc.marathon.heapMiB}m" LIBPROCESS_IP=${node.address}
EnvironmentFile=-${credentialsFile}
ExecStart=
ExecStart=/usr/share/marathon/bin/marathon \\
    ${optionsOf(dc, node).join(" \\\n    ")}
Restart=always
RestartSec=2
LimitNOFILE=65536
`;
}

/** Marathon's options, by name; `flags.ts` says which take no value. */
export function options(dc: DataCentre, node: NodeSpec): Readonly<Record<string, string>> {
    const { port, frameworkName, taskLaunchTimeoutSeconds, flags } = dc.marathon;
    return {
        master: mesosUrl(dc),
        zk: zkUrl(dc),
        hostname: hostnameOf(dc, node),
        http_address: node.address,
        http_port: String(port),
        framework_name: frameworkName,
        task_launch_timeout: String(taskLaunchTimeoutSeconds * 1000),
        ...flags,
        enable_features: features(flags["enable_features"]),
    };
}

/**
 * With `task_killing` Marathon tells that a task is about to end, and marathon-lb sends it no more requests; without, it goes on until
 * HAProxy's own checks fail or the task has ended. Source: marathon-lb 1.15, EXCLUDED_TASK_STATES; Marathon 1.11, MarathonScheduler.
 */
const features = (described = ""): string => [...new Set([...described.split(",").map((one) => one.trim()).filter((one) => one !== ""), "task_killing"])].join(",");

/** Each as it stands in a unit file. */
const optionsOf = (dc: DataCentre, node: NodeSpec): string[] => Object.entries(options(dc, node)).flatMap(([key, value]) => unitOption(key, value));

/** The container's name, where it runs in one. */
export const container = "datacentre-marathon";

/**
 * The unit of a Marathon in a container. The login goes from systemd to Docker's client and on by its name alone, so that
 * no command line has it. libprocess would advertise whatever address the host's name resolves to.
 */
const containerUnitOf = (dc: DataCentre, node: NodeSpec, image: string): string =>
    containerUnit({
        description: "Marathon in a container",
        container,
        image,
        options: [
            `-e JAVA_OPTS=-Xmx${dc.marathon.heapMiB}m -e MARATHON_HTTP_CREDENTIALS`,
            `-e LIBPROCESS_IP=${node.address}`,
            "-v /etc/marathon:/etc/marathon:ro",
        ],
        arguments: optionsOf(dc, node),
        service: [`EnvironmentFile=-${credentialsFile}`],
    });

/** The unit files of ours on Marathon's host, as they must be. */
export function filesOf(dc: DataCentre, node: NodeSpec): Record<string, string> {
    const image = marathonImage(dc);
    return image === undefined
        ? { "/etc/systemd/system/marathon.service.d/datacentre.conf": unitDropIn(dc, node) }
        : { "/etc/systemd/system/marathon.service": containerUnitOf(dc, node, image) };
}

/** The scripts that define `put_program`, and the parameters that they take. */
export function programOf(dc: DataCentre, node: NodeSpec): { scripts: string[]; parameters: Record<string, Parameter> } {
    const image = marathonImage(dc);
    const scripts = (way: string): string[] => ["components/step/helpers/images.sh", `components/marathon/${way}.sh`];
    return image === undefined
        ? { scripts: scripts("packages"), parameters: { version: versionOf(marathonLeaf, dc), drop_in: unitDropIn(dc, node) } }
        : { scripts: scripts("images"), parameters: { image, container_unit: containerUnitOf(dc, node, image) } };
}
