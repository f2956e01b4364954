import type { DataCentre, NodeSpec } from "../../config/schema";
import { agentUnits, clusterStore, engineSettings, neededBy, restartSettings } from "../docker/plan";
import { dockerLeaf } from "../docker/schema";
import { appId } from "../marathon-lb/plan";
import { healthPort } from "../marathon-lb/schema";
import { engineProxy } from "../mirror/plan";
import { urls } from "../marathon/plan";
import { agentWorkDir, masters, quorumOf } from "../mesos/plan";
import { upgradeParameters } from "../packages/upgrade";
import type { Parameter } from "../step/program";
import type { ProgramArgs } from "../step/step";

/** Nodes whose engine others run by, so that hosts take turns at its restart. */
const nodesOf = (dc: DataCentre): NodeSpec[] => dc.nodes.filter((node) => neededBy(dc, node).length > 0);

/** One node, and those whose turn comes before its own. */
export interface Turn {
    readonly node: NodeSpec;
    readonly after: readonly NodeSpec[];
}

/**
 * Whose turn comes when: hosts with a master or a Marathon in a container first, each alone; then as many at once as
 * `mesos.agentsAtOnce` says. On new nodes nobody needs the engine yet, and they take no turns; they wait for one other, since each that
 * waits for all engines would be told of each.
 *
 * @param isNew whether nothing runs on a node yet
 */
export function turns(dc: DataCentre, isNew: (node: string) => boolean = () => false): Turn[] {
    const all = nodesOf(dc);
    const leads = (node: NodeSpec): boolean => neededBy(dc, node).some((unit) => !agentUnits.includes(unit));
    const alone = all.filter(leads);
    const others = all.filter((node) => !leads(node) && !isNew(node.name));
    const fresh = all.filter((node) => !leads(node) && isNew(node.name));
    const before = [...alone.slice(-1), ...others].slice(0, 1);
    const width = dc.mesos.agentsAtOnce;
    return [
        ...alone.map((node, index) => ({ node, after: alone.slice(Math.max(0, index - 1), index) })),
        ...others.map((node, index) => ({ node, after: index < width ? alone.slice(-1) : others.slice(index - width, index - width + 1) })),
        ...fresh.map((node, index) => ({ node, after: before.length > 0 || index === 0 ? before : fresh.slice(0, 1) })),
    ];
}

/** The scripts of a step that ends an agent's tasks in its host's turn. */
export const handOverScripts = ["marathon/lib", "docker-roll/json", "docker-roll/apps", "docker-roll/proxies"].map((name) => `components/${name}.sh`);

/** What such a step is told: who starts them elsewhere, and who sends them requests. */
const handOverParameters = (dc: DataCentre): Record<string, Parameter> => ({
    marathons: urls(dc),
    app_timeout: dc.appWait.timeoutSeconds,
    balancer: dc.marathonLb ? appId : "",
    balancer_group: dc.marathonLb?.group ?? "",
    balancer_port: healthPort,
});

/** Marathon's login, for those that ask it. */
export const loginOf = ({ marathon: { credentials } }: DataCentre): Record<string, string> =>
    credentials ? { login: `${credentials.username}:${credentials.password}` } : {};

/** What agents' own steps need besides, where one may get a new id and its tasks end; nothing where none may. */
export const handOver = (dc: DataCentre): Required<Pick<ProgramArgs, "scripts" | "parameters" | "secrets">> | undefined =>
    dc.mesos.incompatibleAgent === "renew" && urls(dc).length > 0
        ? { scripts: handOverScripts, parameters: handOverParameters(dc), secrets: loginOf(dc) }
        : undefined;

/** What the step of one host is told. A setting that is reloaded is not among it, so a preview names those that are restarted. */
export function restartParameters(dc: DataCentre, node: NodeSpec): Record<string, Parameter> {
    const settings = engineSettings(dc, node);
    const needed = neededBy(dc, node);
    const at = ({ address }: NodeSpec): string => `${address}:${dc.mesos.masterPort}`;
    const hasMaster = needed.includes("mesos-master");
    const isAgent = needed.some((unit) => agentUnits.includes(unit));
    return {
        data_root: settings.dataRoot,
        storage_driver: settings.storageDriver,
        restart_settings: restartSettings(settings),
        cluster_store: clusterStore(settings),
        engine_proxy: engineProxy(dc, node),
        address: node.address,
        agent: isAgent,
        port: dc.mesos.agentPort,
        identity_file: `${agentWorkDir(dc)}/.datacentre-agent`,
        before: dc.mesos.beforeDockerRestart,
        drain_timeout: dc.mesos.drainTimeoutSeconds,
        masters: masters(dc).map(at),
        master: hasMaster ? at(node) : "",
        master_peers: hasMaster ? masters(dc).filter((other) => other !== node).map(at) : [],
        quorum: hasMaster ? quorumOf(dc) : 0,
        marathon: needed.includes("marathon") ? `http://${node.address}:${dc.marathon.port}` : "",
        ...handOverParameters(dc),
        // Only an agent's tasks are theirs.
        ...(isAgent || needed.includes("marathon") ? {} : { marathons: [] }),
        ...upgradeParameters(dockerLeaf, dc),
    };
}
