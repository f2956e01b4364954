import type { Client, SFTPWrapper } from "ssh2";
import type { CallContext, CheckResult, DiffResult, ReadResult, ResourceHandler } from "../provider/resource";
import { ProviderError } from "../provider/errors";
import { isArchive, isAsset, isObject, reveal } from "../provider/values";
import type { PropertyMap } from "../provider/values";
import { uniqueHex } from "./command";
import { dial } from "./dial";
import { checkInputs } from "./inputs";
import { diffInputs, previewOutputs, withIgnored } from "./plan";
import { COPY_FIELDS } from "./schema";
import { RemoteFiles } from "./sftp";
import { connectionOf, textOf } from "./types";

function sourceOf(inputs: PropertyMap): { [key: string]: unknown } {
    const source = reveal(inputs["source"] ?? null);
    return isObject(source) ? source : {};
}

/** What the source holds: the engine puts a hash into every asset and archive. */
function hashOf(inputs: PropertyMap): unknown {
    return sourceOf(inputs)["hash"];
}

async function openSftp(client: Client): Promise<SFTPWrapper> {
    return new Promise((resolve, reject) => client.sftp((error, sftp) =>
        error === undefined ? resolve(sftp) : reject(new ProviderError(`ssh: subsystem request failed: ${error.message}`))));
}

async function copyToRemote(context: CallContext, inputs: PropertyMap): Promise<void> {
    const source = sourceOf(inputs);
    const destination = textOf(inputs, "remotePath") ?? "";
    const client = await dial(context, connectionOf(inputs));
    try {
        const files = new RemoteFiles(await openSftp(client));
        if (typeof source["text"] === "string" && isAsset(reveal(inputs["source"] ?? null))) {
            await files.writeText(source["text"], destination);
        } else {
            await files.copy(String(source["path"] ?? ""), destination);
        }
    } finally {
        client.end();
    }
}

/** `command:remote:CopyToRemote` of the genuine provider 1.2.1: no owner, no mode, nothing pruned, nothing deleted. */
export class CopyHandler implements ResourceHandler {
    public async check(_context: CallContext, _olds: PropertyMap, news: PropertyMap): Promise<CheckResult> {
        const result = checkInputs("remote.CopyToRemoteInputs", COPY_FIELDS, news);
        const source = reveal(result.inputs["source"] ?? null);
        if (result.failures.length > 0 || !isObject(source)) {
            return result;
        }
        const hasPath = typeof source["path"] === "string" && source["path"] !== "";
        if (isAsset(source) && !hasPath && typeof source["text"] !== "string") {
            const reason = "asset must be a path-based file asset or a text asset";
            result.failures.push({ property: "asset", reason });
        } else if (isArchive(source) && !hasPath) {
            result.failures.push({ property: "archive", reason: "archive must be a path to a file or directory" });
        }
        return result;
    }

    public async diff(
        _context: CallContext, _id: string, oldInputs: PropertyMap, olds: PropertyMap, news: PropertyMap,
        ignoreChanges: string[],
    ): Promise<DiffResult> {
        return diffInputs(COPY_FIELDS, oldInputs, olds, news, ignoreChanges);
    }

    public async create(
        context: CallContext, inputs: PropertyMap, preview: boolean,
    ): Promise<{ id: string; properties: PropertyMap }> {
        if (preview) {
            return { id: "", properties: previewOutputs(COPY_FIELDS, inputs, []) };
        }
        await copyToRemote(context, inputs);
        return { id: uniqueHex(""), properties: inputs };
    }

    public async read(_context: CallContext, id: string, properties: PropertyMap, inputs: PropertyMap): Promise<ReadResult> {
        return { id, properties, inputs };
    }

    /** Copies again only when the source's hash or the path changed: another host alone gets nothing. */
    public async update(
        context: CallContext, _id: string, olds: PropertyMap, news: PropertyMap, ignoreChanges: string[], preview: boolean,
    ): Promise<PropertyMap> {
        const inputs = withIgnored(news, olds, ignoreChanges);
        const changed = hashOf(inputs) !== hashOf(olds) || textOf(inputs, "remotePath") !== textOf(olds, "remotePath");
        if (!preview && changed) {
            await copyToRemote(context, inputs);
        }
        return inputs;
    }

    public async delete(): Promise<void> {
        // What was copied stays, as with the genuine provider.
    }
}
