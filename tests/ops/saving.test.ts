/** When the state is written: what is asked for, what is refused, and what holds where nothing is said. */
import { recordedHosts } from "../../ops/engine/checkpoint";
import { askedSaving, collectedSeldom, nodesSavedEach, savingEnvironment, savingOf } from "../../ops/engine/saving";
import { describedNodes, type Settings } from "../../ops/stack/settings";
import { makeFixture, resource, type Fixture } from "./fixture";

let fixture: Fixture;
beforeEach(() => (fixture = makeFixture()));
afterEach(() => fixture.remove());

const nodes = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `n${i}`, roles: ["docker"] }));
const settings = (kind: string, count: number): Settings => ({ config: { "datacentre:provider": { kind }, "datacentre:nodes": nodes(count) } });
const saving = (kind: string, count: number, CHECKPOINTS?: string) => savingOf(fixture.context, settings(kind, count), { CHECKPOINTS });

it("is once for many hosts that are there already, and at every step else", () => {
    expect(saving("existing", nodesSavedEach)).toBe("each");
    expect(saving("existing", nodesSavedEach + 1)).toBe("end");
    expect(saving("docker", nodesSavedEach + 1)).toBe("each");
});

it("is what is asked for", () => {
    expect(saving("existing", 3, "end")).toBe("end");
    expect(saving("existing", 500, "each")).toBe("each");
    expect(saving("existing", 3, "")).toBe("each");
    expect(saving("docker", 500, "each")).toBe("each");
});

it.each(["yes", "END", "1", "each,end"])("refuses CHECKPOINTS=%s", (CHECKPOINTS) => {
    expect(() => askedSaving({ CHECKPOINTS })).toThrow(expect.objectContaining({ message: `CHECKPOINTS=${CHECKPOINTS} means nothing`, remedy: expect.stringContaining("CHECKPOINTS=end") as string }));
});

it.each(["1", "true", "True"])("refuses the engine's own switch, which notes nothing: %s", (PULUMI_SKIP_CHECKPOINTS) => {
    expect(() => askedSaving({ PULUMI_SKIP_CHECKPOINTS })).toThrow(expect.objectContaining({ remedy: expect.stringContaining("CHECKPOINTS=end") as string }));
    expect(askedSaving({ PULUMI_SKIP_CHECKPOINTS: "false" })).toBeUndefined();
});

it.each(["docker", "containers", "alicloud"])("is never once where what is made can be lost: %s", (kind) => {
    expect(() => saving(kind, 3, "end")).toThrow(/CHECKPOINTS=end is not for this stack: .* would be lost to a state that is not written.*Nothing was touched/);
});

it("is not once while the state still has something of another provider", () => {
    fixture.writeState({ resources: [resource("command:remote:Command", "prepare-a"), { ...resource("docker:index/container:Container", "a"), custom: true }] });
    expect(() => saving("existing", 3, "end")).toThrow(/the state still has a \(docker:index\/container:Container\)/);
    expect(saving("existing", 500)).toBe("each");
});

it("counts recorded nodes as well: those that go cost as much", () => {
    fixture.writeState({ resources: nodes(60).map(({ name }) => resource("command:remote:Command", `prepare-${name}`)) });
    expect(saving("existing", 3)).toBe("end");
});

it("knows nodes by name", () => {
    expect(describedNodes({ config: { "datacentre:nodes": [{ name: "a", roles: ["etcd"] }, { name: "b" }, { name: "c", roles: [] }, "d", null] as never } })).toEqual(["a"]);
    expect(describedNodes({ config: { "datacentre:nodes": { secure: "x" } } })).toEqual([]);
    expect(recordedHosts({ resources: [resource("command:remote:Command", "prepare-a.example"), resource("command:remote:CopyToRemote", "prepare-b"), resource("command:remote:Command", "etcd-c")] })).toEqual(["a.example"]);
});

it("is told the engine by its environment", () => {
    expect(savingEnvironment("end", 60)).toEqual({ PULUMI_SKIP_CHECKPOINTS: "true", GOGC: "400", GOMEMLIMIT: "800MiB" });
    expect(collectedSeldom(2000, {})).toEqual({ GOGC: "400", GOMEMLIMIT: "2000MiB" });
    expect(collectedSeldom(2000, { GOGC: "100" })).toEqual({});
    expect(savingEnvironment("each")).toEqual({});
});
