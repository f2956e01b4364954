import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { CHANNEL_OPTIONS, Engine, whenOrphaned } from "./engine";
import { ProviderError, toServiceError } from "./errors";
import { rootOf } from "./object-diff";
import type { DiffKind } from "./object-diff";
import { CallContext } from "./resource";
import type { CheckResult, DiffResult, Provider, ResourceHandler } from "./resource";
import { decodeStruct, encodeStruct } from "./values";

const KINDS: Record<DiffKind, proto.PropertyDiff.Kind> = {
    "add": proto.PropertyDiff.Kind.ADD,
    "add-replace": proto.PropertyDiff.Kind.ADD_REPLACE,
    "delete": proto.PropertyDiff.Kind.DELETE,
    "delete-replace": proto.PropertyDiff.Kind.DELETE_REPLACE,
    "update": proto.PropertyDiff.Kind.UPDATE,
    "update-replace": proto.PropertyDiff.Kind.UPDATE_REPLACE,
};

function checkResponse(result: CheckResult): proto.CheckResponse {
    const response = new proto.CheckResponse();
    response.setInputs(encodeStruct(result.inputs));
    response.setFailuresList(result.failures.map(({ property, reason }) => {
        const failure = new proto.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        return failure;
    }));
    return response;
}

function diffResponse({ detailed, deleteBeforeReplace }: DiffResult): proto.DiffResponse {
    const response = new proto.DiffResponse();
    const replaced = [...detailed].filter(([, kind]) => kind.endsWith("-replace")).map(([path]) => rootOf(path));
    const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
    response.setChanges(detailed.size > 0 ? DIFF_SOME : DIFF_NONE);
    response.setReplacesList([...new Set(replaced)].sort());
    response.setDiffsList([...new Set([...detailed.keys()].map(rootOf))].sort());
    response.setDeletebeforereplace(replaced.length > 0 && deleteBeforeReplace);
    response.setHasdetaileddiff(true);
    for (const [path, kind] of detailed) {
        const property = new proto.PropertyDiff();
        property.setKind(KINDS[kind]);
        response.getDetaileddiffMap().set(path, property);
    }
    return response;
}

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;
type Work<Request, Response> = (request: Request) => Promise<Response>;

function unary<Request, Response>(work: Work<Request, Response>): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        work((call as Call<Request>).request).then(
            (response) => callback(null, response),
            (thrown: unknown) => callback(toServiceError(thrown)),
        );
    };
}

/** The gRPC service of a provider: takes requests apart, finds the resource type, puts answers together. */
export class ProviderServer {
    private readonly cancelled = new AbortController();
    private readonly pending = new Set<Promise<unknown>>();

    public constructor(private readonly provider: Provider, private readonly engine: Engine) {}

    /** Cancels all work that is under way, and all that comes. */
    public cancel(): void {
        this.cancelled.abort("cancel");
    }

    /** Resolves when no operation is under way. */
    public async idle(): Promise<void> {
        while (this.pending.size > 0) {
            await Promise.allSettled(this.pending);
        }
    }

    private handler(context: CallContext): ResourceHandler {
        const handler = this.provider.resources.get(context.type);
        if (handler === undefined) {
            throw this.provider.unknownType(context.type);
        }
        return handler;
    }

    private async run<T>(
        urn: string, timeoutSeconds: number, work: (context: CallContext, handler: ResourceHandler) => Promise<T>,
    ): Promise<T> {
        const timeout = new AbortController();
        const timer = timeoutSeconds > 0
            ? setTimeout(() => timeout.abort("timeout"), Math.trunc(timeoutSeconds) * 1000)
            : undefined;
        const signal = AbortSignal.any([this.cancelled.signal, timeout.signal]);
        const context = new CallContext(urn, this.engine, signal);
        const operation = (async () => work(context, this.handler(context)))();
        this.pending.add(operation);
        try {
            return await operation;
        } finally {
            this.pending.delete(operation);
            clearTimeout(timer);
        }
    }

