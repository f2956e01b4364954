import { error, warning, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";
import { archiveFaults, badPort, insecureFaults, mirrorFaults } from "./engine-rules";

/** What Docker's settings must keep to: the security profile, URL shapes, and packets that fit. */
export function dockerRules(dc: DataCentre): Fault[] {
    return [
        ...insecureFaults(dc, "docker", dc.docker.insecureRegistries),
        ...mirrorFaults(dc, "docker", dc.docker.registryMirrors),
        ...credentials(dc),
        ...storage(dc),
        ...mtu(dc),
        ...archiveFaults(dc, "docker", dc.docker.images),
        ...settings(dc),
    ];
}

function credentials(dc: DataCentre): Fault[] {
    const { credentials: list, insecureRegistries: open } = dc.docker;
    return list.flatMap(({ registry }, index) => {
        const path = ["docker", "credentials", index, "registry"];
        const faults = badPort(path, registry);
        const first = list.findIndex((other) => other.registry === registry);
        if (first !== index) {
            const remedy = "keep one: an engine has one login for each registry";
            faults.push(error(path, `${registry} has a login in docker.credentials[${first}] already`, remedy));
        }
        if (open.includes(registry)) {
            faults.push(warning(path, `the login for ${registry} goes over the network in clear text`, "give that registry TLS"));
        }
        return faults;
    });
}

function storage(dc: DataCentre): Fault[] {
    const remedy = "use overlay2 unless the disk's file system cannot carry it";
    const slow = "vfs copies every layer whole: slow, and it fills disks";
    return [
        ...(dc.docker.storageDriver === "vfs" ? [warning(["docker", "storageDriver"], slow, remedy)] : []),
        ...dc.nodes.flatMap((node, index) =>
            node.docker.storageDriver === "vfs" ? [warning(["nodes", index, "docker", "storageDriver"], slow, remedy)] : [],
        ),
    ];
}

function mtu(dc: DataCentre): Fault[] {
    const inner = dc.docker.mtu;
    if (dc.provider.kind !== "docker" || inner === undefined || inner <= dc.provider.mtu) {
        return [];
    }
    const problem = `containers would send packets of ${inner} bytes over a network that carries ${dc.provider.mtu}`;
    return [error(["docker", "mtu"], problem, `leave it out, or use at most ${dc.provider.mtu} (datacentre:provider.mtu)`)];
}

function settings(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index) =>
        Object.keys(node.docker).length > 0 && !node.roles.includes("docker")
            ? [
                  warning(
                      ["nodes", index, "docker"],
                      `${node.name} has Docker settings and lacks the role docker`,
                      "add docker to its roles, or take the settings out",
                  ),
              ]
            : [],
    );
}
