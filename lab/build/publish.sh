# shellcheck shell=bash
# Results in the cache, each in a folder that is named by the content it was made of. Sourced, after scripts/lib.sh.

# publish NEW TARGET: one rename, so that a reader sees the whole folder or none. Of its kind, FOLDER/KIND-HASH, the newest three stay.
publish() {
    local folder=${2%/*} kind=${2##*/}
    rm -rf "$2"
    mv -T "$1" "$2"
    find "$folder" -mindepth 1 -maxdepth 1 -name "${kind%-*}-*" -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- | xargs -r -d '\n' rm -rf
    # What interrupted runs left.
    find "$folder" -mindepth 1 -maxdepth 1 -name '.*' -mmin +120 -exec rm -rf {} +
}

# once TARGET WHAT COMMAND...: prints TARGET, a folder that the command has filled, now or in an earlier run; it is given a new folder's
# path last.
once_temp=""
once() {
    local target=$1 what=$2 name
    shift 2
    name=$(basename "${target%/*}")-${target##*/}
    lock "${name%-*}"
    if [ -d "$target" ]; then
        stage "$what (skipped: present)"
    else
        stage "$what"
        mkdir -p "${target%/*}"
        once_temp=$(mktemp -d "${target%/*}/.new.XXXXXX")
        trap 'rm -rf "$once_temp"' EXIT
        chmod 755 "$once_temp"
        # Not within a condition: there, the command would go on after what fails in it.
        "$@" "$once_temp" >&2
        publish "$once_temp" "$target"
        say "   $(du -sh "$target" | cut -f1) after $SECONDS s"
    fi
    printf '%s\n' "$target"
}
