/** The whole program on Pulumi's mocks: what is made, in which order, and with which options. */
import { whole } from "../config/good";
import type { Registered } from "../registrations";
import { isStep, runIndex, type Made } from "../structure/run-index";

let made: readonly Made[] = [];
let registered: readonly Registered[] = [];

beforeAll(async () => {
    ({ made, registered } = await runIndex({ ...whole() }));
});

const steps = (): Made[] => made.filter(isStep);

it("waits by name for few others in a step, however many nodes there are", () => {
    const agents = registered.filter(({ type, name }) => type === "command:remote:Command" && /^(mesos-agent|docker|docker-restart)-agent\d$/.test(name));
    expect(agents.length).toBeGreaterThan(3);
    // The masters, the engine before it, the machine.
    expect(Math.max(...agents.map(({ dependencies }) => dependencies.length))).toBeLessThanOrEqual(6);
});

it("lets agents and engines on new nodes take no turns", async () => {
    const takesTurns = /(mesos-agent|docker-restart)-agent\d$/;
    const isOther = (name: string) => (one: string) => takesTurns.test(one) && one.slice(-6) !== name.slice(-6);
    const waitsForOther = ({ name, dependencies }: Registered) => dependencies.some(isOther(name));
    const inTurn = (all: readonly Registered[]) => all.filter((one) => takesTurns.test(one.name) && waitsForOther(one)).map(({ name }) => name);
    expect(inTurn(registered)).toEqual(expect.arrayContaining(["mesos-agent-agent2", "docker-restart-agent2"]));
    process.env.DATACENTRE_NEW_NODES = JSON.stringify(["agent1", "agent2", "agent3"]);
    try {
        expect(inTurn((await runIndex({ ...whole() })).registered)).toEqual([]);
    } finally {
        delete process.env.DATACENTRE_NEW_NODES;
    }
});

it("makes every step with the options that keep secrets in and drift out", () => {
    expect(steps().length).toBeGreaterThan(0);
    for (const { name, inputs } of steps()) {
        expect([name, Object.keys(inputs).sort()]).toEqual([
            name,
            ["addPreviousOutputInEnv", "connection", "create", "delete", "logging", "stdin"],
        ]);
        expect(inputs).toMatchObject({ addPreviousOutputInEnv: false, logging: "none" });
        const { value } = inputs.connection as { value: Record<string, unknown> };
        // dialErrorLimit and perDialTimeout are the SDK's own defaults.
        expect(Object.keys(value).sort()).toEqual([
            ...["dialErrorLimit", "host", "hostKey", "perDialTimeout", "port", "privateKey", "user"],
        ]);
        expect(JSON.stringify({ ...inputs, connection: "" })).not.toContain("PRIVATE");
    }
});

it("gives each node's steps one connection, and its longer patience to the first alone", () => {
    const patient = steps().filter(({ inputs }) => (inputs.connection as { value: { dialErrorLimit: number } }).value.dialErrorLimit > 10);
    expect(patient.map(({ name }) => name).sort()).toEqual(["prepare-agent1", "prepare-agent2", "prepare-agent3", "prepare-master1"]);
});

it("runs a node's steps again when its machine is another one", () => {
    for (const { name, inputs } of steps()) {
        const node = name.split("-").pop()!;
        expect(inputs.create).toContain(`instance ${node}-id`);
    }
});
