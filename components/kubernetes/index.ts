import { createHash } from "node:crypto";

import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { archiveOf } from "../../config/catalogue";
import type { DataCentre, NodeSpec } from "../../config/schema";
import { settingsOf as engineOf } from "../containerd/plan";
import { clientFiles } from "../etcd/plan";
import { hostOf, type Host } from "../host";
import { hostStep, type ProgramArgs } from "../step/step";
import { certificateLines, renewDays, validDays } from "./certificates";
import { kernelFiles, kubeletFiles, kubeProxyFiles, localProxyFiles, masterFiles } from "./files";
import type { KubernetesKeys } from "./keys";
import { modules } from "./kubelet";
import { admins, allObjects, nameOf, textOf, type KubernetesObject } from "./objects";
import { authorities, binOf, clusterNodes, isMaster, masterLabel, masters, settingsOf, version } from "./plan";
import { kubernetesLeaf } from "./schema";
import { imageOf, podNames, staticPods } from "./static-pods";

/** What others have in the cluster. */
export interface Addons {
    /** Objects of the API. */
    readonly objects: readonly KubernetesObject[];
    /** Labels of a node's object, and all that there can be, so that those of before go. */
    readonly labels: (node: NodeSpec) => Readonly<Record<string, string>>;
    readonly labelKeys: readonly string[];
    /** Images that their pods on a node run in: imported where upstream's archive has them, pulled elsewhere. */
    readonly images: (node: NodeSpec) => readonly string[];
}

export interface KubernetesArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has one of the roles take part. */
    hosts: readonly Host[];
    keys: KubernetesKeys;
    /** What comes with it from others, such as the name server. */
    addons: Addons;
    /** What must be there first: etcd, and the nodes' engines and networks. */
    after: readonly pulumi.Resource[];
    /** And on one host: what it reaches etcd with. */
    before: (node: NodeSpec) => readonly pulumi.Resource[];
}

const scripts = (...names: string[]): string[] => names.map((name) => `components/${name.includes("/") ? name : `kubernetes/${name}`}.sh`);

/** Paths and texts in turn, as scripts take them. */
const pairs = (files: Readonly<Record<string, string>>): string[] => Object.entries(files).flat();

const digestOf = (...texts: string[]): string => createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, 16);

/** What a node's kubelet is told: with another one the node is emptied before. */
export const kubeletDigest = (dc: DataCentre, node: NodeSpec): string => digestOf(version(dc), ...pairs(kubeletFiles(dc, node)));

/**
 * The cluster. Nodes are visited one after another, masters first: each is emptied if its kubelet is to change, gets what is described,
 * and is let in again when it is Ready. What the API is asked is asked on the first master.
 */
export class Kubernetes extends pulumi.ComponentResource {
    /** Done when all nodes are Ready, and all objects there. */
    public readonly ready: pulumi.Resource[];

    public constructor(
        name: string,
        private readonly args: KubernetesArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("datacentre:kubernetes:Cluster", name, {}, opts);
        const { dataCentre: dc } = args;
        const [firstMaster] = masters(dc);
        const certificates = new Map(clusterNodes(dc).map((node) => [node.name, this.certificates(node)] as const));
        let last: readonly pulumi.Resource[] = args.after;
        for (const node of firstMaster ? clusterNodes(dc) : []) {
            const own = certificates.get(node.name);
            const drained = this.onFirst(`kubernetes-drain-${node.name}`, ["api", "skew", "drain"], { ...this.facts(node), drain_timeout: settingsOf(dc).drainTimeoutSeconds }, last);
            const made = this.node(node, [drained, ...(own ? [own] : []), ...args.before(node)]);
            const bound = node === firstMaster ? [this.bootstrap([made])] : [];
            last = [this.onFirst(`kubernetes-admit-${node.name}`, ["api", "admit"], { ...this.facts(node), ...this.labels(node) }, [made, ...bound])];
        }
        this.ready = firstMaster ? this.whole(last) : [];
        this.registerOutputs({ nodes: clusterNodes(dc).map((node) => node.name) });
    }

    private host(node: NodeSpec): Host {
        return hostOf(this.args.hosts, node, this);
    }

    private facts(node: NodeSpec): ProgramArgs["parameters"] {
        const { dataCentre: dc } = this.args;
        return { name: node.name, digest: kubeletDigest(dc, node), version: version(dc), master: isMaster(node) };
    }

    /** What a kubelet may not say of its own node. */
    private labels(node: NodeSpec): ProgramArgs["parameters"] {
        const { dataCentre: dc, addons } = this.args;
        const own = { ...(isMaster(node) ? { [masterLabel]: "" } : {}), ...addons.labels(node) };
        return { labels: Object.entries(own).map(([key, value]) => `${key}=${value}`), label_keys: [masterLabel, ...addons.labelKeys], tainted: isMaster(node) && settingsOf(dc).masterTaint };
    }

