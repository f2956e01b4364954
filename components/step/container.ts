/** A service that runs in a container, under systemd as its installed form would. */
export interface ContainerService {
    readonly description: string;
    /**
     * The container's name. It must not begin with `mesos-`: an agent takes every such container for a task of its own, and
     * stops those that it does not know. Source: Mesos 1.11, src/slave/containerizer/docker.cpp, recover.
     */
    readonly container: string;
    readonly image: string;
    /** Options of `docker run` besides those that every such service has. */
    readonly options: readonly string[];
    /** What the image's entrypoint is given. */
    readonly arguments: readonly string[];
    /** Further lines of the unit's section [Service]. */
    readonly service?: readonly string[];
}

/** One word of a command in a unit file: in quotes where it has blanks, with systemd's own signs doubled. */
export function systemdWord(text: string): string {
    const plain = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
    return /^[A-Za-z0-9@_.,:/=+%$-]+$/.test(plain) ? plain : `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

const docker = "/usr/bin/docker";

/**
 * The whole unit file. Docker's client stays in the foreground, so that systemd sees the end of the program, and the journal
 * has what it says. What is left of a container whose client was killed is removed before the next start.
 *
 * The container has the host's network, its hosts file as it is at any time, the engine's limit of open files, and no log of its
 * own besides the journal.
 */
export function containerUnit(spec: ContainerService): string {
    const command = [
        `${docker} run --rm --name ${spec.container}`,
        "--net host --log-driver none",
        "-v /etc/hosts:/etc/hosts:ro",
        ...spec.options,
        spec.image,
        ...spec.arguments,
    ];
    return `[Unit]
Description=${spec.description}
After=docker.service network-online.target
Wants=docker.service network-online.target
StartLimitIntervalSec=0

[Service]
Environment=HOME=/root
${(spec.service ?? []).map((line) => `${line}\n`).join("")}ExecStartPre=-${docker} rm -f ${spec.container}
ExecStart=${command.join(" \\\n    ")}
ExecStop=-${docker} stop --time 20 ${spec.container}
Restart=always
RestartSec=2
TimeoutStopSec=60

[Install]
WantedBy=multi-user.target
`;
}
