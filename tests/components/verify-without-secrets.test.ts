/** What `make verify` asks and holds hosts against comes from the stack's outputs, which have no secrets: rows must be the same without. */
import { described } from "../../components/outputs";
import { allChecks } from "../../components/rows";
import { systems } from "../../components/systems";
import type { DataCentre } from "../../config";
import { checkWhole, type Edit } from "../config/good";

const password = "hunter2-Tr0ub4dor";
const secrets: Edit = {
    "docker.credentials": [{ registry: "registry.example:5000", username: "service", password }],
    "marathon.credentials": { username: "operator", password },
};

/** Every question, with what stands for a row's evaluation: the answer to nothing at all. */
function rowsOf(dc: DataCentre): unknown[] {
    const { probes, groups } = allChecks(systems, dc, "datacentre/local");
    return [
        ...probes.map(({ node, row, command, evaluate }) => [node, row, command, evaluate("", 0)]),
        ...groups.map(({ row, questions, evaluateAll }) => [row, questions, evaluateAll(new Map())]),
    ];
}

it.each<[string, Edit]>([
    ["packages", {}],
    ["images", { "sources.mesos": { kind: "images", master: "master1:5000/mesos-master:1.11.0", agent: "master1:5000/mesos-agent:1.11.0" }, "mesos.containerizers": ["docker"], "calico.networks": [] }],
])("asks the same of a stack from %s", (_, source) => {
    const { dataCentre, faults } = checkWhole({ ...secrets, ...source });
    expect(faults.filter(({ problem }) => !problem.includes("secret"))).toEqual([]);
    const output = described(systems, dataCentre!);
    expect(JSON.stringify(output)).not.toContain(password);
    const asked = rowsOf(dataCentre!);
    expect(JSON.stringify(asked)).toContain("registry logins");
    expect(rowsOf(output)).toEqual(asked);
});
