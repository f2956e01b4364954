import type { Context } from "../../config/context";
import { error, keyOf, type Fault } from "../../config/faults";
import { imageParts } from "../../config/image-reference";
import { areContainers } from "../../config/nodes";
import type { DataCentre, NodeSpec, Role } from "../../config/schema";
import type { NamedImage } from "../../config/system";
import type { Systems } from "../../config/systems";
import { reached } from "../image-registries/plan";

/** What must hold for systems that run in containers instead of from packages. */
export function imageRules(dc: DataCentre, _: Context, systems: Systems): Fault[] {
    const named = programImages(systems, dc);
    return [...references(named), ...engines(dc, named), ...reach(dc, named)];
}

type ProgramImage = NamedImage & { readonly role: Role };

/** Every image that is a program's source, with the key that says so and the role that needs it. */
const programImages = ({ parts }: Systems, dc: DataCentre): ProgramImage[] =>
    parts.flatMap((part) => part.images(dc).flatMap((one) => (one.role === undefined ? [] : [{ ...one, role: one.role }])));

/** Of images that several roles run, each key once. */
const firsts = (all: readonly ProgramImage[]): ProgramImage[] =>
    all.filter(({ path }, index) => all.findIndex((other) => keyOf(...other.path) === keyOf(...path)) === index);

/** An image without tag and digest is another one with every release. */
function references(named: readonly ProgramImage[]): Fault[] {
    return firsts(named).flatMap(({ image, path }) => {
        const last = image.slice(image.lastIndexOf("/") + 1);
        return /[:@]/.test(last) && !last.endsWith(":latest")
            ? []
            : [error(path, `${image} says no version, so that nodes could run different ones`, "write its tag or digest, such as :1.11.0")];
    });
}

function engines(dc: DataCentre, named: readonly ProgramImage[]): Fault[] {
    if (areContainers(dc)) {
        return [];
    }
    return dc.nodes.flatMap((node, index) => {
        const roles = node.roles.filter((role) => named.some((one) => one.role === role));
        const ways = [...new Set(named.filter(({ role }) => roles.includes(role)).flatMap(({ otherwise }) => otherwise ?? []))];
        return roles.length === 0 || node.roles.includes("docker")
            ? []
            : [
                  error(
                      ["nodes", index, "roles"],
                      `${roles.join(" and ")} ${roles.length === 1 ? "runs" : "run"} in containers, and ${node.name} lacks the role docker`,
                      `add docker to its roles, or ${ways.join(", and ")}`,
                  ),
              ];
    });
}

/** An engine that reaches some registries only has to get the image from one of them, or as an archive. */
function reach(dc: DataCentre, all: readonly ProgramImage[]): Fault[] {
    return firsts(all).flatMap(({ path, role }) => {
        const images = all.filter((one) => keyOf(...one.path) === keyOf(...path)).map(({ image }) => image);
        const lacking = (node: NodeSpec) => images.filter((image) => !canHave(dc, node, image));
        const node = dc.nodes.find((one) => one.roles.includes(role) && one.roles.includes("docker") && lacking(one).length > 0);
        const registries = node && registriesOf(dc, node);
        const [what, whose] = images.length > 1 ? ["archives of them", "their"] : ["an archive of it", "its"];
        return node === undefined
            ? []
            : [
                  error(
                      path,
                      `${node.name} reaches only ${registries?.join(", ") || "no registry"}, and is not given ${lacking(node).join(", ")}`,
                      `add ${what} to datacentre:docker.images, or ${whose} registry to reachableRegistries`,
                  ),
              ];
    });
}

const registriesOf = (dc: DataCentre, node: NodeSpec): string[] | undefined =>
    reached(dc, node.docker.reachableRegistries ?? dc.docker.reachableRegistries);

function canHave(dc: DataCentre, node: NodeSpec, image: string): boolean {
    const registries = registriesOf(dc, node);
    const archives = dc.docker.images.filter(({ nodes }) => nodes === undefined || nodes.includes(node.name));
    return registries === undefined || registries.includes(imageParts(image).registry) || archives.some((archive) => archive.image === image);
}
