import fc from "fast-check";

import { gatewayOf } from "../../components/nodes/docker/plan";
import {
    contains,
    formatAddress,
    formatNetwork,
    freeNetwork,
    isPrivate,
    overlaps,
    parseAddress,
    parseNetwork,
    privateSpace,
    within,
    type Network,
} from "../../config/network";

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const network = fc
    .record({ address, bits: fc.integer({ min: 0, max: 32 }) })
    .map(({ address: host, bits }) => parseNetwork(`${formatAddress(host)}/${bits}`)!);
const net = (text: string): Network => parseNetwork(text)!;

it("reads back every address that it writes", () => {
    fc.assert(fc.property(address, (value) => parseAddress(formatAddress(value)) === value));
});

it("reads back every network that it writes", () => {
    fc.assert(fc.property(network, (value) => expect(net(formatNetwork(value))).toEqual(value)));
});

it("agrees on an overlap whichever is asked first, and with a common address", () => {
    fc.assert(
        fc.property(network, network, (a, b) => {
            const common = contains(a, b.first) || contains(b, a.first);
            return overlaps(a, b) === common && overlaps(b, a) === common;
        }),
    );
});

it("knows that networks which overlap are one within the other", () => {
    fc.assert(fc.property(network, network, (a, b) => overlaps(a, b) === (within(a, b) || within(b, a))));
});

it("holds in a network just the addresses that share its first bits", () => {
    fc.assert(
        fc.property(network, address, (a, value) => {
            const prefix = (number: number) => number.toString(2).padStart(32, "0").slice(0, a.bits);
            return contains(a, value) === (prefix(a.first) === prefix(value));
        }),
    );
});

it.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "a.b.c.d", "1.2.3.4 ", "0x1.2.3.4", "1..2.3"])(
    "takes %j for no address",
    (text) => {
        expect(parseAddress(text)).toBeUndefined();
    },
);

it.each(["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "/8", "10.0.0.0/8/8"])("takes %j for no network", (text) => {
    expect(parseNetwork(text)).toBeUndefined();
});

it.each([
    ["10.0.0.0/8", true],
    ["172.16.0.0/12", true],
    ["172.31.255.0/24", true],
    ["192.168.7.0/24", true],
    ["100.64.0.0/10", true],
    ["172.0.0.0/24", false],
    ["172.32.0.0/24", false],
    ["172.0.0.0/8", false],
    ["0.0.0.0/0", false],
    ["8.8.8.0/24", false],
])("%s is private: %s", (text, expected) => {
    expect(isPrivate(net(text))).toBe(expected);
});

it("gives the network's last usable address to the bridge unless told otherwise", () => {
    expect(gatewayOf({ subnet: "172.18.1.0/24" })).toBe("172.18.1.254");
    expect(gatewayOf({ subnet: "172.18.1.0/24", gateway: "172.18.1.9" })).toBe("172.18.1.9");
});

describe("a free network", () => {
    const inTen = fc
        .record({ host: fc.integer({ min: 0, max: 2 ** 24 - 1 }), bits: fc.integer({ min: 9, max: 28 }) })
        .map(({ host, bits }) => parseNetwork(`${formatAddress(0x0a000000 + host)}/${bits}`)!);

    it("is nobody's, private, whole, and of the wanted size", () => {
        fc.assert(
            fc.property(fc.array(fc.oneof(inTen, network), { maxLength: 12 }), fc.integer({ min: 8, max: 32 }), (taken, bits) => {
                const free = freeNetwork(taken, bits);
                if (free) {
                    expect(taken.some((other) => overlaps(other, free))).toBe(false);
                    expect([isPrivate(free), free.bits, net(formatNetwork(free))]).toEqual([true, bits, free]);
                }
            }),
        );
    });

    it("is found where there is one", () => {
        fc.assert(
            fc.property(fc.array(inTen, { maxLength: 8 }), fc.integer({ min: 12, max: 32 }), (taken, bits) => {
                // All of 10.0.0.0/8 may be taken; the next space is not.
                expect(freeNetwork(taken, bits)).toBeDefined();
            }),
        );
        const twoLeft = [...privateSpace.slice(1), net("10.0.0.0/9"), net("10.128.0.0/15"), net("10.132.0.0/14"), net("10.136.0.0/13"), net("10.144.0.0/12"), net("10.160.0.0/11"), net("10.192.0.0/10")];
        expect(formatNetwork(freeNetwork(twoLeft, 15)!)).toBe("10.130.0.0/15");
        expect(freeNetwork(twoLeft, 14)).toBeUndefined();
        expect(freeNetwork([net("0.0.0.0/0")], 32)).toBeUndefined();
        expect(freeNetwork([], 0)).toBeUndefined();
    });
});
