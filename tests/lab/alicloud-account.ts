import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Cloud } from "../../lab/plugins/alicloud/cloud";
import { handlerOf } from "../../lab/plugins/alicloud/driver";
import { drivers } from "../../lab/plugins/alicloud/provider";
import { DockerError, type DockerApi, type RequestOptions } from "../../lab/plugins/docker/api";
import type { PropertyMap } from "../../lab/plugins/provider/values";
import { testContext } from "./support";

/** As much of an engine as the stand-in asks for, in memory. What is run in machines is noted. */
export class FakeEngine {
    public readonly networks = new Map<string, any>();
    public readonly containers = new Map<string, { body: any; running: boolean; files: Record<string, string>; networks: Record<string, string> }>();
    /** What happened to machines: `stop t-1`. */
    public readonly done: string[] = [];
    public readonly executed: { container: string; command: string[] }[] = [];

    public async call(method: string, path: string, options: RequestOptions = {}): Promise<any> {
        return this.object(method, path, options);
    }

    public async find(path: string): Promise<any> {
        return this.object("GET", path).catch((error: unknown) => {
            if ((error as DockerError).httpStatus !== 404) {
                throw error;
            }
        });
    }

    public async object(method: string, path: string, options: RequestOptions = {}): Promise<any> {
        const [, collection = "", name = "", action = ""] = path.split("/").map(decodeURIComponent);
        const body = (options.body ?? {}) as any;
        if (collection === "networks") {
            return this.network(method, name, action, body);
        }
        if (collection === "exec") {
            return { ExitCode: 0 };
        }
        return this.container(method, name, action, body, options);
    }

    private network(method: string, name: string, action: string, body: any): any {
        if (name === "create") {
            const { Subnet } = body.IPAM.Config[0];
            if ([...this.networks.values()].some((one) => one.IPAM.Config[0].Subnet === Subnet)) {
                throw new DockerError(403, "Pool overlaps with other one on this address space");
            }
            this.networks.set(body.Name, body);
            return {};
        }
        if (!this.networks.has(name)) {
            throw new DockerError(404, `network ${name} not found`);
        }
        if (action === "connect") {
            this.containers.get(body.Container)!.networks[name] = body.EndpointConfig.IPAMConfig.IPv4Address;
        } else if (action === "disconnect") {
            delete this.containers.get(body.Container)?.networks[name];
        } else if (method === "DELETE") {
            this.networks.delete(name);
        }
        return this.networks.get(name);
    }

    private container(method: string, name: string, action: string, body: any, { query = {}, tar }: RequestOptions): any {
        if (name === "create") {
            if (this.containers.has(query["name"]!)) {
                throw new DockerError(409, "Conflict");
            }
            this.containers.set(query["name"]!, { body, running: false, files: {}, networks: {} });
            return {};
        }
        const container = this.containers.get(name);
        if (!container) {
            throw new DockerError(404, `No such container: ${name}`);
        }
        switch (`${method} ${action}`) {
            case "POST start":
                container.running = true;
                this.done.push(`start ${name}`);
                return {};
            case "POST stop":
                container.running = false;
                this.done.push(`stop ${name}`);
                return {};
            case "PUT archive": {
                const file = tar!.subarray(0, 100).toString().replaceAll("\0", "");
                container.files[file] = tar!.subarray(512).toString().replaceAll("\0", "");
                return {};
            }
            case "POST exec":
                if (!container.running) {
                    throw new DockerError(409, "is not running");
                }
                this.executed.push({ container: name, command: body.Cmd });
                return { Id: "x" };
            case "DELETE ":
                this.containers.delete(name);
                return {};
            default:
                return { State: { Running: container.running, StartedAt: "2026-01-01T00:00:00Z" } };
        }
    }
}

export interface Thing {
    id: string;
    inputs: PropertyMap;
    state: PropertyMap;
}

/** An account of a test's own, and what Pulumi's engine would do with it. */
export class Bed {
    public readonly engine = new FakeEngine();
    public readonly directory = mkdtempSync(join(tmpdir(), "alicloud-"));
    public readonly cloud = new Cloud("s", "cn-hangzhou", this.engine as unknown as DockerApi, this.directory);

    public remove(): void {
        rmSync(this.directory, { recursive: true, force: true });
    }

    private handler(type: string) {
        const token = Object.keys(drivers).find((one) => one.endsWith(`:${type}`))!;
        return { handler: handlerOf(drivers[token]!, () => this.cloud), context: testContext("nm", token).context };
    }

    public async make(type: string, news: PropertyMap): Promise<Thing> {
        const { handler, context } = this.handler(type);
        const { inputs, failures } = await handler.check(context, {}, news, new Uint8Array());
        if (failures.length > 0) {
            throw new Error(failures.map(({ reason }) => reason).join("\n"));
        }
        const { id, properties } = await handler.create(context, inputs, false);
        return { id, inputs, state: properties };
    }

    /** What would change, and whether it replaces; then changes it where it does not. */
    public async change(type: string, thing: Thing, news: PropertyMap): Promise<{ diff: string[]; thing: Thing }> {
        const { handler, context } = this.handler(type);
        const { inputs } = await handler.check(context, thing.inputs, { ...thing.inputs, ...news }, new Uint8Array());
        const { detailed } = await handler.diff(context, thing.id, thing.inputs, thing.state, inputs, []);
        const diff = [...detailed].map(([key, kind]) => (kind.endsWith("-replace") ? `${key}!` : key));
        if (diff.length === 0 || diff.some((one) => one.endsWith("!"))) {
            return { diff, thing };
        }
        const state = await handler.update(context, thing.id, thing.state, inputs, [], false);
        return { diff, thing: { id: thing.id, inputs, state } };
    }

    public async read(type: string, thing: Thing): Promise<PropertyMap | undefined> {
        const { handler, context } = this.handler(type);
        const found = await handler.read(context, thing.id, thing.state, thing.inputs);
        return found.id === "" ? undefined : found.properties;
    }

    public async drop(type: string, thing: Thing): Promise<void> {
        const { handler, context } = this.handler(type);
        await handler.delete(context, thing.id, thing.state);
    }

    /** A VPC with a vSwitch and a group, which most things need. */
    public async ground(): Promise<{ vpc: Thing; vswitch: Thing; group: Thing }> {
        const vpc = await this.make("Network", { vpcName: "t", cidrBlock: "172.31.0.0/16" });
        const vswitch = await this.make("Switch", { vpcId: vpc.id, cidrBlock: "172.31.1.0/24", zoneId: "cn-hangzhou-h" });
        const group = await this.make("SecurityGroup", { securityGroupName: "g", vpcId: vpc.id, innerAccessPolicy: "Drop" });
        return { vpc, vswitch, group };
    }

    public machine(ground: { vswitch: Thing; group: Thing }, last: number, over: PropertyMap = {}): PropertyMap {
        return {
            ...{ instanceName: `t-${last}`, imageId: "m-own", instanceType: "ecs.c7.xlarge", vswitchId: ground.vswitch.id },
            ...{ privateIp: `172.31.1.${last}`, securityGroups: [ground.group.id], instanceChargeType: "PostPaid", internetMaxBandwidthOut: 0 },
            ...over,
        };
    }
}
