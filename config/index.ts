/** The description of a data centre: its types, its checks, and the catalogue that it chooses from. */
export { roles } from "./schema";
export type { Brick, DataCentre, DataCentreInput, NodeSpec, ProviderSpec, Role, VolumeSpec } from "./schema";
export type { DockerNetwork, Network, Policy, PolicyRule, Pool } from "./schema-calico";
export type { Repository, Source } from "./schema-sources";
export { archiveOf, calicoArchive, calicoImages, calicoSeries, componentOf, hasBgp, imagesFor, isImaged, marathonImage, mesosImages, packagesFor, repositoryOf, sourceOf, versionOf, versionsOf } from "./catalogue";
export type { Component, DecidedSource, Family } from "./catalogue";
export type { Context, Sibling } from "./context";
export { ConfigError, faultLine, keyOf } from "./faults";
export type { Fault } from "./faults";
export { contextOf, parseStackFile, readStackFile, siblingsOf, stackNames } from "./files";
export { loadDataCentre, loadDescription } from "./load";
export type { Description } from "./load";
export { gatewayOf } from "./network";
export { bricksOf, mountNodes, nodesWith } from "./nodes";
export { parseDataCentre } from "./parse";
export type { Parsed } from "./parse";
export { secretValues } from "./secrets";
