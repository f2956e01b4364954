/** IPv4 addresses and networks as numbers: just what the rules need. Nothing here throws on odd text. */

/** A network; `first` and `last` are its network and broadcast addresses as unsigned 32-bit numbers. */
export interface Network {
    readonly first: number;
    readonly last: number;
    /** Prefix length, 0 to 32. */
    readonly bits: number;
}

/** An address as an unsigned 32-bit number; undefined for what is not four decimal numbers from 0 to 255. */
export function parseAddress(text: string): number | undefined {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
    if (!parts || parts.some((part) => part > 255)) {
        return undefined;
    }
    return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export const formatAddress = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");

/** A network from `address/bits`; bits of the host part are cleared. Undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
    const [, host = "", length = ""] = /^([^/]+)\/(\d{1,2})$/.exec(text) ?? [];
    const address = parseAddress(host);
    const bits = Number(length);
    if (address === undefined || length === "" || bits > 32) {
        return undefined;
    }
    const size = 2 ** (32 - bits);
    const first = Math.floor(address / size) * size;
    return { first, last: first + size - 1, bits };
}

export const formatNetwork = (network: Network): string => `${formatAddress(network.first)}/${network.bits}`;

export const contains = (network: Network, address: number): boolean => address >= network.first && address <= network.last;

export const within = (outer: Network, inner: Network): boolean => inner.first >= outer.first && inner.last <= outer.last;

export const overlaps = (a: Network, b: Network): boolean => a.first <= b.last && b.first <= a.last;

/** A network that is known to be one. @throws Error for any other text */
export const knownNetwork = (text: string): Network => {
    const network = parseNetwork(text);
    if (!network) {
        throw new Error(`${text} is no network`);
    }
    return network;
};

/** Space that is nobody's on the Internet: RFC 1918, and RFC 6598 (shared address space). */
export const privateSpace: readonly Network[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(knownNetwork);

/** Space that no host has for its own: "this network", loopback, link-local, multicast and reserved (RFC 6890). */
export const unusableSpace: readonly Network[] = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map(knownNetwork);

/** Where to look for free space first: within 10.0.0.0/8, and past its beginning, which offices and clouds like best. */
const likelyFree = knownNetwork("10.64.0.0/10");

export const isPrivate = (network: Network): boolean => privateSpace.some((space) => within(space, network));

/**
 * A private network of a wanted size that overlaps none of those that are taken.
 *
 * @param bits prefix length, 0 to 32; what is larger than all private space is not found
 */
export function freeNetwork(taken: readonly Network[], bits: number): Network | undefined {
    const size = 2 ** (32 - bits);
    for (const space of [likelyFree, ...privateSpace]) {
        let first = space.first;
        while (first + size - 1 <= space.last) {
            const here = { first, last: first + size - 1, bits };
            const other = taken.find((network) => overlaps(network, here));
            if (!other) {
                return here;
            }
            first = Math.floor(other.last / size + 1) * size;
        }
    }
    return undefined;
}
