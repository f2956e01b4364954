import type { DataCentre } from "../../config/schema";
import { imagesOf } from "../docker-engine/plan";
import { agents, attributesOf, hostnameOf, offeredPorts } from "../mesos/plan";
import type { AgentFacts } from "./definition";

/** What the description tells of the agents that it will make. */
export const agentFacts = (dc: DataCentre): AgentFacts[] =>
    agents(dc).map((node) => {
        const { cpus, memMiB, diskMiB } = node.mesos;
        const registries = node.docker.reachableRegistries ?? dc.docker.reachableRegistries;
        return {
            node: node.name,
            address: node.address,
            hostname: hostnameOf(dc, node),
            attributes: attributesOf(dc, node),
            resources: {
                ...(cpus === undefined ? {} : { cpus }),
                ...(memMiB === undefined ? {} : { mem: memMiB }),
                ...(diskMiB === undefined ? {} : { disk: diskMiB }),
                ports: offeredPorts(dc, node).map(([begin, end]) => ({ begin, end })),
            },
            images: imagesOf(dc, node).map(({ image }) => image),
            ...(registries === undefined ? {} : { registries }),
        };
    });
