/** Docker's networks on Pulumi's mocks: on which host they are made, and after what. */
import * as pulumi from "@pulumi/pulumi";

import { DockerNetworks } from "../../components/calico/docker-networks";
import { dataCentreSchema } from "../../components/description";
import { DockerEngine } from "../../components/docker";
import { Host } from "../../components/host";
import { systems } from "../../components/systems";

const dc = dataCentreSchema.parse({
    provider: { kind: "docker", prefix: "t", subnet: "172.30.9.0/24" },
    nodes: [
        { name: "a", address: "172.30.9.1", roles: ["docker", "etcd"] },
        { name: "b", address: "172.30.9.2", roles: ["docker", "calico"] },
        { name: "c", address: "172.30.9.3", roles: ["docker", "calico"] },
    ],
    sources: { calico: { kind: "archive", url: "file:///opt/calico.tar.gz" } },
    versions: { calico: "3.28.5" },
    calico: {
        pools: [
            { name: "p", cidr: "10.88.0.0/16" },
            { name: "q", cidr: "10.89.0.0/16" },
        ],
        dockerNetworks: [
            { name: "web", pool: "p" },
            { name: "db", pool: "q" },
        ],
    },
});

const made: { type: string; name: string; inputs: Record<string, unknown> }[] = [];
/** Names in the order in which they were made, which is that of what they depend on. */
const order: string[] = [];
let networks: DockerNetworks;

beforeAll(async () => {
    await pulumi.runtime.setMocks({
        newResource: async (args) => {
            // What does not wait for its dependencies comes first.
            await new Promise((resolve) => setTimeout(resolve, 20));
            made.push({ type: args.type, name: args.name, inputs: args.inputs });
            order.push(args.name);
            return { id: `${args.name}-id`, state: args.inputs };
        },
        call: () => ({}),
    });
    const connection = pulumi.output({ host: "172.30.9.1" });
    const hosts = dc.nodes.map(
        (spec) => new Host(spec.name, { node: { spec, connection, instance: "1" }, dataCentre: dc, systems, owner: "datacentre/t" }),
    );
    // Stands for etcd's last member.
    const etcd = hosts[0]!.prepared;
    const engines = hosts.map((host) => new DockerEngine(host.node.spec.name, { host, dataCentre: dc, after: [etcd] }));
    const after = engines.flatMap(({ ready }) => ready);
    networks = new DockerNetworks("docker-networks", { dataCentre: dc, hosts, owner: "datacentre/t", after });
    new DockerNetworks("none", { dataCentre: { ...dc, calico: { ...dc.calico, dockerNetworks: [] } }, hosts, owner: "datacentre/t", after });
    await pulumi.runtime.disconnect();
});

const steps = (name: RegExp) => made.filter(({ type, name: one }) => type === "command:remote:Command" && name.test(one));

it("makes each network by one step, on the first node with both roles", () => {
    expect(steps(/^docker-network/).map(({ name }) => name).sort()).toEqual(["docker-network-db-b", "docker-network-web-b"]);
    expect(networks.ready).toHaveLength(2);
});

it("makes them after every engine, and engines after the store", () => {
    const at = (name: string): number => order.indexOf(name);
    for (const { name } of steps(/^docker-[abc]$/)) {
        expect(at(name)).toBeGreaterThan(at("prepare-a"));
        expect(at("docker-network-web-b")).toBeGreaterThan(at(name));
    }
    expect(steps(/^docker-[abc]$/)).toHaveLength(3);
});

it("gives each its own pool", () => {
    const text = (name: RegExp): string => JSON.stringify(steps(name)[0]?.inputs.stdin);
    expect(text(/-web-b$/)).toMatch(/subnet='10\.88\.0\.0\/16'/);
    expect(text(/-db-b$/)).toMatch(/subnet='10\.89\.0\.0\/16'/);
});
