import type { DataCentre, NodeSpec } from "../../../config/schema";
import { calicoSeries } from "../source";

/** One Docker network that all engines share, as Docker is told of it. */
export interface NetworkPlan {
    readonly name: string;
    /** CIDR: that of the Calico pool that the network has to itself. */
    readonly subnet: string;
    readonly driver: string;
    readonly ipamDriver: string;
    readonly options: Readonly<Record<string, string>>;
}

/** Docker's label that says whose a network is: `project/stack`. */
export const ownerLabel = "org.datacentre.stack";

/**
 * The described networks. Calico 3's driver, the lab's own, takes the profile's name as an option, since Docker tells drivers
 * networks by their ids only; the libnetwork plugin of 2.6 asks Docker for the name, and refuses every option.
 * Source: libnetwork-plugin v1.1.3, driver/network_driver.go, CreateNetwork and CreateEndpoint.
 */
export function networkPlans(dc: DataCentre): NetworkPlan[] {
    const { dockerNetworks, pools } = dc.calico;
    return dockerNetworks.map(({ name, pool }) => {
        const subnet = pools.find((one) => one.name === pool)?.cidr;
        if (subnet === undefined) {
            // The rules refuse such a description, so this is a fault of the caller.
            throw new Error(`Docker network ${name} names no pool; the description was not checked`);
        }
        return {
            name,
            subnet,
            driver: "calico",
            ipamDriver: "calico-ipam",
            options: calicoSeries(dc) === 3 ? { "org.projectcalico.profile": name } : {},
        };
    });
}

/** Nodes whose containers can be in such networks: they have an engine, and Calico's drivers. */
export const networkNodes = (dc: DataCentre): NodeSpec[] =>
    dc.nodes.filter(({ roles }) => roles.includes("docker") && roles.includes("calico"));

const optionWords = (network: NetworkPlan): string[] => Object.entries(network.options).map(([key, value]) => `${key}=${value}`);

/** What follows `docker network create`. */
export function createWords(network: NetworkPlan, owner: string): string[] {
    return [
        ...["--driver", network.driver, "--ipam-driver", network.ipamDriver, "--subnet", network.subnet],
        ...optionWords(network).flatMap((option) => ["--opt", option]),
        ...["--label", `${ownerLabel}=${owner}`],
        network.name,
    ];
}

/** The lines in which `described` (network.sh) tells of a network that is as wanted. */
export const describedLines = (network: NetworkPlan): string =>
    [
        `driver ${network.driver}`,
        "scope global",
        `ipam driver ${network.ipamDriver}`,
        `subnet ${network.subnet}`,
        ...optionWords(network)
            .sort()
            .map((option) => `option ${option}`),
    ].join("\n");
