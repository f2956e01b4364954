#!/usr/bin/env bash
# Makes the archives of the images that nodes run in which are containers, and prints the folder where they lie, with the
# content of each (NAME.tar, NAME.content):
#   servers/build.sh packages   the real ZooKeeper and HAProxy from Debian's packages, and busybox
#   servers/build.sh doubles    Mesos' masters, agents and Marathon
# They are laid out as the published images are, and have the shell and tools of a small Debian system.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../../scripts/lib.sh
. "$here/../../../scripts/lib.sh"
# shellcheck source=../../build/publish.sh
. "$here/../../build/publish.sh"
# shellcheck source=../../build/box.sh
. "$here/../../build/box.sh"
# shellcheck source=../../build/go.sh
. "$here/../../build/go.sh"
# shellcheck source=../compile.sh
. "$here/../compile.sh"
group=${1:-}

# image NAME INSTRUCTION...: of the box's /out/NAME.tar. What 'docker load' makes of the archive has a name that nothing else
# has: the image's own may be in use on this engine. Not by 'docker import', which takes no STOPSIGNAL.
image() {
    local name=$1 context=$box_temp/context content new=datacentre-lab-new/$1:$$
    shift
    mkdir -p "$context"
    docker cp "$box:/out/$name.tar" "$context/files.tar" >/dev/null
    content=$(content_hash "$*" "$context/files.tar")
    printf '%s\n' 'FROM scratch' 'ADD files.tar /' "$@" "LABEL org.datacentre.lab=image org.datacentre.lab.content=$content" >"$context/Dockerfile"
    DOCKER_BUILDKIT=0 docker build -q --network none -t "$new" "$context" >"$DATACENTRE_CACHE/log/server-$name.log" 2>&1 ||
        fail "the image of $name could not be made" "see $DATACENTRE_CACHE/log/server-$name.log, and whether the Docker engine has disk space ('docker system df')"
    docker save "$new" -o "$to/$name.tar"
    docker rmi "$new" >/dev/null
    printf '%s\n' "$content" >"$to/$name.content"
    rm -rf "$context"
}

system='ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

# Source: 31z4/zookeeper-docker, 3.8; docker-library/haproxy, 2.8.
packages() {
    to=$1
    lay_out server-packages "$bare" "$here/collect-packages.sh"
    local zookeeper=/apache-zookeeper-3.8.0-bin
    image zookeeper 'ENV ZOO_CONF_DIR=/conf ZOO_DATA_DIR=/data ZOO_DATA_LOG_DIR=/datalog ZOO_LOG_DIR=/logs' \
        'ENV ZOO_TICK_TIME=2000 ZOO_INIT_LIMIT=5 ZOO_SYNC_LIMIT=2 ZOO_AUTOPURGE_PURGEINTERVAL=0 ZOO_AUTOPURGE_SNAPRETAINCOUNT=3' \
        'ENV ZOO_MAX_CLIENT_CNXNS=60 ZOO_STANDALONE_ENABLED=true ZOO_ADMINSERVER_ENABLED=true ZOOCFGDIR=/conf' \
        "$system:$zookeeper/bin" "WORKDIR $zookeeper" 'VOLUME ["/data", "/datalog", "/logs"]' 'EXPOSE 2181 2888 3888 8080' \
        'ENTRYPOINT ["/usr/bin/dumb-init", "--", "/docker-entrypoint.sh"]' 'CMD ["zkServer.sh", "start-foreground"]'
    image haproxy "$system" 'STOPSIGNAL SIGUSR1' 'USER haproxy' 'WORKDIR /var/lib/haproxy' 'ENTRYPOINT ["docker-entrypoint.sh"]' \
        'CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]'
    image busybox 'ENV PATH=/bin' 'CMD ["sh"]'
}

doubles() {
    to=$1
    compile_doubles "$to/bin"
    lay_out server-doubles "$bare" "$here/collect-doubles.sh" "$to/bin:/doubles"
    image mesos-master "$system" 'ENV MESOS_LAB_VERSION=1.11.0' 'CMD ["--registry=in_memory"]' 'ENTRYPOINT ["mesos-master"]'
    image mesos-slave "$system" 'ENV MESOS_LAB_VERSION=1.11.0' 'ENTRYPOINT ["mesos-slave"]'
    image marathon "$system" 'WORKDIR /marathon' 'ENTRYPOINT ["/marathon/bin/marathon"]'
    rm -rf "${to:?}/bin"
}

# Only a build wants an engine and the bare host image. In a shell of its own, since both it and 'once' clean up at their end.
built() (
    "$here/../../docker/start.sh"
    bare=$("$here/../../host-image/build.sh" --bare)
    "$group" "$1"
)

recipe=("$here"/{build.sh,userland.sh} "$here/../../build"/{box,collect}.sh)
case $group in
    packages)
        recipe+=("$here"/{collect-packages.sh,zookeeper-entrypoint.sh,zookeeper-env.sh,haproxy-entrypoint.sh})
        what="lab images of servers: the real ZooKeeper and HAProxy from packages, and busybox"
        ;;
    doubles)
        mapfile -t sources < <(find "$here/.." -path "$here/../images" -prune -o -path "$here/../packages" -prune -o \
            -type f \( -name '*.go' -o -name 'go.*' \) ! -name '*_test.go' -print | sort)
        recipe+=("$here/collect-doubles.sh" "$here/../compile.sh" "$here/../../build/go.sh" "${sources[@]}")
        what="lab images of servers: STAND-INS of Mesos' masters, agents and Marathon"
        ;;
    *) fail "'$group' is no group of images" "servers/build.sh packages, or servers/build.sh doubles" ;;
esac
once "$DATACENTRE_CACHE/server-images/$group-$(content_hash "$(uname -m)" "${recipe[@]}")" "$what" built
