/** Which changes of Mesos' masters go at once, in which stages others go, and which have no way but an empty registry. */
import { refuse, stages, type Change } from "../../ops/prepare/stages";

const of = {
    role: "mesos-master",
    step: "mesos-master",
    stay: "replicas",
    anew: { key: ["mesos", "reinitialiseRegistry"], parameter: "reinitialise", what: "the registry" },
} as const;

const change = (before: string, described: string, anew = false): Change => {
    const [old, now] = [[...before], [...described]];
    return {
        ...{ of, before: old, described: now, anew },
        stayers: now.filter((name) => old.includes(name)),
        leavers: old.filter((name) => !now.includes(name)),
        newcomers: now.filter((name) => !old.includes(name)),
    };
};
const way = (before: string, described: string): string[] | undefined => stages(change(before, described))?.map((names) => names.join(""));

it.each([
    ["abc", "abcde"],
    ["abcde", "abc"],
    ["abcde", "cde"],
    ["abc", "abd"],
    ["abcde", "abcfg"],
    ["a", "a"],
])("%s to %s goes at once", (before, described) => {
    expect(() => refuse(change(before, described))).not.toThrow();
});

it.each([
    ["abc", "abcdefg", ["abcde", "abcdefg"]],
    ["abcdefg", "abc", ["abcde", "abc"]],
    ["abc", "ade", ["abd", "ade"]],
    ["abc", "def", ["abd", "dae", "def"]],
    ["abc", "abdef", ["abcde", "abdef"]],
])("%s to %s goes in stages, each of which goes at once", (before, described, wanted) => {
    expect(way(before, described)).toEqual(wanted);
    [before, ...wanted].reduce((one, next) => {
        expect(() => refuse(change(one, next))).not.toThrow();
        return next;
    });
    expect(() => refuse(change(before, described))).toThrow(expect.objectContaining({ remedy: expect.stringContaining(`1. ${[...wanted[0]!].join(", ")}; then to 2. `) as string }) as Error);
});

it.each([
    ["a", "abc"],
    ["a", "b"],
    ["abc", "a"],
    ["abcde", "a"],
])("%s to %s has no way but an empty registry", (before, described) => {
    expect(way(before, described)).toBeUndefined();
    expect(() => refuse(change(before, described))).toThrow(
        expect.objectContaining({
            message: expect.stringMatching(/would stay, and \d must.*Nothing was touched/) as string,
            remedy: "where the registry may go, set datacentre:mesos.reinitialiseRegistry to a new word, such as the date",
        }) as Error,
    );
    expect(() => refuse(change(before, described, true))).not.toThrow();
});
