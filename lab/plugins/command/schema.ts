import type { Field, Shape } from "./inputs";

const string: Shape = { kind: "string" };

/** Fields that the connection and its proxy share. Defaults are filled in by Check, as in the published schema. */
const endpoint: Record<string, Field> = {
    user: { shape: string, fallback: "root" },
    password: { shape: string, secret: true },
    host: { shape: string, required: true },
    port: { shape: { kind: "number" }, fallback: 22 },
    privateKey: { shape: string, secret: true },
    privateKeyPassword: { shape: string, secret: true },
    agentSocketPath: { shape: string },
    dialErrorLimit: { shape: { kind: "int" }, fallback: 10 },
    perDialTimeout: { shape: { kind: "int" }, fallback: 15 },
    hostKey: { shape: string },
};

/** `connection.proxy`: the bastion. */
export const PROXY_FIELDS: Record<string, Field> = { ...endpoint };

/** `connection`. */
export const CONNECTION_FIELDS: Record<string, Field> = {
    ...endpoint,
    proxy: { shape: { kind: "object", goType: "ProxyConnection", fields: PROXY_FIELDS } },
};

const connection: Field = {
    shape: { kind: "object", goType: "Connection", fields: CONNECTION_FIELDS },
    required: true,
    secret: true,
};
const triggers: Field = { shape: { kind: "list" }, replaceOnChanges: true };

/** What both kinds of command have. */
const command: Record<string, Field> = {
    triggers,
    create: { shape: string },
    update: { shape: string },
    delete: { shape: string },
    stdin: { shape: string },
    environment: { shape: { kind: "stringMap" } },
    addPreviousOutputInEnv: { shape: { kind: "bool" } },
};

/** Inputs of `command:remote:Command`. `logging` takes any string, as the genuine one does: an unknown one logs nothing. */
export const COMMAND_FIELDS: Record<string, Field> = {
    connection,
    ...command,
    logging: { shape: { kind: "string", goType: "remote.Logging" } },
};

const strings: Shape = { kind: "list", element: "string" };

/** Inputs of `command:local:Command`. */
export const LOCAL_COMMAND_FIELDS: Record<string, Field> = {
    ...command,
    logging: { shape: { kind: "string", goType: "local.Logging" } },
    interpreter: { shape: strings },
    dir: { shape: string },
    assetPaths: { shape: strings, unsupported: true },
    archivePaths: { shape: strings, unsupported: true },
};

/** Inputs of `command:remote:CopyToRemote`. */
export const COPY_FIELDS: Record<string, Field> = {
    connection,
    triggers,
    source: { shape: { kind: "asset" }, required: true },
    remotePath: { shape: string, required: true },
};
