import { status } from "@grpc/grpc-js";
import { ProviderError } from "../provider/errors";
import type { Provider } from "../provider/resource";
import { CommandHandler } from "./command";
import { CopyHandler } from "./copy";

const NOT_IMITATED = new Set(["command:local:Command", "command:remote:CopyFile"]);

/** Stand-in of the `command` provider 1.2.1: remote commands and copies over SSH. */
export const commandProvider: Provider = {
    name: "command",
    version: "1.2.1",
    acceptsSecrets: true,
    resources: new Map([
        ["command:remote:Command", new CommandHandler()],
        ["command:remote:CopyToRemote", new CopyHandler()],
    ]),
    unknownType(type: string): Error {
        if (NOT_IMITATED.has(type)) {
            return new ProviderError(
                `${type} is not implemented by the stand-in of the command provider: use command:remote:Command or `
                    + "command:remote:CopyToRemote, or install the genuine plugin 1.2.1", status.UNIMPLEMENTED);
        }
        return new ProviderError(`Resource '${type.replace(/^command:/, "")}' not found`, status.NOT_FOUND);
    },
    // pulumi-go-provider writes its own version into the provider's state.
    checkConfig: async (news) => ({ inputs: { ...news, "__pulumi-go-provider-version": "1.2.0" }, failures: [] }),
    diffConfig: () => new Map(),
    configure: async () => undefined,
};
