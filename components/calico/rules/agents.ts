import { isImaged } from "../../../config/catalogue";
import { error, warning, type Fault } from "../../../config/faults";
import { nodesWith } from "../../../config/nodes";
import type { DataCentre } from "../../../config/schema";
import { mesosLeaf } from "../../mesos/schema";

/** Flags of an agent that are made from the networks. Source: Mesos 1.11, docs/cni.md. */
const own = ["network_cni_config_dir", "network_cni_plugins_dir", "network_cni_root_dir_persist"];

/** What networks of the Mesos containerizer take of the agents. */
export function agentRules(dc: DataCentre): Fault[] {
    return dc.calico.networks.length === 0 || nodesWith(dc, "mesos-agent").length === 0
        ? []
        : [...without(dc), ...flags(dc), ...containerizers(dc)];
}

function without(dc: DataCentre): Fault[] {
    const names = dc.calico.networks.map(({ name }) => name).join(", ");
    return dc.nodes.flatMap((node, index) =>
        nodesWith(dc, "calico").length > 0 && node.roles.includes("mesos-agent") && !node.roles.includes("calico")
            ? [warning(["nodes", index, "roles"], `${node.name} is an agent without the networks ${names}: apps that name one fail there`, "add calico to its roles")]
            : [],
    );
}

function flags(dc: DataCentre): Fault[] {
    const { agentFlags } = dc.mesos;
    const named = own.filter((flag) => agentFlags[flag] !== undefined);
    return [
        ...named.map((flag) => error(["mesos", "agentFlags", flag], `the flag ${flag} is made from datacentre:calico.networks`, "take it out")),
        // Mesos takes network/cni where no other is named; network/ports is none of them.
        ...(/(^|,)network\/(?!cni(,|$)|ports(,|$))/.test(agentFlags["isolation"] ?? "")
            ? [
                  error(
                      ["mesos", "agentFlags", "isolation"],
                      "agents have a network isolator other than network/cni, which puts containers into datacentre:calico.networks",
                      "take it out",
                  ),
              ]
            : []),
    ];
}

function containerizers(dc: DataCentre): Fault[] {
    const problem = "datacentre:calico.networks are the Mesos containerizer's, and agents are not given it";
    // Agents that run in containers have the docker containerizer only: see its own rules.
    const remedy = isImaged(mesosLeaf, dc)
        ? "describe datacentre:calico.dockerNetworks instead, or install Mesos from a repository"
        : "add mesos to it, or describe datacentre:calico.dockerNetworks instead";
    return dc.mesos.containerizers.includes("mesos") ? [] : [error(["mesos", "containerizers"], problem, remedy)];
}
