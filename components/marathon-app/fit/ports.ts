import type { Fault } from "../../../config/faults";
import { counted, error, joined, listed, placeOf, warning } from "../faults";
import { fixedPorts, freePorts, servicePorts } from "../ports";
import { defaults, type App } from "../schema";
import { agentId, agentName, inRanges, offering, rangesText, type AgentFacts, type PlacedApp } from "./facts";

type Placed = PlacedApp & { readonly hosts: readonly AgentFacts[] };

/** Host ports that no agent offers. By default Mesos' agents offer 31000 to 32000. */
export function offeredPortFaults(app: App, hosts: readonly AgentFacts[]): Fault[] {
    const offers = hosts.flatMap((agent) => (agent.resources?.ports ? [{ agent, ports: agent.resources.ports }] : []));
    if (offers.length < hosts.length) {
        return [];
    }
    const missing = fixedPorts(app).filter(({ port }) => !offers.some(({ ports }) => inRanges(port, ports)));
    if (missing.length > 0) {
        const offered = offers.map(({ agent, ports }) => `${agentName(agent)} offers ${rangesText(ports)}`).join("; ");
        return missing.map(({ port, path }) =>
            error(
                path,
                `no agent that it may run on offers host port ${port}; ${offered}`,
                `add ${port} to the agents' ports (mesos.ports), or use host port 0`,
            ),
        );
    }
    const room = Math.max(...offers.map(({ ports }) => ports.reduce((sum, { begin, end }) => sum + end - begin + 1, 0)));
    const needed = freePorts(app) + fixedPorts(app).length;
    const problem = `an instance takes ${counted(needed, "host port")}, and no agent offers more than ${room}`;
    return needed > room ? [error([], problem, "give the agents more ports (mesos.ports), or describe fewer")] : [];
}

/**
 * Apps that want one host port of the same hosts: instances are given to hosts as long as there is one for each, and
 * the first app that finds none is named. Mesos does not tell tcp from udp.
 */
export function hostPortFaults(apps: readonly Placed[]): Fault[] {
    const ports = [...new Set(apps.flatMap(({ app }) => fixedPorts(app).map(({ port }) => port)))];
    return ports.flatMap((port) => {
        const holders = apps
            .filter(({ app }) => fixedPorts(app).some((one) => one.port === port))
            .map((one) => ({ ...one, hosts: offering(one.hosts, port) }));
        const taken = new Map<string, Placed>();
        for (const holder of holders) {
            // Alone on too few hosts is told for the app by itself.
            const instances = Math.min(holder.app.instances ?? defaults.instances, holder.hosts.length);
            for (let instance = 0; instance < instances; instance++) {
                if (!place(holder, taken, new Set())) {
                    return [collision(port, holder, holders)];
                }
            }
        }
        return [];
    });
}

/** Finds a host for one more instance, moving others where they have another place. */
function place(holder: Placed, taken: Map<string, Placed>, seen: Set<string>): boolean {
    for (const id of holder.hosts.map(agentId)) {
        if (seen.has(id)) {
            continue;
        }
        seen.add(id);
        const other = taken.get(id);
        if (!other || place(other, taken, seen)) {
            taken.set(id, holder);
            return true;
        }
    }
    return false;
}

function collision(port: number, holder: Placed, holders: readonly Placed[]): Fault {
    const names = new Set(holder.hosts.map(agentId));
    const others = holders.filter((other) => other !== holder && other.hosts.some((host) => names.has(agentId(host))));
    const path = fixedPorts(holder.app).find((one) => one.port === port)?.path ?? [];
    const problem = `host port ${port} of ${listed(holder.hosts.map(agentName))} is also taken by ${listed(others.map(({ app }) => app.id))}`;
    const fault = error([], problem, "use another host port, or host port 0, or let them run on different agents");
    return { ...fault, key: joined(holder.key, placeOf(path)) };
}

/** A load balancer listens on a service port once. */
export function servicePortFaults(apps: readonly PlacedApp[]): Fault[] {
    const all = apps.flatMap((one) => servicePorts(one.app).map((port) => ({ ...port, ...one })));
    return all.flatMap(({ port, path, key, app }, index) => {
        const first = all.slice(0, index).find((other) => other.port === port && other.app !== app);
        const fault = warning([], `service port ${port} is also that of ${first?.app.id ?? ""}`, "give it one of its own");
        return first ? [{ ...fault, key: joined(key, placeOf(path)) }] : [];
    });
}

/** A new version waits for the host port that the old one keeps until the new one is healthy. */
export function upgradeFaults(app: App, all: readonly AgentFacts[]): Fault[] {
    const instances = app.instances ?? defaults.instances;
    const kept = Math.ceil(instances * (app.upgradeStrategy?.minimumHealthCapacity ?? 1));
    const [port] = fixedPorts(app);
    const hosts = port ? offering(all, port.port) : all;
    const single = app.labels?.["MARATHON_SINGLE_INSTANCE_APP"] === "true" && !app.upgradeStrategy;
    if (!port || single || instances === 0 || kept < hosts.length) {
        return [];
    }
    const where = hosts.length === 1 ? listed(hosts.map(agentName)) : "every agent";
    const problem = `a new version would wait for ever for host port ${port.port}, which the old one keeps on ${where} until the new one is healthy`;
    const share = Math.floor(((hosts.length - 1) / instances) * 100) / 100;
    return [
        warning(["upgradeStrategy"], problem, `write upgradeStrategy: {minimumHealthCapacity: ${share}, maximumOverCapacity: 0}`),
    ];
}
