#!/usr/bin/env bash
# Builds the Pulumi CLI from its Go module, once for each content of this folder, and prints the binary's path on stdout.
# Nothing here trusts the network: every module is checked against the committed go.sum.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"

module=github.com/pulumi/pulumi
package=$module/pkg/v3/cmd/pulumi
version=$(awk -v m="$module/pkg/v3" '{ for (i = 1; i < NF; i++) if ($i == m) print $(i + 1) }' "$here/go.mod")
[ -n "$version" ] || fail "$here/go.mod does not pin $module/pkg/v3"

go=$(command -v go || true)
[ -n "$go" ] || [ ! -x /usr/local/go/bin/go ] || go=/usr/local/go/bin/go
[ -n "$go" ] || fail "there is no Pulumi CLI, its release cannot be downloaded, and Go is absent, so it cannot be built" \
    "install the Pulumi CLI ($version or newer, major 3) on PATH, or Go $(awk '$1 == "go" { print $2 }' "$here/go.mod") or newer"

platform=$("$go" env GOOS)-$("$go" env GOARCH)
hash=$(content_hash "$platform" "$here/go.mod" "$here/go.sum" "$here/tools.go" "$here/build.sh")
target=$DATACENTRE_CACHE/engine/$hash
if [ -x "$target/pulumi" ]; then
    printf '%s\n' "$target/pulumi"
    exit 0
fi

lock engine
# The cache may have been cleared since; a clone that was set up has the same program.
if [ ! -x "$target/pulumi" ] && [ "$(cat "$DC_CLONE/engine-hash" 2>/dev/null)" = "$hash" ] && [ -x "$DC_CLONE/bin/pulumi" ]; then
    mkdir -p "$target"
    cp "$DC_CLONE/bin/pulumi" "$target/pulumi.new"
    mv "$target/pulumi.new" "$target/pulumi"
fi
if [ ! -x "$target/pulumi" ]; then
    stage "engine: building Pulumi $version from its Go module (about 4 min on 2 cores, once)"
    mkdir -p "$DATACENTRE_CACHE/engine" "$DATACENTRE_CACHE/log"
    temp=$(mktemp -d "$DATACENTRE_CACHE/engine/.build.XXXXXX")
    trap 'rm -rf "$temp"' EXIT
    log=$DATACENTRE_CACHE/log/engine-build.log
    cd "$here"
    # -mod=readonly: a go.mod or go.sum that does not fit is an error, never silently rewritten.
    export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off
    # Listing the build's packages is what downloads the modules, and only those needed.
    PROGRESS_PATTERN='^go: downloading' PROGRESS_UNIT='modules downloaded' \
        with_progress "downloading modules" "$log" "$go" list -deps -f '{{.ImportPath}}' "$package" ||
        fail "the modules of the Pulumi CLI could not be downloaded" \
            "check that this machine reaches its Go module proxy (go env GOPROXY), or put the Pulumi CLI on PATH"
    total=$(grep -cv '^go: ' "$log" || true)
    PROGRESS_PATTERN='^[A-Za-z0-9]' PROGRESS_UNIT="of at most $total packages" \
        with_progress "compiling" "$log" nice "$go" build -v -trimpath -buildvcs=false \
        -ldflags "-s -w -X $module/sdk/v3/go/common/version.Version=$version" -o "$temp/pulumi" "$package" ||
        fail "the Pulumi CLI did not build" "see $log, or put the Pulumi CLI on PATH"
    # One rename publishes it: a reader sees the whole binary or none.
    mkdir -p "$target"
    mv "$temp/pulumi" "$target/pulumi"
    say "   engine built: $(du -h "$target/pulumi" | cut -f1) in $SECONDS s"
fi
printf '%s\n' "$target/pulumi"
