import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { sourceOf } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import { hostOf, type Host } from "../host";
import { archiveHome } from "../step/program";
import { hostStep } from "../step/step";
import { bootstrapConf, endpoints, etcdConf, members, unitFile } from "./plan";
import { etcdLeaf } from "./schema";

export interface EtcdClusterArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role `etcd` become members. */
    hosts: readonly Host[];
}

/**
 * The etcd cluster: one member on every node with the role `etcd`.
 *
 * Members are visited one after another. When the cluster is made none waits for a quorum that cannot be there yet;
 * later each is restarted, if its configuration changed, only while the others keep the quorum, and the leader hands
 * over first. A member without data joins a cluster that is there; one that is no longer described is taken out.
 */
export class EtcdCluster extends pulumi.ComponentResource {
    /** `http://address:port` of all members, for clients; known in preview. */
    public readonly endpoints: string[];
    /** Done when the whole cluster is healthy. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: EtcdClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:etcd:Cluster", name, {}, opts);
        const { dataCentre: dc } = args;
        const { etcd } = dc;
        const all = members(dc);
        const source = sourceOf(etcdLeaf, dc);
        const bin = source.kind === "archive" ? archiveHome("etcd", source.sha256) : "/usr/bin";

        let previous: command.remote.Command | undefined;
        all.forEach((node, index) => {
            const host = hostOf(args.hosts, node, this);
            previous = hostStep(
                {
                    node: host.node,
                    step: "etcd",
                    scripts: ["components/step/helpers/archive.sh", "components/etcd/member.sh"],
                    parameters: {
                        address: node.address,
                        peers: all.filter((other) => other !== node).map((other) => other.address),
                        last: index === all.length - 1,
                        client_port: etcd.clientPort,
                        peer_port: etcd.peerPort,
                        data_dir: etcd.dataDir,
                        version: source.version,
                        etcdctl: `${bin}/etcdctl`,
                        archive_url: source.kind === "archive" ? source.url : "",
                        archive_sha256: source.kind === "archive" ? source.sha256 : "",
                        etcd_conf: etcdConf(dc, node, source.version),
                        bootstrap_conf: bootstrapConf(dc, node),
                        unit_file: unitFile(bin),
                    },
                },
                { parent: this, dependsOn: [host.prepared, ...(previous ? [previous] : [])] },
            );
        });
        this.endpoints = endpoints(dc);
        this.ready = previous ? [previous] : [];
        this.registerOutputs({ endpoints: this.endpoints });
    }
}
