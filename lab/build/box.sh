# shellcheck shell=bash
# Images from the machine's own packages: a container of the bare host image lays out their files. Sourced, after scripts/lib.sh.

box_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# recipe_in FOLDER FILE...: what a container needs of us to reach the machine's package sources, and the recipe's own files
recipe_in() {
    local folder=$1
    shift
    mkdir -p "$folder" "$DATACENTRE_CACHE/debs" "$DATACENTRE_CACHE/log"
    cp "$@" "$folder/"
    printenv | grep -iE '^(https?|no)_proxy=' | sed "s/'/'\\\\''/g; s/=\(.*\)/='\1'/; s/^/export /" >"$folder/proxy.env" || true
}

# lay_out NAME BARE_IMAGE COLLECT VOLUME...: runs the script COLLECT in a container, which it leaves as $box with the files in
# /out; $box_temp is a folder of the run. In /recipe are the files beside COLLECT, and collect.sh as shared.sh.
lay_out() {
    local name=$1 bare=$2 collect=$3 volume volumes=()
    shift 3
    for volume in "$@"; do volumes+=(-v "$volume:ro"); done
    box_temp=$(mktemp -d)
    box=datacentre-$name-$$
    trap 'docker rm -f "$box" >/dev/null 2>&1 || true; rm -rf "$box_temp"' EXIT
    recipe_in "$box_temp/recipe" "$(dirname "$collect")"/*
    cp "$box_folder/collect.sh" "$box_temp/recipe/shared.sh"
    PROGRESS_PATTERN='^Setting up ' PROGRESS_UNIT='packages set up' \
        with_progress "collecting the files of $name" "$DATACENTRE_CACHE/log/$name.log" docker run --name "$box" --network host \
        -v "$box_temp/recipe:/recipe:ro" "${volumes[@]}" -v "$DATACENTRE_CACHE/debs:/debs" "$bare" /bin/bash "/recipe/${collect##*/}" ||
        fail "the files of $name could not be collected" "see $DATACENTRE_CACHE/log/$name.log and check the machine's package sources"
}

# import_image NAME FOLDER CHANGE...: of the box's /out/FOLDER, with the same bytes from the same files
import_image() {
    local name=$1 folder=$2 change options=()
    shift 2
    for change in "$@"; do options+=(--change "$change"); done
    docker cp "$box:/out/$folder" - | tar -x -C "$box_temp"
    tar -C "$box_temp/$folder" --sort=name --mtime=@1700000000 -c . | docker import "${options[@]}" - "$name" >/dev/null
}
