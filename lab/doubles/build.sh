#!/usr/bin/env bash
# Builds what the lab has in place of programs that no registry offers, and prints where it lies: packages in apt/, image
# archives in images/.
#   build.sh BARE_IMAGE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"
bare=$1

mapfile -t sources < <(find "$here" -type f ! -name '*_test.go' ! -name '*.md' | sort)
hash=$(content_hash "$(uname -m) $bare" "${sources[@]}")
target=$DATACENTRE_CACHE/doubles/$hash
lock doubles
if [ -d "$target" ]; then
    stage "lab doubles $hash (skipped: present)"
else
    stage "lab doubles: building Mesos', Marathon's and marathon-lb's STAND-INS, and images of busybox and the registry"
    have go || fail "Go is not installed" "install Go 1.25 or newer; the lab's doubles are built with it"
    have dpkg-deb || fail "dpkg-deb is not installed" "use a machine of the Debian family for the lab"
    rm -rf "$target.new" && mkdir -p "$target.new/bin"
    (cd "$here" && CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -trimpath -ldflags '-s -w -buildid=' -o "$target.new/bin/" ./cmd/...) >&2 ||
        fail "the doubles could not be built" "see above, and check that Go reaches its module proxy"
    "$here/packages/build.sh" "$target.new/bin" "$target.new/apt" >&2
    "$here/images/build.sh" "$bare" "$target.new/bin" "$target.new/images" >&2
    rm -rf "$target.new/bin"
    mv -T "$target.new" "$target"
    find "$DATACENTRE_CACHE/doubles" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- | xargs -r -d '\n' rm -rf
    say "   lab doubles ready after $SECONDS s"
fi
printf '%s\n' "$target"
