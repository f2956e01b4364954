import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { DataCentre } from "../../config";
import { hostOf, type Host } from "../host";
import type { Authority } from "../nodes/keys";
import { hostStep } from "../step/step";
import { clusterOf, dnsNodes, etc, hasNames, renewDays, runtime, settingsOf, unit, user, validDays } from "./plan";
import { configOf, serviceFiles, unitFile } from "./program";

export interface KubernetesDnsArgs {
    dataCentre: DataCentre;
    /** The prepared hosts; those whose node has the role `kubernetes-dns` follow pods and nodes. */
    hosts: readonly Host[];
    /** Kubernetes' own; not asked for where nobody follows anything. */
    authority: () => Authority;
    /** What must be there first: the API, which knows what the service may see. */
    after: readonly pulumi.Resource[];
}

/** On the name server's nodes: the service that gives CoreDNS pods' and nodes' names. CoreDNS itself is among Kubernetes' objects. */
export class KubernetesDns extends pulumi.ComponentResource {
    /** Done when all names are known. */
    public readonly ready: pulumi.Resource[];

    public constructor(name: string, args: KubernetesDnsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:kubernetes:Dns", name, {}, opts);
        const { dataCentre: dc } = args;
        const authority = hasNames(dc) ? args.authority() : undefined;
        this.ready = authority
            ? dnsNodes(dc).map((node) => {
                  const host = hostOf(args.hosts, node, this);
                  return this.names(dc, host, [this.certificate(host, authority), ...args.after]);
              })
            : [];
        this.registerOutputs({});
    }

    /** A step of its own, since it has a secret, which hides a step's whole program in previews. */
    private certificate(host: Host, authority: Authority): command.remote.Command {
        return hostStep(
            {
                node: host.node,
                step: "kubernetes-names-certificate",
                scripts: ["components/step/helpers/certificate.sh", "components/kubernetes-dns/certificate.sh"],
                parameters: { etc, group: unit, user, authority: authority.certificate, valid_days: validDays, renew_days: renewDays },
                secrets: { authority_key: authority.key },
            },
            { parent: this, dependsOn: [host.prepared] },
        );
    }

    private names(dc: DataCentre, host: Host, after: readonly pulumi.Resource[]): command.remote.Command {
        return hostStep(
            {
                node: host.node,
                step: "kubernetes-names",
                scripts: ["step/helpers/http.sh", "step/helpers/flag-files.sh", "step/helpers/certificate.sh", "kubernetes-dns/names.sh"].map((file) => `components/${file}`),
                parameters: {
                    unit,
                    config: configOf(dc, host.node.spec),
                    unit_file: unitFile,
                    // As put_flags takes them: it ends each with a line's end itself.
                    modules: Object.entries(serviceFiles()).map(([file, text]) => `${file}=${text.replace(/\n$/, "")}`),
                    health_port: settingsOf(dc).healthPort,
                    api: clusterOf(dc).localUrl,
                    runtime,
                },
            },
            { parent: this, dependsOn: [host.prepared, ...after] },
        );
    }
}
