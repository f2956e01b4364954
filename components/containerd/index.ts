import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import type { Host } from "../host";
import { trustFile } from "../image-registries/plan";
import { engineProxy } from "../mirror/plan";
import { hostStep } from "../step/step";
import { cniBin, cniConf, configToml, fullName, hostsFiles, imagesOf, saidOf, settingsOf, trustedPlaces } from "./plan";

export interface ContainerdArgs {
    dataCentre: DataCentre;
    /** The prepared host that gets the engine. */
    host: Host;
    /** The certificate of the stack's authority; not asked for where the stack has no registry that is known by it. */
    authority: () => string;
}

const engineScripts = [
    "components/step/helpers/cri.sh",
    ...["diagnose", "checks", "engine", "images", "undo"].map((name) => `components/containerd/${name}.sh`),
];

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
        const files = { ...hostsFiles(dc, spec), ...Object.fromEntries(places.map((place) => [trustFile(place, spec), authority])) };
        const engine = hostStep(
            {
                node: host.node,
                step: "containerd",
                scripts: engineScripts,
                parameters: {
                    root: settings.root,
                    snapshotter: settings.snapshotter,
                    restrict_scores: settings.restrictOomScoreAdj,
                    config_toml: configToml(dc, spec),
                    described: saidOf(dc, spec),
                    cni_bin: cniBin,
                    cni_conf: cniConf,
                    engine_proxy: engineProxy(dc, spec, settings.insecureRegistries),
                    registries: Object.entries(files).flat(),
                    images: imagesOf(dc, spec).flatMap(({ image, archive, sha256 }) => [fullName(image), archive, sha256 ?? ""]),
                },
            },
            { parent: this, dependsOn: [host.prepared] },
        );
        this.ready = [engine];
        this.registerOutputs({});
    }
}
