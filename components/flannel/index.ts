import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { archiveOf } from "../../config/catalogue";
import { nodesWith } from "../../config/nodes";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { clientFiles, endpoints } from "../etcd/plan";
import { hostOf, type Host } from "../host";
import { hostStep } from "../step/step";
import { cniFile, curlOptions, device, files, guardUnit, hasDocker, hasPods, helper, home, networkConfig, nodes, renewalUnit, settingsOf, unit } from "./plan";
import { flannelLeaf } from "./schema";

export interface BridgesArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role `flannel` take part. */
    hosts: readonly Host[];
    /** What must be there first. */
    after: readonly pulumi.Resource[];
}

export interface FlannelArgs extends BridgesArgs {
    /** What must be on a host before it asks etcd. */
    before: (node: NodeSpec) => readonly pulumi.Resource[];
}

const scripts = (...names: string[]): string[] => names.map((name) => `components/flannel/${name}.sh`);

/**
 * flannel: its network in etcd, and flanneld on every node with the role `flannel`, whose containers have addresses of the part of the
 * network that is that host's.
 *
 * It is there before Docker, which starts on that subnet, and a restart of flanneld leaves routes as they are, so hosts are visited at
 * once.
 */
export class Flannel extends pulumi.ComponentResource {
    /** Done when every node has its subnet. */
    public readonly ready: pulumi.Resource[];
    private readonly joined: ReadonlyMap<string, command.remote.Command>;

    public constructor(name: string, args: FlannelArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:flannel:Flannel", name, {}, opts);
        const { dataCentre: dc } = args;
        const all = nodes(dc);
        const [first] = all;
        const config = first ? [this.config(args, hostOf(args.hosts, first, this))] : [];
        this.joined = new Map(all.map((node) => [node.name, this.node(args, node, config)]));
        this.ready = [...this.joined.values()];
        this.registerOutputs({ nodes: all.map((node) => node.name) });
    }

    /** What must be on a host before its engine starts. */
    public before({ name }: NodeSpec): pulumi.Resource[] {
        const step = this.joined.get(name);
        return step ? [step] : [];
    }

    private config({ dataCentre: dc, after, before }: FlannelArgs, host: Host): command.remote.Command {
        return hostStep(
            {
                node: host.node,
                step: "flannel-config",
                scripts: scripts("etcd", "config"),
                // Nodes of Kubernetes are drained before: see FlannelLeases.
                parameters: { ...inEtcd(dc), addresses: addresses(dc), gives_back: nodesWith(dc, "kubernetes-master").length === 0 },
            },
            { parent: this, dependsOn: [host.prepared, ...before(host.node.spec), ...after] },
        );
    }

    private node({ dataCentre: dc, hosts, after, before }: FlannelArgs, node: NodeSpec, config: readonly pulumi.Resource[]): command.remote.Command {
        const host = hostOf(hosts, node, this);
        const archive = archiveOf(flannelLeaf, dc);
        return hostStep(
            {
                node: host.node,
                step: "flannel",
                scripts: scripts("etcd", "docker-options", "dataplane", "node"),
                parameters: {
                    ...inEtcd(dc),
                    client_certificate: clientFiles(dc)?.certificate ?? "",
                    network: settingsOf(dc).network,
                    device: device(dc) ?? "",
                    address: node.address,
                    peers: nodes(dc)
                        .filter((other) => other !== node)
                        .map((other) => other.address),
                    archive_url: archive?.url ?? "",
                    archive_sha256: archive?.sha256 ?? "",
                    home: home(dc),
                    files: Object.entries(files(dc, node)).flat(),
                    docker: hasDocker(node),
                    pods: hasPods(node),
                    cni_file: cniFile,
                    ...units,
                },
            },
            { parent: this, dependsOn: [host.prepared, ...before(node), ...after, ...config] },
        );
    }
}

const units = { helper, flannel_unit: unit, renewal_unit: renewalUnit, guard_unit: guardUnit };

const inEtcd = (dc: DataCentre) => ({
    endpoints: endpoints(dc),
    curl_options: curlOptions(dc),
    prefix: settingsOf(dc).prefix,
    config: networkConfig(dc),
});

const addresses = (dc: DataCentre): string[] => nodes(dc).map(({ address }) => address);

/** Subnets of Kubernetes' nodes that have left: when they are drained, and nothing of theirs is asked for any more. */
export class FlannelLeases extends pulumi.ComponentResource {
    public constructor(name: string, { dataCentre: dc, hosts, after }: BridgesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:flannel:Leases", name, {}, opts);
        const [first] = nodes(dc);
        if (first) {
            const host = hostOf(hosts, first, this);
            hostStep(
                { node: host.node, step: "flannel-leases", scripts: scripts("etcd", "leases"), parameters: { ...inEtcd(dc), addresses: addresses(dc) } },
                { parent: this, dependsOn: [host.prepared, ...after] },
            );
        }
        this.registerOutputs({});
    }
}

/** Docker's bridges on the subnets of their hosts: when engines are as described otherwise. */
export class FlannelBridges extends pulumi.ComponentResource {
    /** Done when every engine's containers get addresses of flannel's. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, { dataCentre: dc, hosts, after }: BridgesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:flannel:Bridges", name, {}, opts);
        this.ready = nodes(dc)
            .filter(hasDocker)
            .map((node) =>
                hostStep(
                    { node: hostOf(hosts, node, this).node, step: "flannel-docker", scripts: scripts("docker-options", "docker"), parameters: units },
                    { parent: this, dependsOn: [hostOf(hosts, node, this).prepared, ...after] },
                ),
            );
        this.registerOutputs({});
    }
}
