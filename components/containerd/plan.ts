import { imageParts } from "../../config/image-reference";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { allPlaces, isSecure, trustFile, urls } from "../image-registries/plan";
import { defaultSettings, type ContainerdSpec } from "./schema";

/** Where the engine listens, for clients of its own API and of Kubernetes' CRI. */
export const socket = "/run/containerd/containerd.sock";
/** The programs of pods' networks: where Debian's package has them, and on other hosts a link to where theirs has. */
export const cniBin = "/usr/lib/cni";
/** Where whoever makes pods' networks says how: the engine takes the first file, and looks again when one changes. */
export const cniConf = "/etc/cni/net.d";
export const configFile = "/etc/containerd/config.toml";
/** How registries are reached, a directory each; read with every pull. */
export const hostsDir = "/etc/containerd/certs.d";

/** What engines are told: the stack's settings, with the node's own over them. */
export function settingsOf(dc: DataCentre, node?: NodeSpec): ContainerdSpec {
    const own = Object.fromEntries(Object.entries(node?.containerd ?? {}).filter(([, value]) => value !== undefined));
    return { ...defaultSettings, ...dc.containerd, ...own };
}

/** A path, a reference or a word of the description: none of them has what TOML would take apart. */
const quoted = (value: string): string => `"${value}"`;

const cri = `plugins."io.containerd.grpc.v1.cri"`;

/**
 * `/etc/containerd/config.toml`, whole: only what is not the program's own default, or what others go by. Read when it starts.
 * Source: containerd 1.6, docs/cri/config.md; the defaults are those of `containerd config default`.
 */
export function configToml(dc: DataCentre, node: NodeSpec): string {
    const { root, snapshotter, cgroupDriver, sandboxImage, restrictOomScoreAdj } = settingsOf(dc, node);
    return [
        "version = 2",
        `root = ${quoted(root)}`,
        "",
        `[${cri}]`,
        `  sandbox_image = ${quoted(sandboxImage)}`,
        ...(restrictOomScoreAdj ? ["  restrict_oom_score_adj = true"] : []),
        `[${cri}.cni]`,
        `  bin_dir = ${quoted(cniBin)}`,
        `  conf_dir = ${quoted(cniConf)}`,
        `[${cri}.containerd]`,
        `  snapshotter = ${quoted(snapshotter)}`,
        `[${cri}.containerd.runtimes.runc]`,
        '  runtime_type = "io.containerd.runc.v2"',
        `[${cri}.containerd.runtimes.runc.options]`,
        `  SystemdCgroup = ${cgroupDriver === "systemd"}`,
        `[${cri}.registry]`,
        `  config_path = ${quoted(hostsDir)}`,
        // Where Debian's own configuration has it, for any root: by default it would be /opt/containerd.
        '[plugins."io.containerd.internal.v1.opt"]',
        `  path = ${quoted(`${root}/opt`)}`,
        "",
    ].join("\n");
}

/** What the running engine says of itself by CRI when it runs with that, word by word. */
export function saidOf(dc: DataCentre, node: NodeSpec): string[] {
    const { root, snapshotter, cgroupDriver, sandboxImage, restrictOomScoreAdj } = settingsOf(dc, node);
    return Object.entries({
        containerdRootDir: root,
        snapshotter,
        SystemdCgroup: cgroupDriver === "systemd",
        sandboxImage,
        restrictOOMScoreAdj: restrictOomScoreAdj,
    }).map(([key, value]) => `"${key}":${JSON.stringify(value)}`);
}

/** One way to a registry. */
interface Way {
    /** `https://master1:5000` */
    readonly url: string;
    /** The file with whom to trust, for a registry of the stack itself. */
    readonly ca?: string;
}

const placeOf = (url: string): string => url.replace(/^\w+:\/\//, "").replace(/\/$/, "");

/** The places of the stack's own registries that are known by its authority. */
export const trustedPlaces = (dc: DataCentre): string[] => (isSecure(dc) ? allPlaces(dc) : []);

/** Pushes go to a registry itself, and never to a mirror of it. */
const way = ({ url, ca }: Way, capabilities: readonly string[]): string[] => [
    `[host.${quoted(url)}]`,
    `  capabilities = [${capabilities.map(quoted).join(", ")}]`,
    ...(ca === undefined ? [] : [`  ca = ${quoted(ca)}`]),
];

const pulls = ["pull", "resolve"] as const;

/**
 * How registries are reached, by path: Docker Hub by mirrors, the stack's own first; the stack's own as their authority says; and
 * those without TLS. Source: containerd 1.6, docs/hosts.md.
 */
export function hostsFiles(dc: DataCentre, node: NodeSpec): Record<string, string> {
    const { registryMirrors, insecureRegistries } = settingsOf(dc, node);
    const trusted = trustedPlaces(dc);
    const known = (url: string): Way => (trusted.includes(placeOf(url)) ? { url, ca: trustFile(placeOf(url), node) } : { url });
    const mirrors = [...new Set([...urls(dc, "image-mirror"), ...registryMirrors.map((url) => url.replace(/\/$/, ""))])];
    const plain = [...new Set([...(isSecure(dc) ? [] : allPlaces(dc)), ...insecureRegistries])];
    const file = (place: string, lines: readonly string[]): [string, string] => [`${hostsDir}/${place}/hosts.toml`, `${lines.join("\n")}\n`];
    return Object.fromEntries([
        ...(mirrors.length > 0 ? [file("docker.io", ['server = "https://registry-1.docker.io"', ...mirrors.flatMap((url) => ["", ...way(known(url), pulls)])])] : []),
        ...trusted.map((place) => file(place, [`server = ${quoted(`https://${place}`)}`, "", ...way(known(`https://${place}`), [...pulls, "push"])])),
        ...plain.map((place) => file(place, [`server = ${quoted(`http://${place}`)}`, "", ...way({ url: `http://${place}` }, [...pulls, "push"])])),
    ]);
}

/** An image's name as the engine has it, who completes none: `busybox` is docker.io/library/busybox:latest. */
export const fullName = (image: string): string => imageParts(image).full;

/** The images that one node's engine is given as archives. */
export const imagesOf = (dc: DataCentre, node: NodeSpec): ContainerdSpec["images"] =>
    settingsOf(dc).images.filter(({ nodes }) => nodes === undefined || nodes.includes(node.name));
