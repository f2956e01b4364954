/** The machinery of descriptions: forms, faults, reading, and what is folded over all systems. It names none of them. */
export type { Context, Sibling } from "./context";
export { ConfigError, faultLine, keyOf } from "./faults";
export type { Fault } from "./faults";
export { projectDirectory, readStackFile, siblingsOf, stackNames } from "./files";
export type { Description } from "./load";
export { nodesWith } from "./nodes";
export type { Parsed } from "./parse";
export type { DataCentre, DataCentreInput, NodeSpec, ProviderSpec, Role } from "./schema";
export type { Family } from "./system-schema";
export { compose } from "./systems";
export type { Systems } from "./systems";
