import type { DataCentre } from "../../../config/schema";
import type { Probe } from "../../verify/probe";
import { finding, words } from "../../verify/probes";

const good: Readonly<Record<string, string>> = {
    file: "set in a file of the host's",
    container: "given by the host around it",
    cloud: "given by the cloud",
};
const bad: Readonly<Record<string, readonly [found: string, remedy: string]>> = {
    absent: ["not on this host", "give the host this address, or write the one that it has into datacentre:nodes[].address"],
    lease: ["a lease", "set it in the host's own network files, or have the DHCP server reserve it: after a reboot it may be another one"],
    hand: ["set by hand, as far as the host's files tell", "set it in the host's own network files: after a reboot it is gone"],
};

/** Everything calls a node by its address, so that one which changes with a reboot takes the node away (document 002's interfaces). */
export const probes = (dc: DataCentre): Probe[] =>
    dc.provider.kind !== "existing"
        ? []
        : dc.nodes.map(({ name, address }) => ({
              node: name,
              system: "host",
              row: "keeps its address after a reboot",
              command: `address_from ${words(address)}`,
              evaluate: (output) => {
                  const from = output.trim();
                  const [found = from || "no answer", remedy = "see 'ip address' there"] = bad[from] ?? [];
                  return finding(good[from] !== undefined, good[from] ?? found, "set in a file of the host's", remedy);
              },
          }));
