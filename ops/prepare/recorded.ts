/** What the state says of steps, without the secrets that are in it. */
import { localStepType, stepNamed, stepType, type RecordedResource } from "../engine/checkpoint";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A step as it was recorded on each node, with its program where that is no secret. */
export function recordedOf(resources: readonly RecordedResource[], step: string): { node: string; program: string }[] {
    return resources
        .filter(({ type }) => type === stepType || type === localStepType)
        .flatMap(({ inputs }) => {
            const named = stepNamed(inputs?.["create"]);
            return named?.step === step ? [{ node: named.node, program: text(inputs?.["stdin"]) }] : [];
        });
}

/** A parameter that a recorded program was told, where it is one plain value. */
export const told = (program: string, parameter: string): string | undefined => new RegExp(`^${parameter}='([^'\n]*)'$`, "m").exec(program)?.[1];
