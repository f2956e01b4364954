import type { DataCentre, NodeSpec } from "../../config/schema";
import { clientFiles, endpoints } from "../etcd/plan";
import { settingsOf as flannel } from "../flannel/plan";
import { baseOf } from "./certificates";
import { apiServerEtc, auditLogs, authorities, domainOf, etc, manifests, pki, ports, settingsOf, version } from "./plan";

/** TLS 1.2's suites that are good; those of 1.3 cannot be chosen. Source: CIS Kubernetes Benchmark, 1.2.29 and 4.2.12. */
export const cipherSuites = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
] as const;

/** What node.sh puts in its place: what the pod's files hold that are no part of its description, so that it is started anew with them. */
export const inputsMark = "@INPUTS@";

interface Mount {
    readonly name: string;
    readonly path: string;
    readonly kind: "Directory" | "DirectoryOrCreate" | "File";
    readonly writable?: true;
}

interface StaticPod {
    readonly name: string;
    readonly flags: readonly string[];
    readonly host: string;
    readonly port: number;
    readonly probes: { readonly live: string; readonly ready: string };
    readonly cpu: string;
    readonly mounts: readonly Mount[];
}

export const podNames = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

export const imageOf = (dc: DataCentre, name: string): string => `registry.k8s.io/${name}:v${version(dc)}`;

const pkiMount: Mount = { name: "pki", path: pki, kind: "Directory" };

/** Flags of the API server. Sources: `kube-apiserver --help` of 1.36.3; CIS Kubernetes Benchmark, 1.2. */
function apiServerFlags(dc: DataCentre, node: NodeSpec): string[] {
    const { serviceNetwork, apiPort, audit } = settingsOf(dc);
    const etcd = clientFiles(dc);
    return [
        `advertise-address=${node.address}`,
        `bind-address=${node.address}`,
        `secure-port=${apiPort}`,
        "allow-privileged=true",
        "authorization-mode=Node,RBAC",
        "enable-admission-plugins=NodeRestriction",
        `authentication-config=${apiServerEtc}/authentication.yaml`,
        `client-ca-file=${authorities.kubernetes}`,
        `tls-cert-file=${baseOf("apiserver")}.crt`,
        `tls-private-key-file=${baseOf("apiserver")}.key`,
        "tls-min-version=VersionTLS12",
        `tls-cipher-suites=${cipherSuites.join(",")}`,
        `kubelet-certificate-authority=${authorities.kubernetes}`,
        `kubelet-client-certificate=${baseOf("apiserver-kubelet-client")}.crt`,
        `kubelet-client-key=${baseOf("apiserver-kubelet-client")}.key`,
        "kubelet-preferred-address-types=InternalIP,Hostname",
        `etcd-servers=${endpoints(dc).join(",")}`,
        ...(etcd ? [`etcd-cafile=${etcd.authority}`, `etcd-certfile=${etcd.certificate}`, `etcd-keyfile=${etcd.key}`] : []),
        `encryption-provider-config=${apiServerEtc}/encryption.yaml`,
        `service-cluster-ip-range=${serviceNetwork}`,
        `service-account-issuer=https://kubernetes.default.svc.${domainOf(dc)}`,
        `service-account-key-file=${pki}/service-accounts.pub`,
        `service-account-signing-key-file=${pki}/service-accounts.key`,
        `proxy-client-cert-file=${baseOf("front-proxy-client")}.crt`,
        `proxy-client-key-file=${baseOf("front-proxy-client")}.key`,
        `requestheader-client-ca-file=${authorities.frontProxy}`,
        "requestheader-allowed-names=front-proxy-client",
        "requestheader-username-headers=X-Remote-User",
        "requestheader-group-headers=X-Remote-Group",
        "requestheader-extra-headers-prefix=X-Remote-Extra-",
        ...(audit.level === "none"
            ? []
            : [
                  `audit-policy-file=${apiServerEtc}/audit-policy.yaml`,
                  `audit-log-path=${auditLogs}/audit.log`,
                  `audit-log-maxage=${audit.maxAgeDays}`,
                  `audit-log-maxbackup=${audit.maxBackups}`,
                  `audit-log-maxsize=${audit.maxSizeMiB}`,
              ]),
        "profiling=false",
    ];
}

