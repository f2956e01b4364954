import { CommandHandler, LOCAL } from "../../lab/plugins/command/command";
import { CopyHandler } from "../../lab/plugins/command/copy";
import { commandProvider } from "../../lab/plugins/command/provider";
import { Secret, UNKNOWN, containsSecrets } from "../../lab/plugins/provider/values";
import type { PropertyMap, Value } from "../../lab/plugins/provider/values";
import { testContext } from "./support";

const handler = new CommandHandler();
const { context } = testContext("n");
const connection = { host: "h", privateKey: "KEY" };
const base: PropertyMap = { connection, create: "x", triggers: [1], environment: { A: "1" } };

async function check(news: PropertyMap): Promise<{ inputs: PropertyMap; failures: string[] }> {
    const { inputs, failures } = await handler.check(context, {}, news);
    return { inputs, failures: failures.map(({ property, reason }) => `${property}: ${reason}`) };
}

async function diff(news: PropertyMap, ignore: string[] = []): Promise<Record<string, string>> {
    const before = (await check(base)).inputs;
    const state = { ...before, stdout: "", stderr: "" };
    const result = await handler.diff(context, "id", before, state, (await check(news)).inputs, ignore);
    expect(result.deleteBeforeReplace).toBe(false);
    return Object.fromEntries(result.detailed);
}

describe("command:remote:Command inputs", () => {
    test("Check fills in the defaults and marks the connection and its keys secret", async () => {
        const { inputs, failures } = await check({ connection: { ...connection, proxy: { host: "p" } }, create: "x" });
        expect(failures).toEqual([]);
        const defaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
        expect(inputs).toEqual({
            connection: new Secret({ ...defaults, host: "h", privateKey: new Secret("KEY"), proxy: { ...defaults, host: "p" } }),
            create: "x",
        });
    });

    test.each<[string, PropertyMap, string]>([
        ["no connection", { create: "x" }, "connection: Missing required field 'connection' on 'remote.CommandInputs'"],
        ["no host", { connection: {} }, "connection: An error occurred decoding 'CommandInputs.connection': 1 failures "
            + "decoding:\n\thost: Missing required field 'host' on 'remote.Connection'"],
        ["an unknown property", { connection, bogus: 1 }, "bogus: Unrecognized field 'bogus' on 'remote.CommandInputs'"],
        ["an unknown connection property", { connection: { ...connection, foo: "b" } }, "connection: An error occurred decoding "
            + "'CommandInputs.connection': 1 failures decoding:\n\tfoo: Unrecognized field 'foo' on 'remote.Connection'"],
        ["a number as command", { connection, create: 1 },
            "create: Field 'create' on 'remote.CommandInputs' must be a 'string'; got 'float64' instead"],
        ["a text as port", { connection: { ...connection, port: "22" } }, "connection: An error occurred decoding "
            + "'CommandInputs.connection': 1 failures decoding:\n\tport: Field 'port' on 'remote.Connection' must be a "
            + "'float64'; got 'string' instead"],
        ["a number in the environment", { connection, environment: { A: 1 } }, "environment[A] value: Field 'environment[A] "
            + "value' on 'remote.CommandInputs' must be a 'string'; got 'float64' instead"],
        ["triggers that are no list", { connection, triggers: "x" },
            "triggers: Field 'triggers' on 'remote.CommandInputs' must be a '[]interface {}'; got 'string' instead"],
        ["a text as switch", { connection, addPreviousOutputInEnv: "yes" },
            "addPreviousOutputInEnv: Field 'addPreviousOutputInEnv' on 'remote.CommandInputs' must be a 'bool'; "
            + "got 'string' instead"],
    ])("Check refuses %s", async (_what, news, reason) => {
        const { inputs, failures } = await check(news);
        expect(failures).toEqual([reason]);
        expect(inputs["connection"] === undefined || inputs["connection"] instanceof Secret).toBe(true);
        expect(JSON.stringify(failures)).not.toContain("KEY");
    });

    test("unknown values pass Check and stay unknown", async () => {
        const { inputs, failures } = await check({ connection: UNKNOWN, create: UNKNOWN, stdin: new Secret(UNKNOWN) });
        expect(failures).toEqual([]);
        expect(inputs).toEqual({ connection: new Secret(UNKNOWN), create: UNKNOWN, stdin: new Secret(UNKNOWN) });
    });
});

describe("command:remote:Command differences, as the genuine provider 1.2.1 answers them", () => {
    test.each<[string, PropertyMap, Record<string, string>]>([
        ["nothing", base, {}],
        ["create", { ...base, create: "y" }, { create: "update" }],
        ["create made secret", { ...base, create: new Secret("x") }, { create: "update" }],
        ["delete added", { ...base, delete: "d" }, { delete: "add" }],
        ["environment", { ...base, environment: { A: "2", B: "3" } }, { "environment.A": "update", "environment.B": "add" }],
        ["connection", { ...base, connection: { ...connection, host: "h2" } }, { connection: "update" }],
        ["an unknown connection", { ...base, connection: UNKNOWN }, {}],
        ["an element of triggers", { ...base, triggers: [2] }, { "triggers[0]": "update" }],
        ["another trigger", { ...base, triggers: [1, 2] }, { "triggers[1]": "add" }],
        ["triggers as a whole", { connection, create: "x", environment: { A: "1" } }, { triggers: "delete-replace" }],
        ["internal properties", { ...base, version: "1.2.1", __x: 1 }, {}],
    ])("%s", async (_what, news, expected) => {
        const checked = news["__x"] === undefined ? news : base;
        const extra: PropertyMap = news["__x"] === undefined ? {} : { version: "1", __x: 1 };
        const before = (await check(base)).inputs;
        const after = { ...(await check(checked)).inputs, ...extra };
        const result = await handler.diff(context, "id", before, before, after, []);
        expect(Object.fromEntries(result.detailed)).toEqual(expected);
    });

    test("ignoreChanges takes the property from state", async () => {
        expect(await diff({ ...base, create: "zz" }, ["create"])).toEqual({});
        expect(await diff({ ...base, create: "zz" })).toEqual({ create: "update" });
    });
});

