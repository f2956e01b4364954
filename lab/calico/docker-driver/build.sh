#!/usr/bin/env bash
# Builds calico-docker-driver, this project's Docker network and IPAM driver for Calico 3, once for each content of its
# sources, and prints the folder that holds it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
# shellcheck source=../../../scripts/lib.sh
. "$here/../../../scripts/lib.sh"
# shellcheck source=../common.sh
. "$root/common.sh"

mapfile -t sources < <(find "$here" -name '*.go' ! -name '*_test.go' | sort)
hash=$(content_hash "$(uname -m) $CALICO_VERSION" "$root/go.mod" "$root/go.sum" "$here/build.sh" "${sources[@]}")
target=$CALICO_CACHE/driver-$hash
lock calico-driver
if [ ! -x "$target/calico-docker-driver" ]; then
    find_go
    stage "Calico: building this project's Docker network driver"
    mkdir -p "$CALICO_CACHE" "$DATACENTRE_CACHE/log"
    temp=$(mktemp -d "$CALICO_CACHE/.build.XXXXXX")
    trap 'rm -rf "$temp"' EXIT
    chmod 755 "$temp"
    cd "$root"
    download ./docker-driver
    compile calico-docker-driver "$temp/calico-docker-driver" "-X main.calicoVersion=$CALICO_VERSION" ./docker-driver
    publish "$temp" "$target"
    say "   Docker network driver built: $(du -sh "$target" | cut -f1) in $SECONDS s"
fi
printf '%s\n' "$target"
