import { error, warning, type Fault } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";
import { choice } from "./choice";

/** Names that Docker gives to networks of its own or takes for the host's, and Calico's own profile. */
const reserved = ["bridge", "default", "host", "none", "projectcalico-default-allow"];

/** Networks have names of their own, and pools that have addresses. What Docker's need besides is in `docker-networks.ts`. */
export function calicoNetworkRules(dc: DataCentre): Fault[] {
    return [...names(dc), ...dc.calico.networks.flatMap((_, index) => pools(dc, index)), ...elsewhere(dc)];
}

/** Both kinds together: each has a profile of its name in Calico. */
function names(dc: DataCentre): Fault[] {
    const all = (["networks", "dockerNetworks"] as const).flatMap((key) =>
        dc.calico[key].map(({ name }, index) => ({ name, path: ["calico", key, index, "name"], place: `calico.${key}[${index}]` })),
    );
    return all.flatMap(({ name, path }, index) => {
        const first = all.slice(0, index).find((other) => other.name === name);
        if (first) {
            return [error(path, `${name} is the name of ${first.place} already`, "give every network a name of its own, of either kind")];
        }
        return reserved.includes(name)
            ? [error(path, `${name} is a name of Docker's or Calico's own`, "use another name, such as calico")]
            : [];
    });
}

function pools(dc: DataCentre, index: number): Fault[] {
    const { pools: known, dockerNetworks, networks } = dc.calico;
    const { name = "", pools: wanted } = networks[index] ?? {};
    const path = ["calico", "networks", index];
    const others = new Set(dockerNetworks.map(({ pool }) => pool));
    if (wanted === undefined) {
        const left = known.filter((pool) => !pool.disabled && !others.has(pool.name));
        const problem = `${name} takes its addresses from any pool, and each pool that is not disabled belongs to a Docker network`;
        return left.length === 0 && known.some(({ disabled }) => !disabled)
            ? [error(path, problem, "describe one more pool")]
            : [];
    }
    const unknown = wanted.flatMap((pool, at) =>
        known.some((one) => one.name === pool)
            ? []
            : [error([...path, "pools", at], `there is no pool ${pool}`, choice(pool, known.map((one) => one.name), "describe it in datacentre:calico.pools"))],
    );
    const found = known.filter((pool) => wanted.includes(pool.name));
    const disabled =
        unknown.length === 0 && found.every((pool) => pool.disabled)
            ? [error([...path, "pools"], `${name} has disabled pools only, so that it has no addresses to give`, "name another pool, or take disabled out")]
            : [];
    const shared = wanted.flatMap((pool, at) => {
        const other = dockerNetworks.find((network) => network.pool === pool);
        const problem = `the pool ${pool} is the subnet of the Docker network ${other?.name ?? ""}, which then has other endpoints in it`;
        return other ? [warning([...path, "pools", at], problem, "give the Docker network a pool to itself")] : [];
    });
    return [...unknown, ...disabled, ...shared];
}

function elsewhere(dc: DataCentre): Fault[] {
    const own = [...dc.calico.networks, ...dc.calico.dockerNetworks].map(({ name }) => name);
    return dc.mesos.otherNetworks.flatMap((name, index) =>
        own.includes(name)
            ? [error(["mesos", "otherNetworks", index], `${name} is one of datacentre:calico's own networks`, "take it out here, or give one of them another name")]
            : [],
    );
}
