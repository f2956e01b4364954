#!/usr/bin/env bash
# Builds calico-node, calicoctl and the CNI plugin calico from Calico's Go module, once for each content of go.mod, go.sum and
# this folder, and prints the folder that holds them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
# shellcheck source=../common.sh
. "$root/common.sh"

programs() {
    need_go
    cd "$root"
    local source=$CALICO_SOURCE version=v$CALICO_VERSION stamps commit main
    local mains=("$source/node/cmd/calico-node" "$source/cni-plugin/cmd/calico" "$source/calicoctl/calicoctl")
    go_download Calico "" "${mains[@]}"
    # calicoctl refuses to work with a cluster of another version than its own: all say the same. As Calico's makefiles stamp them.
    stamps="-X main.VERSION=$version -X $source/calicoctl/calicoctl/commands.VERSION=$version"
    stamps+=" -X $source/calicoctl/calicoctl/commands/common.VERSION=$version"
    stamps+=" -X $source/node/pkg/lifecycle/startup.VERSION=$version -X $source/node/buildinfo.GitVersion=$version"
    # The last part of go.mod's version is the commit.
    commit=$(awk -v m="$source" '$1 == m { n = split($2, part, "-"); print part[n] }' go.mod)
    stamps+=" -X $source/node/buildinfo.GitRevision=$commit -X $source/calicoctl/calicoctl/commands.GIT_REVISION=$commit"
    for main in "${mains[@]}"; do go_compile "$1/${main##*/}" "$stamps" "" "$main"; done
}

calico_once programs "$(content_hash "$(uname -m)" "${CALICO_SHARED[@]}" "$here/tools.go" "$here/build.sh")" \
    "its programs from its Go module (about 3 min on 2 cores, once)" programs
