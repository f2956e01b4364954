import { moved, stopped, type Damages } from "../lib/damage";

const config = "/etc/containerd/config.toml";
const restart = "systemctl restart containerd";
const untrusted = (place: string) => moved(`/etc/containerd/certs.d/${place}/ca.crt`, `echo none >/etc/containerd/certs.d/${place}/ca.crt`);

/** On a stack as in tests/e2e/containerd.e2e.ts. */
export const damages: Damages = () => ({
    "engine runs, and starts with the host": stopped("containerd"),
    "answers, and Kubernetes' part of it too": {
        harm: `cp -a ${config} /root/whole && sed -i '1a disabled_plugins = ["io.containerd.grpc.v1.cri"]' ${config} && ${restart}`,
        mend: `cp -a /root/whole ${config} && ${restart}`,
    },
    "runs with what is described": {
        harm: `cp -a ${config} /root/whole && sed -i 's/"overlayfs"/"native"/' ${config} && ${restart}`,
        mend: `cp -a /root/whole ${config} && ${restart}`,
    },
    "configuration files as described": moved("/etc/containerd/certs.d/docker.io/hosts.toml", "echo >>/etc/containerd/certs.d/docker.io/hosts.toml"),
    "programs of pods' networks are there": { harm: "mv /usr/lib/cni/portmap /root/portmap", mend: "mv /root/portmap /usr/lib/cni/portmap" },
    "images that come as archives": {
        harm: "ctr -n k8s.io images tag docker.io/library/busybox:latest docker.io/library/aside:1 && ctr -n k8s.io images rm docker.io/library/busybox:latest",
        mend: "ctr -n k8s.io images tag docker.io/library/aside:1 docker.io/library/busybox:latest && ctr -n k8s.io images rm docker.io/library/aside:1",
    },
});

/** Rows of the registries' about hosts with this engine. */
export const registryDamages: Damages = () => ({
    "reaches the private registry": untrusted("master1:443"),
    "reaches the mirror of a registry": untrusted("master1:5000"),
});
