import { error, warning, type Fault } from "../../config/faults";
import { nodesWith } from "../../config/nodes";
import type { DataCentre } from "../../config/schema";
import { engineNodes, imageNodes, imageRoles, isSecure, portOf, settingsOf, type ImageRole } from "./plan";
import { imageRegistriesLeaf } from "./schema";

/** What must hold for the registry and its mirrors. */
export function imageRegistriesRules(dc: DataCentre): Fault[] {
    if (imageNodes(dc).length === 0) {
        return dc.imageRegistries
            ? [warning(["imageRegistries"], `no node has a role of ${imageRegistriesLeaf.roles.join(", ")}, so this says nothing`, "give one to the node that is to have it, or take this out")]
            : [];
    }
    return [...plain(dc), ...second(dc), ...upstream(dc), ...users(dc)];
}

function plain(dc: DataCentre): Fault[] {
    const problem = "engines would speak to both without TLS: anybody on the network can put an image of theirs in its place";
    return !isSecure(dc) && dc.security !== "seed"
        ? [error(["imageRegistries", "tls"], problem, "take it out, or accept the risk with datacentre:security: seed")]
        : [];
}

/** Two would be two collections of images under two names. Mirrors keep nothing that is not elsewhere: engines try one after another. */
function second(dc: DataCentre): Fault[] {
    const [first, ...others] = nodesWith(dc, "image-registry");
    return others.map((node) =>
        error(
            ["nodes", dc.nodes.indexOf(node), "roles"],
            `${first?.name ?? ""} has the role image-registry already, and ${node.name} would have other images under another name`,
            "leave it to one node; image-mirror may be on several",
        ),
    );
}

function upstream(dc: DataCentre): Fault[] {
    const { mirror } = settingsOf(dc);
    const path = ["imageRegistries", "mirror", "upstream"];
    const [, scheme = "", host = "", rest = ""] = /^(https?):\/\/([^/]+)(.*)$/.exec(mirror.upstream) ?? [];
    if (scheme === "" || nodesWith(dc, "image-mirror").length === 0) {
        return [];
    }
    const [name = "", given] = host.toLowerCase().split(":");
    const port = given === undefined ? (scheme === "https" ? 443 : 80) : Number(given);
    const isAt = (role: ImageRole): boolean => nodesWith(dc, role).some((node) => node.name === name || node.address === name);
    const own = imageRoles.find((role) => portOf(dc, role) === port && isAt(role));
    return [
        ...(rest === "" || rest === "/" ? [] : [error(path, `an upstream is a whole host, and this one has the path ${rest}`, `write ${scheme}://${host}`)]),
        ...(port >= 1 && port <= 65535 ? [] : [error(path, `${port} is no port`, "use a port from 1 to 65535")]),
        ...(own === undefined
            ? []
            : [
                  error(
                      path,
                      `${host} is this stack's own ${own === "image-mirror" ? "mirror" : "registry, which engines use without one"}`,
                      "name a registry that is elsewhere, such as https://registry-1.docker.io",
                  ),
              ]),
        ...(scheme === "http" && dc.security !== "seed"
            ? [
                  ...(mirror.credentials ? [error([...path.slice(0, 2), "credentials"], `the login goes to ${host} without TLS`, `write https://${host} as its upstream, or accept the risk with datacentre:security: seed`)] : []),
                  warning(path, `images come from ${host} without TLS: anybody between can put one of theirs in its place`, `write https://${host}, if it has TLS`),
              ]
            : []),
    ];
}

function users(dc: DataCentre): Fault[] {
    const node = imageNodes(dc)[0];
    return node && engineNodes(dc).length === 0
        ? [
              warning(
                  ["nodes", dc.nodes.indexOf(node), "roles"],
                  "no node has the role docker or containerd, so that no engine of this stack uses its registry or its mirror",
                  "give one of them to nodes that are to use them, or take the roles image-registry and image-mirror out",
              ),
          ]
        : [];
}
