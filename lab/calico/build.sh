#!/usr/bin/env bash
# Makes what the lab's host images hold of Calico, each part built anew only when it changed, and prints two folders:
#   calico-3.28.5.tar.gz in the first: the real programs, and this project's Docker driver
#   calico.tar.gz in the second: calico/node, calico/cni and calico/ctl as the lab packs them, for 'docker load'
#   build.sh BARE_IMAGE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"
# shellcheck source=common.sh
. "$root/common.sh"
bare=$1

# pack KIND HASH COMMAND...: the command fills a folder, whose path it is given last; the folder is printed.
temp=""
trap '[ -z "$temp" ] || rm -rf "$temp"' EXIT
pack() {
    local target=$CALICO_CACHE/$1-$2
    if [ -d "$target" ]; then
        stage "Calico $CALICO_VERSION, $1 (skipped: present)"
    else
        stage "Calico $CALICO_VERSION, $1: packing"
        temp=$(mktemp -d "$CALICO_CACHE/.pack.XXXXXX")
        chmod 755 "$temp"
        # Not within a condition: there, the command would go on after what fails in it.
        "${@:3}" "$temp"
        publish "$temp" "$target"
        say "   $(du -ah "$target" | head -n 1), after $SECONDS s"
    fi
    printf '%s\n' "$target"
}

# archive TO: the same bytes from the same programs, so that a checksum of it stays good.
archive() {
    local name=calico-$CALICO_VERSION
    mkdir "$1/$name"
    cp "$programs"/{calico-node,calicoctl,calico} "$driver/calico-docker-driver" "$1/$name/"
    tar -C "$1" --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner --mode=0755 -c "$name" | nice gzip -n -6 >"$1/$name.tar.gz"
    rm -rf "${1:?}/$name"
}

images() { "$here/images/build.sh" "$bare" "$programs" "$1/calico.tar.gz"; }

programs=$("$here/programs/build.sh")
driver=$("$here/docker-driver/build.sh")
lock calico
pack archive "$(content_hash "$programs $driver" "$here/build.sh")" archive
pack images "$(content_hash "$programs $bare" "$here"/images/*)" images
