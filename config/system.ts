import type { GroupProbe, Probe } from "../components/verify/probe";
import type { ContainerOf } from "./container";
import type { Context } from "./context";
import type { Fault, Path } from "./faults";
import type { DataCentre, DescriptionForm, Duty, NodeSpec, Role, Service } from "./schema";
import type { AppSchema, Family, ProviderSchema, StandIns, SystemSchema, Words } from "./system-schema";

/**
 * What a system says of itself, besides how it is described: everything that enumerates systems is folded over this. All of it is
 * pure, and no part may be left out: what a system does not have, it says by `none`.
 */
export interface Part<Leaf extends SystemSchema = SystemSchema> {
    readonly leaf: Leaf;
    /** What must hold for it. */
    readonly rules: readonly Rule[];
    /** For each of its duties: where it is, and what hosts get for it. */
    readonly duties: { readonly [Duty in Leaf["duties"][number]]: DutyFacts };
    /** What listens on a node. */
    readonly listeners: (dc: DataCentre, node: NodeSpec) => Listener[];
    /** What it lets others in to. */
    readonly offers: (dc: DataCentre) => Offer[];
    /** Whom it calls: what the others' offers are opened to it for. */
    readonly calls: (dc: DataCentre) => Call[];
    /** Its directories on a node. */
    readonly directories: (dc: DataCentre, node: NodeSpec) => Directory[];
    /** What a host must have for it; looked for before anything is touched. */
    readonly requires: (dc: DataCentre, node: NodeSpec) => Requirement[];
    /** Images that it needs. */
    readonly images: (dc: DataCentre) => NamedImage[];
    /** Files and directories of hosts, by path, that are its own with all that is in them. */
    readonly files: readonly string[];
    /** Its steps on hosts, by name; each takes back what it did. */
    readonly steps: readonly string[];
    /** Rows of `make verify`: questions to one node each. */
    readonly probes: (dc: DataCentre, about: About) => Probe[];
    /** Rows of `make verify` about what only holds between nodes. */
    readonly groupProbes: (dc: DataCentre, about: About) => GroupProbe[];
    /** Where it is, for others: its part of the output `services`. */
    readonly output: (dc: DataCentre) => unknown;
}

export interface System<Leaf extends SystemSchema = SystemSchema> extends Part<Leaf> {
    /** For each of its roles: whom it needs, and what its hosts get. */
    readonly roles: { readonly [Role in Leaf["roles"][number]]: RoleFacts };
    /** What is worked from instead of the description, where it is one that changes others; with all that forbids it. */
    readonly adjust?: (dc: DataCentre, context: Context, systems: Systems) => { readonly dataCentre: DataCentre; readonly faults: readonly Fault[] };
}

/** An app of Marathon's that comes with the program. */
export interface App<Leaf extends AppSchema = AppSchema> extends Part<Leaf> {
    /** The app as Marathon takes it; undefined where it is not described, or where its nodes are none. */
    readonly definition: (dc: DataCentre) => { readonly id: string; readonly [key: string]: unknown } | undefined;
}

/** Where nodes come from. */
export interface Provider {
    readonly leaf: ProviderSchema;
    readonly rules: readonly Rule[];
    /** Rows of `make verify` about what the provider gave its machines. */
    readonly probes: (dc: DataCentre, about: About) => Probe[];
    /** And about what holds between them. */
    readonly groupProbes?: (dc: DataCentre, about: About) => GroupProbe[];
}

/** How descriptions are written: their form, and the words for what is wrong in it. */
export interface Form {
    readonly schema: DescriptionForm;
    readonly roles: readonly Role[];
    /** Keys (`*` for any index) whose values are secret. */
    readonly secretKeys: readonly string[];
    readonly words: Required<Words>;
    readonly standIns: Required<StandIns>;
}

/** All systems that a program knows, the apps that come with it, and where nodes can come from. */
export interface Systems {
    readonly systems: readonly System[];
    readonly apps: readonly App[];
    readonly providers: readonly Provider[];
    /** Systems, then apps. */
    readonly parts: readonly Part[];
    readonly form: Form;
}

/** Pure, and never throws, also not on values of the wrong form. */
export type Rule = (dc: DataCentre, context: Context, systems: Systems) => Fault[];

/** What the questions of `make verify` go by besides the description. */
export interface About {
    /** `project/stack`, which the hosts must belong to. */
    readonly owner: string;
    readonly systems: Systems;
}

/** For what a system does not have. Said, so that it is not forgotten. */
export const none = (): never[] => [];

