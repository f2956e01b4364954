import { packagesOf } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import { none, type Directory, type Offer, type RoleFacts, type System } from "../../config/system";
import { probes } from "./check";
import { certificates, dataDirOf, etcOf, imageNodes, imageRoles, keyOf, nameOf, portOf, unitOf, upstreamOf, urls, type ImageRole } from "./plan";
import { imageRegistriesRules } from "./rules";
import { imageRegistriesLeaf } from "./schema";

const facts = (role: ImageRole) =>
    ({
        needs: [],
        packages: (dc, family) => packagesOf(imageRegistriesLeaf, dc, family),
        enables: ["docker-registry.service"],
        watched: [unitOf(role)],
    }) satisfies RoleFacts;

const directory = (dc: DataCentre, role: ImageRole): Directory => ({
    path: dataDirOf(dc, role),
    key: keyOf(role, "dataDir"),
    what: `the images of ${nameOf(role)}`,
    remedy: "use one of your own, such as /data/docker-registry/private",
    stored: dataDirOf(dc, role),
});

export const imageRegistriesSystem = {
    leaf: imageRegistriesLeaf,
    roles: { "image-registry": facts("image-registry"), "image-mirror": facts("image-mirror") },
    duties: {},
    rules: [imageRegistriesRules],
    listeners: (dc, node) =>
        imageRoles.filter((role) => node.roles.includes(role)).map((role) => ({ port: portOf(dc, role), what: nameOf(role), key: keyOf(role, "port") })),
    offers: (dc): Offer[] => [
        { service: "images", to: "image-registry", protocol: "tcp", ports: portOf(dc, "image-registry"), from: [], why: nameOf("image-registry") },
        { service: "mirror", to: "image-mirror", protocol: "tcp", ports: portOf(dc, "image-mirror"), from: [], why: nameOf("image-mirror") },
    ],
    // Its upstream is elsewhere, and who calls it are the engines.
    calls: none,
    directories: (dc, node) => imageRoles.filter((role) => node.roles.includes(role)).map((role) => directory(dc, role)),
    requires: none,
    // Programs of packages.
    images: none,
    files: [certificates, ...imageRoles.map(etcOf)],
    steps: ["image-certificate", "image-mirror-login", "image-registry", "image-mirror", "image-trust"],
    probes,
    groupProbes: none,
    /** How images are named, and what engines ask for those of Docker Hub. */
    output: (dc) =>
        imageNodes(dc).length > 0 ? { registry: urls(dc, "image-registry")[0] ?? "", mirrors: urls(dc, "image-mirror"), upstream: upstreamOf(dc) } : undefined,
} satisfies System<typeof imageRegistriesLeaf>;
