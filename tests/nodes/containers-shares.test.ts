/** Agents that share one machine: what each offers of its ports, and roles in the order in which they need each other. */
import { dataCentreSchema } from "../../components/description";
import { agents, hostnameOf, masters, offeredPorts, resources, sharesOfMachine, type PortRange } from "../../components/mesos/plan";
import { clientAddress, machineAddress, socketOf } from "../../components/nodes/containers/plan";
import { containerOf, roleOrder } from "../../components/nodes/containers/roles";
import { systems } from "../../components/systems";
import type { DataCentre } from "../../config";
import { oneboxDc } from "./containers-sample";

/** A stack with so many agents, some with ports of their own. */
const sharing = (count: number, ports: readonly string[], own: Readonly<Record<number, readonly string[]>> = {}, kind: object = { kind: "containers" }): DataCentre =>
    dataCentreSchema.parse({
        provider: { ...kind, prefix: "t", subnet: "172.30.9.0/24" },
        nodes: Array.from({ length: count }, (_, at) => ({ name: `a${at}`, address: `172.30.9.${at + 1}`, roles: ["mesos-agent"], mesos: own[at] ? { ports: own[at] } : {} })),
        mesos: { ports },
    });

const offers = (dc: DataCentre): PortRange[][] => agents(dc).map((node) => offeredPorts(dc, node));
const each = (ranges: readonly PortRange[]): number[] => ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));

it.each([
    [1, ["31000-31799"], [[[31000, 31099]]]],
    [2, ["31000-31799"], [[[31000, 31099]], [[31100, 31199]]]],
    [3, ["31000-32000"], [[[31000, 31124]], [[31125, 31249]], [[31250, 31374]]]],
    [3, ["5000", "31000-31014"], [[[5000, 5000], [31000, 31000]], [[31001, 31002]], [[31003, 31004]]]],
    [2, ["31000-31002", "32000-32012"], [[[31000, 31001]], [[31002, 31002], [32000, 32000]]]],
])("divides the ports among eight agents, of which there are %d: %j", (count, ports, told) => {
    expect(offers(sharing(count, ports))).toEqual(told);
});

it.each([1, 2, 3, 8])("offers nothing twice, whatever the ranges are, and all of it by eight agents: %d", (count) => {
    for (const ports of [["31000-32000"], ["31000-31000", "31500-31510", "40000-40016"], ["100-106"], ["1", "3", "5", "7", "9-14"]]) {
        const dc = sharing(count, ports);
        const all = each(dc.mesos.ports.map((text) => text.split("-").map(Number)).map(([from = 0, to = from]): PortRange => [from, to]));
        const shares = offers(dc).map(each);
        const offered = shares.flat().sort((a, b) => a - b);
        expect(new Set(offered).size).toBe(offered.length);
        expect(offered).toEqual(count === sharesOfMachine ? all : all.slice(0, Math.floor((count * all.length) / sharesOfMachine)));
        const sizes = shares.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
});

it("takes nothing from an agent when others come after it: Mesos would not let it", () => {
    const [one, more] = [1, 8].map((count) => offers(sharing(count, ["31000-32000"]))[0]);
    expect(one).toEqual(more);
});

it("leaves its place to an agent with ports of its own, and has nothing for a ninth", () => {
    expect(offers(sharing(3, ["31000-31799"], { 1: ["5000", "5002-5003"] }))).toEqual([[[31000, 31099]], [[5000, 5000], [5002, 5003]], [[31200, 31299]]]);
    expect(offers(sharing(9, ["31000-31799"])).at(-1)).toEqual([]);
});

it("gives every agent on a host of its own all of them", () => {
    expect(offers(sharing(2, ["31000-31009"], {}, { kind: "docker" }))).toEqual([[[31000, 31009]], [[31000, 31009]]]);
});

it("says so to Mesos", () => {
    const dc = oneboxDc();
    expect(agents(dc).map((node) => resources(dc, node))).toEqual(["cpus:1;mem:1024;disk:4096;ports:[31000-31124]", "cpus:1;mem:1024;disk:4096;ports:[31125-31249]"]);
});

describe("where things are", () => {
    const at = (edit: Record<string, unknown>) => {
        const dc = oneboxDc(edit);
        return [machineAddress(dc), clientAddress(dc)];
    };

    it("tasks are at the machine's address, clients at that or where it publishes", () => {
        expect(at({})).toEqual(["172.18.1.254", "172.18.1.254"]);
        expect(at({ "provider.address": "10.0.0.9" })).toEqual(["10.0.0.9", "10.0.0.9"]);
        expect(at({ "provider.publishAddress": "127.0.0.1" })).toEqual(["172.18.1.254", "127.0.0.1"]);
        expect(at({ "provider.engine": "ssh://ops@box:22" })).toEqual(["172.18.1.254", "box"]);
        expect(at({ "provider.engine": "ssh://ops@box", "provider.address": "10.0.0.9" })).toEqual(["10.0.0.9", "10.0.0.9"]);
    });

    it("agents say so; masters say where the proxy is, and without one where they are themselves", () => {
        const hostnames = (dc: DataCentre) => [...new Set([...agents(dc), ...masters(dc)].map((node) => hostnameOf(dc, node)))];
        expect(hostnames(oneboxDc({ "provider.address": "10.0.0.9" }))).toEqual(["10.0.0.9"]);
        expect(hostnames(oneboxDc({ "nodes[8]": undefined }))).toEqual(["172.18.1.254", "172.18.1.4", "172.18.1.5", "172.18.1.6"]);
    });

    it("the engine's socket on its own machine", () => {
        expect(socketOf({ engine: "unix:///run/other.sock" })).toBe("/run/other.sock");
        expect(socketOf({ engine: "ssh://ops@box" })).toBe("/var/run/docker.sock");
    });
});

it("has roles after those that they need, whatever their order is", () => {
    const dc = oneboxDc();
    const order = roleOrder(systems, { ...dc, nodes: [...dc.nodes].reverse() });
    const place = new Map(order.map(({ role }, at) => [role, at]));
    expect(order).toHaveLength(7);
    for (const { role, needs } of order) {
        needs.forEach((other) => expect([role, other, place.get(other)! < place.get(role)!]).toEqual([role, other, true]));
    }
    expect(order.find(({ role }) => role === "mesos-agent")?.needs).toEqual(["mesos-master"]);
});

it("says whose fault it is when a node can be no container", () => {
    const dc = oneboxDc();
    expect(() => containerOf(systems, dc, { ...dc.nodes[0]!, roles: [] })).toThrow("zk1 is no container of one role");
    expect(() => containerOf(systems, dc, { ...dc.nodes[0]!, roles: ["etcd"] })).toThrow("zk1 is no container of one role");
});
