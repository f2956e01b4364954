#!/usr/bin/env bash
# Builds calico-docker-driver, this project's Docker network and IPAM driver for Calico 3, once for each content of its
# sources, and prints the folder that holds it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
# shellcheck source=../common.sh
. "$root/common.sh"

driver() {
    need_go
    cd "$root"
    go_download calico-docker-driver "" ./docker-driver
    go_compile "$1/calico-docker-driver" "-X main.calicoVersion=$CALICO_VERSION" "" ./docker-driver
}

mapfile -t sources < <(find "$here" -name '*.go' ! -name '*_test.go' | sort)
calico_once driver "$(content_hash "$(uname -m)" "${CALICO_SHARED[@]}" "$here/build.sh" "${sources[@]}")" \
    "this project's Docker network driver" driver
