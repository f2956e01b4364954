import { moved, stopped, type Damages } from "../lib/damage";

export const damages: Damages = () => ({
    "engine": stopped("docker.socket docker.service"),
    "data root": {
        harm: "cp -a /etc/docker/daemon.json /root/whole && sed -i 's#/mnt/docker-data#/mnt/docker-data/other#' /etc/docker/daemon.json && systemctl restart docker",
        mend: "cp -a /root/whole /etc/docker/daemon.json && systemctl restart docker",
    },
    "daemon.json": moved("/etc/docker/daemon.json", "echo >> /etc/docker/daemon.json"),
    "registries in use": {
        harm: `cp -a /etc/docker/daemon.json /root/whole && sed -i 's#"registry-mirrors": \\[\\]#"registry-mirrors": ["https://other.example"]#' /etc/docker/daemon.json && systemctl reload docker && sleep 1`,
        mend: "cp -a /root/whole /etc/docker/daemon.json && systemctl reload docker && sleep 1",
    },
    "images that come as archives": {
        on: "master1",
        harm: "docker tag busybox:latest aside && docker rmi busybox:latest",
        mend: "docker tag aside busybox:latest && docker rmi aside",
    },
});
