import type { DataCentre, NodeSpec } from "../../config/schema";
import { settingsOf as engineOf, socket } from "../containerd/plan";
import { baseOf } from "./certificates";
import { authorities, binOf, dnsAddress, domainOf, etc, isMaster, manifests, ports, proxyUnit, settingsOf } from "./plan";
import { cipherSuites } from "./static-pods";

export const kubeletConf = `${etc}/kubelet.yaml`;
export const kubeletUnit = "/etc/systemd/system/kubelet.service";
/** What only the host knows, as words of a command: written by node.sh. */
export const kubeletHost = `${etc}/kubelet.env`;

/** Kernel modules and settings that the kubelet asks for, and that packets between pods and services go by. */
export const modules = ["br_netfilter", "nf_conntrack"] as const;
/** Source: Kubernetes 1.36, pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables; and "Container Runtimes", network. */
export const sysctls = {
    "net.bridge.bridge-nf-call-iptables": 1,
    "net.ipv4.ip_forward": 1,
    "vm.overcommit_memory": 1,
    "vm.panic_on_oom": 0,
    "kernel.panic": 10,
    "kernel.panic_on_oops": 1,
    "kernel.keys.root_maxkeys": 1_000_000,
    "kernel.keys.root_maxbytes": 25_000_000,
    // Kubelet, engine and every pod that watches files have some; with the kernel's own 128 the kubelet may not start.
    "fs.inotify.max_user_instances": 8192,
    "fs.inotify.max_user_watches": 1_048_576,
} as const;
export const sysctlFile = "/etc/sysctl.d/60-datacentre-kubernetes.conf";
export const modulesFile = "/etc/modules-load.d/datacentre-kubernetes.conf";

/** Source: Kubernetes 1.36, "Kubelet Configuration (v1beta1)"; CIS Kubernetes Benchmark, 4.2. */
export function kubeletConfig(dc: DataCentre, node: NodeSpec): string {
    const { kubelet, allowCgroup1 } = settingsOf(dc);
    const eviction = Object.entries(kubelet.evictionHard ?? {});
    return `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: ${node.address}
port: ${ports.kubelet}
readOnlyPort: 0
healthzBindAddress: 127.0.0.1
healthzPort: ${ports.kubeletHealth}
${isMaster(node) ? `staticPodPath: ${manifests}\n` : ""}authentication:
  anonymous: { enabled: false }
  webhook: { enabled: true }
  x509: { clientCAFile: ${authorities.kubernetes} }
authorization: { mode: Webhook }
tlsCertFile: ${baseOf("kubelet")}.crt
tlsPrivateKeyFile: ${baseOf("kubelet")}.key
tlsMinVersion: VersionTLS12
tlsCipherSuites: [${cipherSuites.join(", ")}]
rotateCertificates: false
clusterDNS: [${dnsAddress(dc)}]
clusterDomain: ${domainOf(dc)}
containerRuntimeEndpoint: unix://${socket}
cgroupDriver: ${engineOf(dc, node).cgroupDriver}
${allowCgroup1 ? "failCgroupV1: false\n" : ""}failSwapOn: true
protectKernelDefaults: true
makeIPTablesUtilChains: true
seccompDefault: true
maxPods: ${kubelet.maxPods}
podPidsLimit: ${kubelet.podPidsLimit}
systemReserved: { cpu: ${JSON.stringify(kubelet.reserved.cpu)}, memory: ${JSON.stringify(kubelet.reserved.memory)} }
imageGCHighThresholdPercent: ${kubelet.imageGC.highPercent}
imageGCLowThresholdPercent: ${kubelet.imageGC.lowPercent}
${eviction.length === 0 ? "" : `mergeDefaultEvictionSettings: true\nevictionHard:\n${eviction.map(([signal, at]) => `  ${signal}: ${JSON.stringify(at)}\n`).join("")}`}`;
}

/** The kubelet wants its root in every tree of the first version, and whoever made the host's has made some. */
const ownGroups = `ExecStartPre=/bin/sh -c 'test -z "$$KUBELET_GROUP" || for tree in /sys/fs/cgroup/*/; do mkdir -p "$$tree$$KUBELET_GROUP"; done'
`;

/**
 * Containers are the engine's, and go on while the kubelet is started anew. The kernel's settings are made again at each start: with
 * those of a bridge nobody begins before its module is there.
 */
export function kubeletUnitFile(dc: DataCentre, node: NodeSpec): string {
    return `[Unit]
Description=Kubernetes' agent of the node
Documentation=https://kubernetes.io/docs
After=containerd.service network-online.target ${proxyUnit}.service
Wants=containerd.service network-online.target ${proxyUnit}.service
StartLimitIntervalSec=0

[Service]
EnvironmentFile=-${kubeletHost}
ExecStartPre=-/usr/sbin/modprobe -a ${modules.join(" ")}
ExecStartPre=-/usr/sbin/sysctl -q -p ${sysctlFile}
${settingsOf(dc).allowCgroup1 ? ownGroups : ""}ExecStart=${binOf(dc)}/kubelet --config=${kubeletConf} --kubeconfig=${etc}/kubelet.conf --hostname-override=${node.name} --node-ip=${node.address} $KUBELET_HOST
CPUAccounting=yes
MemoryAccounting=yes
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`;
}
