#!/usr/bin/env bash
# Whether this clone's host images are there, made of what lies here now: for every 'make', which is to find that out quickly. build.sh says it
# by what each of its parts was made of, and takes several times as long.
#   present.sh           says so, with status 0, when images and content are those of the last 'present.sh --note'
#   present.sh --note    after build.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"

seen=$DC_CLONE/host-image

# All that build.sh and what it calls go by: the recipes, and what the machine lends.
inputs() {
    local file machine=() wrapper=no
    ! lacks_sys_resource 1 || wrapper=yes
    for file in /etc/os-release /etc/ssl/certs/ca-certificates.crt /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
        [ ! -f "$file" ] || machine+=("$file")
    done
    {
        printf '%s\n' "$wrapper $(uname -m)"
        find "$here" "$here/../doubles" "$here/../calico" "$here/../build" "$here/../docker/runc-without-sys-resource" "$DC_ROOT/scripts/lib.sh" \
            -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
        [ "${#machine[@]}" -eq 0 ] || sha256sum "${machine[@]}"
    } | sha256sum | cut -d' ' -f1
}

# Other clones on this engine give the names to images of their own.
images() { docker image inspect -f '{{.Id}}' datacentre-host:current datacentre-host:bare 2>/dev/null | tr '\n' ' '; }

now="$(inputs) $(images)"
if [ "${1:-}" = --note ]; then
    mkdir -p "${seen%/*}"
    printf '%s\n' "$now" >"$seen.$$"
    mv "$seen.$$" "$seen"
elif [ -s "$seen" ] && [ "$(cat "$seen")" = "$now" ]; then
    stage "host image datacentre-host:current (skipped: present, with the lab's STAND-INS of Mesos, Marathon and marathon-lb, and its Calico)"
else
    exit 1
fi
