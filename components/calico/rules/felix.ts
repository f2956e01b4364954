import { error, nearest, warning, type Fault } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";
import { seriesOf } from "../source";
import { felixSettings } from "./felix-settings";

/** Settings of Felix that are made from the description, in small letters, and what they are made from. */
const own: Readonly<Record<string, string>> = {
    datastoretype: "etcd",
    etcdaddr: "etcd",
    etcdendpoints: "etcd",
    etcdscheme: "etcd",
    felixhostname: "nodes[].name",
    healthenabled: "calico.healthPort",
    healthport: "calico.healthPort",
    ipinipenabled: "calico.pools[].encapsulation",
    ipinipmtu: "calico.mtu",
    mtuifacepattern: "calico.mtu",
    vxlanenabled: "calico.pools[].encapsulation",
    vxlanmtu: "calico.mtu",
};

/** Settings that we make ourselves stay ours, and one that Felix does not know is told: Felix passes over it. */
export function felixRules(dc: DataCentre): Fault[] {
    return Object.keys(dc.calico.felix).flatMap((name) => {
        const path = ["calico", "felix", name];
        const source = own[name.toLowerCase()];
        if (source !== undefined) {
            return [error(path, `the setting ${name} is made from datacentre:${source}`, "take it out here, and set it there")];
        }
        const known = felixSettings.some((one) => one.toLowerCase() === name.toLowerCase());
        if (known || seriesOf(dc) !== 3) {
            return [];
        }
        const near = nearest(name, felixSettings);
        const remedy = `${near === undefined ? "" : `use ${near}, if you meant that; else `}see "Configuring Felix" of your version`;
        return [warning(path, `Felix 3.28 knows no ${name}, and passes over what it does not know`, remedy)];
    });
}
