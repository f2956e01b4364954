/**
 * NULL PROVIDER of bench-scale, under the name of Pulumi's `command`: it answers at once and does nothing. A command's outputs are its inputs
 * and a stdout of a step that changed nothing. What is measured beside it is the engine and the program, and no host.
 */
import { ProviderError } from "../../lab/plugins/provider/errors";
import type { Provider, ResourceHandler } from "../../lab/plugins/provider/resource";
import { serveProvider } from "../../lab/plugins/provider/server";
import type { PropertyMap } from "../../lab/plugins/provider/values";

const handler = (outputs: PropertyMap): ResourceHandler => ({
    check: async (_context, _olds, news) => ({ inputs: news, failures: [] }),
    diff: async (_context, _id, olds, _state, news) => ({
        detailed: new Map(Object.keys({ ...olds, ...news }).filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key])).map((key) => [key, "update"] as const)),
        deleteBeforeReplace: false,
    }),
    create: async (context, inputs) => ({ id: context.name, properties: { ...inputs, ...outputs } }),
    read: async (_context, id, properties, inputs) => ({ id, properties, inputs }),
    update: async (_context, _id, _olds, news) => ({ ...news, ...outputs }),
    delete: async () => undefined,
});

const command = handler({ stdout: "0 changes\n", stderr: "" });

const provider: Provider = {
    name: "command",
    version: "1.2.1",
    acceptsSecrets: true,
    resources: new Map([
        ["command:remote:Command", command],
        ["command:remote:CopyToRemote", handler({})],
    ]),
    unknownType: (type) => new ProviderError(`bench-scale's null provider has no ${type}: its stacks need none`),
    checkConfig: async (news) => ({ inputs: news, failures: [] }),
    diffConfig: () => new Map(),
    configure: async () => undefined,
    note: ", which is bench-scale's NULL PROVIDER: nothing is done on any host",
};

void serveProvider(provider, process.argv.slice(2));
