import type { Fault } from "../../../config/faults";
import { error, warning } from "../faults";
import { isDocker } from "../ports";
import type { App } from "../schema";

/** What goes with which of the two ways to run a container. */
export function containerRules(app: App): Fault[] {
    const { container } = app;
    return [...(isDocker(app) ? withDocker(app) : withMesos(app)), ...image(container), ...credential(container), ...linux(container)];
}

/** Source: LinuxInfo of Marathon 1.11. */
function linux(container: App["container"]): Fault[] {
    const { seccomp, ipcInfo } = container?.linuxInfo ?? {};
    const at = ["container", "linuxInfo"];
    const named = seccomp?.profileName !== undefined;
    return [
        ...(seccomp && named === (seccomp.unconfined ?? false)
            ? [error([...at, "seccomp"], named ? "a profile is named, and nothing shall confine" : "no profile is named", "give profileName, or unconfined: true")]
            : []),
        ...(ipcInfo?.mode === "SHARE_PARENT" && ipcInfo.shmSize !== undefined
            ? [error([...at, "ipcInfo", "shmSize"], "shared memory of the agent has its own size", "take it out, or write mode: PRIVATE")]
            : []),
    ];
}

function withDocker({ container, gpus, check }: App): Fault[] {
    const faults: Fault[] = [];
    if (!container?.docker) {
        faults.push(
            error(
                ["container", "docker"],
                "a container of type DOCKER has no image",
                "give container.docker.image, or write type: MESOS",
            ),
        );
    }
    if (container?.docker?.pullConfig) {
        const remedy = "give the node the login (docker.credentials), or write type: MESOS";
        faults.push(error(["container", "docker", "pullConfig"], "the Docker containerizer takes no pullConfig", remedy));
    }
    if ((gpus ?? 0) > 0) {
        faults.push(
            error(["gpus"], "the Docker containerizer gives out no GPUs", "write container.type: MESOS, or take gpus out"),
        );
    }
    if (check) {
        faults.push(
            error(["check"], "Mesos checks nothing in Docker's containers", "use healthChecks, or container.type: MESOS"),
        );
    }
    if (container?.linuxInfo) {
        faults.push(warning(["container", "linuxInfo"], "this has no effect on Docker's containers", "use docker.parameters"));
    }
    return faults;
}

function withMesos({ container }: App): Fault[] {
    const docker = container?.docker;
    const faults: Fault[] = [];
    if (docker?.parameters && docker.parameters.length > 0) {
        const remedy = "write type: DOCKER, or take them out";
        faults.push(
            error(["container", "docker", "parameters"], "the Mesos containerizer knows nothing of docker run's options", remedy),
        );
    }
    if (docker?.privileged === true) {
        const remedy = "write type: DOCKER, or take it out";
        faults.push(error(["container", "docker", "privileged"], "the Mesos containerizer has no privileged containers", remedy));
    }
    return faults;
}

/** An image's name, as Docker takes it: what it would only refuse on the agent, when the app is already waiting. */
function image(container: App["container"]): Fault[] {
    const name = container?.docker?.image;
    if (name === undefined || name === "") {
        return [];
    }
    const at = ["container", "docker", "image"];
    if (/^https?:\/\//.test(name)) {
        return [error(at, "an image's name begins with no scheme", `write ${name.replace(/^https?:\/\//, "")}`)];
    }
    const repository = name.replace(/@sha256:[0-9a-f]{64}$/, "").replace(/:[\w][\w.-]{0,127}$/, "");
    const [first = "", ...rest] = repository.split("/");
    const host = rest.length > 0 && /[.:]|^localhost$/.test(first);
    const path = host ? rest : [first, ...rest];
    const form = path.every((part) => /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/.test(part));
    const registry = !host || /^[A-Za-z0-9.-]+(:[0-9]{1,5})?$/.test(first);
    return form && registry
        ? []
        : [
              error(
                  at,
                  "this is no image's name",
                  "write [registry:port/]name[:tag], the name in lower case, such as master1:5000/busybox:1",
              ),
          ];
}

const credential = (container: App["container"]): Fault[] =>
    container?.docker?.credential
        ? [
              error(
                  ["container", "docker", "credential"],
                  "Marathon takes no credential here since 1.5",
                  "use pullConfig, or the node's own login",
              ),
          ]
        : [];
