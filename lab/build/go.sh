# shellcheck shell=bash
# Building programs from Go modules. Sourced, after scripts/lib.sh. Nothing here trusts the network: go.sum has every module's checksum.

# find_go FOLDER PROBLEM [OTHERWISE]: sets $go, for the module in FOLDER, or ends with the problem and a remedy.
find_go() {
    local wanted
    wanted=$(awk '$1 == "go" { print $2 }' "$1/go.mod")
    go=$(command -v go || true)
    [ -n "$go" ] || [ ! -x /usr/local/go/bin/go ] || go=/usr/local/go/bin/go
    [ -n "$go" ] || fail "$2" "install Go $wanted or newer${3:+, or $3}"
    # -mod=readonly: a go.mod or go.sum that does not fit is an error, never silently rewritten.
    export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off
    mkdir -p "$DATACENTRE_CACHE/log"
}

# go_download NAME OTHERWISE PACKAGE...: the modules of a build, in its folder; how many packages it has goes to $go_packages.
go_download() {
    local log=$DATACENTRE_CACHE/log/${1##* }-modules.log name=$1 otherwise=$2
    shift 2
    # Listing the build's packages is what downloads the modules, and only those needed.
    PROGRESS_PATTERN='^go: downloading' PROGRESS_UNIT='modules downloaded' \
        with_progress "downloading modules" "$log" "$go" list -deps -f '{{.ImportPath}}' "$@" ||
        fail "the modules of $name could not be downloaded" \
            "check that this machine reaches its Go module proxy (go env GOPROXY)${otherwise:+, or $otherwise}"
    go_packages=$(grep -cv '^go: ' "$log" || true)
}

# go_compile TO LDFLAGS OTHERWISE PACKAGE: after go_download.
go_compile() {
    local name=${1##*/} log=$DATACENTRE_CACHE/log/${1##*/}-build.log
    PROGRESS_PATTERN='^[A-Za-z0-9]' PROGRESS_UNIT="of at most $go_packages packages" \
        with_progress "compiling $name" "$log" nice "$go" build -v -trimpath -buildvcs=false -ldflags "-s -w $2" -o "$1" "$4" ||
        fail "$name did not build" "see $log${3:+, or $3}"
}
