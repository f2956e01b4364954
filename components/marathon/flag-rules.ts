import { error, warning, type Fault } from "../../config/faults";
import type { DataCentre } from "../../config/schema";
import { kindOf, nearestOption } from "./flags";

const at = (name: string) => ["marathon", "flags", name];

/** Options with which Marathon ends at its start. Source: MarathonConf, FeaturesConf, NetworkConf and MetricsConf of Marathon 1.11. */
export function flagRules(dc: DataCentre): Fault[] {
    const { flags } = dc.marathon;
    return [...Object.entries(flags).flatMap(([name, value]) => form(name, value)), ...together(flags), ...roles(dc)];
}

/** Each by itself. */
function form(name: string, value: string): Fault[] {
    const kind = kindOf(name);
    if (kind === undefined) {
        const near = nearestOption(name);
        const remedy = near === undefined ? "take it out, unless the version that you run knows it" : `did you mean ${near}?`;
        return [warning(at(name), `Marathon 1.11 has no option ${name}, and does not start with one that it does not have`, remedy)];
    }
    if (kind === "toggle" || kind === "alone") {
        return ["", "true", "false"].includes(value) ? [] : [error(at(name), `the option ${name} takes no value`, 'write "true", or "false" to turn it off')];
    }
    if (value === "") {
        return [error(at(name), `the option ${name} takes a value`, "give it one, or take it out")];
    }
    if (kind === "number") {
        return /^-?[0-9]{1,18}$/.test(value) ? [] : [error(at(name), `the option ${name} takes a whole number, and this is ${value}`, "write one, in quotes")];
    }
    const allowed = choices[name];
    if (allowed && !allowed.includes(value)) {
        return [error(at(name), `the option ${name} does not take ${value}`, `write one of ${allowed.join(", ")}`)];
    }
    return name in texts ? (texts[name]?.(value) ?? []) : [];
}

const choices: Readonly<Record<string, readonly string[]>> = {
    accepted_resource_roles_default_behavior: ["any", "unreserved", "reserved"],
    gpu_scheduling_behavior: ["restricted", "unrestricted"],
    internal_store_backend: ["zk", "mem"],
    leader_election_backend: ["curator"],
    metrics_datadog_protocol: ["udp", "api"],
    new_group_enforce_role: ["off", "top"],
};

const features = ["vips", "task_killing", "external_volumes", "secrets", "gpu_resources"];

/** Texts with a form of their own. */
const texts: Readonly<Record<string, (value: string) => Fault[]>> = {
    default_accepted_resource_roles: (value) => {
        const behaviour = value === "*" ? "unreserved" : value.includes(",") ? "any" : "reserved";
        return [error(at("default_accepted_resource_roles"), "Marathon 1.10 took this option out", `write accepted_resource_roles_default_behavior: ${behaviour}`)];
    },
    enable_features: (value) => {
        const strange = value.split(",").map((one) => one.trim()).filter((one) => one !== "" && !features.includes(one));
        return strange.map((one) => error(at("enable_features"), `Marathon has no feature ${one}`, `use ${features.join(", ")}`));
    },
    mesos_bridge_name: (value) =>
        /^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/.test(value) && value.length <= 63
            ? []
            : [error(at("mesos_bridge_name"), "this is no network's name", "use lower-case letters, digits, and '-' and '_' inside")],
    mesos_authentication_secret: () => [readable("mesos_authentication_secret", "mesos_authentication_secret_file, a file with mode 0600 on Marathon's nodes")],
    ssl_keystore_password: () => [readable("ssl_keystore_password", "a proxy of your own in front of it for TLS")],
    metrics_datadog_api_key: () => [readable("metrics_datadog_api_key", "metrics_datadog_protocol: udp with an agent on the node, which has the key")],
};

const readable = (name: string, instead: string): Fault =>
    warning(at(name), "this secret stands in Marathon's command, which everybody on its host can read", `use ${instead}`);

/** Those that must agree. */
function together(flags: Readonly<Record<string, string>>): Fault[] {
    const on = (name: string): boolean => ["", "true"].includes(flags[name] ?? "false") || flags[`disable_${name}`] === "false";
    const versions = Number(flags["group_versions_cache_size"] ?? 1000);
    const deployments = Number(flags["max_running_deployments"] ?? 100);
    const both = Object.keys(flags).filter((name) => flags[`disable_${name}`] !== undefined);
    return [
        ...both.map((name) => error(at(`disable_${name}`), `${name} and disable_${name} are both there`, "keep one")),
        ...(on("mesos_authentication") && flags["mesos_authentication_principal"] === undefined
            ? [error(at("mesos_authentication"), "Marathon proves to masters who it is, and nothing says who", "give mesos_authentication_principal as well")]
            : []),
        ...(flags["mesos_authentication_secret"] !== undefined && flags["mesos_authentication_secret_file"] !== undefined
            ? [error(at("mesos_authentication_secret"), "the secret and a file with it are both there", "keep mesos_authentication_secret_file")]
            : []),
        ...(versions <= 2 * deployments
            ? [error(at("max_running_deployments"), `group_versions_cache_size (${versions}) must be more than twice as much as max_running_deployments (${deployments})`, "use less, or give group_versions_cache_size more")]
            : []),
    ];
}

/** A master that lists the roles lets in no other. Source: Mesos 1.11, docs/configuration/master.md, roles. */
function roles(dc: DataCentre): Fault[] {
    const { mesos_role: role } = dc.marathon.flags;
    const listed = dc.mesos.masterFlags["roles"]?.split(",");
    return role !== undefined && role !== "*" && listed && !listed.includes(role)
        ? [error(at("mesos_role"), `masters let in the roles ${listed.join(", ")} only (datacentre:mesos.masterFlags.roles)`, `add ${role} there, or use one of those`)]
        : [];
}
