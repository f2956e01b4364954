import { formatNetwork, parseNetwork, within } from "../../config/network";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Finding, Probe } from "../verify/probe";
import { filesProbe, finding, lines, unitProbe, wholeLines, words } from "../verify/probes";
import { etcdQuestion, leaseOf, valuesIn } from "./leases";
import { cniFile, files, guardUnit, hasDocker, hasPods, inBase64, networkConfig, nodes, range, settingsOf, subnetFile, unit } from "./plan";

export { groupProbes } from "./check-group";

const system = "flannel";
const converge = "'make up CONVERGE=1' mends it";

/** Everything that holds for one host. */
export function probes(dc: DataCentre): Probe[] {
    const [first] = nodes(dc);
    return [
        ...(first ? [configProbe(dc, first)] : []),
        ...nodes(dc).flatMap((node) => [
            unitProbe(node.name, system, unit),
            unitProbe(node.name, system, guardUnit, "guard"),
            filesProbe(node.name, system, files(dc, node)),
            subnetProbe(dc, node),
            ...(hasDocker(node) ? [bridgeProbe(node)] : []),
            ...(hasPods(node) ? [podsProbe(node)] : []),
            masqueradeProbe(dc, node),
            forwardProbe(dc, node),
        ]),
    ];
}

function configProbe(dc: DataCentre, { name: node }: NodeSpec): Probe {
    const wanted = networkConfig(dc);
    const { prefix } = settingsOf(dc);
    return {
        node,
        system,
        row: "network in etcd as described",
        command: etcdQuestion(dc, { key: inBase64(`${prefix}/config`) }),
        evaluate: (output) => {
            const values = valuesIn(output);
            const [found] = values ?? [];
            const said = values === undefined ? "etcd does not answer" : (found?.value ?? `nothing at ${prefix}/config`);
            return finding(
                found?.value === wanted,
                found?.value === wanted ? "as described" : said,
                found === undefined ? wanted : "as described",
                values === undefined ? "see etcd's rows, and whether this node reaches the members' client port" : `${converge}; flannel reads it when it starts`,
            );
        },
    };
}

function subnetProbe(dc: DataCentre, { name: node }: NodeSpec): Probe {
    const { network, subnetLen, subnetMin, subnetMax } = settingsOf(dc);
    return {
        node,
        system,
        row: "has a subnet of the network",
        command: `cat ${words(subnetFile)}`,
        evaluate: (output) => {
            const lease = leaseOf(output);
            const own = lease && parseNetwork(lease.subnet);
            const ends = range(dc);
            const fits = own !== undefined && ends !== undefined && own.bits === subnetLen && own.first >= ends.first && own.last <= ends.last;
            const ok = fits && lease?.network === network;
            return finding(
                ok,
                lease === undefined || own === undefined ? "none" : `${formatNetwork(own)} of ${lease.network}`,
                `a /${subnetLen} from ${subnetMin} to ${subnetMax} of ${network}`,
                own === undefined ? `'journalctl -u ${unit}' on ${node} says why` : `'systemctl restart ${unit}' on ${node}: one that does not fit is given back, and containers move to another`,
            );
        },
    };
}

/** What dockerd was started with, on one line. */
const dockerd = `tr '\\0' ' ' <"/proc/$(systemctl show -p MainPID --value docker.service)/cmdline"; echo`;

function bridgeProbe({ name: node }: NodeSpec): Probe {
    return {
        node,
        system,
        row: "Docker's bridge is on the subnet",
        command: `${dockerd}; ip -4 -o addr show dev docker0 | awk '{print $4}' | paste -sd ' '; cat ${words(subnetFile)}`,
        evaluate: (output) => {
            const lease = leaseOf(output);
            const [told = "", bridge = ""] = lines(output);
            const masquerade = lease?.masquerade === true ? "false" : "true";
            const wanted = lease ? [`--bip=${lease.subnet}`, `--mtu=${lease.mtu}`, `--ip-masq=${masquerade}`] : [];
            const missing = wanted.filter((word) => !told.split(" ").includes(word));
            const found = lease === undefined ? "no subnet is known" : !/^\d/.test(bridge) ? "no bridge" : `${bridge}${missing.length > 0 ? `, and Docker was not told ${missing.join(" ")}` : ""}`;
            return finding(
                bridge === lease?.subnet && missing.length === 0,
                found,
                lease?.subnet ?? "that of the host's subnet",
                `'systemctl start datacentre-flannel-docker' on ${node} ends its containers, and starts Docker and those with a restart policy anew on it`,
            );
        },
    };
}

