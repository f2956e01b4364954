# shellcheck shell=bash
# What collect-apt.sh and collect-yum.sh share. Sourced.

# shellcheck disable=SC2034 # used by those that source this
work=/bundle/.work packages=/bundle/packages

refuse() { printf 'error: %s\n  remedy: %s\n' "$1" "$2" >&2; exit 1; }

# add_sources EXTENSION FOLDER KEYS KEY-EXTENSION: /input's repositories become the image's, with their keys where the lines name them.
add_sources() {
    local file name
    for file in /input/*"$1"; do
        [ -e "$file" ] || continue
        name=$(basename "$file" "$1")
        cp "$file" "$2/datacentre-$name$1"
        [ ! -s "/input/$name.pref" ] || install -D -m 0644 "/input/$name.pref" "/etc/apt/preferences.d/datacentre-$name"
        [ ! -s "/input/$name.asc" ] || install -D -m 0644 "/input/$name.asc" "$3/datacentre-$name$4"
    done
}

# each_wanted FUNCTION: calls it with the name of each wanted package, and what its version has to begin with, or nothing. Of what goes by
# several names it is what the image's sources have, since hosts are asked only later.
each_wanted() {
    local chosen spec name wish
    while read -r spec; do
        # One that is nowhere to be had is told as such by whoever picks.
        if ! offered_of "$spec"; then chosen=${spec%%|*}; fi
        wish=$(wish_of "$chosen")
        for name in $(names_of "$chosen"); do "$1" "$name" "${wish#=}"; done
    done </input/wanted
}

# write_release ID VERSION ARCHITECTURE: what hosts have to be for these packages
write_release() { printf '%s\n' "$@" >"$work/release"; }
