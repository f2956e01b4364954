/** The stack's outputs, and how its nodes are reached by them. */
import type { NodeOutput, ServicesOutput } from "../../components/outputs";
import type { Target } from "../../components/ssh/ssh";
import type { DataCentre } from "../../config";
import type { Place } from "../lib/place";
import { Problem } from "../lib/say";
import type { Context } from "../stack/context";
import { readCheckpoint, secretMark } from "./checkpoint";
import { stackOutputs } from "./engine";
import { copyRemoteState } from "./remote-state";

/** The stack's outputs as `pulumi stack output --json --show-secrets` prints them. */
export interface Outputs {
    readonly nodes: readonly NodeOutput[];
    readonly services: ServicesOutput;
    readonly sshPrivateKey: string;
    /** The bastion's key, where it is not the nodes'. */
    readonly sshBastionPrivateKey?: string;
    readonly description: DataCentre;
}

/** Status of a verb that was asked about a stack that is not there. */
export const notThere = 2;

/** @returns undefined while the stack has no outputs: never brought up, or destroyed */
export async function findOutputs(context: Context): Promise<Outputs | undefined> {
    await copyRemoteState(context);
    if (readCheckpoint(context) === "absent") {
        return undefined;
    }
    const outputs = (await stackOutputs(context)) as Partial<Outputs>;
    const { nodes, services, sshPrivateKey, sshBastionPrivateKey, description } = outputs;
    return nodes && services && sshPrivateKey !== undefined && description
        ? { nodes, services, sshPrivateKey, description, ...(sshBastionPrivateKey === undefined ? {} : { sshBastionPrivateKey }) }
        : undefined;
}

/**
 * The stack's nodes, from the state alone: what is told after an `up` needs no second engine.
 *
 * @returns undefined where they are not to be read so
 */
export function recordedNodes(context: Context): readonly NodeOutput[] | undefined {
    const recorded = readCheckpoint(context);
    const stack = typeof recorded === "string" ? undefined : recorded.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
    const nodes = stack?.outputs?.["nodes"];
    const isPlain = Array.isArray(nodes) && !JSON.stringify(nodes).includes(secretMark);
    return isPlain ? (nodes as NodeOutput[]) : undefined;
}

/** @throws Problem, with the status 2, when the stack is not there */
export async function loadOutputs(context: Context): Promise<Outputs> {
    const outputs = await findOutputs(context);
    if (!outputs) {
        throw new Problem(`stack ${context.stack} is not there, or its first 'up' did not finish`, `run 'make up STACK=${context.stack}'`, notThere);
    }
    return outputs;
}

/** How a node of the stack is reached. */
export function placeOf(outputs: Outputs, node: string): Place {
    const { container } = named(outputs, node);
    return container ?? targetOf(outputs, node);
}

/** How a host of the stack is reached. */
export function targetOf(outputs: Outputs, node: string): Target {
    const { ssh } = named(outputs, node);
    if (!ssh) {
        throw new Problem(`${node} is no host that is reached by SSH`, "use 'docker exec' on the stack's engine");
    }
    const { bastion, ...direct } = ssh;
    const privateKey = outputs.sshPrivateKey;
    return {
        ...direct,
        privateKey,
        ...(bastion ? { proxy: { ...bastion, privateKey: outputs.sshBastionPrivateKey ?? privateKey } } : {}),
    };
}

function named(outputs: Outputs, node: string): NodeOutput {
    const found = outputs.nodes.find(({ name }) => name === node);
    if (!found) {
        throw new Problem(`the stack's outputs do not name ${node}`, "run 'make up', which brings them up to date");
    }
    return found;
}
