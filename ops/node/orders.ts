import { clusterNodes, masters as kubernetesMasters, settingsOf } from "../../components/kubernetes/plan";
import { masters } from "../../components/mesos/plan";
import { renderProgram } from "../../components/step/program";
import type { DataCentre, NodeSpec } from "../../config";
import { Problem } from "../lib/say";

/** What can be asked for a node. */
export type Deed = "drain" | "activate";

/** A program, and on whose host it runs. */
export interface Order {
    readonly at: string;
    readonly program: string;
    /** After which it is given up. */
    readonly seconds: number;
}

/** @throws Problem where it is none */
export function deedOf(text: string): Deed {
    if (text !== "drain" && text !== "activate") {
        throw new Problem(
            `DO=${text} is nothing that can be done to a node`,
            "DO=drain, before it is rebooted, repaired or switched off; DO=activate, when it is back. One that goes for good is taken out of datacentre:nodes: 'make up' drains it",
        );
    }
    return text;
}

const path = (name: string): string => `components/${name}.sh`;

/** Who has to be told that a node goes or is back: Mesos for its tasks, Kubernetes for its pods. Its other roles have nothing to hand over. */
export function ordersFor(dc: DataCentre, node: NodeSpec): Order[] {
    const frame = { leaves_nothing: true };
    const mesos = masters(dc);
    // The node itself answers least surely.
    const asked = mesos.find(({ name }) => name !== node.name) ?? mesos[0];
    const [first] = kubernetesMasters(dc);
    const agent = node.roles.includes("mesos-agent") && asked ? [agentOrder(dc, node, asked.name, frame)] : [];
    return [...agent, ...(first && clusterNodes(dc).includes(node) ? [kubernetesOrder(dc, node, first.name, frame)] : [])];
}

function agentOrder(dc: DataCentre, node: NodeSpec, at: string, frame: { leaves_nothing: boolean }): Order {
    const { drainTimeoutSeconds: drain_timeout, agentPort: port, masterPort } = dc.mesos;
    const parameters = { ...frame, agent: node.name, address: node.address, port, drain_timeout, masters: masters(dc).map(({ address }) => `${address}:${masterPort}`) };
    return { at, program: renderProgram("mesos-away", at, ["step/helpers/http", "mesos/health", "mesos/away"].map(path), parameters), seconds: (drain_timeout || 3600) + 300 };
}

function kubernetesOrder(dc: DataCentre, node: NodeSpec, at: string, frame: { leaves_nothing: boolean }): Order {
    const { drainTimeoutSeconds: drain_timeout } = settingsOf(dc);
    const parameters = { ...frame, name: node.name, drain_timeout };
    return { at, program: renderProgram("kubernetes-away", at, ["kubernetes/api", "kubernetes/away"].map(path), parameters), seconds: drain_timeout + 600 };
}
