/** What is left to the account: asked with documented filters, and refused with a remedy. */
import * as pulumi from "@pulumi/pulumi";

import { answerOf, Lookups } from "../../components/nodes/alicloud/lookups";
import type { Edit } from "../config/good";
import { stackOn } from "./alicloud-sample";

const asked: { token: string; inputs: any }[] = [];

async function lookups(edit: Edit, call: (token: string) => object): Promise<Lookups> {
    asked.length = 0;
    const mocks = {
        newResource: () => ({ id: "", state: {} }),
        call: ({ token, inputs }: pulumi.runtime.MockCallArgs) => {
            asked.push({ token, inputs });
            return call(token);
        },
    };
    await pulumi.runtime.setMocks(mocks, "datacentre", "dev", false);
    return new Lookups(stackOn("dev", edit).provider, {});
}

const settled = <T>(output: pulumi.Output<T>): Promise<T> => (output as unknown as { promise: () => Promise<T> }).promise();

it("asks for the newest image by its name, and for types in the zone by their size", async () => {
    const found = await lookups({ "provider.instance": { cpus: 2, memoryGiB: 4, spot: "SpotAsPriceGo" } }, (token) =>
        token.endsWith("getImages") ? { images: [{ id: "m-new" }] } : { ids: ["ecs.one", "ecs.two"] },
    );
    expect(await settled(found.image())).toBe("m-new");
    expect(await settled(found.type("agent1", "cn-hangzhou-h"))).toBe("ecs.one");
    expect(asked).toEqual([
        {
            token: "alicloud:ecs/getImages:getImages",
            inputs: { nameRegex: "^debian_12_.*_x64_", owners: "system", mostRecent: true, status: "Available", isSupportCloudInit: true },
        },
        {
            token: "alicloud:ecs/getInstanceTypes:getInstanceTypes",
            inputs: {
                ...{ cpuCoreCount: 2, memorySize: 4, instanceChargeType: "PostPaid", spotStrategy: "SpotAsPriceGo", networkType: "Vpc" },
                ...{ systemDiskCategory: "cloud_essd", sortedBy: "Price", availabilityZone: "cn-hangzhou-h" },
            },
        },
    ]);
});

it("spreads vSwitches over the zones that have such machines", async () => {
    const found = await lookups({}, () => ({ ids: ["cn-hangzhou-h", "cn-hangzhou-k"] }));
    expect(await Promise.all([0, 1, 2].map((index) => settled(found.zone(index))))).toEqual(["cn-hangzhou-h", "cn-hangzhou-k", "cn-hangzhou-h"]);
    expect(asked).toHaveLength(1);
});

it("says what to set when nothing fits", async () => {
    await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, "datacentre", "dev", false);
    const answer = answerOf("datacentre:provider.image.id", async () => [] as string[], ([first]) => first, "an image like that");
    await expect(answer).rejects.toThrow("there is not an image like that. Remedy: set datacentre:provider.image.id");
});

describe("without credentials", () => {
    const refused = async (): Promise<string[]> => {
        throw new Error("\nno credential found\nmore");
    };
    const ask = () => answerOf("datacentre:provider.image.id", refused, ([first]) => first, "an image like that");

    it("fails", async () => {
        await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, "datacentre", "dev", false);
        await expect(ask()).rejects.toThrow("no credential found");
    });

    it("leaves open in a preview what it cannot ask for, and says why", async () => {
        await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, "datacentre", "dev", true);
        const told = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
        const output = pulumi.output(await ask());
        expect(await (output as unknown as { isKnown: Promise<boolean> }).isKnown).toBe(false);
        expect(told.mock.calls[0]?.[0]).toMatch(/an image like that .* not known in this preview: no credential found\. .*image\.id/);
        told.mockRestore();
    });
});
