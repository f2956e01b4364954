import { error, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";

/** What every engine's registries and archives of images must keep to; the engine's role is its group's key. */
type Engine = "docker" | "containerd";

const insecureWhy = "anybody on the network can put an image of theirs in its place";
const portOf = (text: string): number | undefined => {
    const port = /:(\d+)$/.exec(text)?.[1];
    return port === undefined ? undefined : Number(port);
};

export function badPort(path: (string | number)[], host: string): Fault[] {
    const port = portOf(host);
    return port !== undefined && (port < 1 || port > 65535)
        ? [error(path, `${port} is no port`, "use a port from 1 to 65535, such as master1:5000")]
        : [];
}

export function insecureFaults(dc: DataCentre, engine: Engine, insecure: readonly string[]): Fault[] {
    return insecure.flatMap((registry, index) => {
        const path = [engine, "insecureRegistries", index];
        if (dc.security !== "seed") {
            const remedy = `give ${registry} TLS and take it out of this list, or accept the risk with datacentre:security: seed`;
            return [error(path, `${registry} would be spoken to without TLS: ${insecureWhy}`, remedy)];
        }
        return badPort(path, registry);
    });
}

export function mirrorFaults(dc: DataCentre, engine: Engine, mirrors: readonly string[]): Fault[] {
    return mirrors.flatMap((mirror, index) => {
        const path = [engine, "registryMirrors", index];
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

/** Images that engines are given as archives: each once, pinned, and to nodes that have the engine. */
export function archiveFaults(dc: DataCentre, engine: Engine, images: DataCentre["docker"]["images"]): Fault[] {
    const engines = nodesWith(dc, engine).map(({ name }) => name);
    return images.flatMap(({ image, archive, sha256, nodes = [] }, index) => {
        const path = [engine, "images", index];
        const first = images.findIndex((other) => other.image === image);
        return [
            ...(first === index ? [] : [error([...path, "image"], `${image} stands in ${engine}.images[${first}] already`, "keep one")]),
            ...(archive.startsWith("file:") || sha256 !== undefined
                ? []
                : [error([...path, "sha256"], "a download is pinned by its sha256, and this has none", "give what 'sha256sum FILE' prints for a checked copy")]),
            ...nodes.flatMap((name, at) =>
                engines.includes(name)
                    ? []
                    : [error([...path, "nodes", at], `${name} is no node with the role ${engine}`, `use one of: ${engines.join(", ") || "none has it"}`)],
            ),
        ];
    });
}
