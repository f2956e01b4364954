import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { sourceOf } from "../../config/catalogue";
import type { DataCentre } from "../../config/schema";
import { hostOf, type Host } from "../host";
import { upgradeParameters } from "../packages/upgrade";
import { archiveHome } from "../step/program";
import { hostStep } from "../step/step";
import { inVisitOrder } from "../step/visits";
import { classPath, connectString, logConfig, members, unitFile, zooCfg } from "./plan";
import { zookeeperLeaf } from "./schema";

export interface ZooKeeperEnsembleArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role `zookeeper` become members. */
    hosts: readonly Host[];
}

/**
 * The ZooKeeper ensemble: one member on every node with the role `zookeeper`.
 *
 * Members are visited one after another. The first one begins the ensemble, and each of the others joins it; one that is there is
 * restarted, if its settings changed, only while the others keep the quorum. Who comes or goes restarts nobody.
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
        inVisitOrder("zookeeper", all, ({ node }) => node.name).forEach(({ node, id }) => {
            const host = hostOf(args.hosts, node, this);
            previous = hostStep(
                {
                    node: host.node,
                    step: "zookeeper",
                    scripts: ["step/helpers/archive", "step/helpers/members", "step/helpers/upgrade", "zookeeper/member"].map((script) => `components/${script}.sh`),
                    parameters: {
                        id,
                        address: node.address,
                        members: all.map((member) => `${member.id} ${member.node.address}`),
                        first: node === all[0]?.node,
                        client_port: zk.clientPort,
                        peer_port: zk.peerPort,
                        election_port: zk.electionPort,
                        data_dir: zk.dataDir,
                        version: source.version,
                        archive_url: source.kind === "archive" ? source.url : "",
                        archive_sha256: source.kind === "archive" ? source.sha256 : "",
                        class_path: classPath(home, source.version),
                        zoo_cfg: zooCfg(dc),
                        log_file: log.file,
                        log_config: log.text,
                        unit_file: unitFile(dc, { home, version: source.version }),
                        ...upgradeParameters(zookeeperLeaf, dc),
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
