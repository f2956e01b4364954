import { error, warning, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";

const insecureWhy = "anybody on the network can put an image of theirs in its place";
const portOf = (text: string): number | undefined => {
    const port = /:(\d+)$/.exec(text)?.[1];
    return port === undefined ? undefined : Number(port);
};

/** What Docker's settings must keep to: the security profile, URL shapes, and packets that fit. */
export function dockerRules(dc: DataCentre): Fault[] {
    return [...insecureRegistries(dc), ...mirrors(dc), ...credentials(dc), ...storage(dc), ...mtu(dc), ...images(dc), ...settings(dc)];
}

function insecureRegistries(dc: DataCentre): Fault[] {
    return dc.docker.insecureRegistries.flatMap((registry, index) => {
        const path = ["docker", "insecureRegistries", index];
        if (dc.security !== "seed") {
            const remedy = `give ${registry} TLS and take it out of this list, or accept the risk with datacentre:security: seed`;
            return [error(path, `${registry} would be spoken to without TLS: ${insecureWhy}`, remedy)];
        }
        return badPort(path, registry);
    });
}

function mirrors(dc: DataCentre): Fault[] {
    return dc.docker.registryMirrors.flatMap((mirror, index) => {
        const path = ["docker", "registryMirrors", index];
        const [, scheme = "", host = "", rest = ""] = /^(https?):\/\/([^/]+)(.*)$/.exec(mirror) ?? [];
        const faults = badPort(path, host);
        if (rest !== "" && rest !== "/") {
            faults.push(error(path, `a mirror is a whole host, and this one has the path ${rest}`, `write ${scheme}://${host}`));
        }
        if (scheme === "http" && dc.security !== "seed") {
            const remedy = `write https://${host}, or accept the risk with datacentre:security: seed`;
            faults.push(error(path, `${host} would be spoken to without TLS: ${insecureWhy}`, remedy));
        }
        return faults;
    });
}

function badPort(path: (string | number)[], host: string): Fault[] {
    const port = portOf(host);
    return port !== undefined && (port < 1 || port > 65535)
        ? [error(path, `${port} is no port`, "use a port from 1 to 65535, such as master1:5000")]
        : [];
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

function images(dc: DataCentre): Fault[] {
    const engines = dc.nodes.filter(({ roles }) => roles.includes("docker")).map(({ name }) => name);
    return dc.docker.images.flatMap(({ image, archive, sha256, nodes = [] }, index) => {
        const path = ["docker", "images", index];
        const first = dc.docker.images.findIndex((other) => other.image === image);
        return [
            ...(first === index ? [] : [error([...path, "image"], `${image} stands in docker.images[${first}] already`, "keep one")]),
            ...(archive.startsWith("file:") || sha256 !== undefined
                ? []
                : [error([...path, "sha256"], "a download is pinned by its sha256, and this has none", "give what 'sha256sum FILE' prints for a checked copy")]),
            ...nodes.flatMap((name, at) =>
                engines.includes(name)
                    ? []
                    : [error([...path, "nodes", at], `${name} is no node with the role docker`, `use one of: ${engines.join(", ") || "none has it"}`)],
            ),
        ];
    });
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
