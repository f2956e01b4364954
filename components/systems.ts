import { compose } from "../config/systems";
import { appsSystem } from "./apps/system";
import { bundleSystem } from "./bundle/system";
import { calicoSystem } from "./calico/system";
import { containerdSystem } from "./containerd/system";
import { dockerSystem } from "./docker/system";
import { etcdSystem } from "./etcd/system";
import { flannelSystem } from "./flannel/system";
import { glusterfsSystem } from "./glusterfs/system";
import { imageRegistriesSystem } from "./image-registries/system";
import { kubernetesDnsSystem } from "./kubernetes-dns/system";
import { kubernetesSystem } from "./kubernetes/system";
import { marathonBridgeSystem } from "./marathon-bridge/system";
import { marathonLbApp } from "./marathon-lb/system";
import { marathonSystem } from "./marathon/system";
import { mesosSystem } from "./mesos/system";
import { mirrorSystem } from "./mirror/system";
import { alicloud } from "./nodes/alicloud/provider";
import { containers } from "./nodes/containers/provider";
import { docker } from "./nodes/docker/provider";
import { existing } from "./nodes/existing/provider";
import { proxiesSystem } from "./proxies/system";
import { registryApp } from "./registry/system";
import { zookeeperSystem } from "./zookeeper/system";

/** Everything that this program knows, in the order of schemas.ts: a new system is a folder, a line there, and one here. */
const parts = {
    systems: [
        dockerSystem,
        glusterfsSystem,
        zookeeperSystem,
        etcdSystem,
        calicoSystem,
        mesosSystem,
        marathonSystem,
        marathonBridgeSystem,
        proxiesSystem,
        mirrorSystem,
        imageRegistriesSystem,
        flannelSystem,
        containerdSystem,
        kubernetesSystem,
        kubernetesDnsSystem,
        appsSystem,
        bundleSystem,
    ],
    apps: [registryApp, marathonLbApp],
    providers: [docker, containers, existing, alicloud],
} as const;

export const systems = compose(parts);

/** For the type of what they say of themselves. */
export type Parts = (typeof parts)["systems"][number] | (typeof parts)["apps"][number];
