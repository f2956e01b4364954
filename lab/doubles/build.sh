#!/usr/bin/env bash
# Builds what the lab has in place of programs that no registry offers, and prints where it lies: packages in apt/, image
# archives in images/. The images of nodes that are containers are apart: servers/build.sh.
#   build.sh BARE_IMAGE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"
# shellcheck source=../build/publish.sh
. "$here/../build/publish.sh"
# shellcheck source=../build/go.sh
. "$here/../build/go.sh"
# shellcheck source=compile.sh
. "$here/compile.sh"
bare=$1

doubles() {
    have dpkg-deb || fail "dpkg-deb is not installed" "use a machine of the Debian family for the lab"
    compile_doubles "$1/bin"
    "$here/packages/build.sh" "$1/bin" "$1/apt"
    "$here/images/build.sh" "$bare" "$1/bin" "$1/images"
    rm -rf "${1:?}/bin"
}

mapfile -t sources < <(find "$here" "$here/../build" -path "$here/servers" -prune -o \
    -type f ! -name '*_test.go' ! -name '*.md' ! -path "$here/images/load.sh" -print | sort)
once "$DATACENTRE_CACHE/doubles/lab-$(content_hash "$(uname -m) $bare" "${sources[@]}")" \
    "lab doubles: Mesos', Marathon's and marathon-lb's STAND-INS, and images of busybox, nginx and the registry" doubles
