#!/usr/bin/env bash
# Makes the lab's image archives: busybox, nginx and the registry from Debian's packages, marathon-lb as the double before a real
# HAProxy, and Mesos' masters, agents and Marathon as doubles.
#   images/build.sh BARE_IMAGE BINARIES TO
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../../scripts/lib.sh
. "$here/../../../scripts/lib.sh"
# shellcheck source=../../build/box.sh
. "$here/../../build/box.sh"
bare=$1 binaries=$2 to=$3
mkdir -p "$to"
lay_out images "$bare" "$here/collect.sh" "$binaries:/doubles"

# image NAME FOLDER CHANGE...: an archive that 'docker load' takes
image() {
    local name=$1 folder=$2
    shift 2
    import_image "$name" "$folder" "$@" 'LABEL org.datacentre.lab=image'
    docker save "$name" -o "$to/$folder.tar.new"
    mv "$to/$folder.tar.new" "$to/$folder.tar"
    docker rmi "$name" >/dev/null
}

image busybox:latest busybox 'ENV PATH=/bin' 'CMD ["sh"]'
image registry:2 registry 'ENV PATH=/usr/bin:/bin' 'ENTRYPOINT ["/usr/bin/docker-registry"]' \
    'CMD ["serve", "/etc/docker/registry/config.yml"]' 'EXPOSE 5000'
image nginx:1.22 nginx 'ENV PATH=/usr/sbin:/bin' 'CMD ["nginx"]' 'EXPOSE 80'
image mesosphere/marathon-lb:v1.15.0 marathon-lb 'ENV PATH=/usr/sbin:/bin' 'WORKDIR /marathon-lb' 'ENTRYPOINT ["/marathon-lb/run"]'
# As Mesosphere's: the program is the entrypoint, and the master's command is what docker run without one gets.
mesos_path='ENV PATH=/usr/sbin:/usr/bin:/bin'
image mesosphere/mesos-master:1.11.0 mesos-master "$mesos_path" 'ENV MESOS_LAB_VERSION=1.11.0' 'CMD ["--registry=in_memory"]' \
    'ENTRYPOINT ["mesos-master"]'
image mesosphere/mesos-slave:1.11.0 mesos-slave "$mesos_path" 'ENV MESOS_LAB_VERSION=1.11.0' 'ENTRYPOINT ["mesos-slave"]'
image mesosphere/marathon:v1.11.24 marathon 'ENV PATH=/bin' 'WORKDIR /marathon' 'ENTRYPOINT ["/marathon/bin/marathon"]'
