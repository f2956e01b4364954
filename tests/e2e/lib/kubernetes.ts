import { readStackFile, type DataCentreInput } from "../../../config";
import type { TestNetwork } from "./hosts";
import { settles } from "./run";
import type { TestStack } from "./stack";

const master = ["etcd", "containerd", "flannel", "kubernetes-master", "kubernetes-node"] as const;

export const masterNode = ({ net }: TestNetwork, n: number): DataCentreInput["nodes"][number] => ({ name: `master${n}`, address: `${net}.${n}`, roles: [...master] });

const ofDocument = structuredClone(readStackFile("kubernetes")!.config) as DataCentreInput;
const busybox = "docker.io/library/busybox:latest";

/** The stack of document 004 without its registries and its name server: masters alone, where pods run too. */
export const withMasters = (network: TestNetwork, count: number, image = "datacentre-host-kubernetes:current"): DataCentreInput => ({
    ...ofDocument,
    provider: { kind: "docker", prefix: network.prefix, subnet: network.subnet, gateway: `${network.net}.254`, image },
    nodes: Array.from({ length: count }, (_, i) => masterNode(network, i + 1)),
    imageRegistries: undefined,
    containerd: { ...ofDocument.containerd, images: [{ image: busybox, archive: "file:///opt/datacentre-lab/images/busybox.tar" }] },
});

/** Where the web pods of `web` are reached on every node. */
export const webPort = 30080;
/** What one of them answers: its own name. */
export const webPage = /^web-\S+\n$/;

/** Pods that serve a page each, on different nodes, behind a port of every node; a budget of which one may be away. */
export const web = (replicas: number): string =>
    [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } },
        {
            ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "web" } },
            spec: {
                replicas,
                selector: { matchLabels: { app: "web" } },
                template: {
                    metadata: { labels: { app: "web" } },
                    spec: {
                        topologySpreadConstraints: [
                            { maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: { app: "web" } } },
                        ],
                        containers: [
                            {
                                ...{ name: "web", image: busybox, imagePullPolicy: "IfNotPresent", ports: [{ containerPort: 8080 }] },
                                command: ["sh", "-c", "mkdir /www && hostname >/www/index.html && exec httpd -f -p 8080 -h /www"],
                                readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
                                lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
                            },
                        ],
                        terminationGracePeriodSeconds: 10,
                    },
                },
            },
        },
        {
            ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "web", namespace: "web" } },
            spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } },
        },
        {
            ...{ apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "web" } },
            spec: { type: "NodePort", selector: { app: "web" }, ports: [{ port: 8080, nodePort: webPort }] },
        },
    ]
        .map((object) => JSON.stringify(object))
        .join("\n---\n");

/** Applies objects on a node, and waits until the web pods are up. */
export async function serveWeb(stack: TestStack, on: string, replicas: number): Promise<void> {
    // A new namespace has its service account a moment later.
    await settles(60, async () => expect(await stack.on(on, "kubectl apply -f -", web(replicas))).toMatchObject({ code: 0 }));
    await stack.out(on, "kubectl -n web rollout status deployment/web --timeout=180s");
}

/** `name status version` of every node, as one master has it. */
export const nodesOf = async (stack: TestStack, on: string): Promise<string[]> =>
    (await stack.out(on, `kubectl get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status} {.status.nodeInfo.kubeletVersion}{"\\n"}{end}'`))
        .trim()
        .split("\n");

/** Asks one master's own API server, past all proxies, as that host's administrator. */
export const directly = (stack: TestStack, on: string, server: string, words: string): Promise<string> => stack.out(on, `kubectl --server=https://${stack.node(server).address}:6443 ${words}`);

export const green = (stack: TestStack, seconds = 180): Promise<void> =>
    settles(seconds, async () => expect((await stack.make("verify")).output).toMatch(/([0-9]+) checks, \1 as described/));
