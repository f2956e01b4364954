import { warning, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import { takenFlags } from "../../config/rules/flags";
import type { DataCentre } from "../../config/schema";
import { flagRules } from "./flag-rules";

/** What must hold for Marathon. */
export function marathonRules(dc: DataCentre): Fault[] {
    return [...takenFlags(["marathon", "flags"], dc.marathon.flags, own), ...flagRules(dc), ...login(dc)];
}

/** Flags that the description has keys for. */
const own: Readonly<Record<string, string>> = {
    framework_name: "marathon.frameworkName",
    hostname: "mesos.advertise",
    http_address: "nodes[].address",
    http_credentials: "marathon.credentials",
    http_port: "marathon.port",
    master: "zookeeper and mesos.zkPath",
    task_launch_timeout: "marathon.taskLaunchTimeoutSeconds",
    zk: "zookeeper and marathon.zkPath",
};

function login(dc: DataCentre): Fault[] {
    return nodesWith(dc, "marathon").length > 0 && dc.marathon.credentials === undefined && dc.security !== "seed"
        ? [
              warning(
                  ["marathon", "credentials"],
                  `anybody who reaches port ${dc.marathon.port} can run anything on the agents`,
                  "set a login, and open the port to those who need it only",
              ),
          ]
        : [];
}
