import type { DataCentre, NodeSpec } from "../../config/schema";
import { instances } from "../marathon/plan";
import { hostnameOf, masters } from "../mesos/plan";
import { members } from "../zookeeper/plan";
import { loginVariable, portOf, proxyRolesOf, settingsOf, type ProxyRole } from "./plan";

/** Whom a proxy passes clients on to: by the name that the check compares with, and where it is reached. */
interface Server {
    readonly name: string;
    readonly at: string;
}

const lines = (...all: string[]): string => all.map((line) => (line === "" ? "" : `    ${line}`)).join("\n");
const servers = (all: readonly Server[], more = ""): string[] => all.map(({ name, at }) => `server ${name} ${at}${more}`);
const bind = (dc: DataCentre, node: NodeSpec, role: ProxyRole): string => `bind ${node.address}:${portOf(dc, role)}`;

/**
 * haproxy.cfg for all proxies that a node has, for HAProxy 2.4 and newer.
 *
 * How quick and how patient it is: a server is asked every `checkIntervalMs`, and again 100 ms after its answer has changed. Two bad
 * answers are wanted before one that served is left out, since a JVM that collects garbage, or a master that writes its state, may miss
 * one, and all connections are cut with it; one that says that it does not lead says so twice in these 100 ms. One good answer is enough,
 * since nobody but the leader gives it. Connections end with their server's lead, so that no client stays with who lost it.
 *
 * A silent connection is let be for long (`timeout client`, `server` and `tunnel`): Mesos and Marathon stream events, and a server that
 * is gone is found by its checks, a client by TCP's own keep-alive. A client has to send a request's head within 10 s, and may keep a
 * connection without one for a minute.
 *
 * Connections to servers are not kept for further requests: Jetty and libprocess close idle ones at a moment of their own, and a write
 * that is sent just then would be lost. Only GET and HEAD are sent again after an answer has failed to come; a refused connection has
 * transported nothing, so all are.
 * Source: HAProxy 2.4 and 2.6, configuration.txt.
 */
export function haproxyConfig(dc: DataCentre, node: NodeSpec): string {
    const { checkIntervalMs, checkTimeoutMs, connectTimeoutMs, idleTimeoutSeconds, maxConnections } = settingsOf(dc);
    const head = [
        "global",
        // Under systemd this is the journal, in a container its log. Requests are of level info: what is told is who serves and who not.
        lines(
            "log stdout format raw local0 notice",
            `maxconn ${maxConnections}`,
            // After a reload the worker before it goes on for the connections that it has, and asks no server any more.
            "hard-stop-after 1h",
        ),
        "",
        "defaults",
        lines(
            "log global",
            "option redispatch 1",
            "option clitcpka",
            "option srvtcpka",
            "retries 3",
            `timeout connect ${connectTimeoutMs}ms`,
            `timeout queue ${connectTimeoutMs}ms`,
            `timeout check ${checkTimeoutMs}ms`,
            "timeout http-request 10s",
            "timeout http-keep-alive 60s",
            `timeout client ${idleTimeoutSeconds}s`,
            `timeout server ${idleTimeoutSeconds}s`,
            `timeout tunnel ${idleTimeoutSeconds}s`,
            `default-server check inter ${checkIntervalMs}ms fastinter ${Math.min(100, checkIntervalMs)}ms fall 2 rise 1 on-marked-down shutdown-sessions`,
        ),
    ];
    const sections: Readonly<Record<ProxyRole, (dc: DataCentre, node: NodeSpec) => string[]>> = {
        "mesos-proxy": mesos,
        "marathon-proxy": marathon,
        "zookeeper-proxy": zookeeper,
    };
    return `${[...head, ...proxyRolesOf(node).flatMap((role) => ["", ...sections[role](dc, node)])].join("\n")}\n`;
}

/** What both HTTP proxies have: an answer when nobody serves, which says that asking again is safe. */
const http = (away: string): string[] => [
    "mode http",
    "option http-server-close",
    // Events are passed on as they come.
    "option http-no-delay",
    `http-error status 503 content-type text/plain hdr Retry-After 1 string "${away}: nothing was done. Ask again in a second.\\n"`,
    "http-request disable-l7-retry unless { method GET HEAD }",
];

/**
 * Only the leading master answers /master/maintenance/status itself. One that stands by sends clients to its leader's private address
 * by 307, having done nothing: that is a 503 here, in the moment in which the lead has moved and the check has not seen it yet. The
 * leader itself says 307 to /redirect alone, which is answered here by what the client called the proxy.
 * Source: Mesos 1.11, src/master/http.cpp, `redirect`.
 */
