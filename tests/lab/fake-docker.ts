import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** JSON of the Docker Engine API, loosely typed: tests look into it. */
export type Json = Record<string, any>;

/** A request that the fake engine saw. */
export interface Seen {
    method: string;
    path: string;
    query: Record<string, string>;
    body: Json;
}

function idOf(seed: string): string {
    return createHash("sha256").update(seed).digest("hex");
}

/** An error answer of the API. */
class ApiError extends Error {
    public constructor(public readonly status: number, message: string) {
        super(message);
    }
}

/**
 * The part of the Docker Engine API 1.41 that a provider of containers, networks, volumes and images needs, in memory,
 * on a unix socket: names are unique, ids are stable digests of names and a counter, nothing runs.
 */
export class FakeDocker {
    public readonly containers = new Map<string, Json>();
    public readonly networks = new Map<string, Json>();
    public readonly volumes = new Map<string, Json>();
    public readonly images = new Map<string, Json>();
    public readonly seen: Seen[] = [];
    /** Answers to give instead: by `METHOD /path-pattern`, used up in order. Status 0 breaks the connection. */
    public readonly faults: { match: RegExp; status: number; message: string }[] = [];
    private counter = 0;
    private readonly folder = mkdtempSync(join(tmpdir(), "fake-docker-"));
    public readonly socket = join(this.folder, "docker.sock");
    private readonly server: Server = createServer((request, response) => void this.serve(request, response));

    public async start(): Promise<void> {
        this.addImage("img:1");
        await new Promise<void>((resolve) => this.server.listen(this.socket, resolve));
    }

