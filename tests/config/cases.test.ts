/** Descriptions that people wrote, kept elsewhere with what should be told of each: read where they are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { faultLine, type Fault } from "../../config";
import { parseDataCentre } from "../../components/description";
import { describeWith } from "../published";

/** By a case's file: the errors by key, empty where it is to be accepted; then warnings that must be among those told. */
type Told = readonly [file: string, errors: Readonly<Record<string, RegExp>>, warnings?: Readonly<Record<string, RegExp>>];

const told: readonly Told[] = [
    ["01-resident-default-role", { "apps[0].role": /mesos_role.*mesos_authentication_principal/ }],
    ["02-resident-unreachable", { "apps[0].unreachableStrategy": /disabled/ }],
    ["04-default-role-of-agents", {}],
    ["06-command-check-port-index", {}, { "apps[0].healthChecks[0].portIndex": /passes over/ }],
    ["08-external-volume", {
        "apps[0].instances": /one task's at a time/,
        "apps[0].upgradeStrategy.maximumOverCapacity": /use 0/i,
        "apps[0].container.volumes[0].external.size": /no size/,
        "apps[0].container.volumes[0].external.options.dvdi/iops": /driver alone/,
        "apps[0].container.volumes[0].external": /enable_features: external_volumes/,
    }],
    ["09-ucr-image-no-provider", { "apps[0].container.docker.image": /image_providers: docker.*filesystem\/linux,docker\/runtime/ }],
    ["10-isolation-remedy", { "mesos.agentFlags.isolation": /image_providers=docker.*filesystem\/linux and docker\/runtime/ }],
    ["11-ucr-bridge", { "apps[0].networks[0].mode": /mesos-bridge/ }],
    ["13-scalar-attribute", { "apps[2].constraints[0]": /\[rack, CLUSTER, 1\]/, "apps[3].constraints[0]": /rack is 1/ }, { "nodes[1].mesos.attributes.rack": /as 1/ }],
    ["15-offered-ports-taken", { "mesos.ports[0]": /2181.*5050.*5051.*8080/ }],
    ["17-gluster-volume-names", { "glusterfs.volumes[0].name": /word volume/, "glusterfs.volumes[1].name": /word all/ }],
    ["18-marathon-toggle", {}],
    ["21-pod-and-group", { "apps[0]": /pod.*\/v2\/pods/, "apps[1]": /group.*\/v2\/groups.*whole ids/ }],
    ["23-grace-period-above-wait", {}, { "apps[0].healthChecks[0].gracePeriodSeconds": /appWait\.timeoutSeconds/ }],
];

const plain = (fault: Fault): string => fault.key.replace("datacentre:", "");

function judged(path: string) {
    const { config } = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
    const keys = Object.entries(config).map(([key, value]) => [key.replace("datacentre:", ""), value]);
    return parseDataCentre(Object.fromEntries(keys), { stack: "case" });
}

describeWith("a description that somebody wrote", "cases", (folder) => {
    it.each(told.map(([file, errors, warnings = {}]) => [file, errors, warnings] as const))("is judged as the real ones would: %s", (file, errors, warnings) => {
        const found = judged(join(folder, `${file}.yaml`));
        expect(found.faults.map(plain).sort()).toEqual(Object.keys(errors).sort());
        expect(found.dataCentre === undefined).toBe(Object.keys(errors).length > 0);
        found.faults.forEach((fault) => expect(faultLine(fault)).toMatch(errors[plain(fault)] ?? /^$/));
        for (const [key, text] of Object.entries(warnings)) {
            expect(found.warnings.filter((one) => plain(one) === key).map(faultLine).join()).toMatch(text);
        }
    });
});
