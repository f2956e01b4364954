import { error, warning, type Fault } from "../../../config/faults";
import type { DataCentre } from "../../../config/schema";

/** A VPC carries packets between addresses that it gave out, and its groups know no IP in IP. */
export function cloudRules(dc: DataCentre): Fault[] {
    if (dc.provider.kind !== "alicloud") {
        return [];
    }
    return dc.calico.pools.flatMap((pool, index) => {
        const path = ["calico", "pools", index];
        return [
            ...(pool.encapsulation === "none"
                ? [
                      error(
                          [...path, "encapsulation"],
                          `the VPC does not know the addresses of ${pool.name}, and drops what is sent to them between nodes`,
                          "use vxlan",
                      ),
                  ]
                : []),
            ...(pool.encapsulation === "ipip"
                ? [
                      warning(
                          [...path, "encapsulation"],
                          "security groups cannot name IP in IP, so that Calico's nodes are opened to each other for every protocol",
                          "use vxlan, which needs one port",
                      ),
                  ]
                : []),
            ...(pool.natOutgoing
                ? []
                : [warning([...path, "natOutgoing"], `the VPC does not know the addresses of ${pool.name}: nothing outside answers them`, "set it to true")]),
        ];
    });
}
