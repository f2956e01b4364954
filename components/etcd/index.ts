import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { sourceOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import type { Systems } from "../../config/systems";
import { hostOf, type Host } from "../host";
import type { Authority } from "../nodes/keys";
import { upgradeParameters, upgradeScript } from "../packages/upgrade";
import { archiveHome } from "../step/program";
import { hostStep, type StepArgs } from "../step/step";
import { inVisitOrder } from "../step/visits";
import { bootstrapConf, clientEtc, clients, endpoints, etcdConf, isSecure, memberEtc, memberFiles, memberNames, members, unitFile } from "./plan";
import { etcdLeaf } from "./schema";

export interface EtcdClusterArgs {
    dataCentre: DataCentre;
    /** Who may ask etcd. */
    systems: Systems;
    /** The prepared hosts; those whose node has the role `etcd` become members. */
    hosts: readonly Host[];
    /** By which members and clients know one another; not asked for without TLS. */
    authority: () => Authority;
    /** Whether the cluster may have had TLS before: then its members are asked before they go back to plain HTTP. */
    hadTls: boolean;
}

/** A certificate is made anew when it has fewer days left; a run of all steps is what makes it. */
const renewDays = 30;
const validDays = 730;

/**
 * The etcd cluster: one member on every node with the role `etcd`.
 *
 * Members are visited one after another. When the cluster is made none waits for a quorum that cannot be there yet;
 * later each is restarted, if its configuration changed, only while the others keep the quorum, and the leader hands
 * over first. A member without data joins a cluster that is there, one whose node has got another address tells so, and one that is no
 * longer described is taken out.
 */
export class EtcdCluster extends pulumi.ComponentResource {
    /** `http://address:port` of all members, for clients; known in preview. */
    public readonly endpoints: string[];
    /** Done when the whole cluster is healthy. */
    public readonly ready: pulumi.Resource[];
    private readonly clients: ReadonlyMap<string, pulumi.Resource>;

    public constructor(name: string, args: EtcdClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:etcd:Cluster", name, {}, opts);
        const { dataCentre: dc } = args;
        const all = members(dc);
        const authority = isSecure(dc) && all.length > 0 ? args.authority() : undefined;
        const users = authority ? clients(dc, args.systems) : [];
        this.clients = new Map(users.map((node) => [node.name, this.client(hostOf(args.hosts, node, this), authority)]));
        const certificates = authority || args.hadTls ? all.map((node) => this.certificate(dc, hostOf(args.hosts, node, this), authority)) : [];
        // All of them first: what a member refuses, it refuses before any other is touched, and clients change before whom they ask.
        const before = [...certificates, ...this.clients.values()];
        let previous: command.remote.Command | undefined;
        for (const node of inVisitOrder("etcd", all, ({ name }) => name)) {
            const host = hostOf(args.hosts, node, this);
            const dependsOn = [host.prepared, ...before, ...(previous ? [previous] : [])];
            previous = hostStep(memberStep(dc, host, authority), { parent: this, dependsOn });
        }
        this.endpoints = endpoints(dc);
        this.ready = previous ? [previous] : [];
        this.registerOutputs({ endpoints: this.endpoints });
    }

    /** What must be on a host before it asks etcd: its files of `clientFiles`. */
    public before({ name }: NodeSpec): pulumi.Resource[] {
        const step = this.clients.get(name);
        return step ? [step] : [];
    }

    /** A step of its own, since it has a secret, which hides a step's whole program in previews. */
    private certificate(dc: DataCentre, host: Host, authority: Authority | undefined): command.remote.Command {
        const { spec } = host.node;
        return hostStep(
            {
                node: host.node,
                step: "etcd-certificate",
                scripts: ["components/step/helpers/certificate.sh", "components/etcd/certificate.sh"],
                parameters: {
                    ...{ etc: memberEtc, scheme: authority ? "https" : "http", address: spec.address, names: memberNames(dc, spec) },
                    ...{ others: members(dc).length - 1, client_port: dc.etcd.clientPort, peer_port: dc.etcd.peerPort, data_dir: dc.etcd.dataDir },
                    ...{ authority: authority?.certificate ?? "", valid_days: validDays, renew_days: renewDays },
                },
                ...(authority ? { secrets: { authority_key: authority.key } } : {}),
            },
            { parent: this, dependsOn: [host.prepared] },
        );
    }

    private client(host: Host, authority: Authority | undefined): command.remote.Command {
        return hostStep(
            {
                node: host.node,
                step: "etcd-client",
                scripts: ["components/step/helpers/certificate.sh", "components/etcd/client.sh"],
                parameters: { etc: clientEtc, authority: authority?.certificate ?? "", valid_days: validDays, renew_days: renewDays },
                ...(authority ? { secrets: { authority_key: authority.key } } : {}),
            },
            { parent: this, dependsOn: [host.prepared] },
        );
    }
}

/** One member. Without TLS its program knows nothing of it. */
function memberStep(dc: DataCentre, host: Host, authority: Authority | undefined): StepArgs {
    const { etcd } = dc;
    const node = host.node.spec;
    const all = members(dc);
    const source = sourceOf(etcdLeaf, dc);
    const bin = source.kind === "archive" ? archiveHome("etcd", source.sha256) : "/usr/bin";
    const files = memberFiles(dc);
    return {
        node: host.node,
        step: "etcd",
        scripts: [
            "components/step/helpers/archive.sh",
            "components/step/helpers/members.sh",
            upgradeScript,
            "components/etcd/member.sh",
            ...(files ? ["components/step/helpers/certificate.sh", "components/etcd/tls.sh"] : []),
        ],
        parameters: {
            address: node.address,
            peers: all.filter((other) => other !== node).map((other) => other.address),
            members: all.map((member) => `${member.name} ${member.address}`),
            client_port: etcd.clientPort,
            peer_port: etcd.peerPort,
            data_dir: etcd.dataDir,
            version: source.version,
            ...upgradeParameters(etcdLeaf, dc),
            etcdctl: `${bin}/etcdctl`,
            archive_url: source.kind === "archive" ? source.url : "",
            archive_sha256: source.kind === "archive" ? source.sha256 : "",
            etcd_conf: etcdConf(dc, node, source.version),
            bootstrap_conf: bootstrapConf(dc, node),
            unit_file: unitFile(bin),
            // With another authority its certificate is another one, for which it has to start anew.
            ...(files ? { etc: memberEtc, authority: authority?.certificate ?? "" } : {}),
        },
    };
}
