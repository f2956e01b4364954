import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { Host } from "../host";
import { hostStep } from "../step/step";
import { caFile, configToml, hostsFiles, imagesOf, settingsOf, trustedPlaces } from "./plan";

export interface ContainerdArgs {
    dataCentre: DataCentre;
    /** The prepared host that gets the engine. */
    host: Host;
    /** The certificate of the stack's authority; not asked for where the stack has no registry that is known by it. */
    authority: () => string;
}

/** containerd on one host, as the engine of Kubernetes' nodes: its configuration, how it reaches registries, and its service. */
export class Containerd extends pulumi.ComponentResource {
    /** Done when the engine answers as it is described. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: ContainerdArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:containerd:Containerd", name, {}, opts);
        const { dataCentre: dc, host } = args;
        const { spec } = host.node;
        const settings = settingsOf(dc, spec);
        const places = trustedPlaces(dc);
        const authority = places.length > 0 ? args.authority() : "";
        const files = { ...hostsFiles(dc), ...Object.fromEntries(places.map((place) => [caFile(place), authority])) };
        const engine = hostStep(
            {
                node: host.node,
                step: "containerd",
                scripts: ["components/containerd/engine.sh"],
                parameters: {
                    root: settings.root,
                    snapshotter: settings.snapshotter,
                    config_toml: configToml(dc, spec),
                    registries: Object.entries(files).flat(),
                    images: imagesOf(dc, spec).flatMap(({ image, archive, sha256 }) => [image, archive, sha256 ?? ""]),
                },
            },
            { parent: this, dependsOn: [host.prepared] },
        );
        this.ready = [engine];
        this.registerOutputs({});
    }
}
