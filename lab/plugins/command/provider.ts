import { status } from "@grpc/grpc-js";
import { ProviderError } from "../provider/errors";
import type { Provider, ResourceHandler } from "../provider/resource";
import type { PropertyMap } from "../provider/values";
import { CommandHandler, LOCAL, REMOTE } from "./command";
import { CopyHandler } from "./copy";

const NOT_IMITATED = new Set(["command:remote:CopyFile"]);

/** Stand-in of the `command` provider 1.2.1: commands here, and commands and copies over SSH. */
export const commandProvider: Provider = {
    name: "command",
    version: "1.2.1",
    acceptsSecrets: true,
    resources: new Map<string, ResourceHandler>([
        ["command:local:Command", new CommandHandler(LOCAL)],
        ["command:remote:Command", new CommandHandler(REMOTE)],
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
    invoke(token: string): PropertyMap {
        throw new ProviderError(`${token} is not implemented by the stand-in of the command provider: use command:local:Command, `
            + "or install the genuine plugin 1.2.1", status.UNIMPLEMENTED);
    },
};
