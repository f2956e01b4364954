# shellcheck shell=bash
# What the builds in this folder share. Sourced, with $root at lab/calico.

# shellcheck source=../../scripts/lib.sh
. "$root/../../scripts/lib.sh"
# shellcheck source=../build/go.sh
. "$root/../build/go.sh"
# shellcheck source=../build/publish.sh
. "$root/../build/publish.sh"

# Calico's version that go.mod's commit is the source of: the head of its branch release-v3.28.
CALICO_VERSION=3.28.5
# shellcheck disable=SC2034 # used by those that source this
CALICO_SOURCE=github.com/projectcalico/calico
CALICO_CACHE=$DATACENTRE_CACHE/calico
# What every hash here depends on.
# shellcheck disable=SC2034
CALICO_SHARED=("$root/go.mod" "$root/go.sum" "$root/common.sh" "$root"/../build/*)

need_go() { find_go "$root" "Go is not installed, so Calico $CALICO_VERSION cannot be built for the lab"; }

# calico_once KIND HASH WHAT COMMAND...: see once
calico_once() {
    local target=$CALICO_CACHE/$1-$2 what="Calico $CALICO_VERSION, $3"
    shift 3
    once "$target" "$what" "$@"
}
