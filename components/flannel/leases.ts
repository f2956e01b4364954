import type { DataCentre } from "../../config/schema";
import { endpoints } from "../etcd/plan";
import { words } from "../verify/probes";
import { curlOptions } from "./plan";

/** What hosts and etcd say of subnets, and how it is read. */

/** A question to etcd, by the first member that answers. */
export function etcdQuestion(dc: DataCentre, range: Readonly<Record<string, string>>): string {
    const urls = endpoints(dc).map((url) => `${url}/v3/kv/range`);
    const curl = `curl -fsS --noproxy '*' --max-time 2 ${curlOptions(dc).map((one) => words(one)).join(" ")} -d ${words(JSON.stringify(range))}`;
    return `for url in ${words(...urls)}; do ${curl} "$url" && break; done; echo`;
}

/** Keys and values of an answer, in which both are base64; undefined for what is none. */
export function valuesIn(output: string): { key: string; value: string }[] | undefined {
    const line = output.split("\n").find((one) => one.startsWith('{"header"'));
    try {
        const { kvs = [] } = JSON.parse(line ?? "") as { kvs?: { key: string; value?: string }[] };
        const text = (base64 = ""): string => Buffer.from(base64, "base64").toString("utf8");
        return kvs.map(({ key, value }) => ({ key: text(key), value: text(value) }));
    } catch {
        return undefined;
    }
}

/** A host's part as etcd has it. */
export interface Held {
    /** `10.0.94.0/24` */
    readonly subnet: string;
    /** The host's address. */
    readonly by: string;
}

export const heldIn = (output: string): Held[] | undefined =>
    valuesIn(output)?.map(({ key, value }) => ({
        subnet: (key.split("/").at(-1) ?? "").replace("-", "/"),
        by: /"PublicIP":"([0-9.]+)"/.exec(value)?.[1] ?? "nobody",
    }));

/** What flanneld says of its host. */
export interface Lease {
    readonly network: string;
    /** With the host's own address in it: `10.0.94.1/24`. */
    readonly subnet: string;
    readonly mtu: string;
    readonly masquerade: boolean;
}

/** Reads flanneld's file, wherever it stands in an answer. */
export function leaseOf(output: string): Lease | undefined {
    const value = (key: string): string | undefined => new RegExp(`^FLANNEL_${key}=(\\S+)$`, "m").exec(output)?.[1];
    const [network, subnet, mtu] = ["NETWORK", "SUBNET", "MTU"].map(value);
    return network === undefined || subnet === undefined || mtu === undefined ? undefined : { network, subnet, mtu, masquerade: value("IPMASQ") === "true" };
}
