# shellcheck shell=bash
# Compiling the doubles. Sourced, after scripts/lib.sh and lab/build/go.sh.

doubles_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# compile_doubles TO: all programs, the same bytes from the same sources
compile_doubles() {
    find_go "$doubles_folder" "Go is not installed, so the lab's doubles cannot be built"
    mkdir -p "$1"
    (cd "$doubles_folder" && "$go" build -trimpath -ldflags '-s -w -buildid=' -o "$1/" ./cmd/...) ||
        fail "the doubles could not be built" "see above, and check that Go reaches its module proxy"
}
