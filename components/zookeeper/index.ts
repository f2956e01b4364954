import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { sourceOf } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import { hostOf, type Host } from "../host";
import { archiveHome } from "../step/program";
import { hostStep } from "../step/step";
import { connectString, logConfig, members, unitFile, zooCfg } from "./plan";
import { zookeeperLeaf } from "./schema";

export interface ZooKeeperEnsembleArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role `zookeeper` become members. */
    hosts: readonly Host[];
}

/**
 * The ZooKeeper ensemble: one member on every node with the role `zookeeper`.
 *
 * Members are visited one after another. When they are made none waits for another but the last, which waits for all;
 * later each is restarted, if its configuration changed, only while the others keep the quorum.
 */
export class ZooKeeperEnsemble extends pulumi.ComponentResource {
    /** `address:port,…` of all members, for clients; known in preview. */
    public readonly connect: string;
    /** Done when the whole ensemble serves. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: ZooKeeperEnsembleArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:zookeeper:Ensemble", name, {}, opts);
        const { dataCentre: dc } = args;
        const zk = dc.zookeeper;
        const all = members(dc);
        const source = sourceOf(zookeeperLeaf, dc);
        const home = source.kind === "archive" ? archiveHome("zookeeper", source.sha256) : undefined;
        const log = logConfig(home !== undefined);

        let previous: command.remote.Command | undefined;
        all.forEach(({ node, id }, index) => {
            const host = hostOf(args.hosts, node, this);
            previous = hostStep(
                {
                    node: host.node,
                    step: "zookeeper",
                    scripts: ["components/step/helpers/archive.sh", "components/zookeeper/member.sh"],
                    parameters: {
                        id,
                        address: node.address,
                        peers: all.filter((other) => other.id !== id).map((other) => other.node.address),
                        last: index === all.length - 1,
                        client_port: zk.clientPort,
                        peer_port: zk.peerPort,
                        election_port: zk.electionPort,
                        data_dir: zk.dataDir,
                        version: source.version,
                        archive_url: source.kind === "archive" ? source.url : "",
                        archive_sha256: source.kind === "archive" ? source.sha256 : "",
                        zoo_cfg: zooCfg(dc),
                        log_file: log.file,
                        log_config: log.text,
                        unit_file: unitFile(dc, home),
                    },
                },
                { parent: this, dependsOn: [host.prepared, ...(previous ? [previous] : [])] },
            );
        });
        this.connect = connectString(dc);
        this.ready = previous ? [previous] : [];
        this.registerOutputs({ connect: this.connect });
    }
}
