# shellcheck shell=bash
# Collects the private registry's garbage. Meanwhile the registry takes no pushes: a layer that was pushed a moment ago, and that no
# image names yet, would be taken for garbage. Pulls go on. Afterwards it is started anew, since it remembers layers that are gone.
#   collect-images collect DATA [--delete-untagged]
#   collect-images release
set -eu
unit=datacentre-image-registry
mode=/run/$unit.env

case $1 in
    collect)
        # Nobody has pushed anything yet, or not a layer to its end: the program takes either for a fault.
        { [ -d "$2/docker/registry/v2/repositories" ] && [ -d "$2/docker/registry/v2/blobs" ]; } || exit 0
        printf 'CONFIG=/etc/%s/read-only.yml\n' "$unit" >"$mode"
        systemctl try-restart "$unit"
        runuser -u "$unit" -- docker-registry garbage-collect "${@:3}" "/etc/$unit/config.yml"
        ;;
    release)
        [ -e "$mode" ] || exit 0
        rm -f "$mode"
        systemctl try-restart "$unit"
        ;;
esac
