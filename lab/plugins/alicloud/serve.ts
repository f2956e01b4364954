import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { InvokeResponse, type InvokeRequest } from "@pulumi/pulumi/proto/provider_pb";

import { CHANNEL_OPTIONS, Engine, whenOrphaned } from "../provider/engine";
import { toServiceError } from "../provider/errors";
import { ProviderServer } from "../provider/server";
import { decodeStruct, encodeStruct } from "../provider/values";
import type { AlicloudProvider } from "./provider";

/** The service of providers, which have resources alone, and lookups. */
export function methodsOf(provider: AlicloudProvider, server: ProviderServer): grpc.UntypedServiceImplementation {
    const invoke: grpc.handleUnaryCall<InvokeRequest, InvokeResponse> = (call, callback) => {
        try {
            const response = new InvokeResponse();
            response.setReturn(encodeStruct(provider.invoke(call.request.getTok(), decodeStruct(call.request.getArgs()))));
            callback(null, response);
        } catch (thrown) {
            callback(toServiceError(thrown));
        }
    };
    return { ...server.methods(), invoke: invoke as grpc.UntypedHandleCall };
}

/** Runs the provider as a plugin process, as `serveProvider` does those without lookups. */
export async function serve(provider: AlicloudProvider, argv: string[]): Promise<void> {
    const engine = new Engine(argv.find((argument) => !argument.startsWith("-")));
    const service = new ProviderServer(provider, engine);
    const server = new grpc.Server(CHANNEL_OPTIONS);
    server.addService(ResourceProviderService, methodsOf(provider, service));
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
    });
    const finish = (): void => {
        service.cancel();
        void service.idle().then(() => process.exit(0));
    };
    whenOrphaned(finish);
    process.on("SIGINT", finish);
    process.on("SIGTERM", finish);
    process.stdout.write(`${port}\n`);
    await engine.log("info", `alicloud: STAND-IN of the genuine provider ${provider.version}; its instances are containers on this machine`);
}
