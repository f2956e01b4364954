import type { DataCentre, NodeSpec } from "../../config/schema";
import { baseOf } from "./certificates";
import { apiUrl, authorities, etc, isMaster, localUrl, settingsOf } from "./plan";

/** A kubeconfig that refers to files: no key stands in it. */
function kubeconfig(dc: DataCentre, server: string, certificate: string): string {
    const { clusterName } = settingsOf(dc);
    return `apiVersion: v1
kind: Config
clusters:
- name: ${clusterName}
  cluster:
    server: ${server}
    certificate-authority: ${authorities.kubernetes}
users:
- name: ${certificate}
  user:
    client-certificate: ${baseOf(certificate)}.crt
    client-key: ${baseOf(certificate)}.key
contexts:
- name: ${clusterName}
  context:
    cluster: ${clusterName}
    user: ${certificate}
current-context: ${clusterName}
`;
}

/**
 * By path. Controller manager and scheduler ask the API server of their own host: through the proxy they might ask one that is older
 * than they are, while masters are upgraded. Source: Kubernetes 1.36, "Version Skew Policy".
 */
export const kubeconfigs = (dc: DataCentre, node: NodeSpec): Record<string, string> => ({
    [`${etc}/kubelet.conf`]: kubeconfig(dc, localUrl(dc), "kubelet-client"),
    [`${etc}/kube-proxy.conf`]: kubeconfig(dc, localUrl(dc), "kube-proxy"),
    ...(isMaster(node)
        ? {
              [`${etc}/controller-manager.conf`]: kubeconfig(dc, apiUrl(dc, node), "controller-manager"),
              [`${etc}/scheduler.conf`]: kubeconfig(dc, apiUrl(dc, node), "scheduler"),
              [`${etc}/admin.conf`]: kubeconfig(dc, localUrl(dc), "admin"),
          }
        : {}),
});

/** For the operator's own kubectl: the first master, with the keys in it. A secret. */
export function operatorKubeconfig(dc: DataCentre, server: string, authority: string, certificate: string, key: string, proxyUrl?: string): string {
    const { clusterName } = settingsOf(dc);
    const data = (text: string): string => Buffer.from(text).toString("base64");
    return `apiVersion: v1
kind: Config
clusters:
- name: ${clusterName}
  cluster:
    server: ${server}
    certificate-authority-data: ${data(authority)}
${proxyUrl === undefined ? "" : `    proxy-url: ${proxyUrl}\n`}users:
- name: operator
  user:
    client-certificate-data: ${data(certificate)}
    client-key-data: ${data(key)}
contexts:
- name: ${clusterName}
  context:
    cluster: ${clusterName}
    user: operator
current-context: ${clusterName}
`;
}
