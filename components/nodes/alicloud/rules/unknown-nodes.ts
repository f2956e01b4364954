import { error, type Fault, type Path } from "../../../../config/faults";
import type { DataCentre } from "../../../../config/schema";

/** The `nodes` lists here name nodes that there are. */
export const unknownNodes = (dc: DataCentre, nodes: readonly string[], path: Path): Fault[] =>
    nodes.flatMap((name, at) =>
        dc.nodes.some((node) => node.name === name)
            ? []
            : [error([...path, at], `there is no node ${name}`, `use one of: ${dc.nodes.map((node) => node.name).join(", ")}`)],
    );
