import { settles } from "./run";
import type { TestStack } from "./stack";

/** Where a cluster's name server is tried: a node with the role kubernetes-dns, and a master, by whose kubectl pods are made. */
export interface NameServer {
    readonly stack: TestStack;
    readonly on: string;
    readonly master: string;
    readonly address: string;
    readonly domain: string;
}

const ask = "python3 -B /usr/local/lib/datacentre-kubernetes-names/ask.py";

/** What the name server says at its fixed address to one question from a node. */
export const asked = async ({ stack, on, address }: NameServer, name: string, kind: "A" | "PTR"): Promise<string> =>
    (await stack.out(on, `${ask} ${address} ${name} ${kind}`)).trim();

/** Where an address leads back to. */
export const leadsBack = (server: NameServer, address: string): Promise<string> => asked(server, `${address.split(".").reverse().join(".")}.in-addr.arpa`, "PTR");

const kubectl = ({ stack, master }: NameServer, words: string): Promise<string> => stack.out(master, `kubectl ${words}`);

/** Two pods of one image that only holds its place, one of them in its node's network, and a Service without an address before the first. */
const manifest = (image: string, node: string): string =>
    [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "names" } },
        {
            ...{ apiVersion: "v1", kind: "Service", metadata: { name: "group", namespace: "names" } },
            spec: { clusterIP: "None", selector: { app: "own" }, ports: [{ port: 80 }] },
        },
        ...["own", "shared"].map((name) => ({
            ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "names", labels: { app: name } } },
            spec: { nodeName: node, hostNetwork: name === "shared", terminationGracePeriodSeconds: 0, containers: [{ name, image, imagePullPolicy: "IfNotPresent" }] },
        })),
    ]
        .map((object) => JSON.stringify(object))
        .join("\n---\n");

/**
 * Names of pods and nodes, as document 004's author wanted them, on a stack that is up.
 *
 * @param image one that every node has, and that goes on by itself: `registry.k8s.io/pause:3.10`
 * @param node where the pods are put, and its address
 */
export function namesOfPodsAndNodes(server: NameServer, image: string, node: { readonly name: string; readonly address: string }): void {
    const { domain } = server;
    const addressOf = (pod: string) => kubectl(server, `-n names get pod ${pod} -o 'jsonpath={.status.podIP}'`);

    it("finds nodes by name, and their addresses lead back", async () => {
        await settles(30, async () => {
            expect(await asked(server, `${node.name}.${domain}`, "A")).toBe(node.address);
            expect(await leadsBack(server, node.address)).toBe(`${node.name}.${domain}.`);
        });
    });

    it("finds pods by name, and their addresses lead back to them and not to the service that they are behind", async () => {
        // A new namespace has its service account a moment later.
        await settles(30, async () => expect(await server.stack.on(server.master, "kubectl apply -f -", manifest(image, node.name))).toMatchObject({ code: 0 }));
        await kubectl(server, "-n names wait --for=condition=Ready pod/own pod/shared --timeout=120s");
        const own = await addressOf("own");
        await settles(15, async () => {
            expect(await asked(server, `own.names.pod.${domain}`, "A")).toBe(own);
            expect(await asked(server, `${own.replaceAll(".", "-")}.names.pod.${domain}`, "A")).toBe(own);
            expect(await leadsBack(server, own)).toBe(`own.names.pod.${domain}.`);
            expect(await asked(server, `group.names.svc.${domain}`, "A")).toBe(own);
        });
    });

    it("finds a pod in its node's network, whose address leads back to the node", async () => {
        expect(await addressOf("shared")).toBe(node.address);
        await settles(15, async () => expect(await asked(server, `shared.names.pod.${domain}`, "A")).toBe(node.address));
        expect(await leadsBack(server, node.address)).toBe(`${node.name}.${domain}.`);
    });

    it("forgets a pod that is gone", async () => {
        const own = await addressOf("own");
        await kubectl(server, "delete namespace names --timeout=120s");
        await settles(15, async () => {
            expect(await asked(server, `own.names.pod.${domain}`, "A")).toBe("NXDOMAIN");
            expect(await leadsBack(server, own)).not.toContain("own.names");
        });
    });
}
