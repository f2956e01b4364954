import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { encodeStruct, decodeStruct } from "../../lab/plugins/provider/values";

const install = join(__dirname, "../../lab/plugins/install.sh");
const folder = mkdtempSync(join(tmpdir(), "plugins-"));
const home = join(folder, "home");
const bin = join(folder, "bin with space");
const plugin = join(home, "plugins/resource-command-v1.2.1/pulumi-resource-command");
const URN = "urn:pulumi:s::p::command:remote:Command::n";

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...names: string[]): string {
    const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
    return execFileSync(install, ["--home", home, "--bin", bin, ...names], { encoding: "utf8", stdio });
}

describe("install.sh", () => {
    test("installs what is named, and no more, as executables that run this clone", () => {
        run("command");
        expect(existsSync(join(home, "plugins/resource-docker-v5.2.0"))).toBe(false);
        run("docker", "language-nodejs");
        for (const [file, source] of [
            [plugin, "command"], [join(home, "plugins/resource-docker-v5.2.0/pulumi-resource-docker"), "docker"],
            [join(bin, "pulumi-language-nodejs"), "language-nodejs"],
        ] as const) {
            expect(statSync(file).mode & 0o777).toBe(0o755);
            expect(readFileSync(file, "utf8")).toContain(join(__dirname, `../../lab/plugins/${source}/main.ts`));
        }
    });

    test("leaves a genuine plugin alone", () => {
        const genuine = join(home, "plugins/resource-docker-v5.2.0/pulumi-resource-docker");
        mkdirSync(join(genuine, ".."), { recursive: true });
        writeFileSync(genuine, "\u007fELF genuine");
        run("docker");
        expect(readFileSync(genuine, "utf8")).toBe("\u007fELF genuine");
    });

    test("refuses what it does not know", () => {
        expect(() => run("aws")).toThrow(/unknown argument aws/);
        expect(() => run()).toThrow(/usage: install.sh/);
    });
});

describe("an installed plugin as the engine sees it", () => {
    const logs: string[] = [];
    const engine = new grpc.Server();
    let child: ChildProcess;
    let client: ResourceProviderClient;

    beforeAll(async () => {
        run("command");
        engine.addService(EngineService, {
            log: (call: grpc.ServerUnaryCall<LogRequest, Empty>, done: grpc.sendUnaryData<Empty>) => {
                logs.push(call.request.getMessage());
                done(null, new Empty());
            },
        } as grpc.UntypedServiceImplementation);
        const port = await new Promise<number>((resolve, reject) => engine.bindAsync("127.0.0.1:0",
            grpc.ServerCredentials.createInsecure(), (error, bound) => error === null ? resolve(bound) : reject(error)));
        child = spawn(plugin, [`127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "inherit"] });
        const line = await new Promise<string>((resolve) =>
            child.stdout?.once("data", (data: Buffer) => resolve(data.toString())));
        expect(line).toMatch(/^\d+\n$/);
        client = new ResourceProviderClient(`127.0.0.1:${line.trim()}`, grpc.credentials.createInsecure());
    });
    afterAll(() => {
        child.kill("SIGKILL");
        client.close();
        engine.forceShutdown();
    });

    type Method = (request: object, done: (error: grpc.ServiceError | null, response: unknown) => void) => void;

    async function call<Response>(method: keyof ResourceProviderClient, request: object): Promise<Response> {
        return new Promise((resolve, reject) => {
            (client[method] as Method).call(client, request, (error, response) =>
                error === null ? resolve(response as Response) : reject(error));
        });
    }

    test("answers over gRPC, secrets marked on the wire, and says once that it is a stand-in", async () => {
        const configure = new proto.ConfigureRequest();
        expect((await call<proto.ConfigureResponse>("configure", configure)).getAcceptsecrets()).toBe(true);
        const check = new proto.CheckRequest();
        check.setUrn(URN);
        check.setNews(encodeStruct({ connection: { host: "h", privateKey: "KEY" }, create: "x" }));
        const inputs = decodeStruct((await call<proto.CheckResponse>("check", check)).getInputs());
        const create = new proto.CreateRequest();
        create.setUrn(URN);
        create.setProperties(encodeStruct(inputs));
        create.setPreview(true);
        const made = decodeStruct((await call<proto.CreateResponse>("create", create)).getProperties());
        expect(made["connection"]).toEqual(inputs["connection"]);
        expect(inputs["connection"]).toMatchObject({ element: { privateKey: { element: "KEY" }, port: 22 } });
        expect(logs).toEqual(["command: a stand-in answers for the genuine provider 1.2.1"]);
    });

    test("errors have the genuine status and words; Cancel ends what is under way", async () => {
        const create = new proto.CreateRequest();
        create.setUrn(URN);
        create.setProperties(encodeStruct({
            connection: { host: "127.0.0.1", port: 1, user: "u", password: "p", dialErrorLimit: -1, perDialTimeout: 1 },
            create: "x",
        }));
        const under = call("create", create);
        setTimeout(() => void call("cancel", new Empty()), 100);
        await expect(under).rejects.toMatchObject({ code: grpc.status.CANCELLED, details: "context canceled" });
        const check = new proto.CheckRequest();
        check.setUrn("urn:pulumi:s::p::command:remote:Nope::n");
        await expect(call("check", check)).rejects.toMatchObject({
            code: grpc.status.NOT_FOUND, details: "Resource 'remote:Nope' not found",
        });
    });

    test("ends when the engine says so", async () => {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGINT");
        expect(await ended).toBe(0);
    });
});
