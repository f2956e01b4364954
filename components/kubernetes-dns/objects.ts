import { createHash } from "node:crypto";

import type { DataCentre } from "../../config/schema";
import { corefile, ports, type DnsSettings } from "./corefile";
import { clusterOf, dnsNodes, hasNames, image, labelKeys, runtime, settingsOf, upstreamsOf, user, type Cluster } from "./plan";

/** An object of Kubernetes' API. */
export interface KubernetesObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
    readonly [key: string]: unknown;
}

const namespace = "kube-system";
const app = { "k8s-app": "kube-dns" } as const;
const rbac = "rbac.authorization.k8s.io";

const role = (name: string, rules: readonly unknown[]): KubernetesObject => ({ apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name }, rules });
const bound = (name: string, subject: Readonly<Record<string, string>>): KubernetesObject => ({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
    subjects: [subject],
});

const coredns = "system:coredns";
const names = "datacentre:names";

/** Whoever follows something lists it, and watches. */
const follows = (apiGroup: string, ...resources: string[]) => ({ apiGroups: [apiGroup], resources, verbs: ["list", "watch"] });

export const settings = (dc: DataCentre): DnsSettings => ({ ...settingsOf(dc), upstreams: upstreamsOf(dc) });

const probe = (path: string, port: number, more: object) => ({ httpGet: { path, port, scheme: "HTTP" }, timeoutSeconds: 5, ...more });

/** Rights of root, of which it keeps the one for port 53, and no file system to write to. */
const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    seccompProfile: { type: "RuntimeDefault" },
} as const;

function container(dc: DataCentre): object {
    return {
        name: "coredns",
        image: image(dc),
        imagePullPolicy: "IfNotPresent",
        args: ["-conf", "/etc/coredns/Corefile"],
        ports: [
            { name: "dns", containerPort: ports.dns, protocol: "UDP" },
            { name: "dns-tcp", containerPort: ports.dns, protocol: "TCP" },
            { name: "metrics", containerPort: ports.metrics, protocol: "TCP" },
        ],
        resources: { requests: { cpu: "100m", memory: "70Mi" }, limits: { memory: "256Mi" } },
        livenessProbe: probe("/health", ports.health, { initialDelaySeconds: 30, failureThreshold: 5 }),
        readinessProbe: probe("/ready", ports.ready, { periodSeconds: 2, failureThreshold: 3 }),
        securityContext,
        // So that a loop of name servers is named where the pod's state is asked for.
        terminationMessagePolicy: "FallbackToLogsOnError",
        volumeMounts: [
            { name: "config", mountPath: "/etc/coredns", readOnly: true },
            ...(hasNames(dc) ? [{ name: "names", mountPath: runtime, readOnly: true }] : []),
        ],
    };
}

/** On the nodes with the role, and on those that are full or about to be emptied too: without it nothing finds anything. */
function daemonSet(dc: DataCentre, text: string): KubernetesObject {
    return {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: "coredns", namespace, labels: app },
        spec: {
            selector: { matchLabels: app },
            updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
            template: {
                // By the digest it is rolled when it is told something else.
                metadata: { labels: app, annotations: { "datacentre/config": createHash("sha256").update(text).digest("hex") } },
                spec: {
                    serviceAccountName: "coredns",
                    priorityClassName: "system-cluster-critical",
                    nodeSelector: { "kubernetes.io/os": "linux", ...Object.fromEntries(labelKeys.map((key) => [key, "true"])) },
                    tolerations: [
                        { key: "CriticalAddonsOnly", operator: "Exists" },
                        { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
                    ],
                    // The host's own name servers, and not itself.
                    dnsPolicy: "Default",
                    containers: [container(dc)],
                    volumes: [
                        { name: "config", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } },
                        // It may be made before the service is there, which then takes it over.
                        ...(hasNames(dc) ? [{ name: "names", hostPath: { path: runtime, type: "DirectoryOrCreate" } }] : []),
                    ],
                },
            },
        },
    };
}

function service({ address }: Cluster): KubernetesObject {
    const port = (name: string, number: number, protocol: "TCP" | "UDP") => ({ name, port: number, protocol, targetPort: number });
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "kube-dns", namespace, labels: { ...app, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" } },
        spec: {
            selector: app,
            type: "ClusterIP",
            clusterIP: address,
            ports: [port("dns", ports.dns, "UDP"), port("dns-tcp", ports.dns, "TCP"), port("metrics", ports.metrics, "TCP")],
        },
    };
}

/** All that the API is told of the cluster's name server; nothing where no node has the role. */
export function objects(dc: DataCentre): KubernetesObject[] {
    if (dnsNodes(dc).length === 0) {
        return [];
    }
    const text = corefile(clusterOf(dc), settings(dc));
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace } },
        role(coredns, [follows("", "services", "namespaces"), follows("discovery.k8s.io", "endpointslices")]),
        bound(coredns, { kind: "ServiceAccount", name: "coredns", namespace }),
        ...(hasNames(dc)
            ? [
                  role(names, [{ apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }]),
                  bound(names, { apiGroup: rbac, kind: "User", name: user }),
              ]
            : []),
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "coredns", namespace }, data: { Corefile: text } },
        daemonSet(dc, text),
        service(clusterOf(dc)),
    ];
}
