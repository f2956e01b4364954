import { calicoImages, imagesFor, isImaged, marathonImage, mesosImages } from "../catalogue";
import { error, keyOf, type Fault, type Path } from "../faults";
import type { DataCentre, NodeSpec, Role } from "../schema";

/** What must hold for Mesos, Marathon and Calico that run in containers instead of from packages. */
export function imageRules(dc: DataCentre): Fault[] {
    return [...references(dc), ...engines(dc), ...containerizers(dc), ...reach(dc)];
}

interface Named {
    readonly image: string;
    readonly path: Path;
    readonly role: Role;
}

/** Every image that is a program's source, with the key that says so and the role that needs it. */
function named(dc: DataCentre): Named[] {
    const mesos = mesosImages(dc);
    const marathon = marathonImage(dc);
    const calico = calicoImages(dc);
    // The catalogue's own images stand at no key of their own.
    const at = (key: string): Path => (dc.sources.calico ? ["sources", "calico", key] : ["sources", "calico"]);
    return [
        ...(mesos
            ? [
                  { image: mesos.master, path: ["sources", "mesos", "master"], role: "mesos-master" as const },
                  { image: mesos.agent, path: ["sources", "mesos", "agent"], role: "mesos-agent" as const },
              ]
            : []),
        ...(marathon === undefined ? [] : [{ image: marathon, path: ["sources", "marathon", "image"], role: "marathon" as const }]),
        ...(calico ? (["node", "cni", "ctl"] as const).map((key) => ({ image: calico[key], path: at(key), role: "calico" as const })) : []),
    ];
}

/** An image without tag and digest is another one with every release. */
function references(dc: DataCentre): Fault[] {
    return named(dc).flatMap(({ image, path }) => {
        const last = image.slice(image.lastIndexOf("/") + 1);
        return /[:@]/.test(last) && !last.endsWith(":latest")
            ? []
            : [error(path, `${image} says no version, so that nodes could run different ones`, "write its tag or digest, such as :1.11.0")];
    });
}

function engines(dc: DataCentre): Fault[] {
    return dc.nodes.flatMap((node, index) => {
        const roles = node.roles.filter((role) => imagesFor(role, dc).length > 0);
        const others = roles.filter((role) => role !== "calico");
        const ways = [
            ...(others.length > 0 ? ["install them: give datacentre:sources a repository"] : []),
            ...(roles.includes("calico") ? ["give Calico's programs as an archive in datacentre:sources.calico"] : []),
        ];
        return roles.length === 0 || node.roles.includes("docker")
            ? []
            : [
                  error(
                      ["nodes", index, "roles"],
                      `${roles.join(" and ")} ${roles.length === 1 && roles[0] === "calico" ? "runs" : "run"} in containers, and ${node.name} lacks the role docker`,
                      `add docker to its roles, or ${ways.join(", and ")}`,
                  ),
              ];
    });
}

/**
 * Source: Mesos 1.11, docs/configuration/agent.md, docker_mesos_image: only the docker containerizer can have executors
 * that outlive the agent's own container.
 */
function containerizers(dc: DataCentre): Fault[] {
    const { containerizers: list } = dc.mesos;
    if (!isImaged("mesos", dc) || !dc.nodes.some(({ roles }) => roles.includes("mesos-agent"))) {
        return [];
    }
    return [
        ...(list.length === 1 && list[0] === "docker"
            ? []
            : [
                  error(
                      ["mesos", "containerizers"],
                      `an agent that runs in a container takes the docker containerizer only, and this is ${list.join(", ")}`,
                      "write datacentre:mesos.containerizers: [docker]",
                  ),
              ]),
        ...dc.apps.flatMap((app, index) =>
            (app.container as { type?: unknown } | undefined)?.type === "DOCKER"
                ? []
                : [
                      error(
                          ["apps", index, "container"],
                          "agents that run in containers start Docker containers only, and this app is none",
                          "give it container: { type: DOCKER, docker: { image: … } }",
                      ),
                  ],
        ),
    ];
}

/** An engine that reaches some registries only has to get the image from one of them, or as an archive. */
function reach(dc: DataCentre): Fault[] {
    const all = named(dc);
    const firsts = all.filter(({ path }, index) => all.findIndex((other) => keyOf(...other.path) === keyOf(...path)) === index);
    return firsts.flatMap(({ path, role }) => {
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

const registriesOf = (dc: DataCentre, node: NodeSpec): string[] | undefined => node.docker.reachableRegistries ?? dc.docker.reachableRegistries;

function canHave(dc: DataCentre, node: NodeSpec, image: string): boolean {
    const registries = registriesOf(dc, node);
    const [first = ""] = image.split("/");
    const registry = image.includes("/") && /[.:]|^localhost$/.test(first) ? first : "docker.io";
    const archives = dc.docker.images.filter(({ nodes }) => nodes === undefined || nodes.includes(node.name));
    return registries === undefined || registries.includes(registry) || archives.some((archive) => archive.image === image);
}
