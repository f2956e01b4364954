import type { z } from "zod";

import type { Upgrades } from "./upgrades";

/**
 * What a system's leaf says: how it is described, and where its programs are from. It takes nothing of ours that wants the
 * description's type, since that is made of all leaves.
 */
export interface SystemSchema {
    /** The system's name: in `versions` and `sources`, in the outputs, and in the rows of `make verify`. */
    readonly name: string;
    /** What it adds to `nodes[].roles`. */
    readonly roles: readonly string[];
    /** Where it is let in to, besides its roles: what the description places on nodes by a key of its own. */
    readonly duties: readonly string[];
    /** What others call on it, by names of its own; `zookeeper:clients` elsewhere. */
    readonly services: readonly string[];
    /** Its groups of the description, by key. */
    readonly groups: Readonly<Record<string, z.ZodType>>;
    /** What a node may set for it, by key. */
    readonly node: Readonly<Record<string, z.ZodType>>;
    /** Who packages its programs, where several do so in ways of their own: `sources.<name>.distribution`. */
    readonly distributions?: readonly Distribution[];
    /** Its versions, the default first; none for what has no programs of its own. */
    readonly catalogue: readonly Entry[];
    /** How a version may follow another; left out for what is upgraded with its host's other packages, or in a way of its own. */
    readonly upgrades?: Upgrades;
    /**
     * What works besides: a wish within it that no entry is, or one for a whole series, is left to what the hosts' sources have. None:
     * the catalogue's versions alone.
     */
    readonly works?: Bounds;
    /** The form of `sources.<name>`, where there is a choice; undefined for what comes as the hosts' packages alone. */
    readonly source?: z.ZodType;
    /** Images of `sources.<name>` are for nodes that are containers alone: on hosts it is installed. */
    readonly imagesInContainersOnly?: true;
    /** Keys (`*` for any index) whose values are secret: they must be set with `--secret` and never leave as plain text. */
    readonly secretKeys: readonly string[];
    /** Groups, of lists, in which any value may be secret. */
    readonly secretAnywhere?: readonly string[];
    /** Words for slips in its groups. */
    readonly words?: Words;
    /** What stands in for its values that are missing or not in their form: see salvage.ts. */
    readonly standIns?: StandIns;
}

/** An app of Marathon's that comes with the program: no role of its own, and host ports of the agents that it runs on. */
export interface AppSchema extends SystemSchema {
    readonly roles: readonly never[];
    readonly catalogue: readonly never[];
    /**
     * The host ports that it takes of a node's agent, which has to offer them.
     *
     * @param described the whole description, of which an app reads its own group
     */
    hostPorts(described: object, node: string): readonly number[];
}

/** Where nodes come from: one of the kinds of `provider`. */
export interface ProviderSchema {
    readonly kind: string;
    /**
     * Its form.
     *
     * @param duties who can be let in to whom: roles, and all other duties
     */
    schema(duties: readonly [string, ...string[]]): z.ZodObject;
    /** Duties that the provider gives to nodes itself. */
    readonly duties: readonly string[];
    /** Its nodes are for trying: what is no real program may stand in for one there, where the stack says so. */
    readonly isLab?: true;
    readonly words?: Words;
    readonly standIns?: StandIns;
}

/** Whole keys, or the end of one, from what they are called elsewhere, or were in old documents, to what they are called here. */
export interface Words {
    readonly oldKeys?: Readonly<Record<string, string>>;
    /** Keys that somebody will look for, in small letters without hyphens, and why they are not there. */
    readonly missingKeys?: Readonly<Record<string, string>>;
    readonly oldValues?: Readonly<Record<string, string>>;
}

export interface StandIns {
    /** By place with `*` for any index; a function is given the group around the value. */
    readonly values?: Readonly<Record<string, unknown>>;
    /** Texts that are read as something else, by place: how one of the wrong form is put back; undefined leaves the stand-in. */
    readonly restored?: Readonly<Record<string, (text: string) => unknown>>;
}

/** Package families, by the tool that the hosts' package interface is named after; `yum` is dnf too. */
export type Family = "apt" | "yum";

/** What a family's packages of one version are called. */
export interface Packages {
    /** The system's own packages, whose versions begin with the entry's. */
    readonly programs: readonly string[];
    /** Sets of other packages that do as well, each in place of all of these: a host keeps what it has. */
    readonly others?: readonly (readonly string[])[];
    /** What they run on, in whichever version the host's sources have; `a|b` for one of several, the better one first. */
    readonly needs: readonly string[];
    /** What our own steps use on its hosts, also where the programs run in images. */
    readonly tools?: readonly string[];
}

/** The first series and the last one, both included: "3.3" to "3.6". */
export interface Bounds {
    readonly from: string;
    readonly to: string;
}

/** One way in which a system's programs are packaged. */
export interface Distribution {
    readonly name: string;
    /** The host of the publisher's own repositories, by which a source is known that does not say it. */
    readonly publisher?: string;
}

/** One version of a system's programs. */
export interface Entry {
    /** Upstream's version; a package's version begins with it (`3.4.23-4+b4`). */
    readonly version: string;
    readonly packages: Readonly<Record<Family, Packages>>;
    /** The distributions that have it; left out where there is one alone. */
    readonly distributions?: readonly string[];
    /** Families for which somebody is known to package it; elsewhere the host's own sources may have it. */
    readonly offered: readonly Family[];
    /** Images that it runs in unless the description names others, by their keys in `sources`. */
    readonly images?: Readonly<Record<string, string>>;
    /** Images that it runs in where nodes are containers, by the same keys; none where nobody is known to publish any. */
    readonly containers?: Readonly<Record<string, string>>;
    /** Where it is from. */
    readonly note: string;
}

/** Packages that are all the system's own. */
export const plainPackages = (...programs: string[]): Packages => ({ programs, needs: [] });
