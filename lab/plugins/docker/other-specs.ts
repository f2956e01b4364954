import { LABELS, bool, many, map, text, textSet } from "./spec";
import type { Fields } from "./spec";

/** `docker:index/network:Network`: every change replaces. */
export const NETWORK_FIELDS: Fields = {
    name: { kind: text, required: true, forceNew: true, autonamed: true },
    attachable: { kind: bool, forceNew: true },
    driver: { kind: text, forceNew: true, computed: true },
    ingress: { kind: bool, forceNew: true },
    internal: { kind: bool, forceNew: true, computed: true },
    ipamConfigs: {
        kind: many("set", {
            subnet: { kind: text }, ipRange: { kind: text }, gateway: { kind: text }, auxAddress: { kind: map },
        }),
        tf: "ipam_config", forceNew: true, computed: true,
    },
    ipamDriver: { kind: text, forceNew: true, fallback: "default" },
    ipamOptions: { kind: map, forceNew: true },
    ipv6: { kind: bool, forceNew: true },
    labels: { kind: LABELS, forceNew: true },
    options: { kind: map, forceNew: true, computed: true },
    scope: { kind: text, computed: true, outputOnly: true },
};

/** `docker:index/volume:Volume`: every change replaces. */
export const VOLUME_FIELDS: Fields = {
    name: { kind: text, forceNew: true, computed: true, autonamed: true },
    cluster: { kind: { type: "block", fields: {} }, unsupported: true },
    driver: { kind: text, forceNew: true, computed: true },
    driverOpts: { kind: map, forceNew: true },
    labels: { kind: LABELS, forceNew: true },
    mountpoint: { kind: text, computed: true, outputOnly: true },
};

/** `docker:index/remoteImage:RemoteImage`: present or pulled, never built. */
export const IMAGE_FIELDS: Fields = {
    name: { kind: text, required: true, forceNew: true },
    build: { kind: { type: "block", fields: {} }, unsupported: true },
    forceRemove: { kind: bool },
    imageId: { kind: text, computed: true, outputOnly: true },
    keepLocally: { kind: bool },
    platform: { kind: text, forceNew: true, unsupported: true },
    pullTriggers: { kind: textSet, forceNew: true },
    repoDigest: { kind: text, computed: true, outputOnly: true },
    triggers: { kind: map, forceNew: true },
};
