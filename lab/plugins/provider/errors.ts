import { Metadata, status } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { encodeStruct } from "./values";
import type { PropertyMap } from "./values";

/** An error with the gRPC status code that the engine is to see; UNKNOWN, as Go's plain errors, unless said. */
export class ProviderError extends Error {
    public constructor(message: string, public readonly code: status = status.UNKNOWN) {
        super(message);
        this.name = "ProviderError";
    }
}

/** A resource that exists but failed to come up: the engine keeps it in state, with the reasons. */
export class InitFailedError extends ProviderError {
    public constructor(message: string, public readonly id: string, public readonly properties: PropertyMap) {
        super(message);
        this.name = "InitFailedError";
    }
}

/** The error of a call that was cancelled by the engine or ran out of its `customTimeouts`. */
export class CancelledError extends ProviderError {
    public constructor(timedOut: boolean) {
        super(
            timedOut ? "context deadline exceeded" : "context canceled",
            timedOut ? status.DEADLINE_EXCEEDED : status.CANCELLED,
        );
        this.name = "CancelledError";
    }
}

/** What grpc-js takes as the error of a call. */
export interface ServiceError {
    code: status;
    details: string;
    metadata: Metadata;
}

/** Puts any thrown thing into the form of a gRPC error, details of a half-made resource included. */
export function toServiceError(thrown: unknown): ServiceError {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const code = error instanceof ProviderError ? error.code : status.UNKNOWN;
    const metadata = new Metadata();
    if (error instanceof InitFailedError) {
        const failed = new ErrorResourceInitFailed();
        failed.setId(error.id);
        failed.setProperties(encodeStruct(error.properties));
        failed.setReasonsList([error.message]);
        const detail = new Any();
        detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
        const rpcStatus = new Status();
        rpcStatus.setCode(code);
        rpcStatus.setMessage(error.message);
        rpcStatus.addDetails(detail);
        metadata.add("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
    }
    return { code, details: error.message, metadata };
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
    return thrown instanceof Error ? thrown.message : String(thrown);
}
