import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { hostnameOf, zkUrl as mesosUrl } from "../mesos/plan";
import { connectString } from "../zookeeper/plan";

export const instances = (dc: DataCentre): NodeSpec[] => nodesWith(dc, "marathon");

/** `zk://host:port,…/path`: where Marathon elects its leader and keeps its apps. */
export const zkUrl = (dc: DataCentre): string => `zk://${connectString(dc)}${dc.marathon.zkPath}`;

/** Where every Marathon's API is; whichever is asked, the leader answers. */
export const urls = (dc: DataCentre): string[] => instances(dc).map((node) => `http://${node.address}:${dc.marathon.port}`);

/** Where the login of the API is kept on Marathon's hosts, for Marathon and for those who ask it there. */
export const credentialsFile = "/etc/marathon/credentials.env";

/**
 * What is set besides the package's unit. Document 000's Marathon ended with "no master given": the files that it had been
 * told by are not read by this version, so both addresses stand in the command itself.
 * Source: Marathon 1.11, docs/command-line-flags.md.
 */
export function unitDropIn(dc: DataCentre, node: NodeSpec): string {
    const { port, frameworkName, heapMiB, taskLaunchTimeoutSeconds, flags } = dc.marathon;
    const all: Record<string, string> = {
        master: mesosUrl(dc),
        zk: zkUrl(dc),
        hostname: hostnameOf(dc, node),
        http_address: node.address,
        http_port: String(port),
        framework_name: frameworkName,
        task_launch_timeout: String(taskLaunchTimeoutSeconds * 1000),
        ...flags,
    };
    const words = Object.entries(all).map(([key, value]) => `--${key} ${systemdWord(value)}`);
    return `[Unit]
StartLimitIntervalSec=0

[Service]
Environment="JAVA_OPTS=-Xmx${heapMiB}m"
EnvironmentFile=-${credentialsFile}
ExecStart=
ExecStart=/usr/share/marathon/bin/marathon \\
    ${words.join(" \\\n    ")}
Restart=always
RestartSec=2
LimitNOFILE=65536
`;
}

/** One word of a command in a unit file: in quotes where it has blanks, with systemd's own signs doubled. */
function systemdWord(text: string): string {
    const plain = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
    return /^[A-Za-z0-9@_.,:/=+%$-]+$/.test(plain) ? plain : `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
