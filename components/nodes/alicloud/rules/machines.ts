import { error, warning, type Fault, type Path } from "../../../../config/faults";
import type { DataCentre } from "../../../../config/schema";
import { instanceDefaults, type AlicloudSpec, type InstanceSettings } from "../schema";
import { levelFaults } from "./levels";
import { unknownNodes } from "./unknown-nodes";

/** What the API takes as a subscription's length, by unit. Source: RunInstances, Period and PeriodUnit. */
const periods = { Month: [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60], Week: [1, 2, 3] } as const;

/** What must hold for ECS instances: how they are paid, and which nodes have which. */
export function machineRules(dc: DataCentre, provider: AlicloudSpec): Fault[] {
    const settings = provider.instances.map((own, index) => ({
        own,
        path: ["provider", "instances", index] as Path,
        all: { ...instanceDefaults, ...provider.instance, ...own },
    }));
    const base = { own: provider.instance, path: ["provider", "instance"] as Path, all: { ...instanceDefaults, ...provider.instance } };
    return [
        ...[base, ...settings].flatMap(({ own, all, path }) => [
            ...payment(own, all, path),
            ...levelFaults(own.systemDisk, provider.instance.systemDisk, [...path, "systemDisk"]),
        ]),
        ...provider.instances.flatMap(({ nodes }, index) => unknownNodes(dc, nodes, ["provider", "instances", index, "nodes"])),
        ...twice(provider),
        ...reserved(provider),
    ];
}

/** Told where a setting is at odds with what holds here, and once: a group that changes neither is silent. */
function payment(own: InstanceSettings, all: InstanceSettings, path: Path): Fault[] {
    const has = (...keys: (keyof InstanceSettings)[]): boolean => keys.some((key) => own[key] !== undefined);
    const at = (key: keyof InstanceSettings): Path => [...path, key];
    if (all.chargeType === "PrePaid") {
        const unit = all.periodUnit ?? "Month";
        return [
            ...(all.period === undefined && has("chargeType")
                ? [error(at("period"), "PrePaid machines are bought for some time, and this says none", "give a number of months, such as 1, or use PostPaid")]
                : []),
            ...(all.period !== undefined && has("chargeType", "period", "periodUnit") && !(periods[unit] as readonly number[]).includes(all.period)
                ? [error(at("period"), `machines are not sold for ${all.period} ${unit === "Week" ? "weeks" : "months"}`, `use one of: ${periods[unit].join(", ")}`)]
                : []),
            ...(all.spot !== "NoSpot" && has("chargeType", "spot")
                ? [error(at("spot"), "spot machines are paid by use, and PrePaid ones in advance", "use PostPaid, or NoSpot")]
                : []),
            ...(all.deletionProtection && has("chargeType", "deletionProtection")
                ? [error(at("deletionProtection"), "deletion protection is for PostPaid machines", "leave it out: PrePaid ones are kept unless forceDelete is set")]
                : []),
            ...(!all.forceDelete && has("chargeType")
                ? [warning(at("forceDelete"), "PrePaid machines are not deleted before their time, so that destroy fails", "set forceDelete when that is meant")]
                : []),
        ];
    }
    return [
        ...(["period", "forceDelete"] as const)
            .filter((key) => own[key] !== undefined && own[key] !== false)
            .map((key) => warning(at(key), `${key} is for PrePaid machines only`, "leave it out, or set chargeType")),
        ...(all.spot === "SpotWithPriceLimit" && all.spotPriceLimit === undefined && has("spot")
            ? [error(at("spotPriceLimit"), "SpotWithPriceLimit has no limit here", "give the highest price per hour, or use SpotAsPriceGo")]
            : []),
        ...(all.spot !== "SpotWithPriceLimit" && has("spotPriceLimit")
            ? [error(at("spotPriceLimit"), `a limit does nothing with ${all.spot ?? "NoSpot"}`, "set spot to SpotWithPriceLimit, or leave the limit out")]
            : []),
        ...(all.spot !== "NoSpot" && all.deletionProtection && has("spot", "deletionProtection")
            ? [error(at("deletionProtection"), "spot machines are taken away all the same", "use NoSpot, or leave the protection out")]
            : []),
    ];
}

function twice(provider: AlicloudSpec): Fault[] {
    return provider.instances.flatMap(({ nodes }, index) =>
        nodes.flatMap((name, place) => {
            const first = provider.instances.findIndex((other) => other.nodes.includes(name));
            return first === index && nodes.indexOf(name) === place
                ? []
                : [error(["provider", "instances", index, "nodes", place], `${name} is named in instances[${first}] already`, "name each node once")];
        }),
    );
}

/** A resource has 20 tags; up to three are the stack's own. */
function reserved(provider: AlicloudSpec): Fault[] {
    const keys = Object.keys(provider.tags);
    return [
        ...keys
            .filter((key) => key.startsWith("datacentre."))
            .map((key) => error(["provider", "tags", key], "tags that begin with datacentre. are made by the stack itself", "choose another key")),
        ...(keys.length > 17 ? [error(["provider", "tags"], `${keys.length} tags and the stack's own are more than 20`, "use at most 17")] : []),
    ];
}
