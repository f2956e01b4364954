#!/usr/bin/env bash
# Builds calico-node, calicoctl and the CNI plugin calico from Calico's Go module, once for each content of go.mod, go.sum and
# this folder, and prints the folder that holds them. Nothing here trusts the network: every module is checked against go.sum.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
# shellcheck source=../../../scripts/lib.sh
. "$here/../../../scripts/lib.sh"
# shellcheck source=../common.sh
. "$root/common.sh"

hash=$(content_hash "$(uname -m) $CALICO_VERSION" "$root/go.mod" "$root/go.sum" "$here/tools.go" "$here/build.sh")
target=$CALICO_CACHE/programs-$hash
lock calico-programs
if [ ! -x "$target/calicoctl" ]; then
    find_go
    stage "Calico: building $CALICO_VERSION's programs from its Go module (about 3 min on 2 cores, once)"
    mkdir -p "$CALICO_CACHE" "$DATACENTRE_CACHE/log"
    temp=$(mktemp -d "$CALICO_CACHE/.build.XXXXXX")
    trap 'rm -rf "$temp"' EXIT
    chmod 755 "$temp"
    cd "$root"
    source=$CALICO_SOURCE version=v$CALICO_VERSION
    mains=("$source/node/cmd/calico-node" "$source/cni-plugin/cmd/calico" "$source/calicoctl/calicoctl")
    download "${mains[@]}"
    # calicoctl refuses to work with a cluster of another version than its own: all say the same. As Calico's makefiles stamp them.
    stamps="-X main.VERSION=$version -X $source/calicoctl/calicoctl/commands.VERSION=$version"
    stamps+=" -X $source/calicoctl/calicoctl/commands/common.VERSION=$version"
    stamps+=" -X $source/node/pkg/lifecycle/startup.VERSION=$version -X $source/node/buildinfo.GitVersion=$version"
    # The last part of go.mod's version is the commit.
    commit=$(awk -v m="$source" '$1 == m { n = split($2, part, "-"); print part[n] }' go.mod)
    stamps+=" -X $source/node/buildinfo.GitRevision=$commit -X $source/calicoctl/calicoctl/commands.GIT_REVISION=$commit"
    for main in "${mains[@]}"; do compile "${main##*/}" "$temp/${main##*/}" "$stamps" "$main"; done
    publish "$temp" "$target"
    say "   Calico's programs built: $(du -sh "$target" | cut -f1) in $SECONDS s"
fi
printf '%s\n' "$target"
