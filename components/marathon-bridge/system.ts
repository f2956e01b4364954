import { packagesOf } from "../../config/catalogue";
import { none, type System } from "../../config/system";
import { furtherApps } from "../apps/own";
import type { App } from "../marathon-app/definition";
import { servicePorts } from "../marathon-app/ports";
import { groupProbes, probes } from "./check";
import { bridges, bridgeUnit, ownAddress, proxyUnit, settingsOf } from "./plan";
import { marathonBridgeRules } from "./rules";
import { marathonBridgeLeaf } from "./schema";

export const marathonBridgeSystem = {
    leaf: marathonBridgeLeaf,
    roles: {
        "marathon-bridge": {
            needs: [{ role: "marathon", why: "it serves what Marathon runs" }],
            packages: (dc, family) => packagesOf(marathonBridgeLeaf, dc, family),
            enables: ["haproxy.service"],
            watched: [bridgeUnit, proxyUnit],
            servesOutside: true,
        },
    },
    duties: {},
    rules: [marathonBridgeRules],
    // Service ports are the apps': see the rules.
    listeners: (dc, node) =>
        node.roles.includes("marathon-bridge")
            ? [
                  { port: settingsOf(dc).statsPort, what: "HAProxy's own page", key: ["marathonBridge", "statsPort"] },
                  { port: settingsOf(dc).healthPort, what: "the bridge's health", key: ["marathonBridge", "healthPort"] },
              ]
            : [],
    // To nobody by itself: whom an app is for, `openings` say.
    offers: (dc) => {
        const ports = bridges(dc).length > 0 ? furtherApps(dc).flatMap(({ definition }) => servicePorts(definition as unknown as App)) : [];
        return [...new Set(ports.map(({ port }) => port))].map((port) => ({
            ...{ service: "apps", to: "marathon-bridge", protocol: "tcp" as const, ports: port },
            ...{ from: [], why: "apps at their service ports" },
        }));
    },
    calls: () => [
        { service: "marathon:api", from: ["marathon-bridge"] },
        { service: "mesos:apps", from: ["marathon-bridge"] },
    ],
    // What it keeps is made of Marathon's apps, again and again.
    directories: none,
    requires: none,
    images: none,
    files: ["/etc/haproxy-marathon-bridge", "/usr/local/lib/haproxy-marathon-bridge"],
    steps: ["marathon-bridge"],
    probes,
    groupProbes,
    /** Where apps are served, at their service ports, and where each host's own page is, for who is on it. */
    output: (dc) =>
        bridges(dc).length > 0
            ? {
                  addresses: bridges(dc).map(({ address }) => address),
                  stats: `http://${ownAddress}:${settingsOf(dc).statsPort}/haproxy?stats`,
              }
            : undefined,
} satisfies System<typeof marathonBridgeLeaf>;
