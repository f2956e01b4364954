import type { App } from "./schema";
import type { PortMapping } from "./schema/container";

/** How an app is reached: the host's ports, or ports of its containers behind mappings. Works on today's spelling. */

export type NetworkMode = "container" | "container/bridge" | "host";

/** The networks' modes; without any, Marathon takes the host's. */
export const modesOf = (app: App): NetworkMode[] =>
    app.networks && app.networks.length > 0 ? app.networks.map(({ mode = "container" }) => mode) : ["host"];

export const onHost = (app: App): boolean => modesOf(app).includes("host");

export const isDocker = (app: App): boolean => app.container !== undefined && app.container.type !== "MESOS";

/** The mappings that count: none with the host's network, one of Marathon's own where the definition has no list. */
export const mappingsOf = (app: App): readonly PortMapping[] =>
    onHost(app) ? [] : (app.container?.portMappings ?? [{ containerPort: 0 }]);

/** How many ports the app has; health checks name them by their index. One is Marathon's default. */
export const portCount = (app: App): number => (onHost(app) ? (app.portDefinitions?.length ?? 1) : mappingsOf(app).length);

/** A host port that the app takes wherever it runs, and where the definition says so. */
export interface FixedPort {
    readonly port: number;
    readonly path: readonly (string | number)[];
}

/** The host ports that are described by number, and so can be taken once on a host; Mesos does not tell tcp from udp. */
export function fixedPorts(app: App): FixedPort[] {
    if (onHost(app)) {
        const definitions = app.requirePorts === true ? (app.portDefinitions ?? []) : [];
        return definitions.flatMap(({ port = 0 }, index) =>
            port === 0 ? [] : [{ port, path: ["portDefinitions", index, "port"] }],
        );
    }
    return mappingsOf(app).flatMap(({ hostPort = 0 }, index) =>
        hostPort === 0 ? [] : [{ port: hostPort, path: ["container", "portMappings", index, "hostPort"] }],
    );
}

/** How many host ports of Mesos' choice an instance takes besides. */
export function freePorts(app: App): number {
    if (onHost(app)) {
        return app.requirePorts === true ? 0 : portCount(app);
    }
    const bridge = modesOf(app).includes("container/bridge");
    return mappingsOf(app).filter(({ hostPort }) => hostPort === 0 || (hostPort === undefined && bridge)).length;
}

/** The service ports that are described by number, and where. */
export function servicePorts(app: App): FixedPort[] {
    return onHost(app)
        ? (app.portDefinitions ?? []).flatMap(({ port = 0 }, index) =>
              port === 0 ? [] : [{ port, path: ["portDefinitions", index, "port"] }],
          )
        : mappingsOf(app).flatMap(({ servicePort = 0 }, index) =>
              servicePort === 0 ? [] : [{ port: servicePort, path: ["container", "portMappings", index, "servicePort"] }],
          );
}
