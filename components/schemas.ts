import { appsLeaf } from "./apps/schema";
import { bundleLeaf } from "./bundle/schema";
import { calicoLeaf } from "./calico/schema";
import { containerdLeaf } from "./containerd/schema";
import { dockerLeaf } from "./docker/schema";
import { etcdLeaf } from "./etcd/schema";
import { flannelLeaf } from "./flannel/schema";
import { glusterfsLeaf } from "./glusterfs/schema";
import { imageRegistriesLeaf } from "./image-registries/schema";
import { kubernetesDnsLeaf } from "./kubernetes-dns/schema";
import { kubernetesLeaf } from "./kubernetes/schema";
import { marathonBridgeLeaf } from "./marathon-bridge/schema";
import { marathonLbLeaf } from "./marathon-lb/schema";
import { marathonLeaf } from "./marathon/schema";
import { mesosLeaf } from "./mesos/schema";
import { mirrorLeaf } from "./mirror/schema";
import { alicloudProvider } from "./nodes/alicloud/schema";
import { containersProvider } from "./nodes/containers/schema";
import { dockerProvider } from "./nodes/docker/schema";
import { existingProvider } from "./nodes/existing/schema";
import { proxiesLeaf } from "./proxies/schema";
import { registryLeaf } from "./registry/schema";
import { zookeeperLeaf } from "./zookeeper/schema";

/**
 * How everything that this program knows is described: all leaves, of which the description's form and its type are made. What
 * the systems do is in systems.ts. The order is that of the keys in texts and in editors.
 */
export const schemas = {
    systems: [
        ...[dockerLeaf, glusterfsLeaf, zookeeperLeaf, etcdLeaf, calicoLeaf, mesosLeaf, marathonLeaf, marathonBridgeLeaf],
        ...[proxiesLeaf, mirrorLeaf, imageRegistriesLeaf, flannelLeaf, containerdLeaf, kubernetesLeaf, kubernetesDnsLeaf, appsLeaf, bundleLeaf],
    ],
    /** The apps of Marathon's that come with the program. */
    apps: [registryLeaf, marathonLbLeaf],
    providers: [dockerProvider, containersProvider, existingProvider, alicloudProvider],
} as const;
export type Schemas = typeof schemas;
