/** Docker Hub, as a registry is named. */
export const dockerHub = "docker.io";

/** An image's registry, and its name as Docker completes it: `busybox` is docker.io/library/busybox:latest. */
export function imageParts(image: string): { readonly registry: string; readonly full: string } {
    const [first = "", ...rest] = image.split("/");
    const named = rest.length > 0 && /[.:]|^localhost$/.test(first);
    const registry = !named || ["docker.io", "index.docker.io", "registry-1.docker.io"].includes(first) ? dockerHub : first;
    const path = named ? rest.join("/") : image;
    const library = registry === dockerHub && !path.includes("/") ? `library/${path}` : path;
    const tagged = /[:@][^/]*$/.test(library) ? library : `${library}:latest`;
    return { registry, full: `${registry}/${tagged}` };
}
