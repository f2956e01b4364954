import { BridgedHandler } from "../../lab/plugins/docker/bridged";
import { containerDriver } from "../../lab/plugins/docker/container";
import { dockerProvider } from "../../lab/plugins/docker/provider";
import { UNKNOWN } from "../../lab/plugins/provider/values";
import type { PropertyMap } from "../../lab/plugins/provider/values";
import { testContext } from "./support";

const handler = new BridgedHandler(containerDriver, () => {
    throw new Error("checking must not call the engine");
});
const { context } = testContext("nm");

async function check(news: PropertyMap): Promise<{ inputs: PropertyMap; reasons: string[] }> {
    const { inputs, failures } = await handler.check(context, {}, news, new Uint8Array());
    return { inputs, reasons: failures.map(({ reason }) => reason) };
}

describe("docker:index/container:Container inputs", () => {
    test("defaults are filled in and listed", async () => {
        const { inputs, reasons } = await check({ image: "i", name: "x", devices: [{ hostPath: "/dev/fuse" }] });
        expect(reasons).toEqual([]);
        expect(inputs).toEqual({
            __defaults: ["containerReadRefreshTimeoutMilliseconds", "mustRun", "networkMode", "removeVolumes", "restart", "start",
                "waitTimeout"],
            containerReadRefreshTimeoutMilliseconds: 15000, image: "i", mustRun: true, name: "x", networkMode: "bridge",
            removeVolumes: true, restart: "no", start: true, waitTimeout: 60,
            devices: [{ __defaults: ["permissions"], hostPath: "/dev/fuse", permissions: "rwm" }],
        });
    });

    test.each<[string, PropertyMap, string]>([
        ["no image", { name: "x" }, "Missing required argument. The argument \"image\" is required, but no definition was "
            + "found.. Examine values at 'nm.image'."],
        ["an unknown property", { image: "i", bogus: 1 }, "Invalid or unknown key. Examine values at 'nm.bogus'."],
        ["an unknown nested property", { image: "i", volumes: [{ foo: 1 }] },
            "Invalid or unknown key. Examine values at 'nm.volumes'."],
        ["a missing nested property", { image: "i", hosts: [{ host: "a" }] }, "Missing required argument. The argument "
            + "\"host.0.ip\" is required, but no definition was found.. Examine values at 'nm.hosts'."],
        ["an object as text", { image: { a: 1 } }, "Attribute must be a single value, not a map. Examine values at 'nm.image'."],
        ["a text as map", { image: "i", tmpfs: "x" }, "Attribute must be a map. Examine values at 'nm.tmpfs'."],
        ["a bad switch", { image: "i", privileged: "yes" },
            "cannot parse '' as bool: strconv.ParseBool: parsing \"yes\": invalid syntax. Examine values at 'nm.privileged'."],
        ["a bad restart policy", { image: "i", restart: "sometimes" }, "'sometimes' doesn't match the pattern "
            + "'^(no|on-failure|always|unless-stopped)$'. 'sometimes' doesn't match the pattern "
            + "'^(no|on-failure|always|unless-stopped)$'. Examine values at 'nm.restart'."],
        ["a content that is not base64", { image: "i", uploads: [{ file: "/f", contentBase64: "x" }] }, "'x' is not base64 "
            + "decodeable. 'x' is not base64 decodeable. Examine values at 'nm.uploads'."],
        ["a relative host path", { image: "i", volumes: [{ hostPath: "rel", containerPath: "/x" }] },
            "'rel' must be an absolute path. 'rel' must be an absolute path. Examine values at 'nm.volumes'."],
        ["what the stand-in does not do", { image: "i", mounts: [] }, "mounts is not implemented by the stand-in of the docker "
            + "provider: leave it out, or install the genuine plugin. Examine values at 'nm.mounts'."],
        ["an output", { image: "i", bridge: "b" }, "Value for unconfigurable attribute. Can't configure a value for \"bridge\": "
            + "its value will be decided automatically based on the result of applying this configuration.. "
            + "Examine values at 'nm.bridge'."],
    ])("%s is refused", async (_what, news, reason) => {
        expect((await check(news)).reasons).toEqual([reason]);
    });

    test("texts of numbers and switches are converted, unknowns pass", async () => {
        const news = { image: UNKNOWN, name: 7, privileged: "true", stopTimeout: "10", labels: UNKNOWN };
        const { inputs, reasons } = await check(news);
        expect(reasons).toEqual([]);
        expect(inputs).toMatchObject({ image: UNKNOWN, name: "7", privileged: true, stopTimeout: 10, labels: UNKNOWN });
    });
});

describe("provider configuration", () => {
    test.each<[string, PropertyMap, RegExp | undefined]>([
        ["a socket", { host: "unix:///var/run/x.sock", version: "5.2.0" }, undefined],
        ["another protocol", { host: "tcp://10.0.0.1:2375" }, /^docker host tcp:\/\/10\.0\.0\.1:2375: .* unix:\/\/ and ssh:\/\/ engines/],
        ["an engine over ssh", { host: "ssh://user@host:22", sshOpts: "[\"-i\",\"key\"]" }, undefined],
        ["an engine that is not known yet", { host: UNKNOWN, sshOpts: UNKNOWN }, undefined],
        ["options that are no list", { host: "ssh://host", sshOpts: "-i key" }, /sshOpts must be a list of texts/],
        ["registry credentials", { registryAuth: "[]" }, /registryAuth is not implemented by the stand-in/],
        ["an unknown key", { hosts: "x" }, /Invalid or unknown key/],
    ])("%s", async (_what, config, expected) => {
        const { failures } = await dockerProvider().checkConfig(config);
        expect(failures.length).toBe(expected === undefined ? 0 : 1);
        expect(failures[0]?.reason ?? "").toMatch(expected ?? /^$/);
    });

    test("without an engine it fails, as the genuine provider does", async () => {
        await expect(dockerProvider().configure({ host: "unix:///nowhere/docker.sock" })).rejects.toThrow(
            /^failed to connect to any docker daemon: Cannot connect to the Docker daemon at unix:\/\/\/nowhere/);
    });

    test("other resources are refused by name", () => {
        expect(dockerProvider().unknownType("docker:index/image:Image").message).toMatch(
            /^docker:index\/image:Image is not implemented by the stand-in .*install the genuine plugin 5\.2\.0$/);
    });
});
