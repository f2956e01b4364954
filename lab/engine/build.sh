#!/usr/bin/env bash
# Builds the Pulumi CLI from its Go module, once for each content of this folder, and prints the binary's path on stdout.
# Nothing here trusts the network: every module is checked against the committed go.sum.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"
# shellcheck source=../build/go.sh
. "$here/../build/go.sh"

module=github.com/pulumi/pulumi
package=$module/pkg/v3/cmd/pulumi
version=$(awk -v m="$module/pkg/v3" '{ for (i = 1; i < NF; i++) if ($i == m) print $(i + 1) }' "$here/go.mod")
[ -n "$version" ] || fail "$here/go.mod does not pin $module/pkg/v3"

find_go "$here" "there is no Pulumi CLI, its release cannot be downloaded, and Go is absent, so it cannot be built" \
    "the Pulumi CLI ($version or newer, major 3) on PATH"

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
    mkdir -p "$DATACENTRE_CACHE/engine"
    temp=$(mktemp -d "$DATACENTRE_CACHE/engine/.build.XXXXXX")
    trap 'rm -rf "$temp"' EXIT
    cd "$here"
    go_download "the Pulumi CLI" "put the Pulumi CLI on PATH" "$package"
    go_compile "$temp/pulumi" "-X $module/sdk/v3/go/common/version.Version=$version" "put the Pulumi CLI on PATH" "$package"
    # One rename publishes it: a reader sees the whole binary or none.
    mkdir -p "$target"
    mv "$temp/pulumi" "$target/pulumi"
    say "   engine built: $(du -h "$target/pulumi" | cut -f1) in $SECONDS s"
fi
printf '%s\n' "$target/pulumi"
