import type { DataCentre } from "../../config/schema";
import { nodes } from "./plan";
import type { Policy, PolicyRule, Pool } from "./schema";
import { calicoSeries, hasBgp } from "./source";

/** One thing in Calico's datastore, as calicoctl takes it. */
export interface Resource {
    /** As calicoctl names the kind on its command line. */
    readonly kind: "ippool" | "profile" | "globalnetworkpolicy" | "policy" | "bgpconfiguration";
    readonly name: string;
    readonly body: Readonly<Record<string, unknown>>;
}

/** Marks what is ours among what a person wrote by calicoctl, so that only ours goes when it is no longer described. */
export const annotation = "datacentre/owner";

/** Everything that the description puts into the datastore, in the order in which it can be written. */
export function resources(dc: DataCentre, owner: string): Resource[] {
    return calicoSeries(dc) === 3 ? ofSeries3(dc, owner) : ofSeries2(dc);
}

/** The labels of a network's endpoints are its profile's: has(NAME) selects them. */
const networksOf = (dc: DataCentre) => [...dc.calico.networks, ...dc.calico.dockerNetworks];

/**
 * Who may reach a network's endpoints while no policy selects them. Packets of another node come from that node's address, or
 * from its tunnel's, which is one of a pool.
 */
function reachedFrom(dc: DataCentre): string[] {
    return [...nodes(dc).map(({ address }) => `${address}/32`), ...dc.calico.pools.map(({ cidr }) => cidr)];
}

/** Source: Calico 3.28, "Resource definitions". Empty parts are written out, since that is how they are read back. */
function ofSeries3(dc: DataCentre, owner: string): Resource[] {
    const resource = (kind: Resource["kind"], formal: string, name: string, spec: object): Resource => ({
        kind,
        name,
        body: { apiVersion: "projectcalico.org/v3", kind: formal, metadata: { name, annotations: { [annotation]: owner } }, spec },
    });
    return [
        ...(hasBgp(dc)
            ? [resource("bgpconfiguration", "BGPConfiguration", "default", { asNumber: dc.calico.asNumber, nodeToNodeMeshEnabled: true })]
            : []),
        ...dc.calico.pools.map((pool) => resource("ippool", "IPPool", pool.name, poolSpec(pool))),
        ...networksOf(dc).map(({ name, isolated }) =>
            resource("profile", "Profile", name, {
                ingress: isolated
                    ? [{ action: "Allow", source: { selector: `has(${name})` }, destination: {} }]
                    : [
                          { action: "Allow", source: { selector: `has(${name})` }, destination: {} },
                          { action: "Allow", source: { nets: reachedFrom(dc) }, destination: {} },
                      ],
                egress: [{ action: "Allow", source: {}, destination: {} }],
                labelsToApply: { [name]: "" },
            }),
        ),
        ...dc.calico.policies.map((policy) => resource("globalnetworkpolicy", "GlobalNetworkPolicy", policy.name, policySpec(policy))),
    ];
}

const poolSpec = (pool: Pool): object => ({
    cidr: pool.cidr,
    blockSize: pool.blockSize,
    ipipMode: pool.encapsulation === "ipip" ? "Always" : "Never",
    vxlanMode: pool.encapsulation === "vxlan" ? "Always" : "Never",
    natOutgoing: pool.natOutgoing,
    // Said either way: what is left out, an apply leaves as it was.
    disabled: pool.disabled,
    nodeSelector: "all()",
});

/** What is undefined is no part of the JSON that is written. */
function rule({ action, protocol, icmp, source, destination }: PolicyRule): object {
    return { action, protocol, icmp, source: source ?? {}, destination: destination ?? {} };
}

/** What a policy is about: what it says, else what it has rules for; one without rules closes what goes in. */
export function policyTypes(policy: Policy): ("Ingress" | "Egress")[] {
    const types = [...(policy.ingress ? ["Ingress" as const] : []), ...(policy.egress ? ["Egress" as const] : [])];
    return policy.types ?? (types.length > 0 ? types : ["Ingress"]);
}

const policySpec = (policy: Policy): object => ({
    order: policy.order,
    selector: policy.selector,
    types: policyTypes(policy),
    ingress: policy.ingress?.map(rule),
    egress: policy.egress?.map(rule),
});

/** Source: Calico 2.6, "calicoctl resource definitions": names in small letters, pools without name, tags instead of labels. */
function ofSeries2(dc: DataCentre): Resource[] {
    const small = ({ action, protocol, icmp, source, destination }: PolicyRule): object => ({
        action: action.toLowerCase(),
        protocol: typeof protocol === "string" ? protocol.toLowerCase() : protocol,
        icmp,
        source: source ?? {},
        destination: destination ?? {},
    });
    return [
        ...dc.calico.pools.map((pool): Resource => ({
            kind: "ippool",
            name: pool.cidr,
            body: {
                apiVersion: "v1",
                kind: "ipPool",
                metadata: { cidr: pool.cidr },
                spec: {
                    ...(pool.encapsulation === "ipip" ? { ipip: { enabled: true, mode: "always" } } : {}),
                    "nat-outgoing": pool.natOutgoing,
                    disabled: pool.disabled,
                },
            },
        })),
        ...networksOf(dc).map(({ name, isolated }): Resource => ({
            kind: "profile",
            name,
            body: {
                apiVersion: "v1",
                kind: "profile",
                metadata: { name, tags: [name], labels: { [name]: "" } },
                spec: {
                    ingress: [
                        { action: "allow", source: { tag: name }, destination: {} },
                        ...(isolated ? [] : [{ action: "allow", source: { nets: reachedFrom(dc) }, destination: {} }]),
                    ],
                    egress: [{ action: "allow", source: {}, destination: {} }],
                },
            },
        })),
        ...dc.calico.policies.map((policy): Resource => ({
            kind: "policy",
            name: policy.name,
            body: {
                apiVersion: "v1",
                kind: "policy",
                metadata: { name: policy.name },
                spec: {
                    order: policy.order,
                    selector: policy.selector,
                    types: policyTypes(policy).map((type) => type.toLowerCase()),
                    ingress: policy.ingress?.map(small),
                    egress: policy.egress?.map(small),
                },
            },
        })),
    ];
}
