import type { Failure } from "./read";
import type { Known, Reason } from "./types";

type Why = Reason & { readonly sign: RegExp };

const full = [
    "No IPs available in pools",
    "no configured Calico pools",
    "Assigned 0 out of",
    "IPAM allocated only",
    "gave no address of pool",
    "no available IPv4 addresses",
    "Unexpected number of assigned IP",
];

/** Why Calico gave no address or interface, by what its plugins and drivers say. */
const whys = (host: string): readonly Why[] => [
    {
        sign: new RegExp(full.join("|"), "i"),
        cause: "addresses",
        text: "Calico has no address left for it",
        remedy:
            "'calicoctl ipam show --show-blocks' says how full the pools are, and 'calicoctl ipam check' which addresses nobody has any more; " +
            "a further pool in datacentre:calico.pools gives more",
    },
    {
        sign: /nodename.*(no such file|not found)|calico\/node container is running/i,
        cause: "network",
        text: "Calico does not run there, or does not know its node's name",
        remedy: `see 'systemctl status calico-node' and /var/lib/calico/nodename on ${host}`,
    },
    {
        sign: /etcd|datastore|deadline exceeded|connection (error|refused)/i,
        cause: "network",
        text: "Calico's data in etcd was not reached",
        remedy: `see the rows of etcd in 'make verify', and whether ${host} reaches its members (ETCD_ENDPOINTS in /etc/calico/calico.env)`,
    },
];

const whyOf = (said: string, host: string): Reason | undefined => whys(host).find(({ sign }) => sign.test(said));

/** A task that could not be put into its container network; undefined where the failure is another one. */
export function networkReason(failure: Failure, message: string, known: Known, short: (text: string) => string): Reason | undefined {
    const never = /exited with status 125(?!\d)|Failed to run 'docker/.test(message);
    // What a program of the app's says is its own business: Docker's words count where Docker did not start it.
    return ofMesos(failure, message, short) ?? (never ? ofDocker(failure, `${message} ${known.situation.stderr ?? ""}`) : undefined);
}

/** Source: Mesos 1.11, isolators/network/cni/cni.cpp. */
function ofMesos({ host }: Failure, message: string, short: (text: string) => string): Reason | undefined {
    const [, unknown] = /Unknown CNI network '([^']*)'/.exec(message) ?? [];
    if (unknown !== undefined) {
        const remedy = `see whether its node has the role calico, and datacentre:calico.networks the network; on ${host} its file in /etc/mesos/cni and the plugins in /opt/cni/bin, without which the agent passes over it`;
        return { cause: "network", text: `the agent on ${host} has no network ${unknown}`, remedy };
    }
    if (message.includes("Failed to parse the output of the CNI plugin")) {
        const remedy = 'write "cniVersion": "0.2.0" into the network\'s file in the agent\'s network_cni_config_dir';
        return { cause: "network", text: `Mesos on ${host} does not understand what the CNI plugin answers: it reads CNI 0.2.0 and older`, remedy };
    }
    const failed = /The CNI plugin '([^']*)' failed to attach container \S+ to CNI network '([^']*)': stdout='([\s\S]*?)', stderr='/.exec(message);
    const [, missing] = /Unable to find the plugin (\S+) required to attach/.exec(message) ?? [];
    if (missing !== undefined) {
        return { cause: "network", text: `the agent on ${host} has no CNI plugin ${missing}`, remedy: `see /opt/cni/bin on ${host}; 'make up CONVERGE=1' puts it there` };
    }
    if (!failed) {
        return undefined;
    }
    const [, plugin = "", network = "", stdout = ""] = failed;
    const said = saidBy(stdout);
    const { cause, text, remedy } = whyOf(said, host) ?? {
        cause: "network",
        text: `the CNI plugin ${plugin.split("/").at(-1) ?? ""} says: ${short(said) || "nothing"}`,
        remedy: `see 'journalctl -u calico-node -n 50' and 'journalctl -u mesos-slave -u mesos-agent -n 50' on ${host}`,
    };
    return { cause, text: `a task on ${host} could not join the network ${network}: ${text}`, remedy };
}

/** A plugin answers an error as JSON. Source: CNI 0.2.0, "Result". */
function saidBy(stdout: string): string {
    try {
        const { msg = "", details = "" } = JSON.parse(stdout) as { msg?: unknown; details?: unknown };
        return [msg, details].filter((one) => typeof one === "string" && one !== "").join("; ") || stdout;
    } catch {
        return stdout;
    }
}

function ofDocker({ host }: Failure, said: string): Reason | undefined {
    const [, unknown] = /network ([\w.-]+) not found/i.exec(said) ?? [];
    if (unknown !== undefined) {
        const remedy = `'docker network ls' on ${host} says which it has; one of datacentre:calico.dockerNetworks comes by the cluster store, which 'docker info' names there`;
        return { cause: "network", text: `Docker on ${host} has no network ${unknown}`, remedy };
    }
    if (/plugin registry|plugin not found|plugin "?calico(-ipam)?"? not found|unable to locate plugin|plugins\/calico(-ipam)?\.sock/i.test(said)) {
        const remedy = `see 'systemctl status calico-docker' there, or, where Calico runs in its images, calico-node: the node image has the driver up to 2.6 only`;
        return { cause: "network", text: `Calico's Docker network driver does not answer on ${host}`, remedy };
    }
    if (/cluster[- ]store|etcd cluster is unavailable|datastore for scope|GlobalDefault not found|failed to (update|get) .*store/i.test(said)) {
        const remedy = `see the rows of etcd in 'make verify', that it serves its v2 API (datacentre:etcd.v2Api), and 'docker info' on ${host}`;
        return { cause: "network", text: `Docker on ${host} does not reach its cluster store, which knows the networks`, remedy };
    }
    const why = /IpamDriver\.|NetworkDriver\.|no available IPv4 addresses/.test(said) ? whyOf(said, host) : undefined;
    return why && { cause: why.cause, text: `Docker on ${host} did not put the container into its network: ${why.text}`, remedy: why.remedy };
}
