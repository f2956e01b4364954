# shellcheck shell=bash
# Flags of a program that reads them from files: one each, named like the flag, in a directory of its own.

put_flags() { # DIRECTORY NAME=VALUE...: just these, so that a flag which is described no more is gone
    local dir=$1 flag file
    shift
    for flag in "$@"; do put_file "$dir/${flag%%=*}" 0644 root:root "${flag#*=}"$'\n'; done
    for file in "$dir"/* "$dir"/.[!.]*; do
        [ -e "$file" ] || [ -L "$file" ] || continue
        ! has_flag "${file##*/}" "$@" || continue
        remember "$file"
        [ -z "$service" ] || rm -f "$state/applied/$service"
        rm -rf "$file"
        changed "removed $file"
    done
}

has_flag() { # NAME NAME=VALUE...
    local name=$1 flag
    shift
    for flag in "$@"; do [ "${flag%%=*}" != "$name" ] || return 0; done
    return 1
}

undo_flags() { # DIRECTORY
    local record
    for record in "$state/originals$1"/*; do
        [ -e "$record" ] || [ -L "$record" ] || continue
        record=${record#"$state/originals"}
        restore "${record%.absent}"
    done
    drop_dirs "$1"
}
