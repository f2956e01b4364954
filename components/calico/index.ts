import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import { endpoints } from "../etcd/plan";
import { hostOf, type Host } from "../host";
import type { Parameter } from "../step/program";
import { hostStep } from "../step/step";
import { birdConfig, birdSocket } from "./bird";
import { cniConfigs, cniNetworks, cniPlugins, environment, files, nodes } from "./plan";
import { annotation, resources } from "./resources";
import { calicoArchive, calicoImages, calicoSeries } from "./source";
import { container, home, unitNames, units } from "./units";

export interface CalicoArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role `calico` take part. */
    hosts: readonly Host[];
    /** `project/stack`: marks what is ours in the datastore. */
    owner: string;
    /** What must be there first: etcd, and the engines where Calico runs in its images. */
    after: readonly pulumi.Resource[];
}

/**
 * Calico: Felix on every node with the role `calico`, BIRD where a pool needs BGP, CNI plugins and networks for Mesos, and the
 * pools, profiles and policies in the datastore, which the first node writes for all.
 *
 * A restart of any of it leaves routes and rules in place, so hosts are visited at once.
 */
export class Calico extends pulumi.ComponentResource {
    /** Done when every node has joined, and the datastore holds what is described. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: CalicoArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:calico:Calico", name, {}, opts);
        const { dataCentre: dc } = args;
        const all = nodes(dc);
        const joined = all.map((node) => {
            const way = wayOf(dc);
            const networks = cniNetworks(dc, node);
            return hostStep(
                {
                    node: hostOf(args.hosts, node, this).node,
                    step: "calico",
                    scripts: [...way.scripts, "components/calico/dataplane.sh", "components/calico/node.sh"],
                    parameters: {
                        address: node.address,
                        health_port: dc.calico.healthPort,
                        endpoints: endpoints(dc).join(" "),
                        pools: dc.calico.pools.map(({ cidr, encapsulation }) => `${cidr} ${encapsulation}`),
                        home: home(dc),
                        files: Object.entries(files(dc, node)).flat(),
                        environment: environment(dc, node),
                        unit_files: Object.entries(units(dc, node)).flat(),
                        units: unitNames(dc, node),
                        // In its image Calico has a BIRD of its own.
                        bird_conf: calicoImages(dc) ? "" : (birdConfig(dc, node) ?? ""),
                        bird_socket: birdSocket,
                        cni_plugins: cniPlugins,
                        cni_configs: cniConfigs,
                        mesos: networks.length > 0,
                        ctl_options: ctlOptions(dc),
                        ...way.parameters,
                    },
                },
                { parent: this, dependsOn: [hostOf(args.hosts, node, this).prepared, ...args.after] },
            );
        });
        const [first] = all;
        this.ready = first ? [...joined, this.datastore(args, hostOf(args.hosts, first, this), joined)] : [];
        this.registerOutputs({ nodes: all.map((node) => node.name), pools: dc.calico.pools.map(({ cidr }) => cidr) });
    }

    private datastore({ dataCentre: dc, owner }: CalicoArgs, host: Host, joined: pulumi.Resource[]): pulumi.Resource {
        const wanted = resources(dc, owner);
        return hostStep(
            {
                node: host.node,
                step: "calico-datastore",
                scripts: ["components/calico/datastore.sh"],
                parameters: {
                    stack: owner,
                    annotation,
                    series: calicoSeries(dc),
                    kinds: calicoSeries(dc) === 3 ? ["globalnetworkpolicy", "profile", "ippool"] : ["policy", "profile", "ippool"],
                    resources: wanted.flatMap(({ kind, name, body }) => [kind, name, JSON.stringify(body)]),
                    nodes: nodes(dc).map((node) => node.name),
                    tunnels: dc.calico.pools.some(({ encapsulation, disabled }) => encapsulation !== "none" && !disabled),
                    ctl_options: ctlOptions(dc),
                },
            },
            { parent: this, dependsOn: joined },
        );
    }
}

/** While nodes are brought to another version, calicoctl and the cluster differ. 2.6's calicoctl does not look. */
const ctlOptions = (dc: DataCentre): string[] => (calicoSeries(dc) === 3 ? ["--allow-version-mismatch"] : []);

/** The script that defines `put_calico`, and what it takes. */
function wayOf(dc: DataCentre): { scripts: string[]; parameters: Record<string, Parameter> } {
    const images = calicoImages(dc);
    const archive = calicoArchive(dc);
    return images
        ? {
              scripts: ["components/step/helpers/images.sh", "components/calico/images.sh"],
              parameters: { node_image: images.node, cni_image: images.cni, ctl_image: images.ctl, container },
          }
        : {
              scripts: ["components/step/helpers/archive.sh", "components/calico/programs.sh"],
              parameters: { archive_url: archive?.url ?? "", archive_sha256: archive?.sha256 ?? "" },
          };
}