/** The same for what is a list. */
export const nothing: readonly never[] = [];

export interface RoleFacts {
    /** Roles without which this one is nothing, and why. */
    readonly needs: readonly { readonly role: Role; readonly why: string }[];
    /** Packages, each `name` or `name=version prefix`. */
    readonly packages: (dc: DataCentre, family: Family) => string[];
    /** Packages of the same programs under other names, in whose place those come. */
    readonly replaces?: (dc: DataCentre, family: Family) => string[];
    /** `name spec`: what does as well as that package where a host has it already. */
    readonly instead?: (dc: DataCentre, family: Family) => string[];
    /** Units that those packages enable by themselves. */
    readonly enables: readonly string[];
    /**
     * The step that brings the system's own packages to another version on a host that it has set up, in that host's turn; left out where
     * the first step of the host does, on all hosts at once.
     */
    readonly upgradedBy?: string;
    /** Units of ours whose failure somebody should know of. */
    readonly watched: readonly string[];
    /** Whether it is made to serve everybody, the internet too. */
    readonly servesOutside?: boolean;
    /** How it runs where nodes are containers themselves; left out by what needs a host. */
    readonly container?: ContainerOf;
    /** Of a role whose nodes agree by a majority. */
    readonly quorum?: Quorum;
}

/** A key whose word, each new one once, has members put aside what they agreed on. */
export interface Anew {
    readonly key: readonly [group: string, name: string];
    /** The word's name among the step's parameters. */
    readonly parameter: string;
    /** What is lost. */
    readonly what: string;
}

/** How members of a system come and go (ops/prepare/membership.ts). */
export interface Quorum {
    /** The step that makes a node a member. Its scripts define `tell` and `leave` besides (components/step/lib.sh). */
    readonly step: string;
    /**
     * How many of those who were there must stay in one go: `one` where the system itself changes its list of members, a vote at a
     * time; `majority` where each member is told the whole list when it starts; `replicas` where, besides, none but those who were
     * there can make up the new majority, and there is no even number.
     */
    readonly stay: "one" | "majority" | "replicas";
    /** How a description asks for members that begin with nothing, where no other way leads to it. */
    readonly anew?: Anew;
}

export interface DutyFacts extends RoleFacts {
    /** The names of the nodes that have it. */
    readonly nodes: (dc: DataCentre) => readonly string[];
}

/** A port that a service of a node listens on. */
export interface Listener {
    readonly port: number;
    readonly what: string;
    /** Undefined for ports that the description cannot change. */
    readonly key?: Path;
}

/** One thing that is let in to the nodes with a role or duty. */
export interface Offer {
    /** Without the system's own name: `clients`. */
    readonly service: string;
    readonly to: Duty;
    /** `all` is every protocol. */
    readonly protocol: "tcp" | "udp" | "icmp" | "all";
    /** One port, both ends of a range, or undefined where there are no ports. */
    readonly ports: number | readonly [number, number] | undefined;
    /** Roles and duties that reach it whoever else does: its own, and those that it names itself. */
    readonly from: readonly Duty[];
    readonly why: string;
}

/** One of another system's services that this one calls. */
export interface Call {
    readonly service: Service;
    /** Roles and duties that call it. */
    readonly from: readonly Duty[];
}

/** A directory of ours on a node. */
export interface Directory {
    readonly path: string;
    /** The key that puts it there; undefined for what the description cannot change, which no rule looks at. */
    readonly key?: Path;
    /** In a sentence: "the data of etcd". */
    readonly what: string;
    /** What to use instead of a bad one. */
    readonly remedy: string;
    /** The directory that holds what users stored, and stays when the stack goes; undefined where nobody stored anything. */
    readonly stored: string | undefined;
}

/** `cgroup1` or `cgroup2` for that version of control groups, `noswap` for no swap, or a kernel module: what preflight.sh knows to look for. */
export interface Requirement {
    readonly what: string;
    /** In a sentence: "mounts of GlusterFS need". */
    readonly why: string;
    /** What else would do than a host that has it; of control groups. */
    readonly otherwise?: string;
}

/** An image, and the nodes whose engines need it. */
export interface NamedImage {
    readonly image: string;
    /** The key that names it. */
    readonly path: Path;
    readonly nodes: readonly NodeSpec[];
    /** The role whose program it is, for those that run in containers instead of from packages. */
    readonly role?: Role;
    /** How that role's program can be had without containers. */
    readonly otherwise?: string;
}
