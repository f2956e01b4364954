/** What is known of the Marathon that takes the apps: its own settings, which decide about definitions as well. */
export interface MarathonFacts {
    /** The role of apps that name none; "*" is everybody's. */
    readonly role: string;
    /** Whether a new top-level group has a role of its own, which its apps must have. */
    readonly groupRoles: boolean;
    /** Whose resources an app takes that does not say. */
    readonly accepts: "any" | "unreserved" | "reserved";
    readonly features: readonly string[];
    /** The network of those that name none; undefined: they are refused. */
    readonly network?: string;
    /** The agents' network that stands for mode container/bridge of the Mesos containerizer. */
    readonly bridge: string;
    /** As whom it speaks to masters. */
    readonly principal?: string;
    /** Whether it has plugins, such as know a store of secrets. */
    readonly plugins: boolean;
}

export type Flags = Readonly<Record<string, string>>;

/** By Marathon's flags. Source: MarathonConf, FeaturesConf and NetworkConf of Marathon 1.11. */
export const marathonFacts = (flags: Flags): MarathonFacts => ({
    role: flags["mesos_role"] ?? "*",
    groupRoles: flags["new_group_enforce_role"] === "top",
    accepts: accepted.find((one) => one === flags["accepted_resource_roles_default_behavior"]) ?? "any",
    features: (flags["enable_features"] ?? "").split(",").map((one) => one.trim()).filter((one) => one !== ""),
    ...(flags["default_network_name"] === undefined ? {} : { network: flags["default_network_name"] }),
    bridge: flags["mesos_bridge_name"] ?? "mesos-bridge",
    ...(flags["mesos_authentication_principal"] === undefined ? {} : { principal: flags["mesos_authentication_principal"] }),
    plugins: flags["plugin_dir"] !== undefined && flags["plugin_conf"] !== undefined,
});

const accepted = ["any", "unreserved", "reserved"] as const;

/** The roles that an app may have, first that of one that names none. Source: RoleSettings of Marathon 1.11. */
export function rolesOf(id: string, marathon: MarathonFacts): string[] {
    const [, group = "", ...below] = id.split("/");
    if (below.length === 0) {
        return [marathon.role];
    }
    return marathon.groupRoles ? [group] : [...new Set([marathon.role, group])];
}

export const roleOf = (app: { readonly id: string; readonly role?: string | undefined }, marathon: MarathonFacts): string =>
    app.role ?? rolesOf(app.id, marathon)[0] ?? marathon.role;

/** Of which roles an app takes resources. What is kept for it is reserved of what is everybody's. */
export function acceptedRoles(
    app: { readonly id: string; readonly role?: string | undefined; readonly acceptedResourceRoles?: readonly string[] | undefined },
    marathon: MarathonFacts,
    resident: boolean,
): string[] {
    if (resident) {
        return ["*"];
    }
    const role = roleOf(app, marathon);
    const byDefault = { any: ["*", role], unreserved: ["*"], reserved: [role] }[marathon.accepts];
    return [...new Set(app.acceptedResourceRoles ?? byDefault)];
}
