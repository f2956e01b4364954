import { error, type Fault } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";
import { settingsOf as flannel } from "../../flannel/plan";
import { clusterNodes, settingsOf } from "../plan";

/** Every pod has an address of its node's subnet, and numbers go with each other. That every node has a subnet is flannel's rule. */
export const sizeRules = (dc: DataCentre): Fault[] => [...pods(dc), ...images(dc), ...etcdQuota(dc)];

function pods(dc: DataCentre): Fault[] {
    const { maxPods } = settingsOf(dc).kubelet;
    const { subnetLen } = flannel(dc);
    // Without the subnet's own address, its broadcast, and the bridge's.
    const addresses = 2 ** (32 - subnetLen) - 3;
    const fitting = Math.max(8, 32 - Math.ceil(Math.log2(maxPods + 3)));
    const problem = `${maxPods} pods on a node, whose subnet of /${subnetLen} has ${addresses} addresses for them`;
    return maxPods <= addresses || clusterNodes(dc).length === 0 ? [] : [error(["kubernetes", "kubelet", "maxPods"], problem, `use at most ${addresses}, or datacentre:flannel.subnetLen ${fitting}`)];
}

function images(dc: DataCentre): Fault[] {
    const { highPercent, lowPercent } = settingsOf(dc).kubelet.imageGC;
    const problem = `unused images go from ${highPercent}% on until ${lowPercent}% are used, which is no less, and the kubelet refuses it`;
    return lowPercent < highPercent ? [] : [error(["kubernetes", "kubelet", "imageGC", "lowPercent"], problem, `use less than ${highPercent}`)];
}

/** Source: etcd and Kubernetes, "Operating etcd clusters for Kubernetes". */
function etcdQuota(dc: DataCentre): Fault[] {
    const { quotaBackendMiB } = dc.etcd;
    return quotaBackendMiB >= 64
        ? []
        : [error(["etcd", "quotaBackendMiB"], `Kubernetes alone writes more than ${quotaBackendMiB} MiB into etcd, which then takes no writes`, "leave it out: 2048 is its default")];
}
