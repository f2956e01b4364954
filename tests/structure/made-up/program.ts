import * as pulumi from "@pulumi/pulumi";

import { Host } from "../../../components/host";
import { makeNodes } from "../../../components/nodes";
import { describeOutputs } from "../../../components/outputs";
import { systems } from "../../../components/systems";
import { compose } from "../../../config";
import { loadDataCentre } from "../../../config/load";
import { Ledger } from ".";
import { ledgerSystem } from "./system";

/** All systems, and one that there is not. */
export const more = compose({ ...systems, systems: [...systems.systems, ledgerSystem] });

const owner = `${pulumi.getProject()}/${pulumi.getStack()}`;
const dataCentre = loadDataCentre(more);
const nodes = makeNodes(more, dataCentre, pulumi.getStack(), owner);
const hosts = nodes.map((node) => new Host(node.spec.name, { node, dataCentre, systems: more, owner }));
new Ledger("ledger", { dataCentre, hosts });

module.exports = describeOutputs(more, dataCentre, nodes);
