#!/usr/bin/env bash
# Packs Calico's programs as images that are laid out as Calico's own, into one archive that 'docker load' takes.
#   images/build.sh BARE_IMAGE PROGRAMS ARCHIVE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
# shellcheck source=../../../scripts/lib.sh
. "$here/../../../scripts/lib.sh"
# shellcheck source=../common.sh
. "$root/common.sh"
bare=$1 programs=$2 archive=$3

find_go
source=$("$go" -C "$root" list -m -f '{{.Dir}}' "$CALICO_SOURCE") || source=none
[ -d "$source/node/filesystem" ] ||
    fail "Calico's source is not in Go's module cache" "run lab/calico/programs/build.sh where Go reaches its module proxy"
temp=$(mktemp -d)
box=datacentre-calico-images-$$
trap 'docker rm -f "$box" >/dev/null 2>&1 || true; rm -rf "$temp"' EXIT
mkdir -p "$temp/recipe" "$DATACENTRE_CACHE/debs" "$DATACENTRE_CACHE/log"
cp "$here"/{collect.sh,start_runit} "$temp/recipe/"
printenv | grep -iE '^(https?|no)_proxy=' | sed "s/'/'\\\\''/g; s/=\(.*\)/='\1'/; s/^/export /" >"$temp/recipe/proxy.env" || true

PROGRESS_PATTERN='^Setting up ' PROGRESS_UNIT='packages set up' \
    with_progress "collecting Calico's images" "$DATACENTRE_CACHE/log/calico-images.log" docker run --name "$box" --network host \
    -v "$temp/recipe:/recipe:ro" -v "$programs:/programs:ro" -v "$source/node/filesystem:/calico-source:ro" -v "$DATACENTRE_CACHE/debs:/debs" \
    "$bare" /bin/bash /recipe/collect.sh ||
    fail "the files of Calico's images could not be collected" "see $DATACENTRE_CACHE/log/calico-images.log and check the machine's package sources"

images=()
# image NAME FOLDER CHANGE...
image() {
    local name=$1:v$CALICO_VERSION folder=$2 change options=()
    shift 2
    for change in "$@"; do options+=(--change "$change"); done
    docker cp "$box:/out/$folder" - | tar -x -C "$temp"
    tar -C "$temp/$folder" --sort=name --mtime=@1700000000 -c . |
        docker import "${options[@]}" --change 'LABEL org.datacentre.lab=calico' \
            --change "LABEL org.datacentre.lab.note=\"The real programs of Calico $CALICO_VERSION, packed by the lab; not Calico's own image\"" \
            - "$name" >/dev/null
    images+=("$name")
}

image calico/node calico-node 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'ENV SVDIR=/etc/service/enabled' \
    "ENV CALICO_LAB_VERSION=$CALICO_VERSION" 'CMD ["start_runit"]'
image calico/cni calico-cni 'ENV PATH=/opt/cni/bin' 'WORKDIR /opt/cni/bin'
image calico/ctl calico-ctl 'ENV CALICO_CTL_CONTAINER=TRUE' 'ENTRYPOINT ["/usr/bin/calicoctl"]'
docker save "${images[@]}" | nice gzip -n -3 >"$archive"
docker rmi "${images[@]}" >/dev/null
