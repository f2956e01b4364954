import type { Fault } from "../../../config/faults";
import { dockerHub, imageParts } from "../../../config/image-reference";
import { error, listed, warning } from "../faults";
import type { App } from "../schema";
import { agentName, type AgentFacts } from "./facts";

/** Whether an agent has an image, or can get it: undefined where that is not known. */
function canHave(agent: AgentFacts, image: string): boolean | undefined {
    const { registry, full } = imageParts(image);
    if (agent.images?.some((name) => imageParts(name).full === full)) {
        return true;
    }
    return agent.registries?.some((name) => imageParts(`${name}/x`).registry === registry);
}

/** An image that is not on the agents, and in no registry that they reach. */
export function imageFaults(app: App, hosts: readonly AgentFacts[]): Fault[] {
    const image = app.container?.docker?.image ?? "";
    const without = image === "" ? [] : hosts.filter((agent) => canHave(agent, image) === false);
    if (without.length === 0) {
        return [];
    }
    const at = ["container", "docker", "image"];
    const { registry } = imageParts(image);
    const what =
        registry === dockerHub ? `${image} names no registry, so it is Docker Hub's, which` : `${image} is in ${registry}, which`;
    const [near] = [...new Set(without.flatMap((agent) => agent.registries ?? []))].filter((name) => name !== registry);
    const push =
        near === undefined
            ? "load it on the nodes (docker.images), or bring it to a registry that they reach, and name that"
            : `push it to ${near}, and write ${near}/${image.replace(`${registry}/`, "")}`;
    if (without.length === hosts.length) {
        const nobody =
            hosts.length === 1 ? `${agentName(hosts[0]!)} does not reach` : `none of ${listed(hosts.map(agentName))} reaches`;
        return [error(at, `${what} ${nobody}, and the image is not there`, push)];
    }
    const fit = hosts.filter((agent) => !without.includes(agent)).map(({ hostname }) => hostname);
    const some = `${listed(without.map(agentName))} ${without.length === 1 ? "does" : "do"} not reach`;
    return [warning(at, `${what} ${some}`, `${push}; or keep the app on ${listed(fit, "or")} by a constraint`)];
}
