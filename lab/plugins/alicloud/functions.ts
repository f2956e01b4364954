import { numberOf, stringOf } from "../docker/values";
import { ProviderError } from "../provider/errors";
import type { PropertyMap } from "../provider/values";
import { images, types, zonesOf } from "./catalogue";
import { failOnDemand } from "./faults";

/** A lookup: what it may be asked with, and its answer. Filters that the catalogue knows nothing of let everything through. */
interface Lookup {
    readonly action: string;
    readonly inputs: readonly string[];
    readonly answer: (inputs: PropertyMap, region: string) => PropertyMap;
}

const asked = (inputs: PropertyMap): PropertyMap => Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));

const lookups: Readonly<Record<string, Lookup>> = {
    "alicloud:ecs/getImages:getImages": {
        action: "DescribeImages",
        inputs: [
            ...["actionType", "architecture", "dryRun", "imageFamily", "imageId", "imageName", "imageOwnerId", "instanceType"],
            ...["isSupportCloudInit", "isSupportIoOptimized", "mostRecent", "nameRegex", "osType", "outputFile", "owners"],
            ...["resourceGroupId", "snapshotId", "status", "tags", "usage"],
        ],
        answer: (inputs) => {
            if (["nameRegex", "owners", "imageOwnerId"].every((key) => stringOf(inputs, key) === "")) {
                throw new ProviderError("One of name_regex, owners and image_owner_id must be set");
            }
            const like = new RegExp(stringOf(inputs, "nameRegex"));
            const found = images
                .filter(({ name, owner }) => like.test(name) && [owner, ""].includes(stringOf(inputs, "owners")))
                .sort((a, b) => b.created.localeCompare(a.created));
            const kept = inputs["mostRecent"] === true ? found.slice(0, 1) : found;
            const list = kept.map(({ id, name, owner, created }) => ({
                ...{ id, imageId: id, name, creationTime: created, imageOwnerAlias: owner, architecture: "x86_64", osType: "linux" },
                ...{ osName: "Debian  12 64 bit", osNameEn: "Debian  12 64 bit", size: 20, state: "Available", status: "Available" },
                ...{ isSupportIoOptimized: true, isSelfShared: "", isCopied: false, isSubscribed: false, platform: "Debian", usage: "" },
                ...{ description: "STAND-IN", imageVersion: "", productCode: "", progress: "100%", diskDeviceMappings: [], tags: {} },
            }));
            return { images: list, ids: list.map(({ id }) => id) };
        },
    },
    "alicloud:ecs/getInstanceTypes:getInstanceTypes": {
        action: "DescribeInstanceTypes",
        inputs: [
            ...["availabilityZone", "cpuCoreCount", "eniAmount", "gpuAmount", "gpuSpec", "imageId", "instanceChargeType", "instanceType"],
            ...["instanceTypeFamily", "isOutdated", "kubernetesNodeRole", "memorySize", "minimumEniIpv6AddressQuantity"],
            ...["minimumEniPrivateIpAddressQuantity", "networkType", "outputFile", "sortedBy", "spotStrategy", "systemDiskCategory"],
        ],
        answer: (inputs, region) => {
            const zone = stringOf(inputs, "availabilityZone");
            const [cpus, memory] = [numberOf(inputs, "cpuCoreCount"), numberOf(inputs, "memorySize")];
            const found = Object.entries(types).filter(
                ([, one]) =>
                    (zone === "" || zonesOf(region).includes(zone)) && (cpus === 0 || one.cpus === cpus) && (memory === 0 || one.memory === memory),
            );
            const list = found.map(([id, one]) => ({
                ...{ id, cpuCoreCount: one.cpus, memorySize: one.memory, family: id.split(".").slice(0, 2).join("."), price: "" },
                ...{ availabilityZones: zonesOf(region), eniAmount: 2, nvmeSupport: "unsupported", gpu: {}, burstableInstance: {}, localStorage: {} },
            }));
            return { instanceTypes: list, ids: list.map(({ id }) => id) };
        },
    },
    "alicloud:index/getZones:getZones": {
        action: "DescribeZones",
        inputs: [
            ...["availableDiskCategory", "availableInstanceType", "availableResourceCreation", "availableSlbAddressIpVersion"],
            ...["availableSlbAddressType", "enableDetails", "instanceChargeType", "multi", "networkType", "outputFile", "spotStrategy"],
        ],
        answer: (inputs, region) => {
            const wanted = stringOf(inputs, "availableInstanceType");
            const ids = wanted === "" || types[wanted] ? zonesOf(region) : [];
            const zones = ids.map((id) => ({
                ...{ id, localName: id, multiZoneIds: [], slbSlaveZoneIds: [] },
                ...{ availableDiskCategories: ["cloud_essd", "cloud_efficiency", "cloud_ssd", "cloud_auto"] },
                ...{ availableInstanceTypes: Object.keys(types), availableResourceCreations: ["VSwitch", "Instance", "Disk"] },
            }));
            return { ids, zones };
        },
    },
};

/** The lookups that there are. */
export const functionNames: readonly string[] = Object.keys(lookups);

/** The inputs of a lookup, as published. */
export const functionInputs = (token: string): readonly string[] => lookups[token]?.inputs ?? [];

/**
 * Answers a lookup from the catalogue.
 *
 * @throws ProviderError for one that is not there or asks with what is not known, ApiError when a fault was asked for
 */
export function lookUp(token: string, inputs: PropertyMap, region: string, directory: string): PropertyMap {
    const lookup = lookups[token];
    if (!lookup) {
        throw new ProviderError(`${token} is not implemented by the stand-in of the alicloud provider, which has ${functionNames.join(", ")}`);
    }
    const strange = Object.keys(inputs).filter((key) => !lookup.inputs.includes(key));
    if (strange.length > 0) {
        throw new ProviderError(`${token}: ${strange.join(", ")}: Invalid or unknown key`);
    }
    failOnDemand(directory, token, lookup.action, JSON.stringify(asked(inputs)));
    return { ...asked(inputs), ...lookup.answer(inputs, region), id: "stand-in" };
}
