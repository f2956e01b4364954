# shellcheck shell=bash
# Takes a bundle's files from this program's own stdin, of which it names what is lacking first. A file that was cut off on its way
# is gone on with; one whose checksum is not the bundle's is not kept.

# Its own lock: an operator's machine that went away without a word may leave one that waits for the rest.
# shellcheck disable=SC2034 # lib.sh takes it
host_lock=/run/datacentre/bundle-lock
# How long it waits for the next file's name, and for a whole file, in seconds.
patience=300 file_patience=7200

receive() {
    check_host
    local line sum size path offset lacking=0
    local -A wanted=() there=() known=()
    make_dir_of_bundle
    for line in "${bundle_files[@]}"; do read -r sum size path <<<"$line" && wanted[$path]="$sum $size"; done
    drop_strangers
    while read -r line path; do there[$path]=$line; done < <(find "$bundle_dir" -type f -printf '%s:%C@ %P\n')
    while read -r line path; do known[$path]=$line; done < <(cat "$bundle_dir/.known" 2>/dev/null)
    for line in "${bundle_files[@]}"; do
        read -r sum size path <<<"$line"
        is_whole "$sum" "$size" "$path" && continue
        offset=$(stat -c %s "$bundle_dir/$path.part" 2>/dev/null || echo 0)
        [ "$offset" -lt "$size" ] || { rm -f "$bundle_dir/$path.part" && offset=0; }
        lacking=$((lacking + size - offset))
        printf 'lacks %s %s\n' "$offset" "$path"
    done
    check_room "$lacking"
    printf 'ready\n'
    while read -r -t "$patience" offset path && [ "$offset" != end ]; do
        take "$path" "$offset"
    done
    # Cut off: what came is kept, and is not the whole.
    [ "${offset:-}" = end ] || fail "the bundle's files came in part only" "run 'make up' again, which goes on from there"
    note_known
}

make_dir_of_bundle() {
    mkdir -p "$bundle_dir"
    chown root:root "$bundle_dir" && chmod 0755 "$bundle_dir"
}

# What is of the bundle no more.
drop_strangers() {
    local path
    while read -r path; do
        [ -n "${wanted[${path%.part}]-}" ] || [ "$path" = .known ] || [ "$path" = SHA256SUMS ] || rm -f "$bundle_dir/$path"
    done < <(find "$bundle_dir" ! -type d -printf '%P\n')
}

# A file that has not changed since its checksum was right needs no reading.
is_whole() { # SHA256 BYTES PATH
    local is=${there[$3]-}
    [ "${is%%:*}" = "$2" ] || return 1
    [ "${known[$3]-}" != "$1:$is" ] || return 0
    [ "$(sha256sum <"$bundle_dir/$3" | cut -c 1-64)" = "$1" ]
}

check_room() { # BYTES
    local free
    free=$(df -Pm "$bundle_dir" | awk 'NR == 2 {print $4}')
    [ $(($1 / 1048576 + 512)) -le "$free" ] ||
        fail "only $free MiB are free under $bundle_dir, and the bundle takes $(($1 / 1048576)) MiB more" "free 2 GiB besides that"
}

# head reads no more of the stream than it is told.
take() { # PATH OFFSET
    local sum size got file=$bundle_dir/$1
    [ -n "${wanted[$1]-}" ] || fail "was sent $1, which is not of the bundle" "run 'make up' again"
    read -r sum size <<<"${wanted[$1]}"
    mkdir -p "${file%/*}"
    [ "$2" -gt 0 ] || rm -f "$file.part"
    timeout "$file_patience" head -c "$((size - $2))" >>"$file.part" || true
    [ "$(stat -c %s "$file.part")" = "$size" ] || fail "$1 came in part only" "run 'make up' again, which goes on from there"
    got=$(sha256sum <"$file.part" | cut -c 1-64)
    if [ "$got" != "$sum" ]; then
        rm -f "$file.part"
        fail "$1 came with sha256 $got, and the bundle's is $sum" "run 'make up' again; if it stays so, run 'make bundle', and see to this host's disk"
    fi
    chmod 0644 "$file.part" && mv -fT "$file.part" "$file"
    changed "took $1"
}

# SHA256SUMS is what 'make verify' reads the files against.
note_known() {
    local line sum size path
    for line in "${bundle_files[@]}"; do read -r sum size path <<<"$line" && printf '%s  %s\n' "$sum" "$path"; done >"$bundle_dir/SHA256SUMS.new"
    if cmp -s "$bundle_dir/SHA256SUMS.new" "$bundle_dir/SHA256SUMS"; then rm -f "$bundle_dir/SHA256SUMS.new"; else mv -f "$bundle_dir/SHA256SUMS.new" "$bundle_dir/SHA256SUMS"; fi
    find "$bundle_dir" -type f -printf '%s:%C@ %P\n' | while read -r line path; do
        [ -z "${wanted[$path]-}" ] || printf '%s:%s %s\n' "${wanted[$path]%% *}" "$line" "$path"
    done >"$bundle_dir/.known.new"
    mv -f "$bundle_dir/.known.new" "$bundle_dir/.known"
    find "$bundle_dir" -mindepth 1 -type d -empty -delete
}
