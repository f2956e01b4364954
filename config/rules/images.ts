import { imagesFor, isImaged, marathonImage, mesosImages } from "../catalogue";
import { error, type Fault, type Path } from "../faults";
import type { DataCentre, NodeSpec, Role } from "../schema";

/** What must hold for Mesos and Marathon that run in containers instead of from packages. */
export function imageRules(dc: DataCentre): Fault[] {
    return [...references(dc), ...engines(dc), ...containerizers(dc), ...reach(dc)];
}

/** Every image that the description names as a program's source, with its key and the role that needs it. */
function named(dc: DataCentre): { readonly image: string; readonly path: Path; readonly role: Role }[] {
    const mesos = mesosImages(dc);
    const marathon = marathonImage(dc);
    return [
        ...(mesos
            ? [
                  { image: mesos.master, path: ["sources", "mesos", "master"], role: "mesos-master" as const },
                  { image: mesos.agent, path: ["sources", "mesos", "agent"], role: "mesos-agent" as const },
              ]
            : []),
        ...(marathon === undefined ? [] : [{ image: marathon, path: ["sources", "marathon", "image"], role: "marathon" as const }]),
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
        return roles.length === 0 || node.roles.includes("docker")
            ? []
            : [
                  error(
                      ["nodes", index, "roles"],
                      `${roles.join(" and ")} run in containers, and ${node.name} lacks the role docker`,
                      "add docker to its roles, or install them: give datacentre:sources a repository",
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
    return named(dc).flatMap(({ image, path, role }) => {
        const [node] = dc.nodes.filter((one) => one.roles.includes(role) && one.roles.includes("docker") && !canHave(dc, one, image));
        return node === undefined
            ? []
            : [
                  error(
                      path,
                      `${node.name} reaches only ${registriesOf(dc, node)?.join(", ") || "no registry"}, and is not given ${image}`,
                      `add an archive of it to datacentre:docker.images, or its registry to reachableRegistries`,
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