function podsProbe({ name: node }: NodeSpec): Probe {
    return {
        node,
        system,
        row: "pods' network is on the subnet",
        command: `grep -oE '"(subnet|mtu)": *"?[0-9./]+' ${words(cniFile)} | sed 's/.*[ "]//'; ip -4 -o addr show dev cni0 2>/dev/null | awk '{print "cni0 " $4}'; cat ${words(subnetFile)}`,
        evaluate: (output) => {
            const lease = leaseOf(output);
            const own = lease && parseNetwork(lease.subnet);
            const [mtu = "", subnet = ""] = lines(output);
            const bridge = /^cni0 (.+)$/m.exec(output)?.[1];
            const ok = own !== undefined && subnet === formatNetwork(own) && mtu === lease?.mtu && (bridge === undefined || bridge === lease.subnet);
            return finding(
                ok,
                `${/^\d/.test(subnet) ? `${subnet} with MTU ${mtu}` : `no ${cniFile}`}${bridge !== undefined && bridge !== lease?.subnet ? `, and cni0 is ${bridge}` : ""}`,
                own ? `${formatNetwork(own)} with MTU ${lease.mtu}` : "that of the host's subnet",
                `'systemctl restart ${unit}' on ${node}: it writes the file anew, and pods of another subnet get a new sandbox`,
            );
        },
    };
}

/** What leaves the network has the host's address, and what stays in it the container's own. */
function masqueradeProbe(dc: DataCentre, node: NodeSpec): Probe {
    const { network, masquerade } = settingsOf(dc);
    return {
        node: node.name,
        system,
        row: masquerade ? "flannel masquerades, and Docker does not" : "flannel does not masquerade",
        command: "iptables-save -t nat && echo end",
        evaluate: (output): Finding => {
            const rules = wholeLines(output);
            const whole = parseNetwork(network);
            const flannels = rules?.some((rule) => rule.startsWith("-A FLANNEL-POSTRTG") && rule.includes(`-s ${network} `) && rule.includes("-j MASQUERADE")) ?? false;
            const jump = rules?.some((rule) => rule.startsWith("-A POSTROUTING") && rule.includes("-j FLANNEL-POSTRTG")) ?? false;
            const others = (rules ?? []).filter((rule) => {
                const from = parseNetwork(/^-A POSTROUTING -s (\S+) .*-j MASQUERADE/.exec(rule)?.[1] ?? "");
                // A published port's own rule, for a container that asks itself by it, is about one address.
                return from && whole && from.bits < 32 && within(whole, from);
            });
            const does = flannels && jump;
            const ok = rules !== undefined && does === masquerade && (!masquerade || others.length === 0);
            const found = rules === undefined ? "no answer" : [does ? "flannel does" : "flannel does not", ...(others.length > 0 ? ["another rule does"] : [])].join(", ");
            return finding(
                ok,
                found,
                masquerade ? "flannel does" : "flannel does not",
                others.length > 0 && masquerade
                    ? `other hosts see the bridge's address instead of the container's: '${others[0]?.replace("-A", "iptables -t nat -D") ?? ""}' on ${node.name}, or ${converge}`
                    : `'systemctl restart ${unit}' on ${node.name} writes its rules anew`,
            );
        },
    };
}

function forwardProbe(dc: DataCentre, { name: node }: NodeSpec): Probe {
    const { network } = settingsOf(dc);
    return {
        node,
        system,
        row: "forwards containers' packets",
        command: "cat /proc/sys/net/ipv4/ip_forward; iptables -S FORWARD; iptables -S FLANNEL-FWD; echo end",
        evaluate: (output) => {
            const [forwards = "", ...rules] = wholeLines(output) ?? [];
            const accepted = rules.includes("-P FORWARD ACCEPT") || ["-s", "-d"].every((way) => rules.some((rule) => rule.startsWith(`-A FLANNEL-FWD ${way} ${network} `) && rule.endsWith("ACCEPT")));
            const found = [...(forwards === "1" ? [] : [`net.ipv4.ip_forward is ${forwards || "not known"}`]), ...(accepted ? [] : ["the packet filter does not accept them"])].join(", ");
            return finding(found === "", found || "yes", "yes", `'sysctl -w net.ipv4.ip_forward=1' and 'systemctl restart ${unit}' on ${node}; see who else changes these`);
        },
    };
}

