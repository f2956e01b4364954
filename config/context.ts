import type { BundleFolder } from "../components/bundle/folder";
import type { Path } from "./faults";

/** What of another stack's description matters to this one. Read leniently: it may have faults of its own. */
export interface Sibling {
    readonly stack: string;
    readonly kind: string;
    /** Of a `docker` or `containers` stack. */
    readonly prefix?: string;
    /** Of a `docker` or `containers` stack, CIDR. */
    readonly subnet?: string;
    /** Of a `containers` stack; empty for this machine's. */
    readonly engine?: string;
    readonly nodes: readonly { readonly name: string; readonly address: string; readonly hasRoles: boolean }[];
}

/** What is known of a private key file: whether it is there, can be read by this user, and its mode's last nine bits. */
export interface KeyFile {
    readonly found: boolean;
    readonly readable: boolean;
    readonly mode: number;
}

/** What the rules know besides the description itself. Everything but the stack's name may be left out. */
export interface Context {
    /** The stack's name, for texts and commands. */
    readonly stack: string;
    /** The project's other stacks. */
    readonly siblings?: readonly Sibling[];
    /** Whether the value at a place was stored encrypted; without it nothing is asked. */
    readonly isSecret?: (path: Path) => boolean;
    /** Looks at a file of the operator's; without it nothing is asked. */
    readonly keyFile?: (path: string) => KeyFile;
    /** Reads a bundle on the operator's machine, whole; without it nothing is asked, and nothing taken from it. */
    readonly bundle?: (path: string) => BundleFolder;
}
