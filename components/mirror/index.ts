import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { Host } from "../host";
import { hostStep } from "../step/step";
import { cacheDirectory, squidConf, squidFile } from "./plan";

export interface MirrorArgs {
    dataCentre: DataCentre;
    /** The prepared host of the node that the description names. */
    host: Host;
}

/**
 * The other nodes' way to packages, programs and images: a caching proxy on the one that reaches the internet. Every other host is
 * prepared after it.
 */
export class Mirror extends pulumi.ComponentResource {
    /** Done when it listens. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, { dataCentre: dc, host }: MirrorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:mirror:Mirror", name, {}, opts);
        const step = hostStep(
            {
                node: host.node,
                step: "mirror",
                scripts: ["components/mirror/mirror.sh"],
                parameters: {
                    address: host.node.spec.address,
                    mirror_port: dc.mirror?.port ?? 0,
                    squid_file: squidFile,
                    squid_conf: squidConf(dc),
                    cache_dir: cacheDirectory,
                },
            },
            { parent: this, dependsOn: [host.prepared] },
        );
        this.ready = [step];
        this.registerOutputs({ node: host.node.spec.name });
    }
}
