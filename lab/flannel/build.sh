#!/usr/bin/env bash
# Builds flannel from its Go module, once for each content of this folder, and prints the folder that holds it, in an archive that is laid
# out as upstream's release: flanneld, mk-docker-opts.sh and README.md at the top of flannel-v0.28.4-linux-amd64.tar.gz.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"
# shellcheck source=../build/go.sh
. "$here/../build/go.sh"
# shellcheck source=../build/publish.sh
. "$here/../build/publish.sh"

version=$(awk '$2 == "github.com/flannel-io/flannel" { print $3 }' "$here/go.mod")
case $(uname -m) in x86_64) machine=amd64 ;; aarch64) machine=arm64 ;; *) machine=$(uname -m) ;; esac
release=flannel-$version-linux-$machine.tar.gz

# As upstream's makefile builds it: with C, for its UDP backend, and linked with nothing of a host. -trimpath leaves no path of ours.
archive() {
    local source=github.com/flannel-io/flannel files
    find_go "$here" "Go is not installed, so flannel $version cannot be built for the lab"
    cd "$here"
    export CGO_ENABLED=1 GOFLAGS="-mod=readonly -tags=netgo,osusergo"
    have gcc || apt_install gcc libc6-dev
    go_download flannel "" "$source"
    mkdir "$1/files"
    go_compile "$1/files/flanneld" "-linkmode external -extldflags -static -X $source/pkg/version.Version=$version" "" "$source"
    files=$("$go" list -m -f '{{.Dir}}' "$source")
    install -m 0755 "$files/dist/mk-docker-opts.sh" "$1/files/"
    install -m 0644 "$files/README.md" "$1/files/"
    # The same bytes from the same programs, so that a checksum of it stays good.
    tar -C "$1/files" --mtime=@1700000000 --owner=0 --group=0 --numeric-owner -c flanneld mk-docker-opts.sh README.md | nice gzip -n -6 >"$1/$release"
    rm -rf "$1/files"
}

once "$DATACENTRE_CACHE/flannel/release-$(content_hash "$(uname -m)" "$here"/{go.mod,go.sum,tools.go,build.sh} "$here"/../build/*)" \
    "flannel $version from its Go module (about 1 min on 2 cores, once)" archive
