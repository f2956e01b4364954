#!/usr/bin/env bash
# Makes the lab's host image with flannel's archive, and prints its name and id: datacentre-host-flannel:current. An image of its own, so
# that stacks without flannel neither build it nor carry it.
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
folder=$("$root/build.sh")
exec "$root/../host-image/with.sh" flannel "flannel=$(echo "$folder"/flannel-*.tar.gz)"
