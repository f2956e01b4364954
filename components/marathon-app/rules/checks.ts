import type { Fault, Path } from "../../../config/faults";
import { counted, error, listed, warning } from "../faults";
import { isDocker, mappingsOf, onHost, portCount } from "../ports";
import type { App } from "../schema";
import type { HealthCheck } from "../schema/checks";

/** Checks ask on a port that there is, by a protocol that has what they ask with. */
export function checkRules(app: App): Fault[] {
    const checks = app.healthChecks ?? [];
    const byMesos = checks.map((check) => check.command === undefined && (check.protocol ?? "HTTP").startsWith("MESOS_"));
    const second = byMesos.indexOf(true, byMesos.indexOf(true) + 1);
    return [
        ...checks.flatMap((check, index) => healthCheck(check, index, app)),
        ...(byMesos.includes(true) && second > 0
            ? [
                  error(
                      ["healthChecks", second],
                      "Mesos makes one health check of an app",
                      "keep one with a protocol that begins with MESOS_",
                  ),
              ]
            : []),
        ...plainCheck(app),
        ...readiness(app),
    ];
}

function healthCheck(check: HealthCheck, index: number, app: App): Fault[] {
    const at = ["healthChecks", index] as const;
    const { protocol = "HTTP", command, path } = check;
    const faults: Fault[] = [];
    if (protocol === "COMMAND") {
        return ofCommand(check, at);
    }
    if (command !== undefined) {
        faults.push(
            error([...at, "command"], `protocol ${protocol} runs no command`, "write protocol: COMMAND, or take the command out"),
        );
    }
    if (path !== undefined && protocol.endsWith("TCP")) {
        faults.push(warning([...at, "path"], `protocol ${protocol} asks for no path, and Marathon passes over it`, "use HTTP or MESOS_HTTP, or take it out"));
    }
    // Marathon puts one in front when it asks by itself; an agent refuses the task.
    if (path !== undefined && !path.startsWith("/") && protocol.startsWith("MESOS_HTTP")) {
        faults.push(error([...at, "path"], "agents ask for a path that begins with a slash", "put one in front"));
    }
    if (check.ipProtocol === "IPv6" && !(protocol.startsWith("MESOS_") && isDocker(app))) {
        faults.push(
            error(
                [...at, "ipProtocol"],
                "IPv6 is asked by the agent, of Docker's containers only",
                "use a MESOS_ protocol, or IPv4",
            ),
        );
    }
    if (check.timeoutSeconds !== undefined && check.timeoutSeconds < 1) {
        faults.push(error([...at, "timeoutSeconds"], "an answer takes some time", "use at least 1"));
    }
    return [...faults, ...port(check, at, app)];
}

/** Marathon takes a port's index with a command and passes over it, and older ones told it of every check. */
function ofCommand(check: HealthCheck, at: Path): Fault[] {
    const strange = (["path", "port"] as const).filter((key) => check[key] !== undefined);
    const idle = (["portIndex", "ignoreHttp1xx", "ipProtocol"] as const).filter(
        (key) => check[key] !== undefined && check[key] !== false && check[key] !== "IPv4",
    );
    return [
        ...(check.command === undefined
            ? [error([...at, "command"], "this is missing", "give command: {value: …}, or another protocol")]
            : []),
        ...strange.map((key) => error([...at, key], "a command asks no port", "take it out, or use another protocol")),
        ...idle.map((key) =>
            key === "ipProtocol"
                ? error([...at, key], "a command asks no port", "take it out")
                : warning([...at, key], `a command asks no port, and Marathon passes over ${key}`, "take it out"),
        ),
    ];
}

/** Where a check asks. Without port and portIndex Marathon takes the first port. */
function port(
    check: { port?: number | undefined; portIndex?: number | undefined },
    at: readonly (string | number)[],
    app: App,
): Fault[] {
    // Marathon makes a container for an app of another network, and looks at its checks before.
    const ports = onHost(app) || app.container ? portCount(app) : 0;
    const index = check.portIndex ?? 0;
    if (index < ports || (check.port !== undefined && check.portIndex === undefined)) {
        return check.port !== undefined && check.portIndex !== undefined
            ? [warning([...at, "portIndex"], "port and portIndex are both there, and Marathon asks on port", "keep one")]
            : [];
    }
    const list = onHost(app) ? "portDefinitions" : "container.portMappings";
    const problem = `the app has ${counted(ports, "port")}, so there is none with index ${index}`;
    const remedy =
        ports === 0 ? `add the port to ${list}` : `use ${ports === 1 ? "0" : `0 to ${ports - 1}`}, or add the port to ${list}`;
    return [error([...at, "portIndex"], problem, remedy)];
}

function plainCheck(app: App): Fault[] {
    const { check } = app;
    if (!check) {
        return [];
    }
    const kinds = (["http", "tcp", "exec"] as const).filter((kind) => check[kind] !== undefined);
    if (kinds.length !== 1) {
        const problem = kinds.length === 0 ? "nothing says how this check asks" : `this check has ${listed(kinds)}`;
        return [error(["check"], problem, "give one of http, tcp or exec")];
    }
    const asked = check.http ?? check.tcp;
    const path = check.http?.path;
    if (path !== undefined && !path.startsWith("/")) {
        return [error(["check", "http", "path"], "agents ask for a path that begins with a slash", "put one in front")];
    }
    return asked ? port(asked, ["check", check.http ? "http" : "tcp"], app) : [];
}

function readiness(app: App): Fault[] {
    const names = (onHost(app) ? (app.portDefinitions ?? []) : mappingsOf(app)).flatMap(({ name }) =>
        name === undefined ? [] : [name],
    );
    return (app.readinessChecks ?? []).flatMap((check, index) => {
        const at = ["readinessChecks", index] as const;
        const { portName = "http-api", intervalSeconds = 30, timeoutSeconds = 10 } = check;
        const known = names.length > 0 ? `use ${listed(names, "or")}` : "give the port a name";
        return [
            ...(index > 0 ? [error(at, "Marathon makes one readiness check of an app", "keep one")] : []),
            ...(names.includes(portName) ? [] : [error([...at, "portName"], `no port is named ${portName}`, known)]),
            ...(timeoutSeconds >= intervalSeconds
                ? [
                      error(
                          [...at, "timeoutSeconds"],
                          `${timeoutSeconds} s are not less than intervalSeconds (${intervalSeconds})`,
                          "use less",
                      ),
                  ]
                : []),
            ...((app.healthChecks ?? []).length === 0 && index === 0
                ? [warning(at, "this is asked while a version is deployed, and never again", "add healthChecks as well")]
                : []),
        ];
    });
}
