import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { defaultSettings, imageRegistriesLeaf, type ImageRegistriesSpec } from "./schema";

export type ImageRole = (typeof imageRegistriesLeaf.roles)[number];

export const imageRoles: readonly ImageRole[] = imageRegistriesLeaf.roles;

/** What each is called in sentences, and its unit, which is its user and its directory in /etc too. */
const known = {
    "image-registry": { what: "the private registry", group: "registry", unit: "datacentre-image-registry" },
    "image-mirror": { what: "the mirror of a registry", group: "mirror", unit: "datacentre-image-mirror" },
} as const;

export const nameOf = (role: ImageRole): string => known[role].what;
export const unitOf = (role: ImageRole): string => known[role].unit;
export const etcOf = (role: ImageRole): string => `/etc/${unitOf(role)}`;
/** The place of one of its keys in the description. */
export const keyOf = (role: ImageRole, key: string): [string, string, string] => ["imageRegistries", known[role].group, key];

export const settingsOf = (dc: DataCentre): ImageRegistriesSpec => dc.imageRegistries ?? defaultSettings;

/** Whether both speak TLS: by default wherever the security profile does not say otherwise. */
export const isSecure = (dc: DataCentre): boolean => settingsOf(dc).tls ?? dc.security !== "seed";

export function portOf(dc: DataCentre, role: ImageRole): number {
    const { registry, mirror } = settingsOf(dc);
    return role === "image-mirror" ? mirror.port : (registry.port ?? (isSecure(dc) ? 443 : 80));
}

export const dataDirOf = (dc: DataCentre, role: ImageRole): string => settingsOf(dc)[known[role].group].dataDir;

/** What the mirror says to its upstream: read by systemd alone, as root. */
export const loginFile = `${etcOf("image-mirror")}/login.env`;

/** The upstream as programs take it: scheme and host. */
export const upstreamOf = (dc: DataCentre): string => settingsOf(dc).mirror.upstream.replace(/\/$/, "");

/** The nodes with any of the roles. */
export const imageNodes = (dc: DataCentre): NodeSpec[] => dc.nodes.filter(({ roles }) => imageRoles.some((role) => roles.includes(role)));

/** `name:port`, as images and Docker's own files name them: with the port always, since a bare name would be a user of Docker Hub's. */
export const placeOf = (dc: DataCentre, role: ImageRole, node: NodeSpec): string => `${node.name}:${portOf(dc, role)}`;

export const urlOf = (dc: DataCentre, role: ImageRole, node: NodeSpec): string => `${isSecure(dc) ? "https" : "http"}://${placeOf(dc, role, node)}`;

const places = (dc: DataCentre, role: ImageRole): string[] => nodesWith(dc, role).map((node) => placeOf(dc, role, node));

/** Every place that engines speak to. */
export const allPlaces = (dc: DataCentre): string[] => imageRoles.flatMap((role) => places(dc, role));

export const urls = (dc: DataCentre, role: ImageRole): string[] => nodesWith(dc, role).map((node) => urlOf(dc, role, node));

/** What engines are told besides their own settings: mirrors in the order of the description, and who speaks no TLS. */
export const enginesUse = (dc: DataCentre): { readonly mirrors: string[]; readonly insecure: string[] } => ({
    mirrors: urls(dc, "image-mirror"),
    insecure: isSecure(dc) ? [] : allPlaces(dc),
});

/** The registries that engines reach, with those of the stack itself; undefined where any may be reached. A mirror reaches Docker Hub for them. */
export const reached = (dc: DataCentre, described: readonly string[] | undefined): string[] | undefined =>
    described && [...new Set([...described, ...places(dc, "image-registry"), ...(places(dc, "image-mirror").length > 0 ? ["docker.io"] : [])])];

/** Certificate and key of a host, and the authority by which others know them: one certificate for both services of a node. */
export const certificates = "/etc/datacentre-images";

/** The nodes with an engine, which all use both. */
export const engineNodes = (dc: DataCentre): NodeSpec[] => dc.nodes.filter(({ roles }) => roles.includes("docker") || roles.includes("containerd"));

/**
 * Where a node's engine has whom to trust at a place. Docker looks there by itself, and containerd is told so.
 * Source: docs.docker.com, "Verify repository client with certificates".
 */
export const trustFile = (place: string, { roles }: NodeSpec): string => `/etc/${roles.includes("containerd") ? "containerd" : "docker"}/certs.d/${place}/ca.crt`;
