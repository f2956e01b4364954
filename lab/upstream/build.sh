#!/usr/bin/env bash
# Builds the lab's upstream, once for each content of this folder, and prints the folder that holds lab-upstream.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"
# shellcheck source=../build/go.sh
. "$here/../build/go.sh"
# shellcheck source=../build/publish.sh
. "$here/../build/publish.sh"

program() {
    find_go "$here" "Go is not installed, so the lab's upstream cannot be built"
    cd "$here"
    go_download "lab-upstream" "" .
    go_compile "$1/lab-upstream" "" "" .
}

once "$DATACENTRE_CACHE/upstream/program-$(content_hash "$(uname -m)" "$here"/{go.mod,go.sum,main.go,build.sh} "$here"/../build/{go,publish}.sh)" \
    "the lab's upstream of mirrors" program
