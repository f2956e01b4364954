import { DockerApi } from "../docker/api";
import { ProviderError } from "../provider/errors";
import { diffMaps } from "../provider/object-diff";
import type { CheckFailure, Provider, ResourceHandler } from "../provider/resource";
import { isObject, reveal, type PropertyMap } from "../provider/values";
import { associationDriver, eipDriver } from "./addresses";
import { Cloud, directoryOf } from "./cloud";
import { diskAttachmentDriver, diskDriver } from "./disks";
import { handlerOf, type CloudDriver } from "./driver";
import { lookUp } from "./functions";
import { groupDriver, ruleDriver } from "./groups";
import { instanceDriver } from "./instances";
import { keyPairDriver, ramRoleDriver } from "./keys";
import { natDriver, snatDriver, vpcDriver, vswitchDriver } from "./networks";

/** What the stand-in has, by type. */
export const drivers: Readonly<Record<string, CloudDriver>> = {
    "alicloud:vpc/network:Network": vpcDriver,
    "alicloud:vpc/switch:Switch": vswitchDriver,
    "alicloud:vpc/natGateway:NatGateway": natDriver,
    "alicloud:vpc/snatEntry:SnatEntry": snatDriver,
    "alicloud:ecs/eipAddress:EipAddress": eipDriver,
    "alicloud:ecs/eipAssociation:EipAssociation": associationDriver,
    "alicloud:ecs/securityGroup:SecurityGroup": groupDriver,
    "alicloud:ecs/securityGroupRule:SecurityGroupRule": ruleDriver,
    "alicloud:ecs/ecsKeyPair:EcsKeyPair": keyPairDriver,
    "alicloud:ecs/ecsDisk:EcsDisk": diskDriver,
    "alicloud:ecs/ecsDiskAttachment:EcsDiskAttachment": diskAttachmentDriver,
    "alicloud:ecs/ramRoleAttachment:RamRoleAttachment": ramRoleDriver,
    "alicloud:ecs/instance:Instance": instanceDriver,
};

const engineKeys = new Set(["version", "pluginDownloadURL", "parameterization"]);

/** Any credentials are taken, since the account is on this machine; none are refused, as by the genuine plugin. */
const hasCredentials = (args: PropertyMap): boolean =>
    ["accessKey", "profile", "ecsRoleName"].some((key) => (reveal(args[key] ?? null) ?? "") !== "") ||
    ["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"].some((name) => (process.env[name] ?? "") !== "");

const knownConfig = new Set(["region", "accessKey", "secretKey", "securityToken", "profile", "ecsRoleName", "skipRegionValidation"]);

function checkConfig(news: PropertyMap): CheckFailure[] {
    return Object.keys(news).flatMap((key) =>
        engineKeys.has(key) || key.startsWith("__") || knownConfig.has(key) || news[key] === null
            ? []
            : [{ property: key, reason: `${key} is not implemented by the stand-in of the alicloud provider: leave it out, or use the genuine plugin` }],
    );
}

/** The stand-in, and the lookups that the plugin's own service answers. */
export interface AlicloudProvider extends Provider {
    invoke(token: string, inputs: PropertyMap): PropertyMap;
}

/** STAND-IN of the `alicloud` provider 3.108.0: an account on this machine, whose instances are containers. */
export function alicloudProvider(): AlicloudProvider {
    let region: string | undefined;
    const clouds = new Map<string, Cloud>();
    const regionOrFail = (): string => {
        if (region === undefined) {
            throw new ProviderError("the alicloud provider is not configured yet");
        }
        return region;
    };
    const cloudOf = (stack: string): Cloud => {
        const there = clouds.get(stack) ?? new Cloud(stack, regionOrFail(), new DockerApi(dockerHost()));
        clouds.set(stack, there);
        return there;
    };
    return {
        name: "alicloud",
        version: "3.108.0",
        acceptsSecrets: false,
        resources: new Map(Object.entries(drivers).map(([type, driver]): [string, ResourceHandler] => [type, handlerOf(driver, cloudOf)])),
        unknownType: (type) =>
            new ProviderError(`${type} is not implemented by the stand-in of the alicloud provider, which has ${Object.keys(drivers).join(", ")}`),
        checkConfig: async (news) => ({ inputs: news, failures: checkConfig(news) }),
        diffConfig: (olds, news) => diffMaps(olds, news),
        configure: async (args) => {
            if (!hasCredentials(args)) {
                throw new ProviderError("STAND-IN of the alicloud provider: no valid credential sources found");
            }
            const asked = args["region"];
            region = typeof asked === "string" && asked !== "" ? asked : (process.env["ALICLOUD_REGION"] ?? "cn-beijing");
        },
        note: "; its instances are containers on this machine",
        invoke: (token, inputs) => {
            const open = reveal(inputs);
            // A lookup has no stack: its faults are those of the environment.
            return lookUp(token, isObject(open) ? open : {}, regionOrFail(), directoryOf(process.env["PULUMI_STACK"] ?? ""));
        },
    };
}

function dockerHost(): string {
    const host = process.env["DOCKER_HOST"] ?? "";
    return host === "" ? "unix:///var/run/docker.sock" : host;
}
