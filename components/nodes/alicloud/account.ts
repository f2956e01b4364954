import type { ProviderArgs } from "@pulumi/alicloud/provider";
import * as pulumi from "@pulumi/pulumi";
import * as pulumiOutput from "@pulumi/pulumi/output";

/** How Pulumi writes what is not known yet; it is exported, and only its type is left out as internal. */
export const { unknown } = pulumiOutput as unknown as { unknown: string };

/**
 * Variables in which the provider looks for an account by itself. Profiles and roles are used when one is named, and not otherwise.
 * Source: terraform-provider-alicloud 1.28x, alicloud/provider.go.
 */
const variables = [
    "ALICLOUD_ACCESS_KEY",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABACLOUD_ACCESS_KEY_ID",
    "ALICLOUD_PROFILE",
    "ALIBABA_CLOUD_PROFILE",
    "ALICLOUD_ECS_ROLE_NAME",
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALICLOUD_CREDENTIALS_URI",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
];

const plain = ["profile", "sharedCredentialsFile", "ecsRoleName", "credentialsUri"] as const;
const secret = ["accessKey", "secretKey", "securityToken"] as const;

export interface Account {
    readonly args: ProviderArgs;
    /** Whether lookups are asked; not in a preview without credentials. */
    readonly askable: boolean;
}

/**
 * Whose account the machines are made in: `pulumi config set alicloud:profile`, or `--secret alicloud:accessKey` and `secretKey`,
 * which the engine hands to its own default providers only; else what the environment says, which the provider reads itself.
 *
 * Without any the provider refuses to work, also in a preview. There its key is said to be unknown: the engine then
 * leaves the provider alone, and shows what the description alone tells.
 */
export function findAccount(): Account {
    const config = new pulumi.Config("alicloud");
    const given = (keys: readonly string[], as: (value: string) => pulumi.Input<string>) =>
        keys.flatMap((key) => {
            const value = config.get(key);
            return value ? [[key, as(value)] as const] : [];
        });
    const args: ProviderArgs = Object.fromEntries([...given(plain, (value) => value), ...given(secret, pulumi.secret)]);
    if (Object.keys(args).length > 0 || variables.some((name) => (process.env[name] ?? "") !== "")) {
        return { args, askable: true };
    }
    const remedy = "set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY, or a profile's name as ALICLOUD_PROFILE";
    if (!pulumi.runtime.isDryRun()) {
        void pulumi.log.warn(`there are no credentials of an Alibaba Cloud account: ${remedy}`);
        return { args, askable: true };
    }
    void pulumi.log.warn(`there are no credentials of an Alibaba Cloud account, so this preview shows what the description alone tells. For the rest ${remedy}`);
    return { args: { accessKey: pulumi.output(unknown) }, askable: false };
}
