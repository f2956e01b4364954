import { merge } from "../../ops/stack/merge";

const secret = { secure: "v1:abc" };

it("takes either side's changes, and mine where both changed the same", () => {
    const base = { a: 1, b: 1, c: 1, gone: 1 };
    expect(merge(base, { ...base, a: 2, c: 2 }, { b: 3, a: 1, c: 3 })).toEqual({ a: 2, b: 3, c: 2 });
});

it("keeps what was added on both sides, and what was taken away on either", () => {
    expect(merge({ a: 1, b: 1 }, { a: 1, mine: 1 }, { b: 1, theirs: 1 })).toEqual({ mine: 1, theirs: 1 });
});

it("keeps a password that was set here with its registry while the list around it changes", () => {
    const base = { credentials: [{ registry: "a:1", username: "u" }] };
    const mine = { credentials: [{ registry: "a:1", username: "u", password: secret }] };
    const theirs = { credentials: [{ registry: "b:1", username: "v" }, { registry: "a:1", username: "w" }] };
    expect(merge(base, mine, theirs)).toEqual({
        credentials: [
            { registry: "b:1", username: "v" },
            { registry: "a:1", username: "w", password: secret },
        ],
    });
});

it("never moves a password to another registry: it goes with the element", () => {
    const base = { credentials: [{ registry: "a:1" }, { registry: "b:1" }] };
    const mine = { credentials: [{ registry: "a:1", password: secret }, { registry: "b:1" }] };
    const theirs = { credentials: [{ registry: "b:1" }] };
    expect(merge(base, mine, theirs)).toEqual({ credentials: [{ registry: "b:1" }] });
});

it("keeps a list that was begun here", () => {
    expect(merge({}, { credentials: [{ password: secret }] }, { other: 1 })).toEqual({ other: 1, credentials: [{ password: secret }] });
});

it("follows the tracked order of nodes, and keeps what was set here for one of them", () => {
    const base = [{ name: "a" }, { name: "b" }];
    expect(merge(base, [{ name: "a", x: 1 }, { name: "b" }], [{ name: "c" }, { name: "b", y: 1 }, { name: "a" }])).toEqual([
        { name: "c" },
        { name: "b", y: 1 },
        { name: "a", x: 1 },
    ]);
});
