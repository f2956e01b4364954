import { decidedVersion } from "../../../config/catalogue";
import { error, warning, type Fault } from "../../../config/faults";
import { nodesWith } from "../../../config/nodes";
import type { DataCentre } from "../../../config/schema";
import { dockerLeaf } from "../../docker/schema";
import { calicoArchive, seriesOf } from "../source";
import { choice } from "./choice";

/**
 * What networks of Docker's with Calico's drivers take: a pool each, engines that have a cluster store, and the drivers.
 * That the store needs etcd's v2 API is in `roles.ts`.
 */
export function dockerNetworkRules(dc: DataCentre): Fault[] {
    return dc.calico.dockerNetworks.length === 0 ? [] : [...pools(dc), ...engines(dc), ...store(dc), ...drivers(dc)];
}

function pools(dc: DataCentre): Fault[] {
    const { dockerNetworks: networks, pools: known } = dc.calico;
    return networks.flatMap(({ name, pool: wanted }, index) => {
        const path = ["calico", "dockerNetworks", index, "pool"];
        const pool = known.find((one) => one.name === wanted);
        const first = networks.findIndex((other) => other.pool === wanted);
        if (!pool) {
            const remedy = choice(wanted, known.map((one) => one.name), "describe it in datacentre:calico.pools");
            return [error(path, `there is no pool ${wanted}`, remedy)];
        }
        if (pool.disabled) {
            return [error(path, `the pool ${wanted} is disabled, so that ${name} has no addresses to give`, "name another pool, or take disabled out")];
        }
        return first === index
            ? []
            : [error(path, `${wanted} is the subnet of ${networks[first]?.name ?? ""} already`, "give every Docker network a pool of its own")];
    });
}

function engines(dc: DataCentre): Fault[] {
    const path = ["calico", "dockerNetworks"];
    const problem = "no node has both roles, docker and calico, so that no container can be in a Docker network";
    return nodesWith(dc, "calico").length === 0 || nodesWith(dc, "calico").some(({ roles }) => roles.includes("docker"))
        ? []
        : [error(path, problem, "add docker to the roles of the nodes with calico")];
}

/** The first series of Docker without `cluster-store`. Source: moby, release notes of 23.0. */
const without = 23;

function store(dc: DataCentre): Fault[] {
    const version = decidedVersion(dockerLeaf, dc) ?? dc.versions.docker ?? "";
    const problem = `Docker ${version} has no cluster store any more, by which its engines know each other's networks`;
    return Number.parseInt(version, 10) >= without
        ? [error(["versions", "docker"], problem, 'use "20.10", or describe datacentre:calico.networks for the Mesos containerizer instead')]
        : [];
}

function drivers(dc: DataCentre): Fault[] {
    const path = ["calico", "dockerNetworks"];
    if (seriesOf(dc) === 3 && !calicoArchive(dc)) {
        const remedy =
            'set datacentre:versions.calico to "2.6", whose node image has them, or give an archive with calico-docker-driver in datacentre:sources.calico';
        return [error(path, "Calico's images have no Docker network drivers since 3.0", remedy)];
    }
    // Containers of nodes with flannel have another network.
    const stray = dc.nodes.filter(({ roles }) => roles.includes("docker") && !roles.includes("calico") && !roles.includes("flannel")).map(({ name }) => name);
    return stray.length === 0 || nodesWith(dc, "calico").length === 0
        ? []
        : [
              warning(
                  path,
                  `${stray.join(", ")} ${stray.length === 1 ? "lists" : "list"} these networks and can start no container in them, without the role calico`,
                  "add calico to their roles",
              ),
          ];
}
