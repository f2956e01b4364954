#!/usr/bin/env bash
# Prints the path of the Pulumi engine to use, and says on stderr which one it took and why:
#   1. an installed CLI (major 3, 3.250 or newer) that has its Node.js language host beside it, both as their maker ships them;
#   2. else the CLI built from its Go module (build.sh), checked against the committed go.sum.
# The release tarball is not downloaded here: no checksum of it is known to this repository by another way than the server
# that would send the tarball, and nothing unverified is installed. A user who trusts that server installs the CLI, and 1 takes it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"

# new_enough PROGRAM: whether it is major 3, at least 3.250.
new_enough() {
    local version major minor
    version=$(PULUMI_SKIP_UPDATE_CHECK=true timeout 20 "$1" version 2>/dev/null) || return 1
    IFS=. read -r major minor _ <<<"${version#v}"
    [[ $major == 3 && $minor =~ ^[0-9]+$ ]] && ((minor >= 250)) && echo "$version"
}

refused=""
while IFS= read -r candidate; do
    case $candidate in "$DC_CLONE"/* | "$DC_ROOT"/*) continue ;; esac
    real=$(readlink -f "$candidate")
    case $real in "$DATACENTRE_CACHE"/* | "$DC_ROOT"/*) continue ;; esac
    if ! version=$(new_enough "$candidate"); then
        refused="$candidate is not 3.250 or newer of major 3"
    elif ! is_genuine "$real"; then
        # It runs an engine in a place of its own, which has its language host there.
        refused="$candidate is a script"
    elif ! is_genuine "${real%/*}/pulumi-language-nodejs"; then
        # A script there is another clone's stand-in.
        refused="$candidate has no genuine pulumi-language-nodejs beside it"
    else
        stage "engine: the installed Pulumi CLI $version ($candidate)"
        printf '%s\n' "$real"
        exit 0
    fi
done < <(type -aP pulumi || true)

engine=$("$here/build.sh")
# What it was built as; asking it takes longer than all the rest of a set-up that finds everything there.
built=$(sed -n 's|^.*github.com/pulumi/pulumi/pkg/v3 \(v[^ ]*\).*$|\1|p' "$here/go.mod" 2>/dev/null | head -n 1) || true
stage "engine: built from the Go module ($built), because ${refused:-no Pulumi CLI is installed}"
printf '%s\n' "$engine"
