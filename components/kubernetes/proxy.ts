import type { DataCentre, NodeSpec } from "../../config/schema";
import { settingsOf as flannel } from "../flannel/plan";
import { binOf, etc, ports, proxyUnit, settingsOf } from "./plan";

export const proxyConf = `${etc}/kube-proxy.yaml`;
export const kubeProxyUnit = "/etc/systemd/system/kube-proxy.service";

/**
 * Connections are tracked as the host says: this program sizes no table of the kernel's that others use too.
 * Source: Kubernetes 1.36, "kube-proxy Configuration (v1alpha1)".
 */
export function kubeProxyConfig(dc: DataCentre, node: NodeSpec): string {
    return `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: 0.0.0.0
healthzBindAddress: ${node.address}:${ports.proxyHealth}
metricsBindAddress: 127.0.0.1:${ports.proxyMetrics}
clientConnection: { kubeconfig: ${etc}/kube-proxy.conf }
hostnameOverride: ${node.name}
mode: ${settingsOf(dc).proxyMode}
detectLocalMode: ClusterCIDR
clusterCIDR: ${flannel(dc).network}
nodePortAddresses: [primary]
conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s }
`;
}

export const kubeProxyUnitFile = (dc: DataCentre): string => `[Unit]
Description=Kubernetes' proxy of services
Documentation=https://kubernetes.io/docs
After=network-online.target ${proxyUnit}.service
Wants=network-online.target ${proxyUnit}.service
StartLimitIntervalSec=0

[Service]
ExecStart=${binOf(dc)}/kube-proxy --config=${proxyConf}
LimitNOFILE=65536
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
