/** The on-host steps of a recorded stack. */
import type { Endpoint } from "../../components/ssh/login";
import type { Target } from "../../components/ssh/ssh";
import { localStepType, secretMark, stepNamed, stepType, type Deployment, type RecordedResource } from "../engine/checkpoint";
import type { Job } from "../lib/pool";

/** An on-host step as the state has it: what `up` ran last, and where. */
export interface RecordedStep extends Job {
    /** "zookeeper". */
    readonly step: string;
    readonly node: string;
    /** The command as the engine gave it to the host. */
    readonly command: string;
    /** The step's program. May hold secrets. */
    readonly stdin: string;
    /** Whether it does. */
    readonly secret: boolean;
    readonly target: Target | Here;
}

/** This machine. */
export interface Here {
    readonly here: true;
}

/** A recorded value without the wrapping of secrets, which an export with --show-secrets has in plain text (as JSON). */
export function plain(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(plain);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (secretMark in value) {
        const { plaintext } = value as { plaintext?: string };
        return plaintext === undefined ? undefined : plain(JSON.parse(plaintext));
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && secretMark in value;

/** The steps that must have run before: through anything that is no step, such as a component or a container. */
function stepsBefore(resource: RecordedResource, all: ReadonlyMap<string, RecordedResource>): string[] {
    const found = new Set<string>();
    const seen = new Set<string>();
    const visit = (urn: string): void => {
        const at = all.get(urn);
        if (!at || seen.has(urn)) {
            return;
        }
        seen.add(urn);
        if (isStep(at)) {
            found.add(urn);
        } else {
            at.dependencies?.forEach(visit);
        }
    };
    resource.dependencies?.forEach(visit);
    return [...found];
}

const isStep = ({ type }: RecordedResource): boolean => type === stepType || type === localStepType;

/** Of a recorded connection or its proxy; the SDK writes more into it, which is the provider's. */
const endpointOf = ({ host = "", port = 22, user = "root", privateKey = "", hostKey = "" }: Partial<Endpoint>): Endpoint => ({
    host,
    port,
    user,
    privateKey,
    hostKey,
});

/**
 * Every on-host step of a recorded stack.
 *
 * @param deployment exported with --show-secrets
 */
export function recordedSteps(deployment: Deployment): RecordedStep[] {
    const resources = deployment.resources ?? [];
    const all = new Map(resources.map((resource) => [resource.urn, resource]));
    return resources.filter(isStep).map((resource) => {
        const inputs = plain(resource.inputs) as { create: string; stdin?: string; connection?: Partial<Target> };
        const { proxy, ...direct } = inputs.connection ?? {};
        const { step, node } = stepNamed(inputs.create) ?? { step: resource.urn.split("::").at(-1) ?? "", node: direct.host ?? "" };
        return {
            id: resource.urn,
            after: stepsBefore(resource, all),
            alone: node,
            step,
            node,
            command: inputs.create,
            stdin: inputs.stdin ?? "",
            secret: isSecret(resource.inputs?.stdin),
            target: inputs.connection ? { ...endpointOf(direct), ...(proxy ? { proxy: endpointOf(proxy) } : {}) } : { here: true },
        };
    });
}
