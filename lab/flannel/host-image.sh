#!/usr/bin/env bash
# Makes the lab's host image with flannel's archive in /opt/datacentre-lab/flannel besides all that datacentre-host:current has, and
# prints its name. An image of its own, so that stacks without flannel neither build it nor carry it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"

archive=$("$here/build.sh")
from=$(docker image inspect -f '{{.Id}}' datacentre-host:current 2>/dev/null) || fail "there is no image datacentre-host:current" "run lab/host-image/build.sh"
name=datacentre-host-flannel:$(content_hash "$from ${archive%/*}")
lock host-image-flannel
if docker image inspect "$name" >/dev/null 2>&1; then
    stage "host image $name (skipped: present)"
else
    stage "host image $name"
    temp=$(mktemp -d)
    trap 'rm -rf "$temp"' EXIT
    printf 'FROM datacentre-host:current\nCOPY %s /opt/datacentre-lab/flannel/\n' "${archive##*/}" >"$temp/Dockerfile"
    tar -C "$temp" -c Dockerfile -C "${archive%/*}" "${archive##*/}" | DOCKER_BUILDKIT=0 docker build -q -t "$name" - >"$DATACENTRE_CACHE/log/host-image-flannel.log" 2>&1 ||
        fail "flannel could not be put into the host image" "see $DATACENTRE_CACHE/log/host-image-flannel.log, and whether the Docker engine has disk space ('docker system df')"
fi
docker tag "$name" datacentre-host-flannel:current
printf '%s\n' "$name"
