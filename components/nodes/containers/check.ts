import { onEngine, type ContainerSpec } from "../../../config/container";
import { imageParts } from "../../../config/image-reference";
import type { DataCentre, NodeSpec } from "../../../config/schema";
import type { About } from "../../../config/system";
import type { Finding, GroupProbe, Probe } from "../../verify/probe";
import { filesProbe, finding, wholeLines, words } from "../../verify/probes";
import { gatewayOf } from "../docker/plan";
import { clientAddress, containerName, isLocal, specOf, volumeName } from "./plan";
import { containerOf } from "./roles";

const system = "containers";

/** What the engine says of a container; the parts that rows are about. */
interface Inspected {
    readonly Name: string;
    readonly Image: string;
    readonly RestartCount: number;
    readonly State: { readonly Status: string };
    readonly Config: Readonly<Record<"Env" | "Cmd" | "Entrypoint", readonly string[] | null>>;
    readonly HostConfig: {
        readonly RestartPolicy: { readonly Name: string };
        readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>> | null;
    };
    readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAMConfig: { readonly IPv4Address?: string } | null }>> };
    readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Source: string; readonly Destination: string }[];
}

interface Image {
    readonly Id: string;
    readonly RepoTags: readonly string[] | null;
    readonly RepoDigests: readonly string[] | null;
}

/** Whether an image is the one of that name; the engine says Docker Hub's names without registry, and digests without tag. */
function isNamed({ RepoTags, RepoDigests }: Image, reference: string): boolean {
    const full = imageParts(reference).full.replace(/:[^:/@]+(?=@)/, "");
    return [...(RepoTags ?? []), ...(RepoDigests ?? [])].some((one) => imageParts(one).full === full);
}

/** One question for all rows: every container, then every image, a line each. */
const question = (containers: readonly string[], images: readonly string[]): string =>
    `docker container inspect -f '{{json .}}' ${words(...containers)} 2>/dev/null; docker image inspect -f '{{json .}}' ${words(...images)} 2>/dev/null; echo end`;

function answered(output: string): { containers: readonly Inspected[]; images: readonly Image[] } | undefined {
    const parsed = wholeLines(output)?.map((line) => JSON.parse(line) as object);
    return parsed && { containers: parsed.filter((one) => "State" in one) as Inspected[], images: parsed.filter((one) => "RepoTags" in one) as Image[] };
}

function nodeProbes(dc: DataCentre, node: NodeSpec, spec: ContainerSpec, command: string): Probe[] {
    const provider = specOf(dc);
    const name = containerName(provider, node.name);
    const again = "'make up' makes it again as described, on its kept data";
    const probe = (row: string, expected: string, found: (container: Inspected, images: readonly Image[]) => string, remedy: string): Probe => ({
        ...{ node: node.name, at: "engine", system, row, command },
        evaluate: (output) => {
            const said = answered(output);
            const container = said?.containers.find((one) => one.Name === `/${name}`);
            const got = said === undefined ? "the engine does not answer" : container ? found(container, said.images) : "not there";
            return finding(got === expected, got, expected, container ? remedy : "'make up' makes it again, on its kept data; an engine that does not answer: is it running?");
        },
    });
    const volumes = spec.volumes ?? [];
    return [
        probe(
            "runs, and starts with the engine",
            "running, unless-stopped",
            ({ State, HostConfig, RestartCount }) => `${State.Status}${State.Status === "restarting" ? ` (${RestartCount} times)` : ""}, ${HostConfig.RestartPolicy.Name || "no"}`,
            `'make up' starts it; why it ended: 'docker logs ${name}'; another restart policy: 'docker update --restart unless-stopped ${name}'`,
        ),
        probe(
            "runs in the described image",
            spec.image,
            ({ Image }, images) => (images.find((one) => isNamed(one, spec.image))?.Id === Image ? spec.image : "another one, or an older one of that name"),
            "'make up CONVERGE=1' takes the image that has the name now",
        ),
        probe("is started as described", "as described", (container) => startedAs(provider, node, spec, container), again),
        probe(
            "has its address",
            node.address,
            ({ NetworkSettings }) => NetworkSettings.Networks[provider.prefix]?.IPAMConfig?.IPv4Address ?? `none in the network ${provider.prefix}`,
            `'docker network connect --ip ${node.address} --alias ${node.name} ${provider.prefix} ${name}', or 'docker rm -f ${name}' and 'make up'`,
        ),
        ...(volumes.length === 0
            ? []
            : [
                  probe(
                      "keeps its data on volumes",
                      volumes.map((volume) => volumeName(provider, node.name, volume.name)).join(", "),
                      ({ Mounts }) =>
                          Mounts.filter(({ Type, Name, Source, Destination }) => Type === "volume" && volumes.some(({ name: own, path }) => Name === volumeName(provider, node.name, own) && Destination === (path ?? Source)))
                              .map(({ Name }) => Name)
                              .join(", ") || "on none",
                      again,
                  ),
              ]),
        ...(spec.files ? [withRemedy(filesProbe(node.name, system, spec.files), `'docker rm -f ${name}', then 'make up', which makes it again with its files`)] : []),
        ...(spec.published ?? []).flatMap(({ port, at }): Probe[] => [
            probe(
                `publishes ${port}`,
                `${provider.publishAddress}:${at}`,
                ({ HostConfig }) => (HostConfig.PortBindings?.[`${port}/tcp`] ?? []).map(({ HostIp, HostPort }) => `${HostIp || "0.0.0.0"}:${HostPort}`).join(", ") || "not published",
                again,
            ),
            {
                ...{ node: node.name, at: "engine", system, row: "is reached from outside", command: `port_open ${words(clientAddress(dc), at)}` },
                evaluate: (output): Finding =>
                    finding(
                        output.trim() === "reached",
                        output.trim() === "reached" ? "reached" : "not reached",
                        "reached",
                        `${clientAddress(dc)}:${at} is where clients look: see firewalls before the engine's machine, and datacentre:provider.address`,
                    ),
            },
        ]),
    ];
}

