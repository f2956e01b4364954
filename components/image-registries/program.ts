import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { DataCentre, NodeSpec } from "../../config/schema";
import { engineProxy } from "../mirror/plan";
import { confined } from "../step/confined";
import { compact, root } from "../step/program";
import { certificates, dataDirOf, etcOf, isSecure, loginFile, portOf, settingsOf, unitOf, upstreamOf, type ImageRole } from "./plan";

const program = "/usr/bin/docker-registry";
const helpers = "/usr/local/lib/datacentre";

/** What a configuration has besides what both have. */
interface Kind {
    /** Nothing is taken or removed: for a pass of the garbage collection, and for a mirror without upstream. */
    readonly readOnly?: boolean;
    readonly deletion: boolean;
    readonly upstream?: string;
}

/**
 * The program's configuration. Connections that are at work when it ends have a minute to come to their end.
 * Source: distribution 2.8, "Configuring a registry".
 */
function configYml(dc: DataCentre, role: ImageRole, node: NodeSpec, { readOnly, deletion, upstream }: Kind): string {
    return [
        "version: 0.1",
        "log:",
        "  level: warn",
        "  accesslog:",
        "    disabled: true",
        "storage:",
        "  filesystem:",
        `    rootdirectory: ${dataDirOf(dc, role)}`,
        "  delete:",
        `    enabled: ${deletion}`,
        "  cache:",
        "    blobdescriptor: inmemory",
        ...(readOnly ? ["  maintenance:", "    readonly:", "      enabled: true"] : []),
        "http:",
        `  addr: ${node.address}:${portOf(dc, role)}`,
        "  draintimeout: 60s",
        "  headers:",
        "    X-Content-Type-Options: [nosniff]",
        ...(isSecure(dc) ? ["  tls:", `    certificate: ${certificates}/server.crt`, `    key: ${certificates}/server.key`, "    minimumtls: tls1.2"] : []),
        "health:",
        "  storagedriver:",
        "    enabled: true",
        "    interval: 10s",
        "    threshold: 3",
        ...(upstream === undefined ? [] : ["proxy:", `  remoteurl: ${upstream}`]),
        "",
    ].join("\n");
}

/** Its configurations, by path: what it usually runs with, and what it falls back to. */
export function configs(dc: DataCentre, role: ImageRole, node: NodeSpec): Record<string, string> {
    const etc = etcOf(role);
    if (role === "image-registry") {
        const { deletion } = settingsOf(dc).registry;
        return {
            [`${etc}/config.yml`]: configYml(dc, role, node, { deletion }),
            [`${etc}/read-only.yml`]: configYml(dc, role, node, { deletion, readOnly: true }),
        };
    }
    return {
        // What it has kept for a week it deletes by itself, if it may.
        [`${etc}/config.yml`]: configYml(dc, role, node, { deletion: true, upstream: upstreamOf(dc) }),
        [`${etc}/kept.yml`]: configYml(dc, role, node, { deletion: false, readOnly: true }),
    };
}

/** What a host runs besides the program, by path. */
export function helpersOf(role: ImageRole): Record<string, string> {
    const name = role === "image-registry" ? "collect-images" : "serve-image-mirror";
    return { [`${helpers}/${name}`]: compactly(readFileSync(join(root, "components/image-registries", `${name}.sh`), "utf8")) };
}

/** Without comments but for the first line, which says who runs it. */
const compactly = (script: string): string => `#!/bin/bash\n${compact(script)}`;

/** A hardened service that binds a port below 1024 and writes its own data. */
function service(dc: DataCentre, role: ImageRole, node: NodeSpec, description: string, lines: readonly string[]): string {
    const unit = unitOf(role);
    // Through the mirror of web pages, where hosts reach the web by that alone.
    const proxy = role === "image-mirror" ? engineProxy(dc, node).split("\n").filter((line) => line.startsWith("Environment=")) : [];
    return [
        "[Unit]",
        `Description=${description}`,
        "After=network-online.target",
        "Wants=network-online.target",
        `RequiresMountsFor=${dataDirOf(dc, role)}`,
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        `User=${unit}`,
        `Group=${unit}`,
        ...(isSecure(dc) ? ["SupplementaryGroups=datacentre-images"] : []),
        ...proxy,
        ...lines,
        "Restart=always",
        "RestartSec=2",
        "LimitNOFILE=65536",
        ...confined.trimEnd().split("\n"),
        `ReadWritePaths=${dataDirOf(dc, role)}`,
        "",
        "[Install]",
        "WantedBy=multi-user.target",
        "",
    ].join("\n");
}

/** The file that a pass of the collection leaves while it works: which configuration the registry is started with. */
const modeFile = `/run/${unitOf("image-registry")}.env`;

const calendars = { day: "*-*-*", week: "Sun *-*-*", month: "*-*-01" } as const;

/** The name of the collection's units. */
export const collection = "datacentre-image-collection";

/** Whether garbage is collected by a timer. */
export const collects = (dc: DataCentre): boolean => settingsOf(dc).registry.garbageCollection.every !== "never";

/** Its units, by path. The collection can be started by hand, whether there is a timer or not. */
export function units(dc: DataCentre, role: ImageRole, node: NodeSpec): Record<string, string> {
    const at = (name: string): string => `/etc/systemd/system/${name}`;
    const etc = etcOf(role);
    if (role === "image-mirror") {
        const login = settingsOf(dc).mirror.credentials ? [`EnvironmentFile=${loginFile}`] : [];
        const text = service(dc, role, node, "Mirror of a registry of images", [...login, `ExecStart=${helpers}/serve-image-mirror ${upstreamOf(dc)} ${etc}/config.yml ${etc}/kept.yml`]);
        return { [at(`${unitOf(role)}.service`)]: text };
    }
    const { every, hour, deleteUntagged } = settingsOf(dc).registry.garbageCollection;
    const helper = `${helpers}/collect-images`;
    return {
        [at(`${unitOf(role)}.service`)]: service(dc, role, node, "Private registry of images", [
            `Environment=CONFIG=${etc}/config.yml`,
            `EnvironmentFile=-${modeFile}`,
            `ExecStart=${program} serve \${CONFIG}`,
        ]),
        [at(`${collection}.service`)]: [
            "[Unit]",
            "Description=Frees what no image of the private registry needs",
            "",
            "[Service]",
            "Type=oneshot",
            `ExecStart=${helper} collect ${dataDirOf(dc, role)}${deleteUntagged ? " --delete-untagged" : ""}`,
            // Also after a pass that was killed.
            `ExecStopPost=${helper} release`,
            "",
        ].join("\n"),
        ...(every === "never"
            ? {}
            : {
                  [at(`${collection}.timer`)]: [
                      "[Unit]",
                      "Description=When the private registry's garbage is collected",
                      "",
                      "[Timer]",
                      `OnCalendar=${calendars[every]} ${String(hour).padStart(2, "0")}:00:00`,
                      "Persistent=true",
                      "",
                      "[Install]",
                      "WantedBy=timers.target",
                      "",
                  ].join("\n"),
              }),
    };
}

/** Every file on a host that is as described, by path. */
export const filesOf = (dc: DataCentre, role: ImageRole, node: NodeSpec): Record<string, string> => ({
    ...configs(dc, role, node),
    ...helpersOf(role),
    ...units(dc, role, node),
});
