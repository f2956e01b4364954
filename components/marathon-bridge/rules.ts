import type { Context } from "../../config/context";
import { error, keyOf, warning, type Fault } from "../../config/faults";
import { listenersOf } from "../../config/rules/ports";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { valueAt } from "../../config/secrets";
import type { Systems } from "../../config/systems";
import { furtherApps, ownApps } from "../apps/own";
import type { App } from "../marathon-app/definition";
import { joined, placeOf } from "../marathon-app/faults";
import { modesOf, servicePorts } from "../marathon-app/ports";
import { offeredPorts } from "../mesos/plan";
import { bridges, settingsOf } from "./plan";

/** What must hold for the bridges, and for the apps that they serve. */
export function marathonBridgeRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    if (bridges(dc).length === 0) {
        return dc.marathonBridge
            ? [warning(["marathonBridge"], "no node has the role marathon-bridge, so this says nothing", "give the role to the nodes that are to serve apps, or take this out")]
            : [];
    }
    const ports = describedPorts(dc, systems);
    return [...bind(dc), ...balancers(dc), ...networks(dc), ...ports.flatMap((one, index) => ofPort(dc, systems, one, ports.slice(0, index)))];
}

/** A service port, whose it is, and where it stands. */
interface Described {
    readonly app: string;
    readonly port: number;
    readonly key: string;
    /** The group that describes it, for an app that comes with the program: its service ports stand in no description. */
    readonly own: string | undefined;
    /** False where it is of UDP alone. */
    readonly tcp: boolean;
}

function describedPorts(dc: DataCentre, systems: Systems): Described[] {
    const ours = ownApps(systems, dc).map((one) => ({ ...one, own: one.key }));
    const further = furtherApps(dc).map((one) => ({ ...one, own: undefined }));
    return [...ours, ...further].flatMap(({ key, definition, own }) =>
        servicePorts(definition as unknown as App).map(({ port, path }) => {
            const { protocol = "tcp" } = valueAt(definition, path.slice(0, -1)) as { protocol?: string };
            const place = own === undefined ? joined(`datacentre:${key}`, placeOf(path)) : keyOf(own);
            return { app: definition.id, port, key: place, own, tcp: protocol.split(",").includes("tcp") };
        }),
    );
}

/** Every node with the role is told the same address. */
function bind(dc: DataCentre): Fault[] {
    const { bind: address } = settingsOf(dc);
    const others = bridges(dc).filter((node) => node.address !== address).map(({ name }) => name);
    if (address === "0.0.0.0" || address.startsWith("127.") || others.length === 0) {
        return [];
    }
    const problem = `${address} is not the address of ${others.join(", ")}`;
    return bridges(dc).length > 1
        ? [error(["marathonBridge", "bind"], `${problem}, and service ports are bound to it on every node with the role`, "use 0.0.0.0")]
        : [warning(["marathonBridge", "bind"], `${problem}, as far as it is described`, "use 0.0.0.0, unless the host has that address besides")];
}

/** marathon-lb binds service ports on its host as well. */
function balancers(dc: DataCentre): Fault[] {
    const names = bridges(dc).map(({ name }) => name);
    return (dc.marathonLb?.nodes ?? []).flatMap((name, index) =>
        names.includes(name)
            ? [
                  error(
                      ["marathonLb", "nodes", index],
                      `marathon-lb and the bridge would both serve apps at their service ports on ${name}`,
                      "let one of them run elsewhere, or take it out",
                  ),
              ]
            : [],
    );
}

/** Tasks with addresses of their own are reached at these. */
function networks(dc: DataCentre): Fault[] {
    const calico = [...dc.calico.networks, ...dc.calico.dockerNetworks].map(({ name }) => name);
    const outside = bridges(dc).filter(({ roles }) => !roles.includes("calico")).map(({ name }) => name);
    return furtherApps(dc).flatMap(({ key, definition }) => {
        const app = definition as unknown as App;
        const network = modesOf(app).includes("container") ? app.networks?.map(({ name = "" }) => name).find((name) => calico.includes(name)) : undefined;
        return network !== undefined && outside.length > 0 && servicePorts(app).length > 0
            ? [
                  {
                      ...warning(
                          [],
                          `tasks of ${app.id} have addresses in the network ${network}, which ${outside.join(", ")} cannot reach to serve them`,
                          "give those nodes the role calico, or the app a network of mode container/bridge",
                      ),
                      key: `datacentre:${key}.networks`,
                  },
              ]
            : [];
    });
}

function ofPort(dc: DataCentre, systems: Systems, one: Described, before: readonly Described[]): Fault[] {
    const fault = (problem: string, remedy: string, severity: Fault["severity"] = "error"): Fault[] => [{ key: one.key, problem, remedy, severity }];
    const what = `service port ${one.port} of ${one.app}`;
    if (!one.tcp) {
        return fault(`${what} is of UDP, and HAProxy serves TCP`, "reach it at its agents, or take the service port out", "warning");
    }
    const first = before.find(({ port, tcp }) => tcp && port === one.port);
    if (first) {
        return fault(`${what} is that of ${first.app} too, and a bridge listens on it once`, "give it one of its own, or 0 for one of Marathon's choice");
    }
    const [taken] = bridges(dc).flatMap((node) => {
        const listener = listenersOf(systems, dc, node).find(({ port }) => port === one.port);
        // Of marathon-lb on a bridge's own node enough is said.
        return listener && listener.key?.[0] !== (one.own ?? "") ? [{ node, listener }] : [];
    });
    if (taken) {
        const { node, listener } = taken;
        const mine = one.own === undefined ? ["use another service port"] : [];
        const other = listener.key ? [`${mine.length > 0 ? "another port for that" : "use another port there"} (${keyOf(...listener.key)})`] : [];
        return fault(`${what} is to be served on ${node.name}, where ${listener.what} listens on it`, [...mine, ...other].join(", or "));
    }
    // Agents offer those of the program's own apps where these run.
    const offers = (node: NodeSpec): boolean => offeredPorts(dc, node).some(([from, to]) => from <= one.port && one.port <= to);
    const giver = one.own === undefined ? bridges(dc).find((node) => node.roles.includes("mesos-agent") && offers(node)) : undefined;
    return giver
        ? fault(`${what} is among the host ports that the agent on ${giver.name} offers, and a task may have it first`, "use one outside of mesos.ports", "warning")
        : [];
}