    /** The service's methods, for `grpc.Server.addService`; what is missing answers UNIMPLEMENTED. */
    public methods(): grpc.UntypedServiceImplementation {
        const { provider } = this;
        return {
            getPluginInfo: unary(async () => {
                const info = new PluginInfo();
                info.setVersion(provider.version);
                return info;
            }),
            cancel: unary(async () => {
                this.cancel();
                return new Empty();
            }),
            checkConfig: unary(async (request: proto.CheckRequest) =>
                checkResponse(await provider.checkConfig(decodeStruct(request.getNews())))),
            diffConfig: unary(async (request: proto.DiffRequest) => {
                const olds = decodeStruct(request.getOldInputs() ?? request.getOlds());
                const detailed = provider.diffConfig(olds, decodeStruct(request.getNews()));
                return diffResponse({ detailed, deleteBeforeReplace: false });
            }),
            configure: unary(async (request: proto.ConfigureRequest) => {
                await provider.configure(decodeStruct(request.getArgs()));
                const response = new proto.ConfigureResponse();
                response.setAcceptsecrets(provider.acceptsSecrets);
                response.setAcceptresources(true);
                response.setSupportspreview(true);
                return response;
            }),
            check: unary((request: proto.CheckRequest) => this.run(request.getUrn(), 0, async (context, handler) =>
                checkResponse(await handler.check(
                    context, decodeStruct(request.getOlds()), decodeStruct(request.getNews()),
                    request.getRandomseed_asU8(),
                )))),
            diff: unary((request: proto.DiffRequest) => this.run(request.getUrn(), 0, async (context, handler) =>
                diffResponse(await handler.diff(
                    context, request.getId(), decodeStruct(request.getOldInputs()), decodeStruct(request.getOlds()),
                    decodeStruct(request.getNews()), request.getIgnorechangesList(),
                )))),
            create: unary((request: proto.CreateRequest) =>
                this.run(request.getUrn(), request.getTimeout(), async (context, handler) => {
                    const properties = decodeStruct(request.getProperties());
                    const created = await handler.create(context, properties, request.getPreview());
                    const response = new proto.CreateResponse();
                    response.setId(created.id);
                    response.setProperties(encodeStruct(created.properties));
                    return response;
                })),
            read: unary((request: proto.ReadRequest) => this.run(request.getUrn(), 0, async (context, handler) => {
                const result = await handler.read(
                    context, request.getId(), decodeStruct(request.getProperties()), decodeStruct(request.getInputs()),
                );
                const response = new proto.ReadResponse();
                response.setId(result.id);
                if (result.id !== "") {
                    response.setProperties(encodeStruct(result.properties));
                    response.setInputs(encodeStruct(result.inputs));
                }
                return response;
            })),
            update: unary((request: proto.UpdateRequest) =>
                this.run(request.getUrn(), request.getTimeout(), async (context, handler) => {
                    const response = new proto.UpdateResponse();
                    response.setProperties(encodeStruct(await handler.update(
                        context, request.getId(), decodeStruct(request.getOlds()), decodeStruct(request.getNews()),
                        request.getIgnorechangesList(), request.getPreview(),
                    )));
                    return response;
                })),
            delete: unary((request: proto.DeleteRequest) =>
                this.run(request.getUrn(), request.getTimeout(), async (context, handler) => {
                    await handler.delete(context, request.getId(), decodeStruct(request.getProperties()));
                    return new Empty();
                })),
            ...(provider.invoke === undefined ? {} : {
                invoke: unary(async (request: proto.InvokeRequest) => {
                    const response = new proto.InvokeResponse();
                    response.setReturn(encodeStruct(provider.invoke!(request.getTok(), decodeStruct(request.getArgs()))));
                    return response;
                }),
            }),
            getSchema: unary(async () => {
                throw new ProviderError(
                    `The stand-in of the ${provider.name} provider has no schema: install the genuine plugin `
                        + `(pulumi plugin install resource ${provider.name} v${provider.version}) to generate code.`,
                    grpc.status.UNIMPLEMENTED,
                );
            }),
        };
    }
}

/**
 * Runs a provider as a plugin process: listens on a free loopback port, prints it, says once that this is a stand-in,
 * and ends with the engine. Work that is under way then is finished first, as the genuine plugins do.
 */
export async function serveProvider(provider: Provider, argv: string[]): Promise<void> {
    const engine = new Engine(argv.find((argument) => !argument.startsWith("-")));
    const service = new ProviderServer(provider, engine);
    const server = new grpc.Server(CHANNEL_OPTIONS);
    server.addService(ResourceProviderService, service.methods());
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error === null ? resolve(bound) : reject(error));
    });
    const finish = (): void => {
        service.cancel();
        void service.idle().then(() => process.exit(0));
    };
    whenOrphaned(finish);
    // The engine ends a plugin that it is done with by a signal, and waits 5 s for it to go.
    process.on("SIGINT", finish);
    process.on("SIGTERM", finish);
    process.stdout.write(`${port}\n`);
    await engine.log("info", `${provider.name}: a stand-in answers for the genuine provider ${provider.version}${provider.note ?? ""}`);
}
