import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config/schema";
import { stackAuthority, stackSecret, type Authority } from "../nodes/keys";
import type { ManagedNode } from "../nodes/managed-node";
import { operatorKubeconfig } from "./kubeconfigs";
import { apiUrl, masters } from "./plan";

/** What scripts/setup makes for a stack with masters, all of it secret from its first moment but certificates of authorities. */
export interface KubernetesKeys {
    /** By which nodes and people are known. */
    readonly authority: Authority;
    /** By which front proxies are, and nobody else. */
    readonly frontProxyAuthority: Authority;
    /** The pair by which service accounts' tokens are known. */
    readonly serviceAccountsKey: pulumi.Output<string>;
    readonly serviceAccountsPub: pulumi.Output<string>;
    /** 32 bytes in base64, by which secrets are encrypted in etcd. */
    readonly encryptionKey: pulumi.Output<string>;
    /** The operator's own. */
    readonly adminCertificate: pulumi.Output<string>;
    readonly adminKey: pulumi.Output<string>;
}

export const kubernetesKeys = (stack: string): KubernetesKeys => ({
    authority: stackAuthority(stack, "kubernetes-authority"),
    frontProxyAuthority: stackAuthority(stack, "front-proxy-authority"),
    serviceAccountsKey: stackSecret(stack, "service-accounts.key"),
    serviceAccountsPub: stackSecret(stack, "service-accounts.pub"),
    encryptionKey: stackSecret(stack, "encryption.key"),
    adminCertificate: stackSecret(stack, "admin.crt"),
    adminKey: stackSecret(stack, "admin.key"),
});

/** Where a SOCKS proxy through the bastion is expected on the operator's machine: docs/kubernetes.md says how it is opened. */
export const socksPort = 16443;

/** For kubectl on the operator's machine: the first master, directly or through the bastion where nodes have one. */
export function kubeconfig(dc: DataCentre, keys: KubernetesKeys, nodes: readonly ManagedNode[]): pulumi.Output<string> | undefined {
    const { authority, adminCertificate, adminKey } = keys;
    const [first] = masters(dc);
    const proxyUrl = nodes.some(({ connection }) => connection.proxy !== undefined) ? `socks5://127.0.0.1:${socksPort}` : undefined;
    return (
        first &&
        pulumi.secret(
            pulumi
                .all([adminCertificate, adminKey])
                .apply(([certificate, key]) => operatorKubeconfig(dc, apiUrl(dc, first), authority.certificate, certificate, key, proxyUrl)),
        )
    );
}
