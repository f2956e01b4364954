#!/usr/bin/env bash
# Makes datacentre-host-NAME:current, the lab's host image (build.sh) with more in it, for stacks that name it as their provider's
# image, and prints its name and id:
#   with.sh NAME [--packages FILE] [FOLDER=FILE]...
#     --packages FILE   a list as packages-services is one: installed, and none of their daemons started
#     FOLDER=FILE       FILE lies in /opt/datacentre-lab/FOLDER, under its own name; a unit of systemd's is one there, and enabled
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../scripts/lib.sh
. "$here/../../scripts/lib.sh"
# shellcheck source=../build/box.sh
. "$here/../build/box.sh"

usage="with.sh NAME [--packages FILE] [FOLDER=FILE]..."
name=${1:-}
[[ $name =~ ^[a-z0-9]+([.-][a-z0-9]+)*$ ]] || fail "'$name' is no name for a host image" "$usage"
repository=datacentre-host-$name
list=() files=() contents=()
shift
while [ $# -gt 0 ]; do
    case $1 in
        --packages)
            [ -s "${2:-}" ] || fail "--packages needs a file" "$usage"
            list=("$2")
            shift
            ;;
        *)
            [[ $1 =~ ^[a-z0-9-]+=/ ]] || fail "'$1' is no FOLDER=/PATH" "$usage"
            [ -s "${1#*=}" ] || fail "there is no file ${1#*=}" "see what was to make it"
            files+=("$1")
            ;;
    esac
    shift
done

base=$("$here/build.sh")
base=${base##* }
lock "host-image-$name"
for file in "${files[@]}"; do contents+=("${file%%=*} $(content_hash "" "${file#*=}")"); done
image=$repository:$(content_hash "$base ${contents[*]}" "$here"/{with,add}.sh "$here/../build"/{box,collect}.sh "${list[@]}")

if docker image inspect "$image" >/dev/null 2>&1; then
    stage "host image $image (skipped: present)"
else
    stage "host image $image: the lab's, with what it takes for $name"
    temp=$(mktemp -d) box=datacentre-with-$name-$$ log=$DATACENTRE_CACHE/log/with-$name.log
    trap 'docker rm -f "$box" >/dev/null 2>&1 || true; rm -rf "$temp"' EXIT
    recipe_in "$temp/recipe" "$here/add.sh" "${list[@]}"
    cp "$here/../build/collect.sh" "$temp/recipe/shared.sh"
    mounts=(-v "$temp/recipe:/recipe:ro" -v "$DATACENTRE_CACHE/debs:/debs")
    for file in "${files[@]}"; do
        place=given/${file%%=*}/$(basename "$file")
        mkdir -p "$temp/recipe/${place%/*}"
        # What a file is mounted on is there before.
        : >"$temp/recipe/$place"
        mounts+=(-v "${file#*=}:/recipe/$place:ro")
    done
    PROGRESS_PATTERN='^Setting up ' PROGRESS_UNIT='packages set up' \
        with_progress "adding to the host image" "$log" docker run --name "$box" --network host --stop-signal SIGRTMIN+3 "${mounts[@]}" "$base" \
        /bin/bash /recipe/add.sh "${list[@]##*/}" ||
        fail "the host image for $name could not be made" "see $log, and whether the Docker engine has disk space ('docker system df')"
    docker commit --change 'CMD ["/sbin/init"]' --change "LABEL org.datacentre.lab=host-image" "$box" "$image" >/dev/null
    say "   $(docker image inspect -f '{{.Size}}' "$image" | awk '{ printf "%.1f GB", $1 / 1e9 }') after $SECONDS s"
fi
docker tag "$image" "$repository:current"
# The newest three stay, for clones of other versions; others only fill the disk.
docker image ls --format '{{.Tag}}' "$repository" | grep -vx current | tail -n +4 | sed "s|^|$repository:|" | xargs -r docker rmi >/dev/null 2>&1 || true
docker image inspect -f "$repository:current {{.Id}}" "$repository:current"
