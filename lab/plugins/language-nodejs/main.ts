import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { CHANNEL_OPTIONS, whenOrphaned } from "../provider/engine";
import { toServiceError } from "../provider/errors";
import { programDependencies, requiredPlugins } from "./packages";
import type { PluginDependency as Plugin } from "./packages";
import { Programs } from "./program";

/** The engine's version that this host goes with; the genuine host has the same version as its engine. */
const VERSION = "3.255.0";

const programs = new Programs();
let engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";

function unary<Request, Response>(
    work: (request: Request) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        Promise.resolve().then(() => work(call.request)).then(
            (response) => callback(null, response),
            (thrown: unknown) => callback(toServiceError(thrown)),
        );
    };
}

function folderOf(request: { getInfo(): proto.ProgramInfo | undefined }): string {
    return request.getInfo()?.getProgramDirectory() ?? process.cwd();
}

/** A plugin in one of the two messages that ask for it. */
function filled<Message extends PackageDependency | PluginDependency>(message: Message, { name, version, server }: Plugin): Message {
    message.setName(name);
    message.setKind("resource");
    message.setVersion(version);
    message.setServer(server);
    return message;
}

const methods: grpc.UntypedServiceImplementation = {
    handshake: unary((request: proto.LanguageHandshakeRequest) => {
        engineAddress = request.getEngineAddress();
        return new proto.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => {
        const info = new PluginInfo();
        info.setVersion(VERSION);
        return info;
    }),
    getRequiredPackages: unary((request: proto.GetRequiredPackagesRequest) => {
        const response = new proto.GetRequiredPackagesResponse();
        response.setPackagesList(requiredPlugins(folderOf(request)).map((plugin) => filled(new PackageDependency(), plugin)));
        return response;
    }),
    getRequiredPlugins: unary((request: proto.GetRequiredPluginsRequest) => {
        const response = new proto.GetRequiredPluginsResponse();
        response.setPluginsList(requiredPlugins(folderOf(request)).map((plugin) => filled(new PluginDependency(), plugin)));
        return response;
    }),
    run: unary((request: proto.RunRequest) => programs.run(request, engineAddress)),
    cancel: unary(() => {
        programs.stop();
        return new Empty();
    }),
    about: unary(() => {
        const response = new proto.AboutResponse();
        response.setExecutable(process.execPath);
        response.setVersion(process.version);
        response.getMetadataMap().set("languageHost", "stand-in");
        return response;
    }),
    getProgramDependencies: unary((request: proto.GetProgramDependenciesRequest) => {
        const response = new proto.GetProgramDependenciesResponse();
        response.setDependenciesList(programDependencies(folderOf(request)).map(({ name, version }) => {
            const dependency = new proto.DependencyInfo();
            dependency.setName(name);
            dependency.setVersion(version);
            return dependency;
        }));
        return response;
    }),
    runtimeOptionsPrompts: unary(() => new proto.RuntimeOptionsResponse()),
    installDependencies: (call: grpc.ServerWritableStream<unknown, proto.InstallDependenciesResponse>) => {
        const line = new proto.InstallDependenciesResponse();
        line.setStderr(Buffer.from("The stand-in of pulumi-language-nodejs installs nothing: run npm ci.\n"));
        call.write(line);
        call.end();
    },
};

const server = new grpc.Server(CHANNEL_OPTIONS);
server.addService(LanguageRuntimeService, methods);
// The engine ends a host that it is done with by a signal, and waits 5 s for it to go.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
        programs.stop();
        void programs.idle().then(() => process.exit(0));
    });
}
whenOrphaned(() => {
    programs.kill();
    process.exit(0);
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
        process.stderr.write(`pulumi-language-nodejs (stand-in): ${error.message}\n`);
        process.exit(1);
    }
    process.stdout.write(`${port}\n`);
});
