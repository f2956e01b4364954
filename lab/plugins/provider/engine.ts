import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Messages may hold whole scripts and states; the same limit as Pulumi's own plugins. */
export const CHANNEL_OPTIONS: grpc.ChannelOptions = {
    "grpc.max_receive_message_length": 400 * 1024 * 1024,
    "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/** How grave a log line is. */
export type Severity = "debug" | "info" | "warning" | "error";

const SEVERITIES: Record<Severity, LogSeverity> = {
    debug: LogSeverity.DEBUG,
    info: LogSeverity.INFO,
    warning: LogSeverity.WARNING,
    error: LogSeverity.ERROR,
};

/**
 * The engine's side of a plugin: where diagnostics go. Without an address (a plugin started by hand) every call is a
 * no-op. A failed log call is dropped: the work matters more than its messages.
 */
export class Engine {
    private readonly client: EngineClient | undefined;

    public constructor(public readonly address: string | undefined) {
        this.client = address === undefined
            ? undefined
            : new EngineClient(address, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
    }

    /**
     * Shows a line in the engine's display. `urn` puts it under a resource; `ephemeral` makes it a status that the
     * next one replaces and that no summary repeats.
     */
    public async log(severity: Severity, message: string, urn = "", ephemeral = false): Promise<void> {
        const client = this.client;
        if (client === undefined) {
            return;
        }
        const request = new LogRequest();
        request.setSeverity(SEVERITIES[severity]);
        request.setMessage(message);
        request.setUrn(urn);
        request.setEphemeral(ephemeral);
        await new Promise<void>((resolve) => client.log(request, () => resolve()));
    }

    public close(): void {
        this.client?.close();
    }
}

/**
 * Calls back once when the process that started this one is gone: the kernel then gives us another parent. Genuine
 * plugins ask the engine's health service instead; the parent also tells of an engine that was killed.
 */
export function whenOrphaned(callback: () => void): NodeJS.Timeout {
    const parent = process.ppid;
    const timer = setInterval(() => {
        if (process.ppid !== parent) {
            clearInterval(timer);
            callback();
        }
    }, 250);
    timer.unref();
    return timer;
}
