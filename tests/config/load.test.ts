/** The part that knows Pulumi, on Pulumi's own configuration store. */
import * as pulumi from "@pulumi/pulumi";

import { loadDescription } from "../../components/description";
import { ConfigError } from "../../config";
import { changed, type Edit } from "./good";

const login = { registry: "r.example", username: "u", password: "hunter2-Tr0ub4dor" };

/** As the engine hands it over: groups as JSON, secrets decrypted and their keys named. */
function configure(edit: Edit, secretKeys: string[] = []): void {
    const set = pulumi.runtime.setAllConfig as (config: Record<string, string>, secrets: string[]) => void;
    const config = Object.entries(changed(edit)).map(([key, value]): [string, string] => [
        `datacentre:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    set({ ...Object.fromEntries(config), "docker:host": "unix:///var/run/docker.sock" }, secretKeys);
}

beforeAll(() => pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, "datacentre", "local"));

it("reads the whole description", () => {
    configure({ security: "seed" });
    const { dataCentre, stack, warnings } = loadDescription();
    expect(stack).toBe("local");
    expect(dataCentre.security).toBe("seed");
    expect(dataCentre.nodes).toHaveLength(4);
    expect(warnings.map(({ key }) => key)).toContain("datacentre:nodes");
});

it("takes secrets that are secret, and hands them over for those who must hide them", () => {
    configure({ "docker.credentials": [login] }, ["datacentre:docker"]);
    const { dataCentre, secretValues } = loadDescription();
    expect(secretValues).toEqual([login.password]);
    expect(dataCentre.docker.credentials[0]?.password).toBe(login.password);
});

function failure(): ConfigError {
    try {
        loadDescription();
    } catch (thrown) {
        return thrown as ConfigError;
    }
    throw new Error("nothing was thrown");
}

it("throws one error with every fault, which Pulumi prints without a stack trace", () => {
    configure({ "docker.credentials": [login], etcd: "no group", nodes: "[1, broken", unknown: true });
    const thrown = failure();
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(pulumi.RunError.isInstance(thrown)).toBe(true);
    expect(thrown.message).toMatch(
        /^3 faults in the description of stack local \(Pulumi\.local\.yaml\); nothing was touched:\n {2}datacentre:/,
    );
    expect(thrown.faults.map(({ key }) => key).sort()).toEqual(["datacentre:etcd", "datacentre:nodes", "datacentre:unknown"]);
    expect(thrown.message).not.toContain(login.password);
});

it("refuses a password in plain text", () => {
    configure({ "docker.credentials": [login] });
    expect(failure().faults.map(({ key }) => key)).toEqual(["datacentre:docker.credentials[0].password"]);
    expect(failure().message).not.toContain(login.password);
});
