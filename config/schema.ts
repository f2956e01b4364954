import { z } from "zod";

// For its type alone: what holds at run time is handed in.
import type { Schemas } from "../components/schemas";
import type { AppSchema, ProviderSchema, SystemSchema } from "./system-schema";
import { distributedVersionText, hostAddress, hostKey, httpUrl, imageReference, ipv4, nodeName, port, unixUser, versionText } from "./texts";

/**
 * The one description of a data centre, as it stands under the project's name in `Pulumi.<stack>.yaml`: a frame of nodes, versions
 * and sources, and the groups of every system, each from that system's own leaf (`components/<system>/schema.ts`). Leaves say
 * what each key looks like; rules say what must hold between them.
 * `datacentre.schema.json`, which editors complete from, is generated from here (`make schema`).
 */

/** The leaves that a description is made of. */
export interface Leaves {
    readonly systems: readonly SystemSchema[];
    readonly apps: readonly AppSchema[];
    readonly providers: readonly ProviderSchema[];
}

/** All that is described by groups: systems, and the apps that come with the program. */
export const partsOf = ({ systems, apps }: Leaves): readonly SystemSchema[] => [...systems, ...apps];

export const rolesOf = (leaves: Leaves): string[] => leaves.systems.flatMap(({ roles }) => roles);

const dutiesOf = ({ systems, apps, providers }: Leaves): string[] => [
    ...systems.flatMap(({ roles }) => roles),
    ...[...apps, ...systems].flatMap(({ duties }) => duties),
    ...providers.flatMap(({ duties }) => duties),
];

type All<Union> = Flat<(Union extends unknown ? (one: Union) => void : never) extends (all: infer Both) => void ? Both : never>;
type Flat<T> = { [Key in keyof T]: T[Key] };

type SystemLeaf = Schemas["systems"][number] | Schemas["apps"][number];
type Groups = All<SystemLeaf["groups"]>;
type NodeKeys = All<SystemLeaf["node"]>;
type Versioned = Extract<SystemLeaf, { catalogue: readonly [unknown, ...unknown[]] }>;
type Sourced = Extract<SystemLeaf, { source: z.ZodType }>;
type Versions = { [Key in Versioned["name"]]: z.ZodOptional<typeof versionText> };
type Sources = { [Leaf in Sourced as Leaf["name"]]: z.ZodOptional<Leaf["source"]> };
type Provider = Schemas["providers"][number] extends infer Leaf ? (Leaf extends { schema: (...args: never[]) => infer Form } ? Form : never) : never;

/** A node's own keys, and after them what the systems add. */
const nodeFrame = <Roles extends z.ZodType>(roles: Roles) => ({
    name: nodeName.describe("The node's host name, unique in the stack; with dots or without."),
    address: ipv4.describe("The node's private IPv4 address: every service listens and is reached here, and SSH, unless `ssh.address` says otherwise."),
    roles: z.array(roles).default([]).describe("What runs on the node. None: the node is made, nothing is put on it."),
    ssh: z
        .strictObject({
            address: hostAddress
                .optional()
                .describe("Where this machine, or the bastion, reaches the host's SSH, if not at `address`: a management network's address, a public or a forwarded one, a name. Provider `existing` alone."),
            port: port.default(22),
            user: unixUser.default("root").describe("root, or a user with password-less sudo."),
            hostKey: hostKey.optional().describe("The host's public key. Needed for provider `existing`; made by us for `docker`."),
            bastion: z.boolean().optional().describe("Whether the node is reached through the provider's bastion; by default, if there is one."),
        })
        .prefault({})
        .describe("How the node is reached by SSH."),
    packages: z.enum(["auto", "apt", "yum"]).default("auto").describe("The host's package family; `auto` looks."),
});

