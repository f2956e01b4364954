import { formatNetwork, overlaps, parseNetwork } from "../../config/network";
import type { DataCentre } from "../../config/schema";
import type { Answer, Finding, GroupProbe } from "../verify/probe";
import { finding, lines, words } from "../verify/probes";
import { etcdQuestion, heldIn, leaseOf } from "./leases";
import { device, nodes, settingsOf, subnetFile, subnetsIn, unit } from "./plan";

/** What holds between hosts: who has which part, and that each knows the way to every other. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    const all = nodes(dc);
    const { prefix, network } = settingsOf(dc);
    const command = `${etcdQuestion(dc, subnetsIn(prefix))}; cat ${words(subnetFile)}; ip -4 route show root ${words(network)} | sed 's/^/route /'; echo end`;
    const questions = all.map(({ name }) => ({ node: name, command }));
    return all.length === 0
        ? []
        : [
              { system: "flannel", row: "every host has a subnet of its own", questions, evaluateAll: (answers) => subnetsFinding(dc, answers) },
              ...(all.length > 1 ? [{ system: "flannel", row: "every host has routes to the others' subnets", questions, evaluateAll: (answers: ReadonlyMap<string, Answer>) => routesFinding(dc, answers) }] : []),
          ];
}

/** `10.0.94.1/24` as etcd has it: `10.0.94.0/24`. */
const plain = (subnet: string): string => {
    const network = parseNetwork(subnet);
    return network ? formatNetwork(network) : subnet;
};

function subnetsFinding(dc: DataCentre, answers: ReadonlyMap<string, Answer>): Finding {
    const all = nodes(dc);
    const expected = `${all.length} hosts, a subnet each`;
    const held = [...answers.values()].map(({ output }) => heldIn(output)).find((one) => one !== undefined);
    if (held === undefined) {
        return finding(false, "etcd does not answer", expected, "see etcd's rows; what is there goes on, and nobody gets another subnet meanwhile");
    }
    const wrong = all.flatMap(({ name, address }) => {
        const own = leaseOf(answers.get(name)?.output ?? "");
        const inEtcd = held.filter(({ by }) => by === address).map(({ subnet }) => subnet);
        return inEtcd.length === 0
            ? [`${name} has none`]
            : [
                  ...(inEtcd.length > 1 ? [`${name} has ${inEtcd.join(" and ")}`] : []),
                  ...(own && !inEtcd.includes(plain(own.subnet)) ? [`${name} uses ${plain(own.subnet)}, and in etcd it has ${inEtcd.join(" and ")}`] : []),
              ];
    });
    const stale = held.filter(({ by }) => !all.some(({ address }) => address === by)).map(({ subnet, by }) => `${subnet} is of ${by}, which is described no more`);
    const twice = held.flatMap((one, index) =>
        held.slice(0, index).flatMap((other) => {
            const [a, b] = [parseNetwork(one.subnet), parseNetwork(other.subnet)];
            return a && b && overlaps(a, b) ? [`${one.subnet} of ${one.by} overlaps ${other.subnet} of ${other.by}`] : [];
        }),
    );
    const found = [...wrong, ...twice, ...stale];
    return finding(
        found.length === 0,
        found.length === 0 ? expected : found.join("; "),
        expected,
        wrong.length > 0 || twice.length > 0
            ? `'systemctl restart ${unit}' on that host takes one that fits`
            : "'make up CONVERGE=1' gives it back; nobody gets it until then, or a day after its host was there last",
    );
}

function routesFinding(dc: DataCentre, answers: ReadonlyMap<string, Answer>): Finding {
    const all = nodes(dc);
    const expected = `${all.length} hosts, each with ${all.length - 1} routes`;
    const leases = new Map(all.flatMap(({ name }) => {
        const lease = leaseOf(answers.get(name)?.output ?? "");
        return lease ? [[name, plain(lease.subnet)] as const] : [];
    }));
    const by = device(dc);
    const found = all.flatMap(({ name, address }) => {
        const answer = answers.get(name);
        if (!answer) {
            return [];
        }
        const routes = lines(answer.output).flatMap((line) => /^route (\S+) (.*)$/.exec(line)?.slice(1) ?? []);
        const known = new Map(routes.flatMap((to, index) => (index % 2 === 0 ? [[to, routes[index + 1] ?? ""] as const] : [])));
        return all
            .filter((other) => other.address !== address)
            .flatMap((other) => {
                const subnet = leases.get(other.name);
                const route = known.get(subnet ?? "");
                const right = by === undefined ? route?.startsWith(`via ${other.address} `) : route?.includes(` dev ${by} `);
                return subnet === undefined || right ? [] : [`${name} has ${route === undefined ? "none" : `a wrong one (${route.trim()})`} to ${other.name}'s ${subnet}`];
            });
    });
    return finding(
        found.length === 0 && leases.size > 0,
        found.length === 0 ? (leases.size > 0 ? expected : "no subnet is known") : found.join("; "),
        expected,
        `'systemctl restart ${unit}' on that host; whether UDP port ${settingsOf(dc).port} passes between hosts is another matter: 'ping' from a container`,
    );
}
