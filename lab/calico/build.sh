#!/usr/bin/env bash
# Makes what the lab's host images hold of Calico, each part built anew only when it changed, and prints two folders:
#   calico-3.28.5.tar.gz in the first: the real programs, and this project's Docker driver
#   calico.tar.gz in the second: calico/node, calico/cni and calico/ctl as the lab packs them, for 'docker load'
#   build.sh BARE_IMAGE
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=common.sh
. "$root/common.sh"
bare=$1

# The same bytes from the same programs, so that a checksum of it stays good.
archive() {
    local name=calico-$CALICO_VERSION
    mkdir "$1/$name"
    cp "$programs"/{calico-node,calicoctl,calico} "$driver/calico-docker-driver" "$1/$name/"
    tar -C "$1" --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner --mode=0755 -c "$name" | nice gzip -n -6 >"$1/$name.tar.gz"
    rm -rf "${1:?}/$name"
}

images() { "$root/images/build.sh" "$bare" "$programs" "$1/calico.tar.gz"; }

programs=$("$root/programs/build.sh")
driver=$("$root/docker-driver/build.sh")
calico_once archive "$(content_hash "$programs $driver" "${CALICO_SHARED[@]}" "$root/build.sh")" "its archive" archive
calico_once images "$(content_hash "$programs $bare" "${CALICO_SHARED[@]}" "$root"/images/*)" "its images" images
