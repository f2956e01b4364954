import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../../config";
import { endpoints } from "../../etcd/plan";
import { hostOf, type Host } from "../../host";
import type { Parameter } from "../../step/program";
import { hostStep } from "../../step/step";
import { createWords, describedLines, networkNodes, networkPlans, ownerLabel, type NetworkPlan } from "./plan";

export interface DockerNetworksArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; one of those with the roles `docker` and `calico` makes the networks for all. */
    hosts: readonly Host[];
    /** `project/stack`: marks what is ours among Docker's networks. */
    owner: string;
    /** What must be there first: the engines with their store, and Calico with its pools and Docker's drivers. */
    after: readonly pulumi.Resource[];
}

/** What makes up a network's step. */
export const networkScripts = ["diagnose", "store", "network"].map((name) => `components/calico/docker-networks/${name}.sh`);

/** What a network's step is told. */
export const networkParameters = (dc: DataCentre, network: NetworkPlan, owner: string): Record<string, Parameter> => ({
    name: network.name,
    subnet: network.subnet,
    owner,
    owner_label: ownerLabel,
    create_words: createWords(network, owner),
    described_lines: describedLines(network),
    store_members: endpoints(dc),
});

/**
 * One network of Docker's in Calico's address pools, made once: engines that share their cluster store see it at once.
 *
 * A network that is there as described is left alone. One with other settings is made anew while nobody uses it, and
 * otherwise refused; one that is not ours is refused always. Removed, it goes only when no container is in it.
 */
export class DockerNetwork extends pulumi.ComponentResource {
    /** What containers name. */
    public readonly network: string;
    public readonly subnet: string;
    /** Done when the network is there. */
    public readonly ready: pulumi.Resource[];

    public constructor(
        name: string,
        args: { dataCentre: DataCentre; host: Host; network: NetworkPlan; owner: string; after: readonly pulumi.Resource[] },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("datacentre:docker:Network", name, {}, opts);
        const { dataCentre: dc, host, network, owner } = args;
        this.network = network.name;
        this.subnet = network.subnet;
        this.ready = [
            hostStep(
                {
                    node: host.node,
                    step: `docker-network-${network.name}`,
                    scripts: networkScripts,
                    parameters: networkParameters(dc, network, owner),
                },
                { parent: this, dependsOn: [host.prepared, ...args.after] },
            ),
        ];
        this.registerOutputs({ network: this.network, subnet: this.subnet });
    }
}

/** All described networks of that kind. */
export class DockerNetworks extends pulumi.ComponentResource {
    /** Done when every network is there. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: DockerNetworksArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:docker:Networks", name, {}, opts);
        const { dataCentre, hosts, owner, after } = args;
        const [node] = networkNodes(dataCentre);
        const host = node && hostOf(hosts, node, this);
        const networks = host ? networkPlans(dataCentre).map((network) => ({ host, network })) : [];
        this.ready = networks.flatMap(
            ({ host, network }) => new DockerNetwork(network.name, { dataCentre, host, network, owner, after }, { parent: this }).ready,
        );
        this.registerOutputs({ networks: networks.map(({ network }) => network.name) });
    }
}
