import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import type { DataCentreInput } from "../../../config";
import type { TestNetwork } from "./hosts";
import { results, root, run, type Result, type RunOptions } from "./run";

type NodeInput = DataCentreInput["nodes"][number];

/** A stack of the tests' own: its settings file, its home for keys and state, its network. */
export class TestStack {
    public readonly home: string;
    public config: DataCentreInput;
    /** Settings of other projects' keys. */
    public beside: Record<string, string> = {};

    public constructor(
        public readonly name: string,
        config: DataCentreInput,
    ) {
        this.home = mkdtempSync(join(tmpdir(), `${name}-`));
        this.config = config;
        this.write();
    }

    private get file(): string {
        return join(root, `Pulumi.${this.name}.yaml`);
    }

    /** Writes the settings file from `config`. */
    public write(): void {
        const config = Object.fromEntries(Object.entries(this.config).map(([key, value]) => [`datacentre:${key}`, value]));
        writeFileSync(this.file, stringify({ config: { ...this.beside, ...config } }));
    }

    /** Takes the settings file away, as if the stack were another checkout's. */
    public hide(): void {
        rmSync(this.file, { force: true });
    }

    public edit(change: (config: DataCentreInput) => void): void {
        change(this.config);
        this.write();
    }

    public make(verb: string, variables: Record<string, string> = {}, options: RunOptions = {}): Promise<Result> {
        const args = ["-s", verb, `STACK=${this.name}`, ...Object.entries(variables).map(([key, value]) => `${key}=${value}`)];
        return run("make", args, {
            ...options,
            env: { DATACENTRE_HOME: this.home, YES: "1", NO_COLOR: "1", ...options.env },
            log: options.log ?? `${this.name}-${verb}`,
        });
    }

    /** As `make`, for what must succeed. */
    public async must(verb: string, variables: Record<string, string> = {}): Promise<Result> {
        const result = await this.make(verb, variables);
        if (result.code !== 0) {
            throw new Error(`make ${verb} ended with ${result.code}; see ${results}:\n${result.output.slice(-6000)}`);
        }
        return result;
    }

    public node(name: string): NodeInput {
        const node = this.config.nodes.find((candidate) => candidate.name === name);
        if (!node) {
            throw new Error(`no node ${name}`);
        }
        return node;
    }

    /** Runs a command on a node with the plain ssh program, so that nothing of ours is between. */
    public async on(node: string, command: string, input = ""): Promise<Result> {
        const { address, ssh = {} } = this.node(node);
        return run("ssh", [...this.sshOptions(), "-p", String(ssh.port ?? 22), `${ssh.user ?? "root"}@${ssh.address ?? address}`, command], { input });
    }

    public async out(node: string, command: string): Promise<string> {
        const result = await this.on(node, command);
        if (result.code !== 0) {
            throw new Error(`${node}: ${command}: status ${result.code}\n${result.output}`);
        }
        return result.stdout;
    }

    protected sshOptions(): string[] {
        const key = this.config.provider.kind === "existing" ? this.config.provider.privateKeyFile : join(this.home, "stacks", this.name, "ssh/id_ed25519");
        return [
            ...["-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=5"],
            ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"],
            ...["-o", "ControlMaster=auto", "-o", `ControlPath=${join(this.home, "%C")}`, "-o", "ControlPersist=20"],
        ];
    }

    public get names(): string[] {
        return this.config.nodes.map((node) => node.name);
    }

    /** Removes everything of the stack, also after a test that failed. */
    public async clean(): Promise<void> {
        if (process.env.E2E_KEEP) {
            return;
        }
        await this.make("destroy", { DATA: "delete" }, { log: `${this.name}-clean` });
        rmSync(this.file, { force: true });
        rmSync(this.home, { recursive: true, force: true });
    }
}

/** The default stack's shape on another network: four nodes, everything on them. */
export function fourNodes({ prefix, net, subnet }: TestNetwork): DataCentreInput {
    const names = ["master1", "agent1", "agent2", "agent3"];
    return {
        provider: { kind: "docker", prefix, subnet, gateway: `${net}.254` },
        nodes: names.map((name, i) => ({
            name,
            address: `${net}.${i + 1}`,
            roles: i < 3 ? ["docker", "glusterfs", "zookeeper", "etcd"] : ["docker", "glusterfs", "etcd"],
        })),
        glusterfs: {
            volumes: [
                {
                    name: "replica_volume",
                    type: "replicated",
                    bricks: ["master1:/data/repli", "agent1:/data/repli"],
                    arbiter: "agent2:/data/repli-arbiter",
                    mount: "/data/mnt",
                },
                { name: "hash_volume", type: "distributed", bricks: names.map((name) => `${name}:/data/hash`), mount: "/data/mnt_hash" },
            ],
        },
    };
}

/** A smaller one, for what is done many times: three nodes with everything. */
export function threeNodes(network: TestNetwork): DataCentreInput {
    const config = fourNodes(network);
    config.nodes.pop();
    config.glusterfs?.volumes?.[1]?.bricks.pop();
    return config;
}

/** Where the lab's host image has its own packages and image archives. */
const lab = "file:///opt/datacentre-lab";

/** The same with Mesos on it: a master and Marathon on the first node, agents on all, the registry and marathon-lb. */
export function withMesos(config: DataCentreInput): DataCentreInput {
    const [first] = config.nodes;
    const name = first?.name ?? "";
    return {
        ...config,
        nodes: config.nodes.map((node, i) => ({
            ...node,
            roles: [...(node.roles ?? []), "mesos-agent" as const, ...(i === 0 ? (["mesos-master", "marathon"] as const) : [])],
        })),
        security: "seed",
        docker: {
            insecureRegistries: [`${name}:5000`],
            images: [
                ["registry:2", "registry"],
                ["mesosphere/marathon-lb:v1.15.0", "marathon-lb"],
                ["busybox:latest", "busybox"],
            ].map(([image = "", file]) => ({ image, archive: `${lab}/images/${file}.tar`, nodes: [name] })),
        },
        sources: {
            mesos: { kind: "repository", apt: { url: `${lab}/apt` } },
            marathon: { kind: "repository", apt: { url: `${lab}/apt` } },
        },
        registry: { node: name },
        marathonLb: { nodes: [name] },
    };
}

/**
 * The same with Calico on every node: a pool by VXLAN and one by BGP, a network of each for apps. It is the real Calico, from the
 * archive that the lab builds. The pools are 10.240 and 10.241 with the network's own third number.
 */
export function withCalico(config: DataCentreInput, { third }: TestNetwork): DataCentreInput {
    return {
        ...config,
        nodes: config.nodes.map((node) => ({ ...node, roles: [...(node.roles ?? []), "calico" as const] })),
        versions: { ...config.versions, calico: "3.28.5" },
        sources: { ...config.sources, calico: { kind: "archive", url: `${lab}/calico/calico-3.28.5.tar.gz` } },
        calico: {
            pools: [
                { name: "apps", cidr: `10.240.${third}.0/24`, blockSize: 28 },
                { name: "flat", cidr: `10.241.${third}.0/24`, blockSize: 28, encapsulation: "none" },
            ],
            networks: [
                { name: "calico", pools: ["apps"] },
                { name: "flat", pools: ["flat"] },
            ],
        },
    };
}
