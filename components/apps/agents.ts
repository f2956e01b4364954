import { isImaged } from "../../config/catalogue";
import { areContainers } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { imagesOf } from "../docker/plan";
import { reached } from "../image-registries/plan";
import type { AgentFacts, NetworkFacts } from "../marathon-app/definition";
import { readAttribute } from "../mesos/attributes";
import { imageProvidersOf, isolatorsOf } from "../mesos/isolation";
import { agents, attributesOf, hostnameOf, offeredPorts, roleOf } from "../mesos/plan";
import { flagsOf } from "../mesos/program";
import { mesosLeaf } from "../mesos/schema";
import { mirrorOf } from "../mirror/plan";

/** What the description tells of the agents that it will make. */
export const agentFacts = (dc: DataCentre): AgentFacts[] =>
    agents(dc).map((node) => {
        const { cpus, memMiB, diskMiB } = node.mesos;
        const flags = flagsOf(dc, node, "agent");
        const isolators = isolatorsOf(flags);
        const registries = reached(dc, node.docker.reachableRegistries ?? dc.docker.reachableRegistries);
        return {
            node: node.name,
            address: node.address,
            hostname: hostnameOf(dc, node),
            attributes: Object.fromEntries(Object.entries(attributesOf(dc, node)).map(([name, text]) => [name, readAttribute(text)])),
            role: roleOf(dc),
            resources: {
                ...(cpus === undefined ? {} : { cpus }),
                ...(memMiB === undefined ? {} : { mem: memMiB }),
                ...(diskMiB === undefined ? {} : { disk: diskMiB }),
                ...(isolators.includes("gpu/nvidia") ? {} : { gpus: 0 }),
                ports: offeredPorts(dc, node).map(([begin, end]) => ({ begin, end })),
            },
            networks: networksOf(dc, node),
            // Agents in containers have no other, whatever they are told: see their own rule.
            containerizers: isImaged(mesosLeaf, dc) || areContainers(dc) ? (["docker"] as const) : dc.mesos.containerizers,
            isolators,
            imageProviders: imageProvidersOf(flags),
            images: imagesOf(dc, node).map(({ image }) => image),
            ...(registries === undefined ? {} : { registries }),
            ...(isShutIn(dc, node) ? { inside: dc.nodes.flatMap(({ name, address }) => [name, address]) } : {}),
        };
    });

/** Whether a node has no way out of its own, by all that is described. */
function isShutIn(dc: DataCentre, node: NodeSpec): boolean {
    const { bundle, provider } = dc;
    return provider.kind === "alicloud"
        ? provider.outbound === "none" && provider.bastion !== node.name
        : bundle !== undefined || mirrorOf(dc, node) !== undefined;
}

/** The container networks that an agent will have: Calico's, and those that the description says to be there. */
function networksOf(dc: DataCentre, { roles }: NodeSpec): NetworkFacts[] {
    const calico = (kind: "networks" | "dockerNetworks", containerizer: "mesos" | "docker"): NetworkFacts[] =>
        roles.includes("calico") && (containerizer === "mesos" || roles.includes("docker"))
            ? dc.calico[kind].map(({ name, isolated }) => ({ name, containerizer, isolated, mapsPorts: false }))
            : [];
    return [...calico("networks", "mesos"), ...calico("dockerNetworks", "docker"), ...dc.mesos.otherNetworks.map((name) => ({ name }))];
}
