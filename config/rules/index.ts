import type { Context } from "../context";
import type { Fault } from "../faults";
import type { DataCentre } from "../schema";
import { alicloudRules } from "./alicloud";
import { dockerRules } from "./docker";
import { etcdRules } from "./etcd";
import { appRules } from "./apps";
import { calicoRules } from "./calico";
import { existingRules } from "./existing";
import { glusterfsRules } from "./glusterfs";
import { imageRules } from "./images";
import { mesosRules } from "./mesos";
import { mirrorRules } from "./mirror";
import { networkRules } from "./networks";
import { nodeRules } from "./nodes";
import { pathRules } from "./paths";
import { portRules } from "./ports";
import { secretRules } from "./secrets";
import { stackRules } from "./stacks";
import { versionRules } from "./versions";
import { zookeeperRules } from "./zookeeper";

/** What must hold between keys. Each rule is pure, and none throws, also not on values of the wrong form. */
export const rules: readonly ((dc: DataCentre, context: Context) => Fault[])[] = [
    secretRules,
    nodeRules,
    existingRules,
    networkRules,
    alicloudRules,
    mirrorRules,
    stackRules,
    versionRules,
    pathRules,
    portRules,
    dockerRules,
    glusterfsRules,
    zookeeperRules,
    etcdRules,
    calicoRules,
    mesosRules,
    imageRules,
    appRules,
];
