# shellcheck shell=bash
# What the builds in this folder share. Sourced, with $root at lab/kubernetes.

# shellcheck source=../../scripts/lib.sh
. "$root/../../scripts/lib.sh"
# shellcheck source=../build/go.sh
. "$root/../build/go.sh"
# shellcheck source=../build/publish.sh
. "$root/../build/publish.sh"

KUBERNETES_SOURCE=k8s.io/kubernetes
COREDNS_SOURCE=github.com/coredns/coredns
# The minor version that is built when none is said.
KUBERNETES_DEFAULT=1.36

# pinned MODULE FOLDER: its version in the folder's go.mod, without the v
pinned() { awk -v m="$1" '{ for (i = 1; i < NF; i++) if ($i == m && $(i + 1) ~ /^v/) { print substr($(i + 1), 2); exit } }' "$root/$2/go.mod"; }

# released MODULE: when its version was made, as Go's proxy says it; in a folder whose modules are there
released() { "$go" list -m -f '{{.Time.UTC.Format "2006-01-02T15:04:05Z"}}' "$1"; }

# choose_version [WANTED]: sets $minor, $version and $coredns for 1.36, 1.36.3 or nothing.
choose_version() {
    local wanted=${1:-$KUBERNETES_DEFAULT} known=() folder
    wanted=${wanted#v}
    wanted=${wanted%.x}
    for folder in "$root"/v*/; do
        minor=$(basename "$folder")
        version=$(pinned "$KUBERNETES_SOURCE" "$minor")
        # shellcheck disable=SC2034
        coredns=$(pinned "$COREDNS_SOURCE" coredns)
        known+=("$version")
        minor=${minor#v}
        if [ "$wanted" = "$minor" ] || [ "$wanted" = "$version" ]; then return; fi
    done
    fail "the lab has no Kubernetes $wanted" "name one of: ${known[*]}"
}

need_go() { find_go "$root/$1" "Go is not installed, so Kubernetes cannot be built for the lab"; }
