#!/usr/bin/env bash
# Makes the lab's host image with Kubernetes' and flannel's archives, the packages of their nodes and an upstream for mirrors, and prints
# its name and id: datacentre-host-kubernetes:current, or for versions of Kubernetes' that are named,
# datacentre-host-kubernetes-VERSION...:current.
#   host-image.sh [VERSION]...     as build.sh takes them; 1.36 without any
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
name=kubernetes files=()
for version in "$@"; do name+=-$version; done
[ $# -gt 0 ] || set -- ""
for version in "$@"; do
    folder=$("$root/build.sh" "$version")
    files+=("kubernetes=$(echo "$folder"/kubernetes-server-*.tar.gz)")
done
folder=$("$root/../flannel/build.sh")
files+=("flannel=$(echo "$folder"/flannel-*.tar.gz)")
folder=$("$root/../upstream/build.sh")
files+=("upstream=$folder/lab-upstream" "upstream=$root/../upstream/lab-upstream.service")
exec "$root/../host-image/with.sh" "$name" --packages "$root/../host-image/packages-kubernetes" "${files[@]}"