const frame = <Provider extends z.ZodType, Node extends z.ZodType, Versions extends z.ZodObject, Sources extends z.ZodObject>(
    provider: Provider,
    node: Node,
    versions: Versions,
    sources: Sources,
) => ({
    extends: z.array(z.string()).optional().describe("Files of the checkout, laid out as this one, that stacks share: what they say holds where this one says nothing. Groups are merged key by key; a null takes a default away."),
    fallbacks: z
        .array(
            z.strictObject({
                unreached: httpUrl.optional().describe("A place that is asked by `make` when the stack is first looked at."),
                unpublished: z
                    .strictObject({
                        repositories: z.array(z.string()).default([]).describe("Names in `sources`: the repository's index, its signature, and the packages that are needed of it."),
                        images: z.array(imageReference).default([]).describe("At their registries, for this machine's architecture."),
                    })
                    .optional()
                    .describe("What publishers have to have, which is looked at then."),
                take: z.string().describe("The file, from the checkout's top."),
            }),
        )
        .optional()
        .describe("Files of the checkout, laid out as this one, whose keys hold over this one's where `make` does not reach a place, or not all is published. Plain Pulumi goes by what the stack file says."),
    provider: provider.describe("Where the nodes come from."),
    nodes: z.array(node).min(1).describe("The nodes, in order: the first of a role goes first."),
    security: z
        .enum(["default", "seed"])
        .default("default")
        .describe("`seed` allows what the old documents do (plain HTTP registries); `default` refuses it."),
    versions: versions.prefault({} as z.input<Versions>).describe("Versions from the catalogue, or a series that works and hosts' package sources have (\"24\", \"3.5\"); each component has a default."),
    sources: sources.prefault({} as z.input<Sources>).describe("Where programs come from, over the catalogue's entries."),
    timeServers: z
        .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/, "use a host name or address"))
        .default([])
        .describe("NTP servers; by default the package's own."),
});

type RoleForm = z.ZodEnum<{ [Name in Role]: Name }>;
type NodeForm = z.ZodObject<Flat<ReturnType<typeof nodeFrame<RoleForm>> & NodeKeys>>;
/** The form of a whole description. */
export type DescriptionForm = z.ZodObject<
    Flat<ReturnType<typeof frame<z.ZodUnion<[Provider]>, NodeForm, z.ZodObject<Versions>, z.ZodObject<Sources>>> & Groups>
>;

/** What a node does. Every node with any role is prepared and watched; one with none is only made. */
export type Role = Schemas["systems"][number]["roles"][number];
/** The description after defaults: what every component works from. */
export type DataCentre = z.output<DescriptionForm>;
/** The description as a person writes it. */
export type DataCentreInput = z.input<DescriptionForm>;
export type NodeSpec = DataCentre["nodes"][number];
export type ProviderSpec = DataCentre["provider"];
/** Who can be let in to whom: roles, and whatever else the description or the provider places on nodes. */
export type Duty = Role | SystemLeaf["duties"][number] | Schemas["providers"][number]["duties"][number];
/** What others call on a system: `zookeeper:clients`. */
export type Service = SystemLeaf extends infer Leaf ? (Leaf extends { name: infer Name extends string; services: readonly (infer One extends string)[] } ? `${Name}:${One}` : never) : never;

/**
 * The form that descriptions have for these leaves. Its type is that of the leaves which the program has; a system that is handed
 * in besides reads its own groups by itself.
 */
export function descriptionForm(leaves: Leaves): DescriptionForm {
    const parts = partsOf(leaves);
    const duties = dutiesOf(leaves) as [string];
    const merged = (of: (part: SystemSchema) => Readonly<Record<string, z.ZodType>>): Record<string, z.ZodType> =>
        Object.assign({}, ...parts.map(of)) as Record<string, z.ZodType>;
    const provider = z.discriminatedUnion("kind", leaves.providers.map((leaf) => leaf.schema(duties)) as unknown as [z.ZodObject<{ kind: z.ZodLiteral }>]);
    const node = z.strictObject({ ...nodeFrame(z.enum(rolesOf(leaves))), ...merged((part) => part.node) });
    const version = ({ distributions }: SystemSchema) => (distributions ? distributedVersionText : versionText).optional();
    const versions = z.strictObject(merged((leaf) => (leaf.catalogue.length > 0 ? { [leaf.name]: version(leaf) } : {})));
    const sources = z.strictObject(merged(({ name: part, source }) => (source ? { [part]: source.optional() } : {})));
    return z.strictObject({ ...frame(provider, node, versions, sources), ...merged((part) => part.groups) }) as unknown as DescriptionForm;
}