    public async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise<void>((resolve) => this.server.close(() => resolve()));
        rmSync(this.folder, { recursive: true, force: true });
    }

    public addImage(name: string): string {
        const id = `sha256:${idOf(name)}`;
        this.images.set(name, { Id: id, RepoTags: [name], RepoDigests: [`${name.replace(/:.*/, "")}@${id}`] });
        return id;
    }

    /** The requests that changed something, as `METHOD path`. */
    public changes(): string[] {
        return this.seen.filter(({ method }) => method !== "GET" && method !== "HEAD")
            .map(({ method, path }) => `${method} ${path}`);
    }

    private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const chunks: Buffer[] = [];
        for await (const chunk of request) {
            chunks.push(chunk as Buffer);
        }
        const url = new URL(request.url ?? "/", "http://docker");
        const path = decodeURIComponent(url.pathname).replace(/^\/v\d+\.\d+/, "");
        const raw = Buffer.concat(chunks);
        const isJson = (request.headers["content-type"] ?? "").includes("json") && raw.length > 0;
        const body = isJson ? JSON.parse(raw.toString()) as Json : { raw: raw.toString("latin1") };
        const method = request.method ?? "GET";
        this.seen.push({ method, path, query: Object.fromEntries(url.searchParams), body });
        response.setHeader("Api-Version", "1.41");
        response.setHeader("Ostype", "linux");
        if (method === "HEAD") {
            response.setHeader("Content-Length", 0);
        }
        try {
            const index = this.faults.findIndex(({ match }) => match.test(`${method} ${path}`));
            const [fault] = index < 0 ? [] : this.faults.splice(index, 1);
            if (fault?.status === 0) {
                request.socket.destroy();
                return;
            }
            if (fault !== undefined) {
                throw new ApiError(fault.status, fault.message);
            }
            const answer = this.answer(method, path, url.searchParams, body);
            response.setHeader("Content-Type", "application/json");
            response.statusCode = answer === undefined ? 204 : method === "POST" && "Id" in answer ? 201 : 200;
            response.end(answer === undefined ? undefined : path === "/_ping" ? "OK" : JSON.stringify(answer));
        } catch (error) {
            response.statusCode = error instanceof ApiError ? error.status : 500;
            response.setHeader("Content-Type", "application/json");
            response.end(JSON.stringify({ message: (error as Error).message }));
        }
    }

    private find(kind: "container" | "network" | "volume", name: string): Json {
        const all = { container: this.containers, network: this.networks, volume: this.volumes }[kind];
        const found = all.get(name) ?? [...all.values()].find((entry) =>
            entry["Name"] === name || entry["Name"] === `/${name}`);
        if (found === undefined) {
            throw new ApiError(404, kind === "network" ? `network ${name} not found`
                : kind === "volume" ? `get ${name}: no such volume` : `No such container: ${name}`);
        }
        return found;
    }

    private answer(method: string, path: string, query: URLSearchParams, body: Json): Json | undefined {
        const [, collection = "", name = "", action = ""] = path.split("/");
        switch (collection) {
            case "_ping": return {};
            case "version": return { ApiVersion: "1.41", Os: "linux", Version: "20.10.24", MinAPIVersion: "1.12" };
            case "info": return { OSType: "linux", ServerVersion: "20.10.24", ID: "fake" };
            case "images": return this.image(method, path, query);
            case "containers": return this.container(method, name, action, query, body);
            case "networks": return this.network(method, name, action, body);
            case "volumes": return this.volume(method, name, body);
            default: throw new ApiError(404, `page not found: ${path}`);
        }
    }

    private image(method: string, path: string, query: URLSearchParams): Json | undefined {
        if (path === "/images/json") {
            return [...this.images.values()];
        }
        if (path === "/images/create") {
            const tag = query.get("tag") ?? "latest";
            const name = `${query.get("fromImage")}:${tag}`.replace(/^docker\.io\/(library\/)?/, "");
            if (name.includes("missing")) {
                throw new ApiError(404, `pull access denied for ${query.get("fromImage")}`);
            }
            this.addImage(name);
            return { status: "pulled" };
        }
        const name = path.replace(/^\/images\//, "").replace(/\/json$/, "");
        const found = [...this.images].find(([key, value]) => key === name || value["Id"] === name || `${name}:latest` === key);
        if (found === undefined) {
            throw new ApiError(404, `No such image: ${name}`);
        }
        if (method === "DELETE") {
            this.images.delete(found[0]);
            return [{ Untagged: found[0] }] as unknown as Json;
        }
        return found[1];
    }

    private container(method: string, name: string, action: string, query: URLSearchParams, body: Json): Json | undefined {
        if (name === "json") {
            return [...this.containers.values()].map(({ Id, Name }) => ({ Id, Names: [Name] })) as unknown as Json;
        }
        if (name === "create") {
            return this.createContainer(query.get("name") ?? "", body);
        }
        const container = this.find("container", name);
        const state = container["State"] as Json;
        switch (`${method} ${action}`) {
            case "GET json": return container;
            case "POST start":
                Object.assign(state, { Running: true, Status: "running" });
                container["NetworkSettings"]["Ports"] = container["HostConfig"]["PortBindings"] ?? {};
                return undefined;
            case "POST stop":
                Object.assign(state, { Running: false, Status: "exited", ExitCode: 143 });
                container["NetworkSettings"]["Ports"] = {};
                return undefined;
            case "POST wait": return { StatusCode: 0 };
            case "PUT archive": return {};
            case "POST update":
                Object.assign(container["HostConfig"], body);
                return { Warnings: [] };
            case "DELETE ":
                this.containers.delete(container["Id"]);
                for (const network of this.networks.values()) {
                    delete network["Containers"][container["Id"]];
                }
                return undefined;
            default: throw new ApiError(404, `page not found: ${method} ${action}`);
        }
    }

    private createContainer(name: string, body: Json): Json {
        if ([...this.containers.values()].some((entry) => entry["Name"] === `/${name}`)) {
            throw new ApiError(409, `Conflict. The container name "/${name}" is already in use by another container.`);
        }
        const Id = idOf(`container ${name} ${this.counter++}`);
        const { HostConfig = {}, ...config } = body;
        const image = this.images.get(config["Image"]) ?? [...this.images.values()].find(({ Id: id }) => id === config["Image"]);
        this.containers.set(Id, {
            Id, Name: `/${name}`, Image: image?.["Id"], Platform: "linux",
            State: { Running: false, Status: "created", ExitCode: 0 },
            Config: { Hostname: Id.slice(0, 12), Cmd: null, Entrypoint: ["/entry"], ...withoutEmpty(config) },
            HostConfig: {
                Runtime: "runc", IpcMode: "private", ShmSize: 67108864, MemorySwap: 0, Memory: 0, SecurityOpt: null,
                ...HostConfig,
                LogConfig: {
                    Type: HostConfig["LogConfig"]?.["Type"] || "json-file", Config: HostConfig["LogConfig"]?.["Config"] ?? {},
                },
                ...(HostConfig["Runtime"] ? {} : { Runtime: "runc" }),
            },
            NetworkSettings: { Bridge: "", Ports: {}, Networks: { bridge: endpoint("", "bridge-id") } },
        });
        return { Id, Warnings: [] };
    }

    private network(method: string, name: string, action: string, body: Json): Json | undefined {
        if (name === "create") {
            if ([...this.networks.values()].some((entry) => entry["Name"] === body["Name"])) {
                throw new ApiError(409, `network with name ${body["Name"]} already exists`);
            }
            const Id = idOf(`network ${body["Name"]} ${this.counter++}`);
            const Config = body["IPAM"]?.["Config"] ?? [];
            this.networks.set(Id, {
                Id, Name: body["Name"], Driver: body["Driver"] || "bridge", Scope: "local", Internal: false,
                Attachable: false, Ingress: false, EnableIPv6: false, Options: body["Options"] ?? {},
                Labels: body["Labels"] ?? {}, Containers: {},
                IPAM: {
                    Driver: "default", Options: body["IPAM"]?.["Options"] ?? null,
                    Config: Config.length > 0 ? Config : [{ Subnet: "172.30.0.0/16", Gateway: "172.30.0.1" }],
                },
            });
            return { Id, Warning: "" };
        }
        if (name === "bridge" && action === "disconnect") {
            delete this.find("container", body["Container"])["NetworkSettings"]["Networks"]["bridge"];
            return {};
        }
        const network = this.find("network", name);
        if (action === "connect") {
            const container = this.find("container", body["Container"]);
            const address = body["EndpointConfig"]?.["IPAMConfig"]?.["IPv4Address"] ?? "172.30.0.2";
            container["NetworkSettings"]["Networks"][network["Name"]] = endpoint(address, network["Id"]);
            network["Containers"][container["Id"]] = {};
            return {};
        }
        if (method === "DELETE") {
            if (Object.keys(network["Containers"]).length > 0) {
                throw new ApiError(403, `error while removing network: network ${network["Name"]} has active endpoints`);
            }
            this.networks.delete(network["Id"]);
            return undefined;
        }
        return network;
    }

    private volume(method: string, name: string, body: Json): Json | undefined {
        if (name === "create") {
            const Name = body["Name"];
            const volume = this.volumes.get(Name) ?? {
                Name, Driver: body["Driver"] || "local", Labels: body["Labels"] ?? null, Options: body["DriverOpts"] ?? null,
                Mountpoint: `/volumes/${Name}/_data`, Scope: "local",
            };
            this.volumes.set(Name, volume);
            return volume;
        }
        const volume = this.volumes.get(name);
        if (volume === undefined) {
            if (method === "DELETE") {
                return undefined;
            }
            throw new ApiError(404, `get ${name}: no such volume`);
        }
        if (method === "DELETE") {
            this.volumes.delete(name);
            return undefined;
        }
        return volume;
    }
}

function withoutEmpty(config: Json): Json {
    return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== "" && value !== null));
}

function endpoint(address: string, network: string): Json {
    return {
        IPAddress: address, IPPrefixLen: 24, Gateway: "172.30.0.1", GlobalIPv6Address: "", GlobalIPv6PrefixLen: 0,
        IPv6Gateway: "", MacAddress: "02:42:ac:1e:00:02", NetworkID: network,
    };
}
