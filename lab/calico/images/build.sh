#!/usr/bin/env bash
# Packs Calico's programs as images that are laid out as Calico's own, into one archive that 'docker load' takes.
#   images/build.sh BARE_IMAGE PROGRAMS ARCHIVE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
# shellcheck source=../common.sh
. "$root/common.sh"
# shellcheck source=../../build/box.sh
. "$root/../build/box.sh"
bare=$1 programs=$2 archive=$3

need_go
source=$("$go" -C "$root" list -m -f '{{.Dir}}' "$CALICO_SOURCE") || source=none
[ -d "$source/node/filesystem" ] ||
    fail "Calico's source is not in Go's module cache" "run lab/calico/programs/build.sh where Go reaches its module proxy"
lay_out calico-images "$bare" "$here/collect.sh" "$programs:/programs" "$source/node/filesystem:/calico-source"

images=()
# image NAME FOLDER CHANGE...
image() {
    local name=$1:v$CALICO_VERSION folder=$2
    shift 2
    import_image "$name" "$folder" "$@" 'LABEL org.datacentre.lab=calico' \
        "LABEL org.datacentre.lab.note=\"The real programs of Calico $CALICO_VERSION, packed by the lab; not Calico's own image\""
    images+=("$name")
}

image calico/node calico-node 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'ENV SVDIR=/etc/service/enabled' \
    "ENV CALICO_LAB_VERSION=$CALICO_VERSION" 'CMD ["start_runit"]'
image calico/cni calico-cni 'ENV PATH=/opt/cni/bin' 'WORKDIR /opt/cni/bin'
image calico/ctl calico-ctl 'ENV CALICO_CTL_CONTAINER=TRUE' 'ENTRYPOINT ["/usr/bin/calicoctl"]'
docker save "${images[@]}" | nice gzip -n -3 >"$archive"
docker rmi "${images[@]}" >/dev/null