/** Nodes have their subnets from flannel, so that none are given out here. Certificates are made by the program, so that none are signed. */
const controllerManagerFlags = (dc: DataCentre): string[] => {
    const conf = `${etc}/controller-manager.conf`;
    return [
        `kubeconfig=${conf}`,
        `authentication-kubeconfig=${conf}`,
        `authorization-kubeconfig=${conf}`,
        "bind-address=127.0.0.1",
        "allocate-node-cidrs=false",
        `cluster-cidr=${flannel(dc).network}`,
        `cluster-name=${settingsOf(dc).clusterName}`,
        `service-cluster-ip-range=${settingsOf(dc).serviceNetwork}`,
        `client-ca-file=${authorities.kubernetes}`,
        `requestheader-client-ca-file=${authorities.frontProxy}`,
        `root-ca-file=${authorities.kubernetes}`,
        `service-account-private-key-file=${pki}/service-accounts.key`,
        "use-service-account-credentials=true",
        "leader-elect=true",
        "terminated-pod-gc-threshold=1000",
        "profiling=false",
    ];
};

const schedulerFlags = (): string[] => {
    const conf = `${etc}/scheduler.conf`;
    return [`kubeconfig=${conf}`, `authentication-kubeconfig=${conf}`, `authorization-kubeconfig=${conf}`, "bind-address=127.0.0.1", "leader-elect=true", "profiling=false"];
};

function pods(dc: DataCentre, node: NodeSpec): StaticPod[] {
    const etcd = clientFiles(dc);
    return [
        {
            name: "kube-apiserver",
            flags: apiServerFlags(dc, node),
            host: node.address,
            port: settingsOf(dc).apiPort,
            probes: { live: "/livez", ready: "/readyz" },
            cpu: "250m",
            mounts: [
                pkiMount,
                { name: "own", path: apiServerEtc, kind: "Directory" },
                ...(etcd ? [{ name: "etcd", path: etcd.authority.replace(/\/[^/]+$/, ""), kind: "Directory" } as const] : []),
                ...(settingsOf(dc).audit.level === "none" ? [] : [{ name: "audit", path: auditLogs, kind: "DirectoryOrCreate", writable: true } as const]),
            ],
        },
        {
            name: "kube-controller-manager",
            flags: controllerManagerFlags(dc),
            host: "127.0.0.1",
            port: ports.controllerManager,
            probes: { live: "/healthz", ready: "/healthz" },
            cpu: "200m",
            mounts: [pkiMount, { name: "kubeconfig", path: `${etc}/controller-manager.conf`, kind: "File" }],
        },
        {
            name: "kube-scheduler",
            flags: schedulerFlags(),
            host: "127.0.0.1",
            port: ports.scheduler,
            probes: { live: "/livez", ready: "/readyz" },
            cpu: "100m",
            mounts: [pkiMount, { name: "kubeconfig", path: `${etc}/scheduler.conf`, kind: "File" }],
        },
    ];
}

const probe = (kind: string, { host, port }: StaticPod, path: string, rest: string): string => `    ${kind}:
      httpGet: { host: ${host}, path: ${path}, port: ${port}, scheme: HTTPS }
      ${rest}
`;

function manifest(dc: DataCentre, pod: StaticPod): string {
    const { name, flags, cpu, mounts, probes } = pod;
    return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: kube-system
  labels: { component: ${name}, tier: control-plane }
spec:
  hostNetwork: true
  priorityClassName: system-node-critical
  securityContext: { seccompProfile: { type: RuntimeDefault } }
  containers:
  - name: ${name}
    image: ${imageOf(dc, name)}
    imagePullPolicy: IfNotPresent
    command:
    - ${name}
${flags.map((flag) => `    - --${flag}\n`).join("")}    env: [{ name: DATACENTRE_INPUTS, value: "${inputsMark}" }]
    resources: { requests: { cpu: ${cpu} } }
${probe("startupProbe", pod, probes.live, "periodSeconds: 5\n      timeoutSeconds: 15\n      failureThreshold: 48")}${probe("livenessProbe", pod, probes.live, "periodSeconds: 10\n      timeoutSeconds: 15\n      failureThreshold: 8")}${probe("readinessProbe", pod, probes.ready, "periodSeconds: 2\n      timeoutSeconds: 15\n      failureThreshold: 3")}    volumeMounts:
${mounts.map((mount) => `    - { name: ${mount.name}, mountPath: ${mount.path}${mount.writable ? "" : ", readOnly: true"} }\n`).join("")}  volumes:
${mounts.map((mount) => `  - { name: ${mount.name}, hostPath: { path: ${mount.path}, type: ${mount.kind} } }\n`).join("")}`;
}

/** By path, as they are but for what node.sh puts in. */
export const staticPods = (dc: DataCentre, node: NodeSpec): Record<string, string> =>
    Object.fromEntries(pods(dc, node).map((pod) => [`${manifests}/${pod.name}.yaml`, manifest(dc, pod)]));