    private onFirst(step: string, names: readonly string[], parameters: ProgramArgs["parameters"], after: readonly pulumi.Resource[]): command.remote.Command {
        const host = this.host(masters(this.args.dataCentre)[0]!);
        return hostStep({ node: host.node, step, scripts: scripts(...names), parameters }, { parent: this, dependsOn: [host.prepared, ...after] });
    }

    /** A step of its own, since it has secrets, which hide a step's whole program in previews. */
    private certificates(node: NodeSpec): command.remote.Command {
        const { dataCentre: dc, keys } = this.args;
        const host = this.host(node);
        const master = isMaster(node);
        return hostStep(
            {
                node: host.node,
                step: "kubernetes-certificates",
                scripts: scripts("step/helpers/certificate", "certificates"),
                parameters: {
                    master,
                    authorities: [
                        ...[authorities.kubernetes, keys.authority.certificate],
                        ...(master ? [authorities.frontProxy, keys.frontProxyAuthority.certificate] : []),
                    ],
                    certificates: certificateLines(dc, node),
                    valid_days: validDays,
                    renew_days: renewDays,
                },
                secrets: {
                    kubernetes_key: keys.authority.key,
                    ...(master
                        ? {
                              front_proxy_key: keys.frontProxyAuthority.key,
                              service_accounts_key: keys.serviceAccountsKey,
                              service_accounts_pub: keys.serviceAccountsPub,
                              encryption_key: keys.encryptionKey,
                          }
                        : {}),
                },
            },
            { parent: this, dependsOn: [host.prepared] },
        );
    }

    private node(node: NodeSpec, after: readonly pulumi.Resource[]): command.remote.Command {
        const { dataCentre: dc, keys, addons } = this.args;
        const { apiPort, proxyPort, serviceNetwork } = settingsOf(dc);
        const archive = archiveOf(kubernetesLeaf, dc);
        const master = isMaster(node);
        const own = master ? podNames.map((one) => imageOf(dc, one)) : [];
        const host = this.host(node);
        return hostStep(
            {
                node: host.node,
                step: "kubernetes-node",
                scripts: scripts(
                    ...["step/helpers/archive", "step/helpers/certificate", "step/helpers/haproxy", "step/helpers/kept-off"],
                    ...["skew", "programs", "kernel", "local-proxy", "static-pods", "node", "undo-node"],
                ),
                parameters: {
                    version: version(dc),
                    bin: binOf(dc),
                    archive_url: archive?.url ?? "",
                    archive_sha256: archive?.sha256 ?? "",
                    address: node.address,
                    api_port: apiPort,
                    proxy_port: proxyPort,
                    service_network: serviceNetwork,
                    master,
                    authority: keys.authority.certificate,
                    etcd_files: (master && clientFiles(dc)?.authority.replace(/\/[^/]+$/, "")) || "",
                    modules,
                    kernel_files: pairs(kernelFiles()),
                    images: [...new Set([engineOf(dc, node).sandboxImage, ...own, ...addons.images(node)])],
                    proxy_files: pairs(localProxyFiles(dc, node)),
                    kubelet_files: pairs(kubeletFiles(dc, node)),
                    kube_proxy_files: pairs(kubeProxyFiles(dc, node)),
                    master_files: pairs(masterFiles(dc, node)),
                    static_pods: master ? pairs(staticPods(dc, node)) : [],
                },
            },
            { parent: this, dependsOn: [host.prepared, ...this.args.after, ...after] },
        );
    }

    /** A step of its own for the same reason. */
    private bootstrap(after: readonly pulumi.Resource[]): command.remote.Command {
        const host = this.host(masters(this.args.dataCentre)[0]!);
        return hostStep(
            {
                node: host.node,
                step: "kubernetes-bootstrap",
                scripts: scripts("api", "bootstrap"),
                parameters: {
                    binding: textOf([admins]),
                    authority_file: authorities.kubernetes,
                    proxy_port: settingsOf(this.args.dataCentre).proxyPort,
                },
                secrets: { kubernetes_key: this.args.keys.authority.key },
            },
            { parent: this, dependsOn: [host.prepared, ...after] },
        );
    }

    /** What is the whole cluster's: its objects, and last the nodes that are described no more. */
    private whole(after: readonly pulumi.Resource[]): pulumi.Resource[] {
        const { dataCentre: dc, addons } = this.args;
        const objects = allObjects(addons.objects);
        const applied = this.onFirst("kubernetes-objects", ["api", "apply-objects"], { objects: textOf(objects), described: objects.map(nameOf) }, after);
        const members = { nodes: clusterNodes(dc).map((node) => node.name), drain_timeout: settingsOf(dc).drainTimeoutSeconds };
        return [applied, this.onFirst("kubernetes-members", ["api", "members"], members, [applied])];
    }
}