function mesos(dc: DataCentre, node: NodeSpec): string[] {
    const all = masters(dc).map((one): Server => ({ name: one.name, at: `${one.address}:${dc.mesos.masterPort}` }));
    return [
        "listen mesos",
        lines(
            bind(dc, node, "mesos-proxy"),
            ...http("No Mesos master leads, or the one that does is out of reach"),
            "retry-on conn-failure empty-response",
            'http-request set-header Host "%[dst]:%[dst_port]" unless { req.hdr(Host) -m found }',
            'http-request return status 307 hdr Location "//%[req.hdr(Host)]" if { path /redirect /master/redirect } { nbsrv(mesos) gt 0 }',
            "http-response return status 503 default-errorfiles if { status 307 }",
            "http-response set-header Retry-After 1 if { status 503 }",
            "option httpchk",
            'http-check send meth GET uri /master/maintenance/status ver HTTP/1.1 hdr Host "%[srv_name]"',
            "http-check expect status 200",
            ...servers(all),
        ),
    ];
}

/**
 * A Marathon that stands by passes a request on to its leader, and answers for it; but one that has been passed on by itself already, by
 * the header X-Marathon-Via, it refuses with 502 before it does anything. So every request has that header for every Marathon: the
 * leader does not look at it, and whoever lost the lead does nothing. The check has it too, and wants the server's own name as the
 * leader's besides. It asks with the login, where there is one, since Marathon asks for that before all else.
 *
 * A 502 of Marathon's is therefore safe to ask again whatever the method; here it is sent again for GET and HEAD, and is a 503 for the
 * rest. HAProxy's own 502, of a leader that ended within a request, stays one: what was asked may have been done. /v2/events is not
 * passed on, but sent to the leader's own address by 302.
 * Source: Marathon 1.11, LeaderProxyFilter.scala, AsyncUrlConnectionRequestForwarder.scala and HttpModule.scala.
 */
function marathon(dc: DataCentre, node: NodeSpec): string[] {
    const { port, credentials } = dc.marathon;
    const all = instances(dc).map((one): Server => ({ name: `${hostnameOf(dc, one)}:${port}`, at: `${one.address}:${port}` }));
    const login = credentials ? ` hdr Authorization "Basic %[env(${loginVariable}),base64]"` : "";
    return [
        "listen marathon",
        lines(
            bind(dc, node, "marathon-proxy"),
            ...http("No Marathon leads, or the one that does is out of reach"),
            "retry-on conn-failure empty-response 502",
            "http-request set-var(txn.events) bool(true) if { path_beg /v2/events }",
            ...all.map(({ name }) => `http-request add-header X-Marathon-Via "1.1 ${name}"`),
            "http-response return status 503 default-errorfiles if { status 502 }",
            "http-response return status 503 default-errorfiles if { status 300:399 } { var(txn.events) -m bool }",
            "http-response set-header Retry-After 1 if { status 503 }",
            "option httpchk",
            `http-check send meth GET uri /ping ver HTTP/1.1 hdr Host "%[srv_name]" hdr X-Marathon-Via "1.1 %[srv_name]"${login}`,
            "http-check expect status 200",
            'http-check expect hdr name "X-Marathon-Leader" value-lf "http://%[srv_name]"',
            ...servers(all),
        ),
    ];
}

/**
 * Members in a quorum serve; one without says "not currently serving requests", and its sessions go to another. A member counts
 * connections by client's address, which is the proxy's for all: some are left for the checks, which would fail else.
 * Sessions may be as long as 20 ticks, and a client says something every third of one.
 * Source: ZooKeeper 3.8 Administrator's Guide, `maxClientCnxns` and `maxSessionTimeout`.
 */
function zookeeper(dc: DataCentre, node: NodeSpec): string[] {
    const { clientPort, maxClientConnections: most, tickTimeMs } = dc.zookeeper;
    const all = members(dc).map(({ node: one }): Server => ({ name: one.name, at: `${one.address}:${clientPort}` }));
    const idle = Math.max(settingsOf(dc).idleTimeoutSeconds, Math.ceil((2 * 20 * tickTimeMs) / 1000));
    const modes = all.length === 1 ? "standalone" : "(leader|follower)";
    return [
        "listen zookeeper",
        lines(
            bind(dc, node, "zookeeper-proxy"),
            "mode tcp",
            "balance leastconn",
            `timeout client ${idle}s`,
            `timeout server ${idle}s`,
            "option tcp-check",
            "tcp-check connect",
            "tcp-check send srvr",
            `tcp-check expect rstring "Mode: ${modes}"`,
            ...servers(all, most > 0 ? ` maxconn ${Math.max(1, most - Math.min(20, Math.floor(most / 2)))}` : ""),
        ),
    ];
}
