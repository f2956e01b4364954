import { z } from "zod";

import { listed } from "./faults";

const refusal = z.object({
    message: z.string().optional(),
    details: z.union([z.string(), z.array(z.object({ path: z.string(), errors: z.array(z.string()) }))]).optional(),
    deployments: z.array(z.object({ id: z.string() })).optional(),
});

/** Why Marathon did not take a definition, and what to do. */
export interface Refusal {
    readonly text: string;
    readonly remedy: string;
}

/**
 * Reads Marathon's answer to POST or PUT /v2/apps that is not 2xx.
 *
 * @param status the HTTP status
 * @param body the answer as it came; one that is no JSON is quoted in part
 */
export function explainRefusal(status: number, body: string): Refusal {
    const { message = body.trim().slice(0, 200), details, deployments = [] } = parsed(body);
    const faults = Array.isArray(details) ? details.flatMap(({ path, errors }) => errors.map((one) => `${path}: ${one}`)) : [];
    const all = [message, ...faults, ...(typeof details === "string" ? [details] : [])].filter((one) => one !== "").join("; ");
    const text = `Marathon answered ${status}${all === "" ? "" : `: ${all}`}`;
    if (status === 409 && deployments.length > 0) {
        const ids = listed(deployments.map(({ id }) => id));
        return {
            text,
            remedy: `wait until deployment ${ids} is done, or end it: DELETE /v2/deployments/${deployments[0]?.id ?? ""}`,
        };
    }
    if (status === 401 || status === 403) {
        return { text, remedy: "see Marathon's login (marathon.credentials)" };
    }
    if (faults.some((fault) => fault.includes("acceptedResourceRoles can only contain"))) {
        return {
            text,
            remedy: "run Marathon in that role (mesos_role), give the app the role, or take acceptedResourceRoles out",
        };
    }
    if (status === 400 || status === 422) {
        return { text, remedy: "correct what it names in the definition" };
    }
    return {
        text,
        remedy:
            status >= 500
                ? "see 'journalctl -u marathon -n 50', and that Marathon has a leader (/v2/leader)"
                : "see what it names",
    };
}

function parsed(body: string): z.output<typeof refusal> {
    try {
        return refusal.safeParse(JSON.parse(body)).data ?? {};
    } catch {
        return {};
    }
}
