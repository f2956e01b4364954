import { getImages } from "@pulumi/alicloud/ecs/getImages";
import { getInstanceTypes } from "@pulumi/alicloud/ecs/getInstanceTypes";
import { getZones } from "@pulumi/alicloud/getZones";
import * as pulumi from "@pulumi/pulumi";

import { unknown } from "./account";
import { instanceOf, type AlicloudSpec } from "./schema";

/**
 * What a description may leave to the account and the region: image, instance types, zones. What is given by id is never
 * looked up. In a preview a value that cannot be had is shown as not known yet: without an account to ask, and, with a warning, when
 * the lookup fails.
 */
export class Lookups {
    private readonly types = new Map<string, pulumi.Output<string>>();
    private chosenImage: pulumi.Output<string> | undefined;
    private chosenZones: pulumi.Output<string[]> | undefined;

    /** @param askable whether there is an account to ask, which only a preview does without */
    public constructor(
        private readonly provider: AlicloudSpec,
        private readonly options: pulumi.InvokeOptions,
        private readonly askable = true,
    ) {}

    /** The image of new machines. */
    public image(): pulumi.Output<string> {
        const { id, nameRegex, owners } = this.provider.image;
        this.chosenImage ??=
            id === undefined
                ? this.ask(
                      "image.id",
                      () => getImages({ nameRegex, owners, mostRecent: true, status: "Available", isSupportCloudInit: true }, this.options),
                      ({ images }) => images[0]?.id,
                      `an image of ${owners} whose name is like ${nameRegex}`,
                  )
                : pulumi.output(id);
        return this.chosenImage;
    }

    /** The instance type of a node's new machine, in stock in a zone. */
    public type(node: string, zone: pulumi.Input<string>): pulumi.Output<string> {
        const machine = instanceOf(this.provider, node);
        if (machine.type !== undefined) {
            return pulumi.output(machine.type);
        }
        const { cpus, memoryGiB, chargeType, spot, systemDisk } = machine;
        const wanted = {
            cpuCoreCount: cpus,
            memorySize: memoryGiB,
            instanceChargeType: chargeType,
            ...(chargeType === "PostPaid" ? { spotStrategy: spot } : {}),
            systemDiskCategory: systemDisk.category,
            networkType: "Vpc",
            sortedBy: "Price",
        };
        const ask = (availabilityZone: string) => {
            const key = JSON.stringify([wanted, availabilityZone]);
            const found =
                this.types.get(key) ??
                this.ask(
                    "instance.type",
                    () => getInstanceTypes({ ...wanted, availabilityZone }, this.options),
                    ({ ids }) => ids[0],
                    `an instance type of ${cpus} processors and ${memoryGiB} GiB in stock in ${availabilityZone}`,
                );
            this.types.set(key, found);
            return found;
        };
        return pulumi.output(zone).apply(ask);
    }

    /** The zone of the vSwitch at a place in the description, where it names none. */
    public zone(index: number): pulumi.Output<string> {
        const { type, chargeType } = instanceOf(this.provider, "");
        this.chosenZones ??= this.ask(
            "vswitches[].zone",
            () =>
                getZones(
                    {
                        availableResourceCreation: "VSwitch",
                        instanceChargeType: chargeType,
                        ...(type === undefined ? {} : { availableInstanceType: type }),
                    },
                    this.options,
                ),
            ({ ids }) => (ids.length > 0 ? ids : undefined),
            `a zone of ${this.provider.region} with such machines in stock`,
        );
        return this.chosenZones.apply((zones) => zones[index % zones.length] ?? "");
    }

    private ask<Answer, Value>(
        key: string,
        call: () => Promise<Answer>,
        pick: (answer: Answer) => Value | undefined,
        what: string,
    ): pulumi.Output<Value> {
        if (!this.askable) {
            return pulumi.output(unknown) as unknown as pulumi.Output<Value>;
        }
        return pulumi.output(answerOf(`datacentre:provider.${key}`, call, pick, what)) as pulumi.Output<Value>;
    }
}

/**
 * One lookup's value. In a preview a lookup that fails is a warning, and its value is not known yet.
 *
 * @param place the key that would make the lookup unnecessary
 * @throws when nothing fits, and outside of previews when the account cannot be asked
 */
export async function answerOf<Answer, Value>(
    place: string,
    call: () => Promise<Answer>,
    pick: (answer: Answer) => Value | undefined,
    what: string,
): Promise<Value> {
    let answer: Answer;
    try {
        answer = await call();
    } catch (failure) {
        if (!pulumi.runtime.isDryRun()) {
            throw failure;
        }
        const text = failure instanceof Error ? failure.message : String(failure);
        const why = text.split("\n").find((line) => line.trim() !== "") ?? "no reason given";
        await pulumi.log.warn(`${what} could not be looked up, and is not known in this preview: ${why}. ${place} can name one`);
        return unknown as Value;
    }
    const found = pick(answer);
    if (found === undefined) {
        throw new pulumi.RunError(`there is not ${what}. Remedy: set ${place}`);
    }
    return found;
}
