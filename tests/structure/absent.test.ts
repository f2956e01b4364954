/** A system that no node has a role of asks nothing, listens nowhere and says nothing of itself, whichever stack it is. */
import { systems } from "../../components/systems";
import { stackNames } from "../../config";
import type { Role } from "../../config/schema";
import { parseStack } from "../stacks";

const about = { owner: "datacentre/test", systems };

const absent = stackNames().flatMap((stack) => {
    const { dataCentre: dc } = parseStack(stack);
    return systems.systems
        .filter(({ leaf, roles, duties }) => {
            const has = (role: Role) => dc!.nodes.some((node) => node.roles.includes(role));
            const placed = Object.values(duties).some(({ nodes }) => nodes(dc!).length > 0);
            return Object.keys(roles).length > 0 && !leaf.roles.some((role) => has(role as Role)) && !placed;
        })
        .map((system) => [stack, system.leaf.name, system, dc!] as const);
});

it.each(absent)("of stack %s says nothing: %s", (_stack, _name, system, dc) => {
    expect([...system.probes(dc, about), ...system.groupProbes(dc, about)].map(({ row }) => row)).toEqual([]);
    expect(dc.nodes.flatMap((node) => [...system.listeners(dc, node), ...system.directories(dc, node), ...system.requires(dc, node)])).toEqual([]);
    expect(system.images(dc).filter(({ nodes }) => nodes.length > 0)).toEqual([]);
});

it("knows stacks in which systems are absent", () => expect(absent.length).toBeGreaterThan(20));
