# shellcheck shell=bash
# What an upgrade will need on a host, before any host's turn has begun: asked and downloaded, and nothing changed.

tell() {
    local picks others name version
    programs_due
    [ "${#due[@]}" -gt 0 ] || return 0
    refuse_way
    "${family}_pick" "${due[@]}"
    refuse_removals
    "${family}_fetch" "${due[@]}"
    mkdir -p "$run/ahead"
    for name in $("${family}_moved"); do
        version=$("${family}_exact" "$name")
        [ -z "$version" ] || "${family}_keep" "$name" "$version" "$run/ahead" ||
            notes+=("no source offers the $name $version that is here any more: should the new one not serve, it stays")
    done
    rm -rf "$run/ahead"
}
