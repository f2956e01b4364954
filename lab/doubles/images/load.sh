#!/usr/bin/env bash
# Loads images of the lab into a Docker engine, built before if they are not there, unless the engine has them with the
# content of now.
#   images/load.sh [--host unix:///PATH|ssh://[USER@]HOST] IMAGE...
#     --host   the engine (default: the one that the docker command speaks to)
# IMAGE is one of datacentre-lab/{zookeeper:3.8.0,haproxy:2.6} (the real programs, from packages),
# datacentre-lab/{mesos-master:1.11.0,mesos-slave:1.11.0,marathon:1.11.24} (doubles), or busybox:latest, which is loaded only
# into an engine that has none.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../../scripts/lib.sh
. "$here/../../../scripts/lib.sh"

declare -A groups=(
    [datacentre-lab/zookeeper:3.8.0]=packages [datacentre-lab/haproxy:2.6]=packages [busybox:latest]=packages
    [datacentre-lab/mesos-master:1.11.0]=doubles [datacentre-lab/mesos-slave:1.11.0]=doubles [datacentre-lab/marathon:1.11.24]=doubles
)
docker=(docker) images=() where="this machine's engine"
while [ $# -gt 0 ]; do
    case $1 in
        --host)
            [[ ${2:-} =~ ^(unix|ssh):// ]] || fail "--host needs an engine's address" "unix:///PATH or ssh://[USER@]HOST"
            docker=(docker --host "$2") where=$2
            shift
            ;;
        -*) fail "unknown argument $1" "images/load.sh [--host unix://…|ssh://…] IMAGE..." ;;
        *)
            [ -n "${groups[$1]:-}" ] || fail "the lab has no image '$1'" "name one of: $(printf '%s\n' "${!groups[@]}" | sort | paste -sd' ')"
            images+=("$1")
            ;;
    esac
    shift
done
[ "${#images[@]}" -gt 0 ] || fail "no image is named" "images/load.sh [--host unix://…|ssh://…] IMAGE..."
have docker || fail "the docker command is not installed" "run lab/docker/start.sh"
timeout 30 "${docker[@]}" version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
    fail "no Docker engine answers at $where" "try '${docker[*]} version'; an engine here is started by lab/docker/start.sh"

# asked FORMAT IMAGE: what the engine knows of it, nothing when it has no such image
asked() { "${docker[@]}" image inspect -f "$1" "$2" 2>/dev/null || true; }

# folder_of GROUP: sets $folder to where its archives are; each is looked for once.
declare -A folders=()
folder_of() {
    [ -n "${folders[$1]:-}" ] || folders[$1]=$("$here/../servers/build.sh" "$1")
    folder=${folders[$1]}
}

# load IMAGE ARCHIVE: under the archive's name first, which only the lab has; then under its own.
load() {
    local image=$1 before loaded
    before=$(asked '{{.Id}}' "$image")
    loaded=$("${docker[@]}" load -q -i "$2" | sed -n 's/^Loaded image: //p')
    [ -n "$loaded" ] || fail "$image could not be loaded into $where" "see whether the engine has disk space ('${docker[*]} system df')"
    "${docker[@]}" tag "$loaded" "$image"
    "${docker[@]}" rmi "$loaded" >/dev/null
    # The one before it, unless a container still has it.
    [ -z "$before" ] || "${docker[@]}" rmi "$before" >/dev/null 2>&1 || true
}

for image in "${images[@]}"; do
    if [ "$image" = busybox:latest ] && [ -n "$(asked '{{.Id}}' "$image")" ]; then
        stage "image $image (skipped: $where has one)"
        continue
    fi
    folder_of "${groups[$image]}"
    name=${image##*/}
    archive=$folder/${name%:*}
    if [ "$(asked '{{index .Config.Labels "org.datacentre.lab.content"}}' "$image")" = "$(<"$archive.content")" ]; then
        stage "image $image (skipped: $where has it)"
    else
        stage "image $image: loading into $where ($(du -h "$archive.tar" | cut -f1))"
        load "$image" "$archive.tar"
    fi
done
