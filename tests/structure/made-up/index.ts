import * as pulumi from "@pulumi/pulumi";

import { hostOf, type Host } from "../../../components/host";
import { hostStep } from "../../../components/step/step";
import { nodesWith, type DataCentre } from "../../../config";
import { ledgerOf, role } from "./system";

/** The made-up system's component, as every other's is made. */
export class Ledger extends pulumi.ComponentResource {
    public constructor(name: string, args: { dataCentre: DataCentre; hosts: readonly Host[] }, opts?: pulumi.ComponentResourceOptions) {
        super("datacentre:ledger:Ledger", name, {}, opts);
        const { dataCentre: dc, hosts } = args;
        for (const node of nodesWith(dc, role)) {
            const host = hostOf(hosts, node, this);
            const { port, dataDir, token = "" } = ledgerOf(dc);
            hostStep(
                { node: host.node, step: "ledger", scripts: ["tests/structure/made-up/ledger.sh"], parameters: { port, data_dir: dataDir }, secrets: { token } },
                { parent: this, dependsOn: [host.prepared] },
            );
        }
        this.registerOutputs({});
    }
}