/** The same row, with another remedy. */
const withRemedy = (probe: Probe, remedy: string): Probe => ({
    ...probe,
    evaluate: (output, at) => {
        const found = probe.evaluate(output, at);
        return found.ok ? found : { ...found, remedy };
    },
});

/** What differs of its command and environment, by name: values may be anybody's. */
function startedAs(provider: ReturnType<typeof specOf>, node: NodeSpec, spec: ContainerSpec, { Config, Mounts }: Inspected): string {
    const filled = (value: string): string =>
        (spec.volumes ?? []).reduce((text, volume) => text.replaceAll(onEngine(volume.name), Mounts.find(({ Name }) => Name === volumeName(provider, node.name, volume.name))?.Source ?? ""), value);
    const environment = new Set(Config.Env ?? []);
    const wrong = [
        ...Object.entries(spec.environment ?? {}).filter(([name, value]) => !environment.has(`${name}=${filled(value)}`)).map(([name]) => name),
        ...Object.entries(spec.secrets ?? {}).filter(([name]) => ![...environment].some((one) => one.startsWith(`${name}=`))).map(([name]) => name),
        ...(spec.command && JSON.stringify(Config.Cmd) !== JSON.stringify(spec.command) ? ["its command"] : []),
        ...(spec.entrypoint && JSON.stringify(Config.Entrypoint) !== JSON.stringify(spec.entrypoint) ? ["its entrypoint"] : []),
    ];
    return wrong.length === 0 ? "as described" : `${wrong.join(", ")} not as described`;
}

/** Rows about every container, whatever runs in it. */
export function probes(dc: DataCentre, { systems }: About): Probe[] {
    if (dc.provider.kind !== "containers") {
        return [];
    }
    const all = dc.nodes.map((node) => ({ node, spec: containerOf(systems, dc, node) }));
    const command = question(
        all.map(({ node }) => containerName(specOf(dc), node.name)),
        [...new Set(all.map(({ spec }) => spec.image))],
    );
    return all.flatMap(({ node, spec }) => nodeProbes(dc, node, spec, command));
}

/** What holds for the network that they share. */
export function groupProbes(dc: DataCentre): GroupProbe[] {
    const [first] = dc.nodes;
    if (dc.provider.kind !== "containers" || !first) {
        return [];
    }
    const { prefix, subnet } = specOf(dc);
    const gateway = gatewayOf(specOf(dc));
    const one = { node: first.name, at: "engine" } as const;
    return [
        {
            ...{ system, row: "the network is as described" },
            questions: [{ ...one, command: `docker network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}' ${words(prefix)}` }],
            evaluateAll: (answers) => {
                const found = [...answers.values()][0]?.output.trim() || "not there";
                return finding(found === `${subnet} ${gateway}`, found, `${subnet} ${gateway}`, "'make up' makes it again, with its containers");
            },
        },
        // Of another machine's engine the addresses of containers are known there alone.
        ...(isLocal(dc)
            ? [
                  {
                      ...{ system, row: "its machine has one bridge of the network" },
                      questions: [{ ...one, command: `ip -o -4 address show 2>/dev/null | awk -v it=${words(gateway)} '{split($4, at, "/")} at[1] == it {print $2}'; echo end` }],
                      evaluateAll: (answers: ReadonlyMap<string, { output: string }>): Finding => {
                          const bridges = wholeLines([...answers.values()][0]?.output ?? "") ?? [];
                          return finding(
                              bridges.length === 1,
                              bridges.length === 0 ? `no interface has ${gateway}` : bridges.join(", "),
                              `one interface with ${gateway}`,
                              "one that is left of a network which is gone draws the others' packets: of two, 'docker network ls --no-trunc' names the one that is whose (br- and the id's first twelve), 'ip link delete' the other",
                          );
                      },
                  },
              ]
            : []),
    ];
}