describe("command:local:Command inputs", () => {
    const local = new CommandHandler(LOCAL);

    test("Check adds nothing", async () => {
        const news: PropertyMap = { create: "x", interpreter: ["bash", "-c"], dir: "/", stdin: new Secret("s"), triggers: [UNKNOWN] };
        expect(await local.check(context, {}, news)).toEqual({ inputs: news, failures: [] });
        expect(await local.check(context, {}, {})).toEqual({ inputs: {}, failures: [] });
    });

    test.each<[PropertyMap, string]>([
        [{ connection }, "Unrecognized field 'connection' on 'local.CommandInputs'"],
        [{ create: 1 }, "Field 'create' on 'local.CommandInputs' must be a 'string'; got 'float64' instead"],
        [{ interpreter: "bash" }, "Field 'interpreter' on 'local.CommandInputs' must be a '[]string'; got 'string' instead"],
        [{ interpreter: ["bash", 1] },
            "Field 'interpreter[1]' on 'local.CommandInputs' must be a 'string'; got 'float64' instead"],
        [{ assetPaths: ["x"] }, "assetPaths is not implemented by the stand-in of the command provider: leave it out, or "
            + "install the genuine plugin 1.2.1"],
        [{ archivePaths: ["x"] }, "archivePaths is not implemented by the stand-in of the command provider: leave it out, or "
            + "install the genuine plugin 1.2.1"],
    ])("Check refuses %j", async (news, reason) => {
        expect((await local.check(context, {}, news)).failures.map((failure) => failure.reason)).toEqual([reason]);
    });

    test("differences are those of remote commands", async () => {
        const before: PropertyMap = { create: "x", dir: "/", triggers: [1] };
        const differences = async (news: PropertyMap): Promise<Record<string, string>> =>
            Object.fromEntries((await local.diff(context, "id", before, before, news, [])).detailed);
        expect(await differences({ ...before, dir: "/tmp", triggers: [2] })).toEqual({ dir: "update", "triggers[0]": "update" });
        expect(await differences({ create: "x", dir: "/" })).toEqual({ triggers: "delete-replace" });
    });
});

describe("previews run nothing", () => {
    test("creation: outputs are unknown, inputs as given", async () => {
        const { inputs } = await check({ ...base, stdin: new Secret("s") });
        const { properties } = await handler.create(context, inputs, true);
        expect(properties).toEqual({ ...inputs, stdout: UNKNOWN, stderr: UNKNOWN });
    });

    test("update: outputs stay when nothing changed, are unknown when something did", async () => {
        const { inputs } = await check(base);
        const state = { ...inputs, stdout: "o", stderr: "e" };
        const same = await handler.update(context, "id", state, inputs, [], true);
        expect(same).toEqual(state);
        const changed = await handler.update(context, "id", state, { ...inputs, create: "y" }, [], true);
        expect(changed).toEqual({ ...inputs, create: "y", stdout: UNKNOWN, stderr: UNKNOWN });
    });

    test("a create without a command stores empty output, and Read answers what it was given", async () => {
        const { inputs } = await check({ connection });
        const { id, properties } = await handler.create(context, inputs, false);
        expect(id).toMatch(/^n[0-9a-f]{8}$/);
        expect(properties).toEqual({ ...inputs, stdout: "", stderr: "" });
        expect(await handler.read(context, id, properties, inputs)).toEqual({ id, properties, inputs });
    });
});

describe("other types", () => {
    test.each([
        ["command:remote:CopyFile", /command:remote:CopyFile is not implemented by the stand-in/],
        ["command:remote:Nope", /Resource 'remote:Nope' not found/],
    ])("%s is refused", (type, message) => {
        expect(commandProvider.resources.has(type)).toBe(false);
        expect(commandProvider.unknownType(type).message).toMatch(message);
    });

    test("command:local:run is refused", () => {
        expect(() => commandProvider.invoke?.("command:local:run", {})).toThrow(/^command:local:run is not implemented by the /);
    });

    test.each<[string, Value, string[]]>([
        ["a list", ["x"], ["source"]],
        ["an asset without path or text", { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17" }, ["asset"]],
    ])("CopyToRemote refuses %s as source", async (_what, source, properties) => {
        const news: PropertyMap = { connection, source, remotePath: "/x" };
        const { inputs, failures } = await new CopyHandler().check(context, {}, news);
        expect(failures.map(({ property }) => property)).toEqual(properties);
        expect(containsSecrets(inputs)).toBe(true);
    });
});
