# shellcheck shell=bash
# What the builds in this folder share. Sourced, after scripts/lib.sh, with $root at lab/calico.

# Calico's version that go.mod's commit is the source of: the head of its branch release-v3.28.
CALICO_VERSION=3.28.5
# shellcheck disable=SC2034 # used by those that source this
CALICO_SOURCE=github.com/projectcalico/calico
CALICO_CACHE=$DATACENTRE_CACHE/calico

# find_go: sets $go, or ends with a remedy.
find_go() {
    go=$(command -v go || true)
    [ -n "$go" ] || [ ! -x /usr/local/go/bin/go ] || go=/usr/local/go/bin/go
    [ -n "$go" ] || fail "Go is not installed, so Calico $CALICO_VERSION cannot be built for the lab" \
        "install Go $(awk '$1 == "go" { print $2 }' "$root/go.mod") or newer"
    # -mod=readonly: a go.mod or go.sum that does not fit is an error, never silently rewritten.
    export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off
}

# download PACKAGE...: the modules of a build; it writes how many packages that is in $packages.
download() {
    local log=$DATACENTRE_CACHE/log/calico-modules.log
    mkdir -p "${log%/*}"
    # Listing the build's packages is what downloads the modules, and only those needed.
    PROGRESS_PATTERN='^go: downloading' PROGRESS_UNIT='modules downloaded' \
        with_progress "downloading modules" "$log" "$go" list -deps -f '{{.ImportPath}}' "$@" ||
        fail "Calico's modules could not be downloaded" "check that this machine reaches its Go module proxy (go env GOPROXY)"
    packages=$(grep -cv '^go: ' "$log" || true)
}

# compile LABEL TO LDFLAGS PACKAGE
compile() {
    local log=$DATACENTRE_CACHE/log/calico-build-$1.log
    PROGRESS_PATTERN='^[A-Za-z0-9]' PROGRESS_UNIT="of at most $packages packages" \
        with_progress "compiling $1" "$log" nice "$go" build -v -trimpath -buildvcs=false -ldflags "-s -w $3" -o "$2" "$4" ||
        fail "$1 did not build" "see $log; go.mod's versions fit Go $(awk '$1 == "go" { print $2 }' "$root/go.mod"), and 'go clean -cache' may help"
}

# publish NEW TARGET: one rename, so that a reader sees the whole folder or none. Of its kind the newest three stay.
publish() {
    rm -rf "$2"
    mv -T "$1" "$2"
    find "$CALICO_CACHE" -mindepth 1 -maxdepth 1 -name "$(basename "${2%-*}")-*" -printf '%T@ %p\n' |
        sort -rn | tail -n +4 | cut -d' ' -f2- | xargs -r -d '\n' rm -rf
    # What interrupted runs left.
    find "$CALICO_CACHE" -mindepth 1 -maxdepth 1 -name '.*' -mmin +120 -exec rm -rf {} +
}
